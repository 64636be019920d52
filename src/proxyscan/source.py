"""Logs: what paths and patterns name, opening them, and what happened while each was read."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path
from typing import IO, Final

from proxyscan.errors import InputError
from proxyscan.objects import is_remote, local, objects_at, opened_remote, remote_matches

LONGEST_LINE: Final = 1 << 20
"""A longer line is a reject; Squid itself cuts lines at 8 kB."""

PREVIEW: Final = 200

TAIL: Final = 1 << 12
"""Bytes before the place up to which a log was read that are remembered, to know it again."""

BOM: Final = b"\xef\xbb\xbf"

STDIN: Final = "-"


@dataclass
class Source:
    """One log: its name for people, and what happened while it was read.

    `written`: when it was last written, in ms since 1970 (0: not known).
    `read_bytes`: compressed bytes read so far. `damage`: what is wrong with it, "" when all was read.
    `too_long`: (offset, beginning) of each line longer than `LONGEST_LINE`. `end`: byte behind the last whole
    line so far, `tail` what stands before it (empty: not known), `header` the header in force there. `rest`: bytes
    of a last line without end. `slow`: whether to get its next bytes is work, or another process's.
    """

    file: str
    written: int = 0
    read_bytes: int = 0
    damage: str = ""
    too_long: list[tuple[int, bytes]] = field(default_factory=list)
    end: int = 0
    tail: bytes = b""
    header: bytes = b""
    rest: int = 0
    slow: bool = False


def source_of(file: str, stream: IO[bytes]) -> Source:
    """Return the source of an open file; of a pipe, what comes out is being written now."""
    if is_remote(file):
        return Source(shown(file), objects_at(file).written())
    info = os.fstat(stream.fileno())
    written = info.st_mtime if stat.S_ISREG(info.st_mode) else time.time()
    return Source(shown(file), int(written * 1000))


def expand(paths: Iterable[str | Path]) -> list[str]:
    """Return the files that paths and globs name, each once, in their order; `-` is standard input.

    Raises `InputError` for a missing file, a directory, or a glob that matches nothing.
    """
    files = list(dict.fromkeys(file for path in map(str, paths) for file in matches(path)))
    for file in files:
        check(file)
    return files


def matches(path: str) -> list[str]:
    """Return the path itself, or what matches it as a pattern; raises `InputError` when nothing does."""
    path = path if is_remote(path) or not path.startswith("file:") else str(local(path))
    if not set("*?[") & set(path) or (not is_remote(path) and is_there(path)):
        return [path]
    remote = is_remote(path)
    found = remote_matches(path) if remote else sorted(glob(path, recursive=True))  # noqa: PTH207 absolute patterns
    if not found:
        raise InputError(f"{path}: no file matches", "check the pattern, or quote it so that the shell leaves it alone")
    return found


def is_there(path: str | Path) -> bool:
    """Tell whether there is such a file or folder that may be looked at."""
    try:
        return Path(path).exists()
    except OSError:  # one may not look into its folder, or the name is too long
        return False


def comes_once(path: str) -> bool:
    """Tell whether a log can be read once only: standard input, a pipe or a device."""
    return path == STDIN or (not is_remote(path) and is_there(path) and not Path(path).is_file())


def check(file: str) -> None:
    """Raise `InputError` for what is no file: missing, or a directory."""
    if file == STDIN:
        return
    if is_remote(file):
        if objects_at(file).size() is None:
            raise InputError(
                f"{file}: no such file", "check the path, or name a pattern, for example s3://bucket/logs/*"
            )
        return
    try:
        mode = Path(file).stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError) as problem:
        raise InputError(f"{file}: no such file", "check the path") from problem
    except OSError as problem:
        raise InputError(f"{file}: {problem.strerror}", "check the path and its permissions") from problem
    if stat.S_ISDIR(mode):
        raise InputError(f"{file}: is a directory", f"name the logs in it, for example '{file.rstrip('/')}/*.log'")


def shown(path: str) -> str:
    r"""Return a file's name as text; bytes of it that are no UTF-8 become ``\xNN``."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


@contextmanager
def opened(file: str) -> Iterator[IO[bytes]]:
    """Open a file (or standard input) for reading bytes; raises `InputError` when that is not allowed."""
    if file == STDIN:
        yield sys.stdin.buffer
        return
    if is_remote(file):
        with opened_remote(file) as remote:
            yield remote
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115 closed by the with below
    except OSError as problem:
        raise InputError(f"{file}: {problem.strerror or problem}", "check its permissions") from problem
    with stream:
        yield stream
