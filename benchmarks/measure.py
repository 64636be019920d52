"""Run a command in a fresh process and say how long it took and how much memory it held.

This module, and all that the runner imports, stays small: a new process begins with its parent's peak memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE_MB = os.sysconf("SC_PAGESIZE") / 1e6
EVERY = 0.1
"""Seconds between two looks at the memory of a process and its children."""


class FailedError(Exception):
    """A command that did not end well, with what it wrote to standard error."""


@dataclass(frozen=True)
class Run:
    """`seconds` from start to end of a process, `peak` memory in MB (of it and its children), what it printed."""

    seconds: float
    peak: float
    printed: str


def run(command: Sequence[str], ended_well: Sequence[int] = (0,)) -> Run:
    """Run a command; raises `FailedError` for an exit status that is not among `ended_well`."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        watch = Watch(child.pid)
        watch.start()
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        watch.ended.set()
        watch.join()
        if child.returncode not in ended_well:
            raise FailedError(f"{' '.join(command)}: exit status {child.returncode}\n{_all(err)[-500:]}")
        return Run(seconds, max(used.ru_maxrss * 1024 / 1e6, watch.peak), _all(out))


def _all(stream: Any) -> str:
    stream.seek(0)
    return stream.read().decode(errors="replace")


class Watch(threading.Thread):
    """Looks at the memory that a process and its children hold together; `peak` in MB."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.peak = 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        """Look until the process has ended."""
        while not self.ended.wait(EVERY):
            self.peak = max(self.peak, held(self.pid))


def held(pid: int) -> float:
    """Return the MB that a process and its children hold; 0 for one that is gone."""
    with suppress(OSError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = [child for each in Path(f"/proc/{pid}/task").iterdir() for child in _children(each)]
        return pages * PAGE_MB + sum(held(child) for child in children)
    return 0.0


def _children(task: Path) -> list[int]:
    with suppress(OSError):
        return [int(child) for child in (task / "children").read_text().split()]
    return []


def engine(name: str, *arguments: str) -> list[str]:
    """Return the command that runs an engine in a process of its own."""
    return [sys.executable, str(HERE / "engines.py"), name, *arguments]


def inside(name: str, log: str, head: str) -> dict[str, Any]:
    """Return seconds and answer of an engine that has read `head` before."""
    found: dict[str, Any] = json.loads(run(engine(name, log, "--warm", head)).printed)
    return found


def head_of(log: str, folder: str) -> str:
    """Return a file with the first thousand lines of a plain log."""
    short = Path(folder) / f"head-{Path(log).name}"
    with Path(log).open("rb") as stream, short.open("wb") as out:
        out.writelines(line for _, line in zip(range(1000), stream, strict=False))
    return str(short)
