"""Which engine a word means: ``local:4``, ``dask``, ``dask:2``, ``dask://host:8786``, ``spark``, ``spark://host:7077``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from proxyscan.engines.engine import Engine
from proxyscan.engines.local import Local
from proxyscan.errors import EngineError, nearest

NAMES: Final = ("local", "dask", "spark")
WORD: Final = re.compile(r"([a-z]+)(?::(?://([^/\s]+)|([1-9]\d{0,3})))?")
EXAMPLES: Final = "local:4, dask, dask:2, dask://host:8786, spark, spark:2, spark://host:7077"


@contextmanager
def engine_of(word: str | Engine | None) -> Iterator[Engine]:
    """Yield the engine that a word means, which ends with it; an engine itself stays as it is.

    >>> with engine_of("local:3") as engine:
    ...     engine.workers
    3
    """
    if word is None or not isinstance(word, str):
        yield word or Local()
        return
    name, host, count = _parts(word)
    if name == "local":
        yield Local(int(count)) if count else Local()
    elif name == "dask":
        from proxyscan.engines.dask import dask_at

        with dask_at(f"tcp://{host}" if host else count) as dask:
            yield dask
    else:
        from proxyscan.engines.spark import spark_at

        with spark_at(f"spark://{host}" if host else count) as spark:
            yield spark


def checked(word: str) -> str:
    """Return a word that means an engine; raises `EngineError` for another."""
    _parts(word)
    return word


def threads_of(engine: str | Engine | None) -> int:
    """Return how many threads a local engine has; raises `EngineError` for one that is not local."""
    if isinstance(engine, str):
        name, _, count = _parts(engine)
        if name == "local":
            return int(count) if count else Local().workers
    elif engine is None or isinstance(engine, Local):
        return (engine or Local()).workers
    raise EngineError(
        f"requests do not come through this process from {engine if isinstance(engine, str) else engine.name}",
        "its workers write a folder: 'proxyscan parse … -o FOLDER/', proxyscan.parse_to",
    )


def _parts(word: str) -> tuple[str, str, str]:
    """Return name, address and number of an engine's word, the latter two empty where it has none."""
    match = WORD.fullmatch(word)
    name = re.split(":", word)[0]
    if name not in NAMES:
        raise EngineError(f"no engine is called '{name}'", nearest(name, NAMES))
    if not match or (name == "local" and match[2]):
        raise EngineError(f"'{word}' is no engine", f"write for example {EXAMPLES}")
    return name, match[2] or "", match[3] or ""
