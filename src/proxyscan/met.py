"""The files of one run, to hold others against: a copy of a log's beginning has a fingerprint of its own."""

from __future__ import annotations

from collections.abc import Iterator

from proxyscan.decompress import codec
from proxyscan.fingerprint import WINDOW, Fingerprint, fingerprints, first_bytes
from proxyscan.objects import size_of
from proxyscan.source import TAIL, opened


class Met:
    """Files, and which log each of them is."""

    def __init__(self) -> None:
        self._files: list[tuple[str, Fingerprint]] = []
        self._lines: dict[bytes, list[tuple[str, Fingerprint]]] = {}

    def note(self, file: str, log: Fingerprint) -> None:
        """Remember a file."""
        self._files.append((file, log))

    def begun_with(self, whole: bytes) -> Iterator[Fingerprint]:
        """Yield the logs that begin with all bytes of a short one."""
        while self._files:  # these have not been looked into yet
            file, log = self._files.pop()
            head = first_bytes(file, log.length)
            if log in fingerprints(head, [log.length]):
                self._lines.setdefault(_first_line(head), []).append((file, log))
        for file, log in self._lines.get(_first_line(whole), ()):
            if first_bytes(file, len(whole)) == whole:
                yield log

    def differs(self, file: str, log: Fingerprint) -> bool:
        """Tell whether a file of the same log, as long or longer, has other bytes where this plain one ends."""
        size = size_of(file)
        known = [*self._files, *(each for files in self._lines.values() for each in files)]
        found = [_tail(other, size) for other, each in known if each == log and size_of(other) >= size]
        return any(each != _tail(file, size) for each in found if each)


def _first_line(head: bytes) -> bytes:
    return head[:WINDOW].partition(b"\n")[0]


def _tail(file: str, stop: int) -> bytes:
    """Return the last bytes before a place of a plain file; nothing of a compressed one."""
    with opened(file) as stream:
        if codec(stream.read(16)):
            return b""
        stream.seek(max(stop - TAIL, 0))
        return stream.read(min(stop, TAIL))
