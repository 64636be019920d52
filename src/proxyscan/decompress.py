"""The bytes of a log, decompressed, in pieces; what a file is compressed with is told by how it begins."""

from __future__ import annotations

import bz2
import io
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import IO, Any, BinaryIO, Final, Protocol, cast

from proxyscan.source import Source

PIECE: Final = 1 << 23
"""Bytes read from a file at a time: so many lines that what is done once for them costs little."""

COMPRESSED_PIECE: Final = 1 << 18
"""The same for a compressed file: what it yields may be a thousand times as much."""

GZIP_PIECE: Final = 1 << 20
"""Bytes of a gzip file read at a time: each time the interpreter's lock is taken, which another thread may hold."""

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


def codec_of(stream: IO[bytes]) -> str:
    """Return the compression that the next bytes of a seekable stream show, and leave it where it is."""
    place = stream.tell()
    beginning = stream.read(max(map(len, CODECS)))
    stream.seek(place)
    return codec(beginning)


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


def decompressed(stream: IO[bytes], source: Source) -> Poured:
    """Return the decompressed bytes of a stream in large pieces; damage ends them and is noted in `source`."""
    if stream.seekable() and codec_of(stream) == "gzip":
        return Poured(Gunzipped(stream, source))
    return Poured(Chain(pieces(stream, source)))


class Pieces(Protocol):
    """The bytes of a log, a piece at a time, of `PIECE` bytes at least but for the last one."""

    def __iter__(self) -> Iterator[bytes]:
        """Return itself."""
        ...

    def leave(self, rest: bytes) -> None:
        """Let what a piece ends with come again, as the beginning of the next one."""
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

    def leave(self, rest: bytes) -> None:
        """Read what a piece ends with again."""
        self._stream.seek(-len(rest), os.SEEK_CUR)
        self._source.read_bytes -= len(rest)


class Poured:
    """The bytes that a decompressor writes, each piece right to where it stays: there is none to be joined."""

    def __init__(self, raw: Chain) -> None:
        self._raw = raw
        self._file = io.BufferedReader(raw, 1)  # so small a buffer that nothing goes through it

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = self._file.read(PIECE)
        if not piece:
            raise StopIteration
        return piece

    def leave(self, rest: bytes) -> None:
        """Let what a piece ends with come again."""
        self._raw.waiting.append(memoryview(rest))


class Chain(io.RawIOBase):
    """The pieces of an iterator as a readable file. Those of `waiting` come first, of them the last one."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        super().__init__()
        self.chunks = filter(None, chunks)
        self.waiting: list[memoryview] = []

    def readable(self) -> bool:
        """Tell that it is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Write the next bytes into a buffer; return how many, 0 at the end."""
        first = self.waiting.pop() if self.waiting else memoryview(next(self.chunks, b""))
        count = min(len(buffer), len(first))
        buffer[:count] = first[:count]
        if count < len(first):
            self.waiting.append(first[count:])
        return count


class Gunzipped(Chain):
    """What is in a gzip file, which can be read again where it is damaged."""

    def __init__(self, stream: IO[bytes], source: Source) -> None:
        from gzip import BadGzipFile

        from isal import isal_zlib

        super().__init__(())
        self._stream, self._source, self._begin, self._given = stream, source, stream.tell(), 0
        self._reader: Any = isal_zlib._GzipReader(cast("BinaryIO", stream), GZIP_PIECE)
        self._errors: Any = BadGzipFile, EOFError, OverflowError, isal_zlib.error

    def readinto(self, buffer: Any) -> int:
        """Write the next bytes into a buffer; return how many, 0 at the end."""
        if self.waiting or self._reader is None:
            return super().readinto(buffer)
        try:
            count: int = self._reader.readinto(buffer)
        except self._errors:
            self._reader, self.chunks = None, filter(None, self._once_more())
            return super().readinto(buffer)
        self._given += count
        self._source.read_bytes = self._stream.tell()
        return count

    def _once_more(self) -> Iterator[bytes]:
        """Yield what stands between the bytes that were given and the damage, which is noted."""
        self._source.read_bytes, given = self._stream.seek(self._begin), self._given
        for piece in pieces(self._stream, self._source):
            yield piece[given:]
            given = max(given - len(piece), 0)


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
        while rest := rest.lstrip(b"\0") if member.eof and name == "gzip" else rest:  # tapes pad with zeros
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

    plain = pa.CompressedInputStream(pa.PythonFile(Chain(raw), "r"), "zstd")
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
