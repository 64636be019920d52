"""What is new in one log: the stretches of it that were not taken, each read into a summary."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from proxyscan.fingerprint import Fingerprint, digest, fingerprints, first_bytes
from proxyscan.objects import size_of
from proxyscan.parse import ENDS, Split
from proxyscan.parts import Stretch
from proxyscan.rejected import Rejected, Unnamed
from proxyscan.source import Source
from proxyscan.spread import Scanned
from proxyscan.summary import Summary

ROTATED: Final = re.compile(r"\.\d+$|-\d{8}$")
"""How logrotate names a log that nobody writes to any more: its last line counts even without an end."""

Scan = Callable[[Split, Unnamed | None], Scanned]
"""Counts a split; its rejects go to the second argument."""


@dataclass(frozen=True)
class Piece:
    """A stretch of a log, its summary, and its rejects, if these are wanted."""

    stretch: Stretch
    summary: Summary
    rejects: Unnamed | None


@dataclass
class Pieces:
    """What is new in one log: read with `read`, but not yet committed.

    `before`: what had been taken of it; `content`: what tells a compressed file from others, "" of a plain one.
    `found` is what `read` gives, and `end` up to where it came.
    """

    file: str
    log: Fingerprint
    before: Sequence[Stretch]
    content: str
    found: list[Piece] = field(default_factory=list)
    end: int = 0
    damage: str = ""
    _rejects: list[Unnamed] = field(default_factory=list)

    def read(self, taken: Sequence[Stretch], scan: Scan, rejected: Rejected | None) -> bool:
        """Read all but what was taken, of which the last has its details; False when the file is another one by now."""
        for start, stop in gaps(taken):
            header = next((each.header for each in taken if each.stop == start and each.tail), None)
            known = None if header is None else header.encode("latin-1")
            source = self._read(Split(self.file, start, stop, known, finished=False), scan, rejected)
            if self.content:
                self.damage = source.damage
            if stop == ENDS and source.rest and self._finished(source):
                self._read(Split(self.file, source.end, ENDS, source.header), scan, rejected)
        return self._unchanged()

    def drop(self) -> None:
        """Remove rejects that have no name yet: of what was not read to its end, or is not wanted."""
        for rejects in self._rejects:
            rejects.drop()

    def _finished(self, source: Source) -> bool:
        return not source.damage if self.content else bool(ROTATED.search(self.file))

    def _unchanged(self) -> bool:
        head = first_bytes(self.file, self.log.length)
        same = self.log in fingerprints(head, [self.log.length])
        return same and (bool(self.content) or size_of(self.file) >= self.end)

    def _read(self, split: Split, scan: Scan, rejected: Rejected | None) -> Source:
        rejects = rejected.begun() if rejected else None
        if rejects:
            self._rejects.append(rejects)
        scanned = scan(split, rejects)
        source = scanned.source
        end = source.end + (source.rest if split.finished else 0)
        stop = min(split.stop, end)
        self.end = max(self.end, stop)
        if stop > split.start:
            self.found.append(Piece(_stretch(self.log, split, stop, source), scanned.summary, rejects))
        return source


def _stretch(log: Fingerprint, split: Split, stop: int, source: Source) -> Stretch:
    if stop != source.end + (source.rest if split.finished else 0):
        return Stretch(log, split.start, stop)
    tail = b"" if split.finished else source.tail
    header = source.header.decode("latin-1")
    return Stretch(log, split.start, stop, digest(tail) if tail else "", len(tail), header, split.finished)


def gaps(taken: Sequence[Stretch]) -> list[tuple[int, int]]:
    """Return what is missing of a log of which stretches were taken, in their order; the last gap has no end.

    >>> log = Fingerprint("", 0)
    >>> gaps([Stretch(log, 0, 10), Stretch(log, 15, 20)]) == [(10, 15), (20, ENDS)]
    True
    """
    found, place = [], 0
    for each in taken:
        if each.start > place:
            found.append((place, each.start))
        place = max(place, each.stop)
    return [*found, (place, ENDS)]
