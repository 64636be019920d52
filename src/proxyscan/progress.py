"""What a command tells while it reads, on standard error, when that is a terminal: a bar, by bytes read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from proxyscan.engines.threads import cores
from proxyscan.kernels.machine import heralds
from proxyscan.objects import size_of
from proxyscan.source import STDIN, Source


@contextmanager
def progress_bar(files: Sequence[str], *, counting: bool = True) -> Iterator[Callable[[Source], None] | None]:
    """Yield the function to call after each block; None when standard error is no terminal.

    `counting`: whether the lines are counted, which takes kernels that another process can compile in a first run.
    """
    heralds.append(partial(_prepare, counting))
    try:
        with _bar(files) as advance:
            yield advance
    finally:
        heralds.clear()


@contextmanager
def _bar(files: Sequence[str]) -> Iterator[Callable[[Source], None] | None]:
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    sizes = [size_of(file) for file in files if file != STDIN]
    total = sum(sizes) if len(sizes) == len(files) else None
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        done: dict[int, int] = {}

        def advance(source: Source) -> None:
            done[id(source)] = source.read_bytes
            bar.update(task, completed=sum(done.values()))

        yield advance


def _prepare(counting: bool) -> None:
    """Say what takes time in a first run, and have another processor take its part in it."""
    if sys.stderr.isatty():
        print("proxyscan: preparing for this machine, some seconds, this time only …", file=sys.stderr)
    if counting and cores() > 1:
        from proxyscan.kernels.beside import compile_beside

        compile_beside()
