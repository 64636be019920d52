"""Lines of other formats inside a log: each is read by the first format that makes a request of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import starmap
from typing import Final

import numpy as np
from numpy.typing import NDArray

from proxyscan.format import Format
from proxyscan.formats import formats
from proxyscan.frozen import frozen
from proxyscan.layouts import Block, Delimited, Rejects
from proxyscan.layouts.columns import Ints
from proxyscan.layouts.wrapper import WRAPPERS
from proxyscan.requests import Parser, Requests

USUAL: Final = "syslog"

TRIED: Final = 100
"""Rejected lines that are tried to see what they look like."""


def line_formats(among: Sequence[Format] = ()) -> list[Format]:
    """Return the formats that one line alone can show: these, then all known ones; the generic ones last.

    Logs whose columns a header names are not among them: one line of these says nothing without its header.
    """
    named: dict[str, Format] = {}
    for each in (*among, *formats().values()):
        named.setdefault(each.name, each)
    return sorted((each for each in named.values() if not each.layout.header_mark), key=lambda each: each.generic)


def attempts(among: Sequence[Format], wrapper: str) -> Iterator[tuple[Format, str]]:
    """Yield each format with what may stand before its lines: first the log's own wrapper, else syslog's.

    A wrapper is stripped where it stands, so that lines without one are read as well.
    """
    first = wrapper or USUAL
    for each in (first, *(name for name in WRAPPERS if name not in ("", first))):
        yield from ((format, each) for format in among)


@frozen
class Strays:
    """Lines that the format of their log rejects, whole, and the bytes of the log at which they begin.

    `source`: the block that they come from, without its bytes.
    """

    source: Block
    offsets: Ints
    lines: tuple[bytes, ...]

    @cached_property
    def block(self) -> Block:
        """The lines as a block of their own."""
        return replace(self.source, offset=0, beyond=0, text=b"".join(line + b"\n" for line in self.lines))

    @cached_property
    def begins(self) -> Ints:
        """Where the lines begin in `block`."""
        return np.cumsum([0, *(len(line) + 1 for line in self.lines)])

    def where(self, rows: Ints) -> Strays:
        """Return some of the lines, by their numbers."""
        return Strays(self.source, self.offsets[rows], tuple(self.lines[row] for row in rows.tolist()))


def strays(block: Block, rejects: Rejects, most: int | None = None) -> Strays:
    """Return the rejected lines of a block, at most so many."""
    offsets = rejects.offsets[:most]
    lines = tuple(map(block.line, offsets))
    return Strays(replace(block, text=b"", header=b"", beyond=0), np.array(offsets, np.int64), lines)


def read_strays(left: Strays, parsers: Iterable[Parser]) -> Iterator[tuple[Parser, Requests]]:
    """Yield the requests that parsers make of lines; a line is read by the first parser that takes it."""
    for parser in parsers:
        if not left.lines:
            return
        taken = _taken(left, parser)
        if taken.any():
            found = left.where(np.flatnonzero(taken))
            left = left.where(np.flatnonzero(~taken))
            requests = parser.parse(found.block)
            requests.columns.offsets = found.offsets
            yield parser, requests


def _taken(left: Strays, parser: Parser) -> NDArray[np.bool_]:
    """Tell which lines become requests; of a loose layout, which any line may fit by chance, only those with a host."""
    requests = parser.parse(left.block)
    sure = requests.host >= 0 if isinstance(parser.format.layout, Delimited) else np.ones(len(requests.host), np.bool_)
    taken = np.zeros(len(left.lines), np.bool_)
    taken[np.searchsorted(left.begins, requests.columns.offsets[sure])] = True
    return taken


def give_up(requests: Requests, offsets: Iterable[int]) -> None:
    """Take lines that other formats read off the lines and the rejects of a block's own format."""
    columns, gone = requests.columns, frozenset(offsets)
    columns.rejects = columns.rejects.where([offset not in gone for offset in columns.rejects.offsets])
    columns.lines -= len(gone)


@dataclass
class Misfits:
    """A sample of rejected lines, to tell what they look like."""

    kept: list[tuple[str, Strays]] = field(default_factory=list)
    """The first of them: wrapper of their log, and the lines."""

    rejects: int = 0

    @property
    def tried(self) -> int:
        """How many lines there are in the sample."""
        return sum(len(lines.lines) for _, lines in self.kept)

    def add(self, wrapper: str, found: Strays, rejects: int) -> None:
        """Note the first rejected lines of a block, and how many it has."""
        self.rejects += rejects
        room = TRIED - self.tried
        if room > 0 and found.lines:
            self.kept.append((wrapper, found.where(np.arange(min(room, len(found.lines))))))

    def extend(self, other: Misfits) -> None:
        """Take over the sample of another reading, as far as there is room."""
        self.rejects += other.rejects
        for wrapper, found in other.kept:
            self.add(wrapper, found, 0)

    def look_like(self, among: Sequence[Format] = ()) -> tuple[str, int]:
        """Return the format that reads most lines of the sample, and how many; ("", 0) where none reads any."""
        counts: Counter[str] = Counter()
        parsers: dict[str, list[Parser]] = {}
        for wrapper, lines in self.kept:
            if wrapper not in parsers:
                parsers[wrapper] = [*starmap(Parser, attempts(line_formats(among), wrapper))]
            for parser, requests in read_strays(lines, parsers[wrapper]):
                counts[parser.format.name] += requests.columns.rows
        return next(iter(counts.most_common(1)), ("", 0))
