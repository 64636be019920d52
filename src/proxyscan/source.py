"""Opening, decompressing and cutting logs into blocks of whole lines.

What a file is compressed with is told by how it begins, never by its name.
"""

from __future__ import annotations

import bz2
import io
import lzma
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path
from typing import IO, Any, Final

from proxyscan.errors import InputError
from proxyscan.layouts import Block

PIECE: Final = 1 << 20
"""Bytes read from a file at a time."""

COMPRESSED_PIECE: Final = 1 << 16
"""The same for a compressed file: what it yields may be a thousand times as much."""

LONGEST_LINE: Final = 1 << 20
"""A longer line is a reject; Squid itself cuts lines at 8 kB."""

PREVIEW: Final = 200
BOM: Final = b"\xef\xbb\xbf"

STDIN: Final = "-"


@dataclass
class Source:
    """One log: its name for people, its compression, and what happened while it was read.

    `read_bytes`: compressed bytes read so far. `damage`: what is wrong with it, "" when all was read.
    `too_long`: (offset, beginning) of each line longer than `LONGEST_LINE`.
    """

    file: str
    read_bytes: int = 0
    damage: str = ""
    too_long: list[tuple[int, bytes]] = field(default_factory=list)


def expand(paths: Iterable[str | Path]) -> list[str]:
    """Return the files that paths and globs name, in their order; `-` is standard input.

    Raises `InputError` for a missing file, a directory, or a glob that matches nothing.
    """
    files: list[str] = []
    for path in map(str, paths):
        matches = _glob(path) if _is_pattern(path) else [path]
        if not matches:
            raise InputError(
                f"{path}: no file matches", "check the pattern, or quote it so that the shell leaves it alone"
            )
        files += matches
    for file in files:
        _check(file)
    return files


def _is_pattern(path: str) -> bool:
    return bool(set("*?[") & set(path)) and not Path(path).exists()


def _glob(pattern: str) -> list[str]:
    return sorted(glob(pattern, recursive=True))  # noqa: PTH207 Path.glob takes no absolute pattern


def _check(file: str) -> None:
    if file == STDIN:
        return
    if Path(file).is_dir():
        raise InputError(f"{file}: is a directory", f"name the logs in it, for example '{file.rstrip('/')}/*.log'")
    if not Path(file).exists():
        raise InputError(f"{file}: no such file", "check the path")


@contextmanager
def opened(file: str) -> Iterator[IO[bytes]]:
    """Open a file (or standard input) for reading bytes; raises `InputError` when that is not allowed."""
    if file == STDIN:
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115 closed by the with below
    except OSError as problem:
        raise InputError(f"{file}: {problem.strerror or problem}", "check its permissions") from problem
    with stream:
        yield stream


CODECS: Final[dict[bytes, str]] = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}


def codec(beginning: bytes) -> str:
    """Return the compression that a file's first bytes show: "gzip", "bzip2", "xz", "zstd" or "".

    >>> codec(b"BZh91AY&SY"), codec(b"1795422269.479")
    ('bzip2', '')
    """
    return next((name for magic, name in CODECS.items() if beginning.startswith(magic)), "")


def _decompressor(name: str) -> tuple[Callable[[], Any], Any]:
    if name == "gzip":
        from isal import isal_zlib

        return lambda: isal_zlib.decompressobj(wbits=31), (isal_zlib.error,)
    if name == "bzip2":
        return bz2.BZ2Decompressor, (OSError, ValueError)
    return lzma.LZMADecompressor, (lzma.LZMAError,)


def pieces(stream: IO[bytes], source: Source) -> Iterator[bytes]:
    """Yield the decompressed bytes of a stream; damage ends it and is noted in `source`."""
    first = stream.read(COMPRESSED_PIECE)
    name = codec(first)
    raw = _counted(first, stream, source, COMPRESSED_PIECE if name else PIECE)
    if not name:
        yield from raw
    elif name == "zstd":
        yield from _zstd(raw, source)
    else:
        yield from _members(raw, name, source)


def _counted(first: bytes, stream: IO[bytes], source: Source, size: int) -> Iterator[bytes]:
    piece = first
    while piece:
        source.read_bytes += len(piece)
        yield piece
        piece = stream.read(size)


def _members(raw: Iterator[bytes], name: str, source: Source) -> Iterator[bytes]:
    fresh, errors = _decompressor(name)
    member = fresh()
    begun = False
    for piece in raw:
        while piece:
            if member.eof:
                piece = piece.lstrip(b"\0") if name == "gzip" else piece
                if not piece:
                    break
                member, begun = fresh(), False
            try:
                yield member.decompress(piece)
            except errors as problem:
                source.damage = f"damaged {name} data near byte {source.read_bytes} ({problem})"
                return
            begun, piece = True, member.unused_data if member.eof else b""
    if begun and not member.eof:
        source.damage = f"the {name} data ends too early, after {source.read_bytes} bytes"


class _Chain(io.RawIOBase):
    """The pieces of an iterator as a readable file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks = chunks
        self.rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.rest = self.rest or next(self.chunks, b"")
        count = min(len(buffer), len(self.rest))
        buffer[:count], self.rest = self.rest[:count], self.rest[count:]
        return count


def _zstd(raw: Iterator[bytes], source: Source) -> Iterator[bytes]:
    import pyarrow as pa

    stream = pa.CompressedInputStream(pa.PythonFile(_Chain(raw), "r"), "zstd")
    while True:
        try:
            piece = stream.read(PIECE)
        except OSError as problem:
            source.damage = f"damaged zstd data near byte {source.read_bytes} ({problem})"
            return
        if not piece:
            return
        yield piece


def blocks(stream: IO[bytes], source: Source) -> Iterator[Block]:
    """Yield the lines of a stream in blocks that end at line ends; a last line without an end counts.

    A line longer than `LONGEST_LINE` is left out and noted in `source.too_long`.
    """
    offset, rest, skipped = 0, b"", 0
    for piece in _small(pieces(stream, source)):
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
        last = piece.rfind(b"\n") + 1
        if last:
            yield Block(source.file, offset, rest + piece[:last])
            offset, rest = offset + len(rest) + last, b""
        rest += piece[last:]
    if rest:
        yield Block(source.file, offset, rest)


def _small(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), PIECE):
            yield chunk[start : start + PIECE]


def within(all_blocks: Iterable[Block], start: int, stop: int) -> Iterator[Block]:
    """Yield of these blocks the lines that begin at a byte of [start, stop)."""
    for block in all_blocks:
        begin, end = (_line_start(block, byte) for byte in (start, stop))
        if begin < end:
            yield Block(block.file, block.offset + begin, block.data[begin:end])


def _line_start(block: Block, byte: int) -> int:
    """Return where the first line that begins at or after `byte` of the file begins within the block."""
    place = byte - block.offset
    if place <= 0:
        return 0
    found = block.data.find(b"\n", place - 1) + 1
    return found or len(block.data)
