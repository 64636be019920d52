"""The engines that tests run on, each started once; tests of one that is not installed are skipped, on CI they fail."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from proxyscan.engines import Engine, Local, engine_of

NEEDS = {"dask": ("dask", "distributed"), "spark": ("pyspark",)}
HERE = str(Path(__file__).parent)


def require(name: str) -> None:
    """Skip a test whose engine is not installed; on CI, where it must be, fail."""
    missing = [package for package in NEEDS.get(name, ()) if find_spec(package) is None]
    missing += ["Java"] if name == "spark" and not shutil.which("java") else []
    if missing:
        words = f"the engine '{name}' needs {', '.join(missing)}"
        pytest.fail(words) if os.environ.get("CI") == "true" else pytest.skip(words)


class Engines:
    """The engines by their words; those on Dask and Spark are started when they are first asked for."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._started: dict[str, Engine] = {}

    def __getitem__(self, word: str) -> Engine:
        require(word.partition(":")[0])
        if word not in self._started:
            self._started[word] = self._stack.enter_context(started(word))
        return self._started[word]


@contextmanager
def started(word: str) -> Iterator[Engine]:
    if word.startswith("local"):
        yield Local(int(word.partition(":")[2]))
        return
    here = os.environ["TZ"]
    os.environ["TZ"] = "Pacific/Chatham"
    with engine_of(word) as engine:
        os.environ["TZ"] = here
        if word.startswith("spark"):  # Dask's workers begin with this process's sys.path
            paths = [HERE, os.environ.get("PYTHONPATH", "")]
            engine.session.conf.set("spark.sql.session.timeZone", "UTC")
            engine.context.environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        yield engine


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    sys.path[:] = dict.fromkeys([HERE, *sys.path])
    with ExitStack() as stack:
        yield Engines(stack)
