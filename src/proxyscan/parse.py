"""From logs to requests with outcomes, and rejects."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO

import pyarrow as pa

from proxyscan import schema
from proxyscan.batches import Batches, rejects_table
from proxyscan.decide import Policy
from proxyscan.detect import choices, recognise
from proxyscan.format import Format
from proxyscan.layouts import Block, Columns, Rejects
from proxyscan.layouts.fast import FastReader
from proxyscan.requests import Parser, Requests
from proxyscan.source import Source, blocks, expand, opened, shown, within


@dataclass(frozen=True)
class Split:
    """The lines of one file that begin at a byte of [start, stop)."""

    file: str
    start: int = 0
    stop: int = 2**62


@dataclass
class Log:
    """One log being read: its parser, its source, and its blocks of requests."""

    parser: Parser
    source: Source
    requests: Iterator[Requests]


def read_log(
    split: Split,
    stream: IO[bytes],
    among: Sequence[Format],
    policy: Policy,
    progress: Callable[[Source], None] | None = None,
) -> Log:
    """Return a log opened for reading: its format is recognised from the first block."""
    source = Source(shown(split.file))
    all_blocks = blocks(stream, source)
    first = next(all_blocks, Block(source.file, 0, b""))
    detection = recognise(first, among, source.damage)
    parser = Parser(detection.format, detection.wrapper, policy)
    log = Log(parser, source, iter(()))
    log.requests = _requests(log, within(chain([first], all_blocks), split.start, split.stop), progress)
    return log


def _requests(log: Log, all_blocks: Iterator[Block], progress: Callable[[Source], None] | None) -> Iterator[Requests]:
    for block, columns in _read_ahead(log.parser.reader, all_blocks):
        yield log.parser.conclude(block, columns)
        if progress:
            progress(log.source)
    if progress:
        progress(log.source)


def _read_ahead(reader: FastReader, all_blocks: Iterator[Block]) -> Iterator[tuple[Block, Columns]]:
    """Yield blocks and their columns; a thread reads the next block while the last one is counted."""
    with ThreadPoolExecutor(max_workers=1) as ahead:
        waiting: deque[tuple[Block, Future[Columns]]] = deque()
        for block in all_blocks:
            waiting.append((block, ahead.submit(reader.read, block)))
            if len(waiting) > 1:
                done, columns = waiting.popleft()
                yield done, columns.result()
        yield from ((done, columns.result()) for done, columns in waiting)


def parse(
    paths: str | Path | Sequence[str | Path],
    *,
    format: str | Format | Sequence[Format] | None = None,
    logformat: str | None = None,
    squid_conf: str | Path | None = None,
    policy: Policy | None = None,
    with_source: bool = False,
    on_rejects: Callable[[pa.Table], None] | None = None,
    progress: Callable[[Source], None] | None = None,
) -> pa.RecordBatchReader:
    """Return the requests of logs as a stream of record batches of `schema.REQUEST`.

    `paths` are files and globs; "-" is standard input. Each file's format is detected, unless `format`
    (a name), `logformat` (a Squid logformat string) or `squid_conf` (the site's squid.conf) says it. With
    `with_source` each request has the `file` and the `offset` at which its line begins. `on_rejects` is
    called with tables of `schema.REJECT`; `progress` after every block with the source it came from.

    >>> import proxyscan
    >>> requests = proxyscan.parse("sample_logs/squid_native.log").read_all()
    >>> requests.num_rows
    56
    """
    files = expand([paths] if isinstance(paths, str | Path) else paths)
    among = choices(format, logformat, squid_conf)
    fields = pa.schema([*schema.REQUEST, *(schema.SOURCE if with_source else ())])
    batches = (
        batch
        for file in files
        for batch in _batches(Split(file), among, policy or Policy(), with_source, on_rejects, progress)
    )
    return pa.RecordBatchReader.from_batches(fields, batches)


def _batches(
    split: Split,
    among: Sequence[Format],
    policy: Policy,
    with_source: bool,
    on_rejects: Callable[[pa.Table], None] | None,
    progress: Callable[[Source], None] | None,
) -> Iterator[pa.RecordBatch]:
    with opened(split.file) as stream:
        log = read_log(split, stream, among, policy, progress)
        batches = Batches(log.parser, with_source)
        for requests in log.requests:
            if on_rejects and len(requests.columns.rejects):
                on_rejects(rejects_table(log.source.file, requests.columns.rejects))
            yield batches.batch(requests)
        long = too_long(log.source, split)
        if on_rejects and len(long):
            on_rejects(rejects_table(log.source.file, long))


def too_long(source: Source, split: Split) -> Rejects:
    """Return the lines of a split that were left out because they are too long."""
    rejects = Rejects()
    for offset, text in source.too_long:
        if split.start <= offset < split.stop:
            rejects.add(offset, "the line is too long", text)
    return rejects
