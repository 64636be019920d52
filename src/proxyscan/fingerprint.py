"""The identity of a log by how it begins, whatever its name and however it is compressed.

A fingerprint is the hash of a log's first bytes, after decompression, and their number: all whole lines of the first
`WINDOW` bytes that there are when the log is first seen. A short log keeps its fingerprint as it grows,
since the number says how much of a log to hash when it is met again. Lines that are no requests (``#Fields`` and other
headers are alike in the logs of several proxies) identify nothing, so a log waits until it has another line. Where a
fingerprint is taken by another log, which begins alike but goes on otherwise, twice as many bytes are hashed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from proxyscan.decompress import codec, pieces
from proxyscan.detect import recognise
from proxyscan.format import Format
from proxyscan.layouts import Block, lines, unwrap
from proxyscan.objects import size_of
from proxyscan.source import LONGEST_LINE, Source, opened, shown

WINDOW: Final = 1 << 16
WIDEST: Final = 1 << 26
EDGE: Final = 1 << 16
"""Bytes at both ends of a compressed file by which it is known again."""

DIGITS: Final = 32
"""Hexadecimal digits of a fingerprint."""


@dataclass(frozen=True, order=True)
class Fingerprint:
    """The hash of the first `length` bytes of a log.

    >>> fingerprint(b"first line", 5)
    Fingerprint(digest='a7937b64b8caa58f03721bb6bacf5c78', length=5)
    """

    digest: str
    length: int

    def __str__(self) -> str:
        return f"{self.digest}.{self.length}"


def fingerprint(head: bytes, length: int) -> Fingerprint:
    """Return the fingerprint of a log by the first `length` bytes of its head."""
    return Fingerprint(digest(head[:length]), length)


def log_of(text: str) -> Fingerprint:
    """Return the fingerprint that a text tells.

    >>> log_of(str(Fingerprint("a7937b64", 5)))
    Fingerprint(digest='a7937b64', length=5)
    """
    name, _, length = text.partition(".")
    return Fingerprint(name, int(length))


def digest(data: bytes) -> str:
    """Return a hash of bytes, as hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()[:DIGITS]


def fingerprints(head: bytes, lengths: Iterable[int]) -> Iterator[Fingerprint]:
    """Yield the fingerprints of a head for each of some lengths that it has, the longest first."""
    hashed, place = hashlib.sha256(), 0
    found = []
    for length in sorted({length for length in lengths if length <= len(head)}):
        hashed.update(head[place:length])
        place = length
        found.append(Fingerprint(hashed.copy().hexdigest()[:DIGITS], length))
    yield from reversed(found)


def first_bytes(file: str, count: int) -> bytes:
    """Return the first `count` bytes of a log after decompression, fewer when it has no more."""
    head = b""
    with opened(file) as stream:
        for piece in pieces(stream, Source(shown(file))):
            head += piece
            if len(head) >= count:
                break
    return head[:count]


def new_fingerprint(
    file: str, among: Sequence[Format], taken: Container[Fingerprint], finished: bool
) -> Fingerprint | None:
    """Return the fingerprint of a log that is met for the first time; None while it has no line that tells it.

    `finished`: a last line without end is whole. Raises `DetectionError` for a log in no known format.
    """
    window = WINDOW
    while True:
        head = first_bytes(file, window)
        everything = len(head) < window
        length = _identifying(file, head, among, finished and everything)
        found = fingerprint(head, length) if length else None
        if everything or window >= WIDEST or (found and found not in taken):
            return found
        window *= 2


def _identifying(file: str, head: bytes, among: Sequence[Format], finished: bool) -> int:
    """Return how many bytes of a head are whole lines; 0 when none of these is a request."""
    length = len(head) if finished or (len(head) > LONGEST_LINE and b"\n" not in head) else head.rfind(b"\n") + 1
    texts = [line for _, line in lines(head[:length]) if line.strip(b" \t\0")]
    if all(line.startswith(b"#") for line in texts):
        return 0
    found = recognise(Block(shown(file), 0, head[:length]), among)
    directives = (found.format.layout.is_directive(unwrap(line, found.wrapper).text) for line in texts)
    return 0 if all(directives) else length


def content_of(file: str) -> str:
    """Return what tells a compressed file from others: its size and the hash of both its ends; "" if it is plain."""
    with opened(file) as stream:
        head = stream.read(EDGE)
        if not codec(head):
            return ""
        size = size_of(file)
        stream.seek(max(size - EDGE, 0))
        return f"{size}:{digest(head + stream.read(EDGE))}"
