"""Lines to write into logs, and the summary that a store of them must have."""

import bz2
import gzip
import lzma
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from proxyscan.fingerprint import fingerprint
from proxyscan.formats import formats
from proxyscan.parts import Stretch
from proxyscan.store import KEY, Store
from proxyscan.summary import TABLES, Summary
from proxyscan.update import Report, update

SQUID = formats()["squid"]
LINES = Path("sample_logs/squid_day.log").read_bytes().splitlines(keepends=True)

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}


def stored(store: Path, *logs: Path, **options) -> Report:
    return update(store, [str(log) for log in logs], format=SQUID, **options)


def truth(store: Path, data: bytes, folder: Path) -> Summary:
    """Return the summary of one clean run over all the bytes, with the store's key."""
    folder.mkdir()
    clean = folder / "clean"
    clean.mkdir()
    shutil.copy(store / KEY, clean / KEY)
    (folder / "all.log.1").write_bytes(data)
    stored(clean, folder / "all.log.1")
    return Store(clean).summary()


def alike(one: Summary, two: Summary) -> bool:
    """Tell whether two summaries are the same but for the names of their files."""
    tables = all(getattr(one, name).equals(getattr(two, name)) for name in TABLES)
    return tables and replace(one.coverage, files=(), damage={}) == replace(two.coverage, files=(), damage={})


def stretch(data: bytes, start: int, stop: int, length: int = 0) -> Stretch:
    """Return a stretch of the log that `data` is."""
    return Stretch(fingerprint(data, length or len(data)), start, stop)
