"""Files that are there whole or not at all, and one writer at a time.

A file is written under a name that begins with a dot and ends with `UNFINISHED`, brought to the disk, and
renamed. What a crash leaves behind has such a name; the next writer removes it.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from proxyscan.errors import StoreError

UNFINISHED: Final = ".unfinished"
LOCK: Final = ".lock"


def write(path: Path, put: Callable[[Path], object], mode: int | None = None) -> None:
    """Let `put` write a file, then give it its name `path`; raises `StoreError` when it cannot be written."""
    unfinished = path.with_name(f".{path.name}{UNFINISHED}")
    try:
        if mode is not None:
            os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode))
        put(unfinished)
        _to_disk(unfinished)
        unfinished.replace(path)
        _to_disk(path.parent)
    except OSError as problem:
        _discard(unfinished)
        raise cannot_write(path, problem) from problem


def remove(path: Path) -> None:
    """Remove a file if it is there; raises `StoreError` when that is not allowed."""
    try:
        path.unlink(missing_ok=True)
    except OSError as problem:
        raise cannot_write(path, problem) from problem


def cannot_write(path: object, problem: OSError) -> StoreError:
    """Return the error for a file that cannot be written."""
    why = os.strerror(problem.errno) if problem.errno else str(problem)
    return StoreError(
        f"{path}: cannot write: {why}", "see to space and permissions, then run it again: nothing is lost"
    )


def _discard(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # what prevented the writing prevents this too; the next run removes it


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_unfinished(folder: Path) -> list[str]:
    """Remove what a crash left behind; return the names. Only for who holds the lock."""
    found = sorted(path for path in folder.iterdir() if path.name.startswith(".") and path.name.endswith(UNFINISHED))
    for path in found:
        remove(path)
    return [path.name for path in found]


@contextmanager
def locked(folder: Path, purpose: str) -> Iterator[None]:
    """Be the only writer of a folder; raises `StoreError` that says who is.

    The system gives the lock up when its holder ends, in whatever way, so that there is never one to remove.
    """
    path = folder / LOCK
    try:
        stream = path.open("a+", encoding="utf-8")
    except OSError as problem:
        raise cannot_write(path, problem) from problem
    with stream:
        _take(stream, folder)
        stream.truncate(0)
        stream.write(f"{purpose}, process {os.getpid()} on {socket.gethostname()}, since {datetime.now(UTC):%F %TZ}")
        stream.flush()
        yield


def _take(stream: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.seek(0)
        holder = stream.read().strip() or "another process"
        raise StoreError(f"{folder}: is in use: {holder}", "wait until it has ended, then run it again") from None
