"""The engine on Spark: the session that is there, a cluster (``spark://host:7077``), or threads of this machine."""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any, Final

from proxyscan.engines.engine import ATTEMPTS, FAN_IN, TROUBLE, TROUBLE_TOO, Failure, R, Shared, T, attempted, joined
from proxyscan.engines.threads import cores
from proxyscan.engines.workers import judge, needs, question
from proxyscan.errors import EngineError

AHEAD: Final = 16
"""Items of one job of `map`, for each core."""

LOCAL: Final = re.compile(r"local(?:\[[^,\]]+(?:,(\d+))?\])?")
"""Spark's master on this machine; how often a task is tried there, which is once unless it says more."""

QUIET: Final = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
"""How a session of this machine alone is set."""


class Spark:
    """The executors of a `pyspark.sql.SparkSession`."""

    def __init__(self, session: Any) -> None:
        self.session, self.context = session, session.sparkContext
        self.name = f"spark ({self.context.master})"

    @property
    def workers(self) -> int:
        """How many tasks run at a time."""
        return max(int(self.context.defaultParallelism), 1)

    def check(self, files: Sequence[Shared]) -> None:
        """Raise `EngineError` when an executor cannot do the work; it asks as many as take a task each."""
        ask, count = question(files), 2 * self.workers
        asked = self.context.parallelize(range(count), count)
        judge((f"an executor at {answer['host']}", answer) for answer in self._run(asked.map(lambda _: ask()).collect))

    def map(self, task: Callable[[T], R], items: Iterable[T]) -> Iterator[R | Failure[T]]:
        """Yield the result of each item, job by job."""
        coming = iter(items)
        while fresh := list(islice(coming, AHEAD * self.workers)):
            yield from self._run(self._worked(task, fresh).collect)

    def fold(
        self, task: Callable[[T], R], join: Callable[[Sequence[R]], R], items: Iterable[T], empty: R
    ) -> tuple[R, list[Failure[T]]]:
        """Return the results of all items joined on the executors, and the failures."""
        known = list(items)
        if not known:
            return empty, []
        parts, count = self._worked(task, known), len(known)
        while count > FAN_IN:
            count = -(-count // FAN_IN)
            spread = parts.mapPartitionsWithIndex(partial(_numbered, count)).partitionBy(count, int)
            parts = spread.mapPartitions(partial(_as_one, join, empty))
        return joined(self._run(parts.collect), join, empty)

    def _worked(self, task: Callable[[T], R], items: list[T]) -> Any:
        """Return the results of items, each a task of its own."""
        return self.context.parallelize(items, len(items)).mapPartitions(partial(_work, task, self._attempts()))

    def _attempts(self) -> int:
        local = LOCAL.fullmatch(self.context.master)
        return int(local[1] or 1) if local else int(self.context.getConf().get("spark.task.maxFailures", "4"))

    def _run(self, job: Callable[[], R]) -> R:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            return job()
        except (Py4JError, PySparkException, OSError) as problem:
            raise EngineError(f"{self.name}: {_told(problem)}", "Spark's log says more") from problem


def _work(task: Callable[[T], R], attempts: int, items: Iterable[T]) -> Iterator[R | Failure[T]]:
    """Yield the results; a failure raises, so that Spark tries again, and is a result when it was the last attempt."""
    from pyspark import TaskContext

    here = TaskContext.get()
    last = here is None or here.attemptNumber() + 1 >= min(attempts, ATTEMPTS)
    return (attempted(task, item) if last else task(item) for item in items)


def _numbered(count: int, number: int, results: Iterable[R]) -> Iterator[tuple[int, R]]:
    return ((number % count, each) for each in results)


def _as_one(join: Callable[[Sequence[Any]], Any], empty: Any, results: Iterable[tuple[int, Any]]) -> Iterator[Any]:
    """Yield the results of a group joined, and its failures."""
    value, failures = joined((each for _, each in results), join, empty)
    return iter([*failures, value])


def _told(problem: BaseException) -> str:
    """Return what is wrong without Java's stack: the last line that names an exception."""
    lines = [line.strip() for line in str(problem).splitlines()]
    named = [line for line in lines if re.match(r"[\w.]*(?:Error|Exception)\b", line) and not line.startswith("org.")]
    return named[-1] if named else (lines[0] if lines else type(problem).__name__)


@contextmanager
def spark_at(where: str) -> Iterator[Spark]:
    """Yield the engine on a master ("spark://host:7077"), on so many threads ("2"), or on the session there is ("")."""
    needs("pyspark", "spark")
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    master = f"local[{where},{ATTEMPTS}]" if where.isdigit() else where
    builder = SparkSession.builder.appName("proxyscan")
    try:
        if running is None and not (master or _master_is_set()):
            master = f"local[{cores()},{ATTEMPTS}]"
        if master:
            builder = builder.master(master)
        for key, value in QUIET.items() if master.startswith("local") else ():
            builder = builder.config(key, value)
        session = _started(builder, master)
    except (PySparkException, *TROUBLE, *TROUBLE_TOO) as problem:
        hint = "it needs Java 17 (Debian: apt install openjdk-17-jre-headless) and, for a cluster, its master's address"
        raise EngineError(f"Spark cannot be started: {_told(problem)}", hint) from problem
    try:
        yield Spark(session)
    finally:
        if running is None:
            session.stop()


def _started(builder: Any, master: str) -> Any:
    """Return the session; its workers on this machine run this Python, unless it is said which one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # on versions of pandas that it does not fully support
        session = builder.getOrCreate()
    if master.startswith("local"):
        session.sparkContext.pythonExec = os.environ.get("PYSPARK_PYTHON", sys.executable)
    return session


def _master_is_set() -> bool:
    """Tell whether spark-submit or spark-defaults.conf says where the work runs."""
    from pyspark import SparkConf

    return bool(SparkConf().get("spark.master", ""))
