"""Cutting the bytes of a log into blocks of whole lines, each with the header in force where it begins.

Blocks are large. Who hands one on lets go of it before asking for the next one, whose bytes then take its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import IO, Final

from proxyscan.decompress import PIECE, Pieces, Plain, codec_of, decompressed
from proxyscan.kernels import PADDING
from proxyscan.layouts import Block
from proxyscan.source import BOM, LONGEST_LINE, PREVIEW, TAIL, Source

BEYOND: Final = b"\n" * PADDING
"""What is put behind the lines of a block, so that kernels need not copy it."""


def is_plain(stream: IO[bytes]) -> bool:
    """Tell whether a stream just opened can be read from any place on: a file that is not compressed."""
    return stream.seekable() and not codec_of(stream)


def blocks_from(stream: IO[bytes], source: Source, byte: int, member: int = 0) -> Iterator[Block]:
    """Yield the blocks of a log from a byte on; only lines that begin behind this byte are whole.

    `member`: where the compressed member begins in the file that begins with this byte; 0 for a plain file.
    """
    source.read_bytes = stream.seek(member or byte)
    return cut(_pieces(stream, source, plain=not member), source, byte)


def blocks(stream: IO[bytes], source: Source) -> Iterator[Block]:
    """Yield the lines of a stream in blocks that end at line ends; a last line without an end counts."""
    return cut(_pieces(stream, source, is_plain(stream)), source)


def _pieces(stream: IO[bytes], source: Source, plain: bool) -> Pieces:
    source.slow = not plain
    return Plain(stream, source) if plain else decompressed(stream, source)


def cut(chunks: Pieces, source: Source, offset: int = 0) -> Iterator[Block]:
    """Yield the lines of a stream of bytes, of which the first is at `offset`, in blocks that end at line ends.

    A line longer than `LONGEST_LINE` is left out and noted in `source.too_long`.
    """
    rest, skipped = b"", 0
    for piece in chunks:
        if not offset and not rest and piece.startswith(BOM):
            offset, piece = len(BOM), piece[len(BOM) :]
        end = piece.find(b"\n")
        if skipped + len(rest) + (len(piece) if end < 0 else end) > LONGEST_LINE:
            if not skipped:
                source.too_long.append((offset, (rest[:PREVIEW] + piece[:PREVIEW])[:PREVIEW]))
            skipped, rest = skipped + len(rest), b""
            if end < 0:
                skipped += len(piece)
                continue
            offset, piece, skipped = offset + skipped + end + 1, piece[end + 1 :], 0
            source.end, source.tail = offset, b""
        text, rest, beyond = _whole(chunks, rest, piece)
        if beyond:
            size = len(text) - beyond
            source.end, source.tail = offset + size, text[max(size - TAIL, 0) : size]
            yield from _without_long(Block(source.file, offset, text, written=source.written, beyond=beyond), source)
            offset += size
        del text, piece
    source.rest = len(rest) + skipped
    if rest:
        yield from _without_long(Block(source.file, offset, rest, written=source.written), source)


def _without_long(block: Block, source: Source) -> Iterator[Block]:
    """Yield the lines of a block but for those longer than `LONGEST_LINE`, which are noted in `source.too_long`."""
    begin = place = 0
    while len(block) - place > LONGEST_LINE:
        last = block.text.rfind(b"\n", place, place + LONGEST_LINE + 1) + 1
        if not last:
            source.too_long.append((block.offset + place, block.text[place : place + PREVIEW]))
            if begin < place:
                yield block.cut(begin, place)
            begin = last = block.text.find(b"\n", place, len(block)) + 1 or len(block)
        place = last
    if begin < len(block):
        yield block.cut(begin, len(block))


def _whole(chunks: Pieces, rest: bytes, piece: bytes) -> tuple[bytes, bytes, int]:
    """Return a text of whole lines and what stands behind them, and how many bytes at the text's end are no lines.

    These are `PADDING` at least, 0 where no line is whole. What stands behind the lines of a large piece comes again
    with the next one, so that nothing need be copied.
    """
    if len(piece) >= PIECE and not rest:
        last = piece.rfind(b"\n", 0, len(piece) - PADDING) + 1
        if last:
            chunks.leave(piece[last:])
            return piece, b"", len(piece) - last
    last = piece.rfind(b"\n") + 1
    if not last:
        return b"", rest + piece, 0
    return b"".join((rest, memoryview(piece)[:last], BEYOND)), piece[last:], PADDING


def with_headers(
    all_blocks: Iterable[Block], mark: bytes, is_header: Callable[[bytes], bool], header: bytes = b""
) -> Iterator[Block]:
    """Yield blocks with the header in force where each begins: the last line before it that is one.

    `mark` is what stands in every header, and seldom in other lines; `header` is in force before the first block.
    """
    for block in all_blocks:
        yield replace(block, header=header)
        header = last_header(block, mark, is_header) or header
        del block


def last_header(block: Block, mark: bytes, is_header: Callable[[bytes], bool]) -> bytes:
    """Return the last line of a block that is a header, without its end; empty for none."""
    text, place = block.text, block.text.rfind(mark, 0, len(block))
    while place >= 0:
        start = text.rfind(b"\n", 0, place) + 1
        end = text.find(b"\n", place, len(block))
        line = text[start : end if end >= 0 else len(block)].removesuffix(b"\r")
        if is_header(line):
            return line
        place = text.rfind(mark, 0, start)
    return b""


def parted(all_blocks: Iterable[Block], byte: int) -> Iterator[Block]:
    """Yield blocks of which none holds lines from both sides of a byte."""
    for block in all_blocks:
        middle = block.line_start(byte)
        if 0 < middle < len(block):
            yield block.cut(0, middle)
            block = block.cut(middle, len(block))
        yield block
        del block


def within(all_blocks: Iterable[Block], start: int, stop: int) -> Iterator[Block]:
    """Yield of these blocks the lines that begin at a byte of [start, stop)."""
    for block in all_blocks:
        if block.offset >= stop:
            return
        begin, end = (block.line_start(byte) for byte in (start, stop))
        if begin < end:
            yield block.cut(begin, end)
        del block
