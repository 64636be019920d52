"""From logs to requests with outcomes, and rejects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import starmap
from pathlib import Path
from typing import IO, Final

import pyarrow as pa

from proxyscan import schema
from proxyscan.batches import Batches, Dictionaries, rejects_table
from proxyscan.blocks import blocks, blocks_from, is_plain, last_header, parted, with_headers, within
from proxyscan.decide import Policy
from proxyscan.detect import choices, recognise
from proxyscan.engines import Engine
from proxyscan.engines.choose import threads_of
from proxyscan.engines.threads import in_threads
from proxyscan.errors import ProxyscanError
from proxyscan.format import Format
from proxyscan.frozen import frozen
from proxyscan.layouts import Block, Rejects, unwrap
from proxyscan.mixed import TRIED, Misfits, Strays, attempts, give_up, line_formats, read_strays, strays
from proxyscan.requests import HostNames, Parser, Requests
from proxyscan.source import Source, expand, opened, source_of
from proxyscan.zone import Zone, zone

ENDS: Final = 2**62
"""The end of a log, wherever it is."""


@frozen
class Split:
    """The lines of one file that begin at a byte of [start, stop).

    `header`: the header in force at `start`, None when that is not known: a log that has headers is then read
    from its beginning. `finished`: a last line without end counts. `name`: what the file is called for people, when
    that is not `file`. `format`, `wrapper`: what the log is in, None when the log is to show it. `member`: where the
    compressed member begins whose first byte stands before `start`; 0 when that is not known, and for a plain log.
    """

    file: str
    start: int = 0
    stop: int = ENDS
    header: bytes | None = None
    finished: bool = True
    name: str = ""
    format: Format | None = None
    wrapper: str = ""
    member: int = 0


@frozen
class Log:
    """One log being read: its source, and the format that its first block is in."""

    split: Split
    source: Source
    format: Format
    wrapper: str

    @property
    def header_mark(self) -> bytes:
        """What stands in every header of the log; empty for a format without headers."""
        return self.format.layout.header_mark

    def is_header(self, line: bytes) -> bool:
        """Tell whether a line names the columns of those behind it."""
        return unwrap(line, self.wrapper).text.startswith(self.header_mark)

    def header_behind(self, block: Block) -> bytes:
        """Return the header in force behind a block."""
        found = last_header(block, self.header_mark, self.is_header) if self.header_mark else b""
        return found or block.header


@dataclass
class Reading:
    """What is read of several logs, block by block; `logs` grows as each is opened.

    A log that cannot be read at all raises, or is told to `on_problem` and passed over. `misfits` grows with the
    rejects.
    """

    among: Sequence[Format]
    progress: Callable[[Source], None] | None = None
    on_problem: Callable[[ProxyscanError], None] | None = None
    misfits: Misfits | None = None
    logs: list[Log] = field(default_factory=list)

    def blocks(self, splits: Iterable[Split]) -> Iterator[tuple[Log, Block]]:
        """Yield the blocks of lines of splits, each with its log, whose format its first block shows."""
        for split in splits:
            try:
                with opened(split.file) as stream:
                    yield from self._of_one(split, stream)
            except ProxyscanError as problem:
                if self.on_problem is None:
                    raise
                self.on_problem(problem)

    def _of_one(self, split: Split, stream: IO[bytes]) -> Iterator[tuple[Log, Block]]:
        log, all_blocks = self._opened(split, stream)
        self.logs.append(log)
        last = Block(log.source.file, 0, b"", split.header or b"")
        for block in within(all_blocks, split.start, split.stop):
            if split.finished or block.text.endswith(b"\n", 0, len(block)):
                yield log, block
                last = block if log.header_mark else last
            del block
            self._report(log.source)
        log.source.header = log.header_behind(last)
        self._report(log.source)

    def _opened(self, split: Split, stream: IO[bytes]) -> tuple[Log, Iterable[Block]]:
        """Return the log of a split and its blocks, from the beginning or from shortly before the split."""
        anywhere = is_plain(stream) or split.member
        source = source_of(split.name or split.file, stream)
        log, all_blocks = self._begun(split, source, blocks(stream, source))
        if anywhere and split.start and not (log.header_mark and split.header is None):
            log = replace(log, source=Source(source.file, source.written))
            all_blocks = blocks_from(stream, log.source, split.start - 1, split.member)
        return log, _with_headers(log, all_blocks)

    def _begun(self, split: Split, source: Source, all_blocks: Iterator[Block]) -> tuple[Log, Iterable[Block]]:
        """Return the log of a split, whose format its first block shows where it is not known, and all blocks."""
        if split.format:
            return Log(split, source, split.format, split.wrapper), all_blocks
        first = next(all_blocks, Block(source.file, 0, b""))
        found = recognise(first, self.among, source.damage)
        return Log(split, source, found.format, found.wrapper), _put_back([first], all_blocks)

    def note(self, log: Log, left: Strays, rejects: int) -> None:
        """Keep the first rejected lines, if that is wanted; a block has so many."""
        if self.misfits is not None:
            self.misfits.add(log.wrapper, left, rejects)

    def _report(self, source: Source) -> None:
        if self.progress:
            self.progress(source)


def _put_back(waiting: list[Block], rest: Iterable[Block]) -> Iterator[Block]:
    while waiting:
        yield waiting.pop()
    yield from rest


def _with_headers(log: Log, all_blocks: Iterable[Block]) -> Iterable[Block]:
    if not log.header_mark:
        return all_blocks
    whole = parted(all_blocks, log.split.start)
    return with_headers(whole, log.header_mark, log.is_header, log.split.header or b"")


class Parsers:
    """The parsers of one thread: one for each format and wrapper that it meets.

    `mixed`: formats in which lines are read that a log's own format rejects.
    """

    def __init__(
        self,
        policy: Policy,
        hosts: HostNames,
        want: frozenset[str] | None = None,
        tz: Zone | None = None,
        mixed: Sequence[Format] = (),
    ) -> None:
        self.policy, self.hosts, self.want, self.zone, self.mixed = policy, hosts, want, tz, mixed
        self._parsers: dict[tuple[int, str], Parser] = {}

    def of(self, format: Format, wrapper: str) -> Parser:
        """Return the parser for a format."""
        key = id(format), wrapper
        if key not in self._parsers:
            self._parsers[key] = Parser(format, wrapper, self.policy, self.hosts, self.want, self.zone)
        return self._parsers[key]

    def parse(self, log: Log, block: Block) -> tuple[list[tuple[Parser, Requests]], Strays]:
        """Return the requests of a block, those in the log's own format first, and the first lines that none took."""
        parser = self.of(log.format, log.wrapper)
        requests = parser.parse(block)
        read = [(parser, requests)]
        if self.mixed and len(requests.columns.rejects):
            others = starmap(self.of, attempts(self.mixed, log.wrapper))
            read += read_strays(strays(block, requests.columns.rejects), others)
            give_up(requests, (offset for _, each in read[1:] for offset in each.columns.offsets.tolist()))
        return read, strays(block, requests.columns.rejects, TRIED)


def parse(
    paths: str | Path | Sequence[str | Path],
    *,
    format: str | Format | Sequence[Format] | None = None,
    logformat: str | None = None,
    squid_conf: str | Path | None = None,
    mapping: str | Path | None = None,
    policy: Policy | None = None,
    tz: str | None = None,
    mixed: bool = False,
    with_source: bool = False,
    on_rejects: Callable[[pa.Table], None] | None = None,
    misfits: Misfits | None = None,
    progress: Callable[[Source], None] | None = None,
    engine: str | Engine | None = None,
) -> pa.RecordBatchReader:
    """Return the requests of logs as a stream of record batches of `schema.REQUEST`.

    `paths` are files and globs; "-" is standard input. Each file's format is detected, unless `format`
    (a name), `logformat` (a string of Squid, Apache or nginx), `squid_conf` (the site's squid.conf) or `mapping`
    (a file that describes it) says it. `tz` names the zone of times that are logged without one (default: the
    machine's). `mixed`: lines that the file's format does not take are read in the first other format that does;
    their requests come behind those of the lines around them. With
    `with_source` each request has the `file` and the `offset` at which its line begins. `on_rejects` is
    called with tables of `schema.REJECT`; `misfits` keeps the first rejected lines whole; `progress` is called after
    every block with the source it came from. `engine`: "local:4" for four threads (default: one for each processor);
    the other engines write a data set (`proxyscan.parse_to`), or a data frame (`proxyscan.spark.read`).

    >>> import proxyscan
    >>> requests = proxyscan.parse("sample_logs/squid_native.log").read_all()
    >>> requests.num_rows
    56
    """
    files = expand([paths] if isinstance(paths, str | Path) else paths)
    among = choices(format, logformat, squid_conf, mapping)
    others = line_formats(among) if mixed else ()
    fields = pa.schema([*schema.REQUEST, *(schema.SOURCE if with_source else ())])
    hosts, dictionaries = HostNames(), Dictionaries()
    local = None if tz is None else zone(tz)
    workers = [
        Batching(Parsers(policy or Policy(), hosts, None, local, others), fields, dictionaries)
        for _ in range(threads_of(engine))
    ]
    reading = Reading(among, progress, misfits=misfits)
    batches = read_batches(reading, [Split(file) for file in files], workers, on_rejects)
    return pa.RecordBatchReader.from_batches(fields, batches)


class Batching:
    """What one thread does with a block: lines → requests → a record batch."""

    def __init__(self, parsers: Parsers, fields: pa.Schema, dictionaries: Dictionaries) -> None:
        self.parsers = parsers
        self.fields = fields
        self.dictionaries = dictionaries
        self._batches: dict[int, Batches] = {}

    def batch(self, item: tuple[Log, Block]) -> tuple[list[pa.RecordBatch], Log, Rejects, Strays]:
        """Return the requests of a block, a batch for each format; its log, its rejects, and some of them whole."""
        log, block = item
        read, left = self.parsers.parse(log, block)
        batches = [self._of(parser).batch(requests) for parser, requests in read]
        return batches, log, read[0][1].columns.rejects, left

    def _of(self, parser: Parser) -> Batches:
        if id(parser) not in self._batches:
            self._batches[id(parser)] = Batches(parser, self.fields, self.dictionaries)
        return self._batches[id(parser)]


def read_batches(
    reading: Reading,
    splits: Sequence[Split],
    workers: Sequence[Batching],
    on_rejects: Callable[[pa.Table], None] | None,
) -> Iterator[pa.RecordBatch]:
    """Yield the requests of splits in their order, with as many threads as there are workers."""
    for batches, log, rejects, left in in_threads(Batching.batch, workers, reading.blocks(splits), comes_slowly):
        reading.note(log, left, len(rejects))
        if on_rejects and len(rejects):
            on_rejects(rejects_table(log.source.file, rejects))
        yield from batches
    for log in reading.logs:
        long = too_long(log.source, log.split)
        if on_rejects and len(long):
            on_rejects(rejects_table(log.source.file, long))


def comes_slowly(item: tuple[Log, Block]) -> bool:
    """Tell whether to get the next block of a log is work."""
    return item[0].source.slow


def too_long(source: Source, split: Split) -> Rejects:
    """Return the lines of a split that were left out because they are too long; a last one without end may wait."""
    rejects, stop = Rejects(), split.stop if split.finished else min(split.stop, source.end)
    for offset, text in source.too_long:
        if split.start <= offset < stop:
            rejects.add(offset, "the line is too long", text)
    return rejects
