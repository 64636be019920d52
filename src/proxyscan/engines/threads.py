"""Threads of one process: a worker each, items in their order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock
from typing import Generic, TypeVar

W = TypeVar("W")
T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Drawing(Generic[T]):
    """Draws items, one at a time, each with its number for one of several threads, and keeps none that was drawn.

    Where to draw is work, the next one is drawn, too, unless a thread waits for its own: so it seldom has to, though
    some items take longer than others.
    """

    def __init__(self, items: Iterable[T], is_slow: Callable[[T], bool]) -> None:
        self._items = iter(items)
        self._is_slow = is_slow
        self._lock = Lock()
        self._waiting: list[None] = []
        self._ahead: deque[tuple[int, T]] = deque()
        self._drawn = 0

    def draw(self) -> tuple[int, T] | None:
        """Return the next item and its number; None behind the last one."""
        if not self._lock.acquire(blocking=False):
            with suppress(IndexError):
                return self._ahead.popleft()
            self._waiting.append(None)
            self._lock.acquire()
            self._waiting.pop()
        try:
            self._fill()
            return self._ahead.popleft() if self._ahead else None
        finally:
            self._lock.release()

    def _fill(self) -> None:
        for item in self._items:
            self._ahead.append((self._drawn, item))
            self._drawn += 1
            if self._waiting or len(self._ahead) > 1 or not self._is_slow(item):
                return


def in_threads(
    task: Callable[[W, T], R],
    workers: Sequence[W],
    items: Iterable[T],
    is_slow: Callable[[T], bool] = lambda _: False,
) -> Iterator[R]:
    """Yield the task's result for each item, in their order, with as many threads as there are workers.

    A worker has one item at a time, and draws it in its thread, as soon as no other one draws: to draw may be work,
    such as decompressing, which then takes no processor from the workers. Few results wait for that of a slow item.
    `is_slow` tells of an item whether to draw the one behind it is such work.
    """
    drawing = Drawing(items, lambda item: len(workers) > 1 and is_slow(item))
    free: SimpleQueue[W] = SimpleQueue()
    for worker in workers:
        free.put(worker)

    def work() -> tuple[int, R] | None:
        worker = free.get()
        try:
            drawn = drawing.draw()
            return None if drawn is None else (drawn[0], task(worker, drawn[1]))
        finally:
            free.put(worker)

    with ThreadPoolExecutor(len(workers)) as threads:
        running: set[Future[tuple[int, R] | None]] = {threads.submit(work) for _ in workers}
        ready: dict[int, R] = {}
        number, more = 0, True
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            found = [each.result() for each in done]
            more = more and None not in found
            ready.update(each for each in found if each is not None)
            while number in ready:
                yield ready.pop(number)
                number += 1
            while more and len(running) < len(workers) and len(ready) < 2 * len(workers):
                running.add(threads.submit(work))
