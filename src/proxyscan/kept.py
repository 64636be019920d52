"""What is made once on a machine and kept between runs: compiled kernels, the catalogue as it was read.

It stands beside the package, else in the user's folder for such things. Whoever keeps something puts into its name all
that it was made of, so that it is never stale; a new version leaves the old files unread.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any, Final

CHECK = 16
"""Letters of a digest: enough to tell a damaged file."""

LONGEST_WAIT: Final = 30.0
"""Seconds after which what another process makes is made twice: that one may have been stopped."""

ASKS: Final = 0.02
"""Seconds from one look whether another process is done to the next."""


def folders() -> Iterator[Path]:
    """Yield where things may be kept, the best place first; Numba's own variable names the only one."""
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(chosen)
        return
    yield Path(__file__).parent / "__pycache__"
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    yield (Path(base) if base else Path("~/.cache").expanduser()) / "proxyscan"


def digest(*facts: Any) -> str:
    """Return a short name for facts."""
    return sha256(repr(facts).encode()).hexdigest()[:CHECK]


def stamps(files: Iterable[Path]) -> list[tuple[str, int, int]]:
    """Return name, time of the last change and size of files: other contents have other stamps."""
    return [(file.name, found.st_mtime_ns, found.st_size) for file in files for found in [file.stat()]]


def kept(name: str) -> bytes | None:
    """Return what is kept under a name; None where nothing is, or it is damaged."""
    for folder in folders():
        try:
            check, _, found = (folder / name).read_bytes().partition(b"\n")
        except OSError:
            continue
        if check == digest(found).encode():
            return found
    return None


def keep(name: str, made: bytes) -> None:
    """Keep something in the first folder that can be written; where none can be, it is made again in the next run."""
    for folder in folders():
        unfinished = folder / f"{name}.{os.getpid()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(digest(made).encode() + b"\n" + made)
            unfinished.replace(folder / name)
        except OSError:
            continue
        return


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Wait while another process makes what is to be kept under a name, and let others wait for this one meanwhile."""
    for folder in folders():
        path = folder / f"{name}.lock"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stream = path.open("wb")
        except OSError:
            continue
        with stream:
            _wait(stream)
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
        return
    yield


def _wait(stream: IO[bytes]) -> None:
    until = monotonic() + LONGEST_WAIT
    while monotonic() < until:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sleep(ASKS)
        except OSError:  # a file system without locks
            return
        else:
            return
