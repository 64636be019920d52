"""Cutting the bytes of a log into blocks of whole lines, each with the header in force where it begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import IO

from proxyscan.layouts import Block
from proxyscan.source import BOM, CODECS, LONGEST_LINE, PIECE, PREVIEW, TAIL, Source, codec, counted, pieces


def is_plain(stream: IO[bytes]) -> bool:
    """Tell whether a stream just opened can be read from any place on: a file that is not compressed."""
    if not stream.seekable():
        return False
    place = stream.tell()
    beginning = stream.read(max(map(len, CODECS)))
    stream.seek(place)
    return not codec(beginning)


def blocks_from(stream: IO[bytes], source: Source, byte: int, member: int = 0) -> Iterator[Block]:
    """Yield the blocks of a log from a byte on; only lines that begin behind this byte are whole.

    `member`: where the compressed member begins in the file that begins with this byte; 0 for a plain file.
    """
    source.read_bytes = stream.seek(member or byte)
    read = pieces(stream, source) if member else counted(stream.read(PIECE), stream, source, PIECE)
    return cut(read, source, byte)


def blocks(stream: IO[bytes], source: Source) -> Iterator[Block]:
    """Yield the lines of a stream in blocks that end at line ends; a last line without an end counts."""
    return cut(pieces(stream, source), source)


def cut(chunks: Iterable[bytes], source: Source, offset: int = 0) -> Iterator[Block]:
    """Yield the lines of a stream of bytes, of which the first is at `offset`, in blocks that end at line ends.

    A line longer than `LONGEST_LINE` is left out and noted in `source.too_long`.
    """
    rest, skipped = b"", 0
    for piece in _even(chunks):
        if not offset and not rest and piece.startswith(BOM):
            offset, piece = len(BOM), piece[len(BOM) :]
        end = piece.find(b"\n")
        if skipped + len(rest) + (len(piece) if end < 0 else end) > LONGEST_LINE:
            if not skipped:
                source.too_long.append((offset, rest[:PREVIEW] or piece[:PREVIEW]))
            skipped, rest = skipped + len(rest), b""
            if end < 0:
                skipped += len(piece)
                continue
            offset, piece, skipped = offset + skipped + end + 1, piece[end + 1 :], 0
            source.end, source.tail = offset, b""
        last = piece.rfind(b"\n") + 1
        if last:
            block = Block(source.file, offset, b"".join((rest, memoryview(piece)[:last])), written=source.written)
            offset, rest = offset + len(rest) + last, b""
            source.end, source.tail = offset, block.data[-TAIL:]
            yield block
        rest += piece[last:]
    source.rest = len(rest) + skipped
    if rest:
        yield Block(source.file, offset, rest, written=source.written)


def _even(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in pieces of about one size: what a decompressor gives at a time is too little or too much.

    What is less than two pieces is not cut, since that would copy all of a plain file.
    """
    waiting: list[bytes] = []
    size = 0
    for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= PIECE:
            whole = b"".join(waiting) if len(waiting) > 1 else chunk
            stops = [*range(PIECE, size - PIECE + 1, PIECE), size]
            for start, stop in pairwise([0, *stops]):
                yield whole[start:stop]
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)


def with_headers(
    all_blocks: Iterable[Block], mark: bytes, is_header: Callable[[bytes], bool], header: bytes = b""
) -> Iterator[Block]:
    """Yield blocks with the header in force where each begins: the last line before it that is one.

    `mark` is what stands in every header, and seldom in other lines; `header` is in force before the first block.
    """
    for block in all_blocks:
        yield replace(block, header=header)
        header = last_header(block.data, mark, is_header) or header


def last_header(text: bytes, mark: bytes, is_header: Callable[[bytes], bool]) -> bytes:
    """Return the last line of a text that is a header, without its end; empty for none."""
    place = text.rfind(mark)
    while place >= 0:
        start = text.rfind(b"\n", 0, place) + 1
        end = text.find(b"\n", place)
        line = text[start : end if end >= 0 else len(text)].removesuffix(b"\r")
        if is_header(line):
            return line
        place = text.rfind(mark, 0, start)
    return b""


def parted(all_blocks: Iterable[Block], byte: int) -> Iterator[Block]:
    """Yield blocks of which none holds lines from both sides of a byte."""
    for block in all_blocks:
        middle = _line_start(block, byte)
        if 0 < middle < len(block.data):
            yield replace(block, data=block.data[:middle])
            block = replace(block, offset=block.offset + middle, data=block.data[middle:])
        yield block


def within(all_blocks: Iterable[Block], start: int, stop: int) -> Iterator[Block]:
    """Yield of these blocks the lines that begin at a byte of [start, stop)."""
    for block in all_blocks:
        if block.offset >= stop:
            return
        begin, end = (_line_start(block, byte) for byte in (start, stop))
        if begin < end:
            yield replace(block, offset=block.offset + begin, data=block.data[begin:end])


def _line_start(block: Block, byte: int) -> int:
    """Return where the first line that begins at or after `byte` of the file begins within the block."""
    place = byte - block.offset
    if place <= 0:
        return 0
    found = block.data.find(b"\n", place - 1) + 1
    return found or len(block.data)
