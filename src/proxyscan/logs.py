"""Which log a file is, and what of it has been taken: by fingerprint and position alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from proxyscan.decompress import codec
from proxyscan.fingerprint import (
    WINDOW,
    Fingerprint,
    content_of,
    digest,
    fingerprints,
    first_bytes,
    log_of,
    new_fingerprint,
)
from proxyscan.format import Format
from proxyscan.met import Met
from proxyscan.objects import size_of
from proxyscan.parts import Stretch
from proxyscan.pieces import ROTATED, Pieces, gaps
from proxyscan.source import opened, shown
from proxyscan.store import Store

COUNTS: Final = ("lines", "requests", "rejects")


@dataclass(frozen=True)
class Taken:
    """What became of one log: its `state`, the parts that were written, the lines in them.

    The states: "new"; "grown" (taken further); "known" (nothing new); "waits" (no whole line yet);
    "failed" (see `problem`).
    """

    file: str
    state: str
    parts: tuple[str, ...] = ()
    lines: int = 0
    requests: int = 0
    rejects: int = 0
    damage: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Short:
    """A log of so few bytes that it may be a copy of another one's beginning, which the run has yet to meet."""

    size: int


class Logs:
    """The logs of which a store holds something, and those that are being taken into it.

    `at_work`: logs of which the stretches are about to change. `met`: the files of this run; with `all_met` no other is
    to come that a short one could be a copy of.
    """

    def __init__(self, store: Store, among: Sequence[Format]) -> None:
        self.store, self.among = store, among
        self.stretches = store.stretches()
        self.copies = store.copies()
        self._known_copies = dict(self.copies)
        self.at_work: set[Fingerprint] = set()
        self.met = Met()
        self.all_met = False

    def conclude(self) -> None:
        """Clear away parts that later ones took the place of; remember what files are copies."""
        self.store.remove_superseded()
        if self.copies != self._known_copies:
            self.store.remember_copies(self.copies)

    def taken(self, pieces: Pieces, stretches: Sequence[Stretch]) -> None:
        """Note that stretches of a log are in the store."""
        if stretches:
            left = [each for each in pieces.before if not any(map(each.within, stretches))]
            self.stretches[pieces.log] = sorted([*left, *stretches])
        if pieces.content and pieces.content == content_of(pieces.file):
            self.copies[pieces.content] = str(pieces.log), pieces.end

    def look(self, file: str) -> Taken | Pieces | Short:
        """Return what is new in a file, or what became of it where nothing is."""
        content = content_of(file)
        known = self.copies.get(content) if content else None
        if known and self._reaches(*known):
            self.met.note(file, log_of(known[0]))
            return Taken(shown(file), "known")
        log = self._log(file, bool(content) or bool(ROTATED.search(file)))
        if isinstance(log, Taken | Short):
            return log
        before = self.stretches.get(log, [])
        pieces = Pieces(file, log, before, content)
        if log in self.at_work:
            return pieces
        self.met.note(file, log)
        size = size_of(file)
        if content or not before or gaps(before)[:-1] or size > before[-1].stop:
            return pieces
        return Taken(shown(file), "known") if size == before[-1].stop or self.all_met else Short(size)

    def _reaches(self, log: str, stop: int) -> bool:
        """Tell whether a log was taken from its beginning to a byte."""
        return gaps(self.stretches.get(log_of(log), []))[0][0] >= stop

    def _log(self, file: str, finished: bool) -> Fingerprint | Taken | Short:
        """Return which log a file is, or why that need not or cannot be told yet."""
        known = {*self.stretches, *self.at_work}
        lengths = {log.length for log in known}
        head = first_bytes(file, max([WINDOW, *lengths]))
        for log in fingerprints(head, lengths):
            if log in self.at_work or (log in self.stretches and self._continues(file, log)):
                return log
        fresh = new_fingerprint(file, self.among, known, finished)
        if fresh is None:
            return Taken(shown(file), "waits")
        if fresh in known or len(head) >= WINDOW:
            return fresh
        return self._log_of_short(file, head, fresh) if self.all_met else Short(len(head))

    def _log_of_short(self, file: str, whole: bytes, fresh: Fingerprint) -> Fingerprint | Taken:
        """Return which log a short one is by itself, unless it is a copy of the beginning of another one."""
        for log in self.met.begun_with(whole):
            if log in self.at_work:
                return log
            if self._reaches(str(log), fresh.length):
                self.copies[str(fresh)] = str(log), fresh.length
        copied = self.copies.get(str(fresh))
        return Taken(shown(file), "known") if copied and self._reaches(*copied) else fresh

    def _continues(self, file: str, log: Fingerprint) -> bool:
        """Tell whether a plain file that is longer than what was taken of a log has the log's bytes there."""
        last = self.stretches[log][-1]
        with opened(file) as stream:
            beginning, size = stream.read(16), size_of(file)
            if codec(beginning) or size == last.stop:
                return True
            if size < last.stop:
                return not self.met.differs(file, log)
            last = self.store.details(last)
            stream.seek(last.stop - last.tail_length)
            return not last.tail or digest(stream.read(last.tail_length)) == last.tail

    def opened(self, taken: Sequence[Stretch]) -> list[Stretch]:
        """Return stretches with the details of the last one, without it when it ended in mid-line."""
        if not taken:
            return []
        last = self.store.details(taken[-1])
        return [*taken[:-1]] if last.rest else [*taken[:-1], last]
