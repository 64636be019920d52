"""The bytes of a log, decompressed, in pieces; what a file is compressed with is told by how it begins."""

from __future__ import annotations

import bz2
import io
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO, Any, Final, Protocol

from proxyscan.source import Source

PIECE: Final = 1 << 23
"""Bytes read from a file at a time: so many lines that what is done once for them costs little."""

COMPRESSED_PIECE: Final = 1 << 18
"""The same for a compressed file: what it yields may be a thousand times as much."""

ZSTD_PIECE: Final = 1 << 8
"""Bytes of a damaged zstd log that are decompressed at a time: damage takes the whole piece with it."""

CODECS: Final[dict[bytes, str]] = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
}


def codec(beginning: bytes) -> str:
    """Return the compression that a file's first bytes show: "gzip", "bzip2", "xz", "zstd", "zip" or "".

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
    raw = counted(first, stream, source, COMPRESSED_PIECE if name else PIECE)
    if not name:
        yield from raw
    elif name == "zstd":
        yield from _zstd(raw, source, stream)
    elif name == "zip":
        yield from _zip(source, stream)
    else:
        yield from _members(raw, name, source, stream)


class Pieces(Protocol):
    """The bytes of a log, a piece at a time, of `PIECE` bytes at least but for the last one."""

    def __iter__(self) -> Iterator[bytes]:
        """Return itself."""
        ...

    def leave(self, count: int) -> None:
        """Let the last bytes of a piece come again, as the next one's first."""
        ...


class Plain:
    """The bytes of a file that is not compressed."""

    def __init__(self, stream: IO[bytes], source: Source) -> None:
        self._stream = stream
        self._source = source

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = self._stream.read(PIECE)
        if not piece:
            raise StopIteration
        self._source.read_bytes += len(piece)
        return piece

    def leave(self, count: int) -> None:
        """Read the last bytes of a piece again."""
        self._stream.seek(-count, os.SEEK_CUR)
        self._source.read_bytes -= count


class Poured:
    """What a decompressor gives, whose chunks are too short or too long."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._waiting: list[bytes | memoryview] = []
        self._last = b""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        size = sum(map(len, self._waiting))
        while size < PIECE and (chunk := next(self._chunks, None)) is not None:
            self._waiting.append(chunk)
            size += len(chunk)
        if not size:
            raise StopIteration
        if size < 2 * PIECE:
            self._last, self._waiting = b"".join(self._waiting), []
        else:
            *before, long = self._waiting
            rest = memoryview(long)[PIECE - (size - len(long)) :]
            self._last, self._waiting = b"".join([*before, memoryview(long)[: len(long) - len(rest)]]), [rest]
        return self._last

    def leave(self, count: int) -> None:
        """Keep the last bytes of a piece."""
        self._waiting.insert(0, self._last[len(self._last) - count :])


def counted(first: bytes, stream: IO[bytes], source: Source, size: int) -> Iterator[bytes]:
    """Yield the bytes as they are in the file, the first ones and then `size` at a time, and count them."""
    piece = first
    while piece:
        source.read_bytes += len(piece)
        yield piece
        piece = stream.read(size)


def _members(raw: Iterator[bytes], name: str, source: Source, stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the bytes of one or more compressed members, one behind the other."""
    fresh, errors = _decompressor(name)
    member, begin = fresh(), 0
    for piece in raw:
        rest = piece
        while rest:
            place = source.read_bytes - len(rest)
            if member.eof:
                member, begin = fresh(), place
            try:
                yield member.decompress(rest)
            except errors as problem:
                yield from _before_damage(stream, name, begin, place, rest)
                source.damage = f"damaged {name} data near byte {source.read_bytes} ({problem})"
                return
            rest = member.unused_data if member.eof else b""
            rest = rest.lstrip(b"\0") if name == "gzip" else rest  # tapes and disks pad with zeros
    if not member.eof:
        source.damage = f"the {name} data ends too early, after {source.read_bytes} bytes"


def _before_damage(stream: IO[bytes], name: str, begin: int, place: int, piece: bytes) -> Iterator[bytes]:
    """Yield what a damaged piece at byte `place` still gives, byte by byte; its member begins at `begin`.

    A decompressor that met damage is of no more use, so the member is read once more up to the piece. Of
    a pipe, which cannot be read again, these last lines are lost.
    """
    if not stream.seekable():
        return
    stream.seek(begin)
    member = _patient_decompressor(name)
    try:
        member.decompress(stream.read(place - begin))
        for byte in piece:
            yield member.decompress(bytes([byte]))
    except (zlib.error, OSError, ValueError, lzma.LZMAError):
        return


def _patient_decompressor(name: str) -> Any:
    return {"gzip": lambda: zlib.decompressobj(31), "bzip2": bz2.BZ2Decompressor, "xz": lzma.LZMADecompressor}[name]()


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


def _zip(source: Source, stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the bytes of all files in a zip archive, one behind the other, each from the beginning of a line."""
    try:
        with zipfile.ZipFile(stream) as archive:
            for member in archive.infolist():
                last = b"\n"
                with archive.open(member) as file:
                    while piece := file.read(PIECE):
                        yield piece
                        last, source.read_bytes = piece, stream.tell()
                yield b"" if last.endswith(b"\n") else b"\n"
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError) as problem:
        source.damage = f"damaged zip data ({problem})"  # a pipe, an unknown method and a password are among these


def _zstd(raw: Iterator[bytes], source: Source, stream: IO[bytes]) -> Iterator[bytes]:
    given = 0
    try:
        for piece in _unzstd(raw, PIECE):
            given += len(piece)
            yield piece
    except OSError as problem:
        yield from _zstd_before_damage(stream, given)
        source.damage = f"damaged zstd data near byte {source.read_bytes} ({problem})"


def _unzstd(raw: Iterator[bytes], size: int) -> Iterator[bytes]:
    import pyarrow as pa

    plain = pa.CompressedInputStream(pa.PythonFile(_Chain(raw), "r"), "zstd")
    while piece := plain.read(size):
        yield piece


def _zstd_before_damage(stream: IO[bytes], given: int) -> Iterator[bytes]:
    """Yield what stands behind the first `given` bytes, in pieces so small that damage takes little with it."""
    if not stream.seekable():
        return
    stream.seek(0)
    done = 0
    with suppress(OSError):  # the damage is met again
        for piece in _unzstd(iter(lambda: stream.read(COMPRESSED_PIECE), b""), ZSTD_PIECE):
            done += len(piece)
            if done > given:
                yield piece[max(len(piece) - (done - given), 0) :]
