"""Threads of one process: a worker each, items in their order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

W = TypeVar("W")
T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(
    task: Callable[[W, T], R], workers: Sequence[W], items: Iterable[T], ahead: int | None = None
) -> Iterator[R]:
    """Yield the task's result for each item, in their order, with as many threads as there are workers.

    A worker has one item at a time. The items are drawn in the caller's thread, so many `ahead` of the workers: one for
    each of them, or fewer where items are large and take about as long as each other.
    """
    most = len(workers) + (len(workers) if ahead is None else ahead)
    free: SimpleQueue[W] = SimpleQueue()
    for worker in workers:
        free.put(worker)

    def work(item: T) -> R:
        worker = free.get()
        try:
            return task(worker, item)
        finally:
            free.put(worker)

    with ThreadPoolExecutor(len(workers)) as threads:
        waiting: deque[Future[R]] = deque()
        for item in items:
            waiting.append(threads.submit(work, item))
            if len(waiting) > most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
