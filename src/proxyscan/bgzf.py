"""Gzip in small members that tell their size, so that it can be read from many places: BGZF, as bgzip writes it.

The source is the SAM/BAM format specification (samtools.github.io/hts-specs/SAMv1.pdf), section 4.1.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO, Final, NamedTuple

HEAD: Final = struct.Struct("<4s6xH2sHH")
"""Magic with the flag of an extra field; bytes of that field; its only subfield: name, bytes, the member's size - 1."""

MAGIC: Final = b"\x1f\x8b\x08\x04"
EXTRA: Final = (6, b"BC", 2)

LENGTH: Final = struct.Struct("<I")
"""The end of a member: how many bytes it has after decompression."""


class Member(NamedTuple):
    """Where a member begins: its byte in the file, and the byte of the log that it begins with."""

    place: int
    byte: int


def members(stream: IO[bytes]) -> Iterator[Member]:
    """Yield the members of a file, and where it ends; ends before that where it is not in BGZF, or not whole."""
    place = byte = 0
    size = stream.seek(0, 2)
    while True:
        yield Member(place, byte)
        stream.seek(place)
        head = stream.read(HEAD.size)
        if len(head) < HEAD.size:
            return
        magic, *extra, last = HEAD.unpack(head)
        if magic != MAGIC or tuple(extra) != EXTRA or place + last >= size:
            return
        place += last + 1
        stream.seek(place - LENGTH.size)
        byte += LENGTH.unpack(stream.read(LENGTH.size))[0]


def spread_members(stream: IO[bytes], size: int, every: int) -> list[Member]:
    """Return members of a file of `size` bytes, so many bytes of it apart; none for one that is not BGZF as a whole."""
    found = [Member(0, 0)]
    last = found[0]
    for last in members(stream):
        if last.place >= found[-1].place + every and last.byte > found[-1].byte:
            found.append(last)
    return [each for each in found if each.byte < last.byte] if last.place == size else []
