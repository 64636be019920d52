"""Threads of one process: a worker each, items in their order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import SimpleQueue
from threading import Lock
from typing import TypeVar

W = TypeVar("W")
T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(task: Callable[[W, T], R], workers: Sequence[W], items: Iterable[T]) -> Iterator[R]:
    """Yield the task's result for each item, in their order, with as many threads as there are workers.

    A worker has one item at a time, and draws it in its thread, as soon as no other one draws: to draw may be work,
    such as decompressing, which then takes no processor from the workers. Few results wait for that of a slow item.
    """
    source, drawing = enumerate(items), Lock()
    free: SimpleQueue[W] = SimpleQueue()
    for worker in workers:
        free.put(worker)

    def work() -> tuple[int, R] | None:
        worker = free.get()
        try:
            with drawing:
                drawn = next(source, None)
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
