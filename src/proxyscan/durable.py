"""Files that are there whole or not at all, and one writer at a time.

A file of a store is written under a name that begins with a dot and ends with `UNFINISHED`, brought to the disk, and
renamed. What a crash leaves behind has such a name; the next writer removes it. A file that a user names is written
so, too, where it is one.
"""

from __future__ import annotations

import fcntl
import io
import os
import secrets
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

from proxyscan.errors import ProxyscanError, StoreError

UNFINISHED: Final = ".unfinished"
LOCK: Final = ".lock"
OWNER_ONLY: Final = 0o600
ANYONE: Final = 0o666
"""The mode of a new file, before the umask takes from it."""


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


@contextmanager
def replacing(path: str | Path, mode: int = ANYONE) -> Iterator[IO[bytes]]:
    """Yield a stream into a file that gets its name, and takes an older one's place, once all is written.

    A symbolic link is followed; an older file's mode and owner stay. What is no regular file, or stands in a folder
    that takes no other, is written straight into. Raises `ProxyscanError` when the file cannot be written.
    """
    try:
        raw, target = _begun(str(path), mode)
    except OSError as problem:
        raise ProxyscanError(
            f"{path}: {problem.strerror}", "name a file in a folder that you may write to"
        ) from problem
    try:
        with io.BufferedWriter(raw) as stream:
            yield stream
            stream.flush()
            if target:
                raw.to_disk()
        if target:
            Path(raw.name).replace(target)
    except OSError as problem:
        if problem.filename != raw.name:
            raise
        raise ProxyscanError(f"cannot write {path}: {problem.strerror}", "see to space, then run it again") from problem
    finally:
        if target:
            _discard(Path(raw.name))


def _begun(path: str, mode: int) -> tuple[_Named, Path | None]:
    """Open a new file and tell whose place it is to take; or the file itself, where that cannot be exchanged."""
    target = Path(os.path.realpath(path))
    is_there = Path(path).exists()
    if is_there and not Path(path).is_file():
        return _Named(path, "wb"), None
    older = target.stat() if is_there else None
    mode = stat.S_IMODE(older.st_mode) if older else mode
    name = str(target.with_name(f".{target.name}.{secrets.token_hex(4)}{UNFINISHED}"))
    try:
        raw = _Named(name, "xb", opener=partial(os.open, mode=mode))
    except PermissionError:
        if not is_there:
            raise
        return _Named(path, "wb"), None
    if older:
        with suppress(PermissionError):
            os.fchown(raw.fileno(), older.st_uid, older.st_gid)
        with suppress(PermissionError):
            os.fchmod(raw.fileno(), mode)
    return raw, target


class _Named(io.FileIO):
    """A file whose errors tell its name."""

    name: str

    def write(self, content: Any) -> int:
        with self._named():
            return super().write(content)

    def to_disk(self) -> None:
        """Wait until what is written is on the disk."""
        with self._named():
            os.fsync(self.fileno())

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            raise OSError(problem.errno, problem.strerror, self.name) from problem


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
