"""Cutting logs into splits that an engine's workers read, each on its own and without looking at the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from proxyscan.bgzf import Member, spread_members
from proxyscan.blocks import blocks, blocks_from, is_plain, within
from proxyscan.detect import recognise
from proxyscan.engines import Engine, Failure, Shared
from proxyscan.errors import InputError, ProxyscanError
from proxyscan.format import Format
from proxyscan.layouts import Block
from proxyscan.objects import is_remote, local, size_of
from proxyscan.parse import ENDS, Log, Split
from proxyscan.source import STDIN, Source, check, opened, source_of

LEAST: Final = 8 << 20
MOST: Final = 128 << 20
"""Bytes of a split: so many that starting its task costs little, so few that losing it does."""

LARGE: Final = 1.5
"""A log is cut that is so many times as large as a split."""

Begin = tuple[str, int]
"""File and byte at which a split begins."""


def placed(split: Split) -> Split:
    """Return a split by the whole path of its file: a worker has another working folder.

    Raises `InputError` for standard input, which no worker sees.
    """
    if split.file == STDIN:
        raise InputError("standard input cannot be read by the workers of an engine", "name a file, or leave --engine")
    whole = split.file if is_remote(split.file) else str(local(split.file).absolute())
    return replace(split, file=whole, name=split.name or split.file)


def shared(splits: Sequence[Split]) -> list[Shared]:
    """Return the files of splits, each once; raises `InputError` for one that is not there."""
    for split in splits:
        check(split.file)
    return [Shared(file, size_of(file)) for file in {split.file for split in splits}]


def width(splits: Iterable[Split], workers: int) -> int:
    """Return the bytes of a split of about `MOST`, or less, so that so many workers have as many splits each."""
    total = sum(min(size_of(split.file), split.stop) - split.start for split in splits)
    rounds = max(round(total / (MOST * workers)), 1)
    return max(total // (rounds * workers) + 1, LEAST)


def cut(split: Split, among: Sequence[Format], bytes_each: int) -> list[Split]:
    """Return the same lines in splits of about so many bytes; a log that is compressed or unknown as it is.

    A log that is cut is opened here: its format travels with each split.
    """
    stop = min(split.stop, size_of(split.file))
    begun = _begun(split, among) if stop - split.start > bytes_each * LARGE and _is_plain(split.file) else None
    if begun is None or (split.start and split.header is None and _header_mark(begun)):
        return [split]
    count = -(-(stop - split.start) // bytes_each)
    edges = [split.start + (stop - split.start) * number // count for number in range(count)]
    return _between(begun, [Member(0, edge) for edge in edges])


def cut_by_members(split: Split, among: Sequence[Format], bytes_each: int) -> list[Split]:
    """Return the lines of a BGZF file in splits of about so many of its bytes; none where it cannot be cut so.

    A split begins with the second byte of a member: its reader sees whether a line ends with the first. Logs with
    headers are not cut, nor those of which a part is asked, nor those on object stores: of these, looking for members
    reads all.
    """
    size = size_of(split.file)
    if split.start or split.stop < ENDS or size <= bytes_each * LARGE or is_remote(split.file):
        return []
    try:
        with opened(split.file) as stream:
            found = spread_members(stream, size, size // -(-size // bytes_each))
    except ProxyscanError:
        return []  # a worker will meet the same, and tell it
    begun = _begun(split, among) if len(found) > 1 else None
    if begun is None or _header_mark(begun):
        return []
    return _between(begun, [found[0], *(Member(member.place, member.byte + 1) for member in found[1:])])


def _between(split: Split, begins: Sequence[Member]) -> list[Split]:
    """Return a split cut where others are to begin."""
    stops = [*(each.byte for each in begins[1:]), split.stop]
    first, *others = (
        replace(split, start=begin.byte, stop=stop, header=None, member=begin.place)
        for begin, stop in zip(begins, stops, strict=True)
    )
    return [replace(first, header=split.header or b""), *others]


def _is_plain(file: str) -> bool:
    try:
        with opened(file) as stream:
            return is_plain(stream)
    except ProxyscanError:
        return False  # a worker will meet the same, and tell it


def _begun(split: Split, among: Sequence[Format]) -> Split | None:
    """Return a split with the format of its log; None where that is not known, or the log cannot be read."""
    try:
        with opened(split.file) as stream:
            source = source_of(split.name, stream)
            first = next(blocks(stream, source), Block(source.file, 0, b""))
        found = recognise(first, among, source.damage)
    except ProxyscanError:
        return None  # a worker will meet the same, and tell it
    return replace(split, format=found.format, wrapper=found.wrapper)


def headed(cuts: Sequence[Sequence[Split]], engine: Engine) -> Iterator[Split]:
    """Yield the splits of all logs, each with the header in force where it begins, which workers look for.

    A log whose headers cannot be found is not cut.
    """
    asked = [piece for pieces in cuts for piece in pieces[:-1] if len(pieces) > 1 and _header_mark(piece)]
    found = dict(each for each in engine.map(last_header, asked) if not isinstance(each, Failure)) if asked else {}
    for pieces in cuts:
        if len(pieces) == 1 or not _header_mark(pieces[0]):
            yield from pieces
        elif all(_begin(piece) in found for piece in pieces[:-1]):
            yield from _each_headed(pieces, found)
        else:
            yield replace(pieces[0], stop=pieces[-1].stop)


def _header_mark(split: Split) -> bytes:
    return split.format.layout.header_mark if split.format else b""


def _each_headed(pieces: Sequence[Split], found: Mapping[Begin, bytes]) -> Iterator[Split]:
    header = pieces[0].header or b""
    for piece in pieces:
        yield replace(piece, header=header)
        header = found.get(_begin(piece)) or header


def _begin(split: Split) -> Begin:
    return split.file, split.start


def last_header(split: Split) -> tuple[Begin, bytes]:
    """Return where a split of a plain log begins, and the last header among its lines; empty for none."""
    assert split.format
    source, header = Source(split.file), b""
    log = Log(split, source, split.format, split.wrapper)
    with opened(split.file) as stream:
        every = blocks_from(stream, source, split.start - 1) if split.start else blocks(stream, source)
        for block in within(every, split.start, split.stop):
            header = log.header_behind(replace(block, header=header))
    return _begin(split), header
