"""The engine on Dask: a cluster that is there (``dask://host:8786``), or one of processes on this machine."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any, Final

from proxyscan.engines.engine import ATTEMPTS, FAN_IN, Failure, R, Shared, T, caused
from proxyscan.engines.heap import keeping
from proxyscan.engines.threads import cores
from proxyscan.engines.workers import judge, needs, question
from proxyscan.errors import EngineError, ProxyscanError

AHEAD: Final = 64
"""Items that are handed to the cluster ahead of its work, for each worker."""

PATIENCE: Final = "30s"
"""How long a cluster may take to answer, and a worker to come."""


class Dask:
    """The workers of a `distributed.Client`."""

    def __init__(self, client: Any, name: str = "dask") -> None:
        self.client = client
        self.name = name

    @property
    def workers(self) -> int:
        """How many threads the workers have in all."""
        return max(sum(map(int, self.client.nthreads().values())), 1)

    def check(self, files: Sequence[Shared]) -> None:
        """Raise `EngineError` when there is no worker, or one that cannot do the work."""
        try:
            self.client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as problem:
            raise EngineError(f"{self.name}: no worker came", "start some: dask worker tcp://HOST:8786") from problem
        answers = self.client.run(question(files), on_error="return")
        for who, answer in answers.items():
            if isinstance(answer, BaseException):
                hint = "does it run the same Python, dask and cloudpickle as this machine?"
                raise EngineError(f"{who} cannot be asked: {answer}", hint)
        judge(answers.items())

    def map(self, task: Callable[[T], R], items: Iterable[T]) -> Iterator[R | Failure[T]]:
        """Yield the result of each item, as they are done."""
        for item, future in self._done(task, items):
            problem = _problem(future)
            yield Failure(item, problem) if problem else future.result()

    def fold(
        self, task: Callable[[T], R], join: Callable[[Sequence[R]], R], items: Iterable[T], empty: R
    ) -> tuple[R, list[Failure[T]]]:
        """Return the results of all items joined on the workers, and the failures."""
        failures: list[Failure[T]] = []
        tree = _Tree(self.client, join)
        for item, future in self._done(task, items):
            problem = _problem(future)
            if problem:
                failures.append(Failure(item, problem))
            else:
                tree.add(future)
        return tree.result(empty), failures

    def _sent(self, task: Any) -> Any:
        """Return a task that all workers have, since Dask gives its items to those that have it."""
        sent = self.client.submit(_itself, task, pure=False)  # what is scattered would be lost with its workers
        with suppress(ValueError):  # no worker is there at this moment
            self.client.replicate(sent)
        return sent

    def _done(self, task: Callable[[T], R], items: Iterable[T]) -> Iterator[tuple[T, Any]]:
        """Yield items with their futures as they are done; the cluster holds few at a time."""
        from distributed import as_completed

        sent = self._sent(task)
        coming = iter(items)
        waiting: dict[Any, T] = {}
        done = as_completed(loop=self.client.loop)

        def send(count: int) -> None:
            fresh = list(islice(coming, count))
            futures = self.client.map(_work, fresh, task=sent, pure=False, retries=ATTEMPTS - 1) if fresh else []
            waiting.update(zip((future.key for future in futures), fresh, strict=True))
            done.update(futures)

        most = AHEAD * self.workers
        send(most)
        for batch in done.batches():
            for future in batch:
                yield waiting.pop(future.key), future
            if len(waiting) <= most // 2:
                send(most - len(waiting))


def _itself(task: Any) -> Any:
    return task


def _work(item: Any, task: Any) -> Any:
    with keeping():
        return task(item)


def _problem(future: Any) -> ProxyscanError | None:
    """Return why an item could not be done; None when it was."""
    problem = future.exception() if future.status != "finished" else None
    return caused(problem) if problem else None


class _Tree:
    """Futures joined on the workers, `FAN_IN` of one level into one of the next."""

    def __init__(self, client: Any, join: Callable[[Sequence[Any]], Any]) -> None:
        self.client, self.join = client, join
        self.levels: list[list[Any]] = []

    def add(self, future: Any, level: int = 0) -> None:
        """Take a result; the cluster forgets those that are joined."""
        if level == len(self.levels):
            self.levels.append([])
        self.levels[level].append(future)
        if len(self.levels[level]) == FAN_IN:
            futures, self.levels[level] = self.levels[level], []
            self.add(self._joined(futures), level + 1)

    def result(self, empty: Any) -> Any:
        """Return all results joined, or `empty`."""
        left = [future for level in self.levels for future in level]
        if not left:
            return empty
        future = self._joined(left) if len(left) > 1 else left[0]
        problem = _problem(future)
        if problem:
            raise EngineError(f"the results of the workers could not be joined: {problem.fact}", "run it again")
        return future.result()

    def _joined(self, futures: Sequence[Any]) -> Any:
        return self.client.submit(self.join, futures, pure=False, retries=ATTEMPTS - 1)


@contextmanager
def dask_at(where: str, patience: str = PATIENCE) -> Iterator[Dask]:
    """Yield the engine on the cluster of a scheduler's address, or on so many processes of this machine ("" or "2")."""
    needs("distributed", "dask")
    from distributed import Client, LocalCluster

    if where and not where.isdigit():
        try:
            client = Client(where, timeout=patience, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as problem:
            hint = "is a scheduler there? 'dask scheduler' starts one, at port 8786"
            raise EngineError(f"{where}: cannot be reached: {problem}", hint) from problem
        with client:
            yield Dask(client, f"dask at {where}")
        return
    count = int(where or cores())
    quiet = {"dashboard_address": None, "silence_logs": logging.ERROR}
    with (
        LocalCluster(n_workers=count, threads_per_worker=1, processes=True, **quiet) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield Dask(client, f"dask:{count}")
