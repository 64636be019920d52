"""The log that is measured, the machine, and the commands of other programs."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

GOACCESS_FORMAT = "%x.%^ %~%L %h %^/%s %b %m %U %^"
"""Squid's native format in GoAccess's words."""


@dataclass
class Log:
    """A plain log: its path, a file with its first lines, and a folder for what engines write."""

    path: str
    head: str
    folder: str

    @cached_property
    def lines(self) -> int:
        """The number of its lines."""
        with Path(self.path).open("rb") as stream:
            return sum(piece.count(b"\n") for piece in iter(lambda: stream.read(1 << 20), b""))

    @cached_property
    def size(self) -> float:
        """Its size in MB."""
        return Path(self.path).stat().st_size / 1e6


def machine() -> str:
    """Return what the machine is, for people."""
    with Path("/proc/cpuinfo").open() as stream:
        model = next((line.split(":")[1].strip() for line in stream if line.startswith("model name")), "")
    return f"{platform.machine()} {model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def compile_modules() -> None:
    """Compile proxyscan's modules to bytecode, as its installation does: from a clone, Python may be told not to."""
    found = find_spec("proxyscan")
    places = found.submodule_search_locations if found else None
    subprocess.run([sys.executable, "-m", "compileall", "-q", *(places or [])], check=True)


def proxyscan(*arguments: str) -> list[str]:
    """Return proxyscan's command."""
    return [sys.executable, "-m", "proxyscan.cli", *arguments]


def scan_command(log: Log) -> list[str]:
    """Return the command that scans a log into a summary."""
    return proxyscan("scan", log.path, "-o", f"{log.folder}/summary.parquet")


def goaccess(log: Log) -> list[str]:
    """Return the command that has GoAccess read a log, or nothing where it is not installed."""
    program = shutil.which("goaccess")
    options = ["--no-global-config", "--no-progress", f"--log-format={GOACCESS_FORMAT}", "--datetime-format=%s"]
    return [program, log.path, *options, "--date-format=%s", "--time-format=%s", "-o", "json"] if program else []
