"""A bar on standard error, by bytes read, when that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from proxyscan.objects import size_of
from proxyscan.source import STDIN, Source


@contextmanager
def progress_bar(files: Sequence[str]) -> Iterator[Callable[[Source], None] | None]:
    """Yield the function to call after each block; None when standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    from proxyscan.layouts.fast import compiled

    sizes = [size_of(file) for file in files if file != STDIN]
    total = sum(sizes) if len(sizes) == len(files) else None
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    if not compiled():
        print("proxyscan: preparing for this machine, some seconds, this time only …", file=sys.stderr)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        done: dict[int, int] = {}

        def advance(source: Source) -> None:
            done[id(source)] = source.read_bytes
            bar.update(task, completed=sum(done.values()))

        yield advance
