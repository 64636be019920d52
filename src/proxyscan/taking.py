"""Logs into a store: which log a file is, what of it is new, and the reading of that.

What is new is told by fingerprint and position alone, whatever the logs are called, wherever they have been moved, and
however they were compressed. Each log's new lines become one part, which one rename commits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from proxyscan.catalogue import Catalogue
from proxyscan.classify import Classifier
from proxyscan.counting import MOST_HOSTS, Question
from proxyscan.coverage import Coverage
from proxyscan.decide import Policy
from proxyscan.engines import Engine, Local
from proxyscan.engines.threads import in_threads
from proxyscan.errors import EngineError, InputError, ProxyscanError, StoreError
from proxyscan.fingerprint import WINDOW, Fingerprint, content_of, digest, fingerprints, first_bytes, new_fingerprint
from proxyscan.format import Format
from proxyscan.groups import People
from proxyscan.objects import size_of
from proxyscan.parse import ENDS, Reading, Split
from proxyscan.parts import Stretch
from proxyscan.rejected import Rejected
from proxyscan.source import STDIN, Source, check, codec, matches, opened, shown
from proxyscan.spread import Scanned, scan_on, unread
from proxyscan.store import Store
from proxyscan.summary import Summary
from proxyscan.zone import zone

COUNTS: Final = ("lines", "requests", "rejects")

ROTATED: Final = re.compile(r"\.\d+$|-\d{8}$")
"""How logrotate names a log that nobody writes to any more: its last line counts even without an end."""

MOST_AT_A_TIME: Final = 16
"""Logs that an engine's workers are given at a time: this process looks at what each of them is."""

ATTEMPTS: Final = 3
"""How often a log is begun again because it was renamed or cut meanwhile."""


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
class How:
    """How logs are read and counted."""

    among: Sequence[Format]
    policy: Policy
    tz: str | None
    catalogue: Catalogue | None
    people: People
    progress: Callable[[Source], None] | None

    def question(self) -> Question:
        """Return the question to ask of the next logs."""
        return Question(self.policy, zone(self.tz) if self.tz else None, Classifier(self.catalogue), self.people)


class Taking:
    """Takes one log after the other into a store, whose lock the caller holds."""

    def __init__(self, store: Store, how: How, rejected: Rejected | None, engine: Engine | None = None) -> None:
        self.store, self.how, self.rejected, self.engine = store, how, rejected, engine or Local()
        self.stretches = store.stretches()
        self.copies = store.copies()
        self._known_copies = dict(self.copies)
        self._question: Question | None = None
        self._lock = Lock()

    def all(self, paths: Sequence[str]) -> list[Taken]:
        """Take the logs that paths and patterns name; a problem of one is told in its place.

        Workers of an engine read several logs at a time; this process then holds as many summaries.
        """
        named = [each for path in paths for each in self._named(path)]
        alone = isinstance(self.engine, Local) or self.rejected
        if alone:
            return [self._one(each) for each in named]
        at_a_time = min(self.engine.workers, MOST_AT_A_TIME)
        return list(in_threads(lambda _, each: self._one(each), range(at_a_time), named))

    def _named(self, path: str) -> list[str | Taken]:
        try:
            return [*matches(path)]
        except ProxyscanError as problem:
            return [Taken(shown(path), "failed", problem=str(problem))]

    def _one(self, file: str | Taken) -> Taken:
        with self._lock:
            return file if isinstance(file, Taken) else self.one(file)

    def one(self, file: str) -> Taken:
        """Take what is new in a log."""
        try:
            check(file)
            if file == STDIN:
                raise InputError("standard input cannot be met again", "name the file, or use 'proxyscan scan -'")
            for _ in range(ATTEMPTS):
                taken = self._take(file)
                if taken:
                    return taken
            raise InputError(f"{file}: was exchanged while it was read", "run it again: nothing is lost")
        except StoreError:
            raise
        except ProxyscanError as problem:
            return Taken(shown(file), "failed", problem=str(problem))
        except OSError as problem:
            return Taken(shown(file), "failed", problem=f"{shown(file)}: {problem.strerror or problem}")

    def conclude(self) -> None:
        """Clear away parts that later ones took the place of; remember compressed files."""
        self.store.remove_superseded()
        if self.copies != self._known_copies:
            self.store.remember_copies(self.copies)

    def _take(self, file: str) -> Taken | None:
        """Take what is new; None when the file turned out to be another one meanwhile."""
        content = content_of(file)
        known = self.copies.get(content) if content else None
        if known and self._reaches(*known):
            return Taken(shown(file), "known")
        finished = bool(content) or bool(ROTATED.search(file))
        log = self._log(file, finished)
        if log is None:
            return Taken(shown(file), "waits")
        before = self.stretches.get(log, [])
        if not content and not gaps(before)[:-1] and before and size_of(file) <= before[-1].stop:
            return Taken(shown(file), "known")
        pieces = Pieces(self, file, log, bool(content))
        if not pieces.read(self._open(before)):
            return None
        if self._log(file, finished) != log or self.stretches.get(log, []) != before:
            return None  # another copy of it was taken meanwhile
        taken = pieces.commit("grown" if before else "new")
        if content and content == content_of(file):
            self.copies[content] = str(log), pieces.end
        return taken

    def _reaches(self, log: str, stop: int) -> bool:
        """Tell whether a log was taken from its beginning to a byte."""
        name, _, length = log.partition(".")
        taken = self.stretches.get(Fingerprint(name, int(length)), [])
        return gaps(taken)[0][0] >= stop

    def _log(self, file: str, finished: bool) -> Fingerprint | None:
        """Return which log a file is; None while that cannot be told."""
        lengths = {log.length for log in self.stretches}
        head = first_bytes(file, max(lengths, default=WINDOW))
        for log in fingerprints(head, lengths):
            if log in self.stretches and self._continues(file, log):
                return log
        return new_fingerprint(file, self.how.among, self.stretches, finished)

    def _continues(self, file: str, log: Fingerprint) -> bool:
        """Tell whether a plain file that is longer than what was taken of a log has the log's bytes there."""
        last = self.stretches[log][-1]
        with opened(file) as stream:
            beginning = stream.read(16)
            if codec(beginning) or size_of(file) <= last.stop:
                return True
            last = self.store.details(last)
            stream.seek(last.stop - last.tail_length)
            return not last.tail or digest(stream.read(last.tail_length)) == last.tail

    def _open(self, taken: list[Stretch]) -> list[Stretch]:
        """Return stretches with the details of the last one, without it when it ended in mid-line."""
        if not taken:
            return []
        last = self.store.details(taken[-1])
        return taken[:-1] if last.rest else [*taken[:-1], last]

    def scan(self, reading: Reading, split: Split) -> Scanned:
        """Return what the engine counts of a split, with its rejects told; other logs may be taken meanwhile."""
        question, rejected = self.question(), self.rejected
        self._lock.release()
        try:
            scanned = scan_on(self.engine, reading, [split], question, rejected.add if rejected else None)
        finally:
            self._lock.acquire()
        if scanned.failures:
            raise EngineError("; ".join(map(unread, scanned.failures)), "run it again: nothing of this log was taken")
        return scanned

    def question(self) -> Question:
        """Return the question, a new one when too many hosts are remembered."""
        if self._question is None or len(self._question.hosts.names) > MOST_HOSTS:
            self._question = self.how.question()
        return self._question


class Pieces:
    """What is new in one log, read but not yet committed."""

    def __init__(self, taking: Taking, file: str, log: Fingerprint, compressed: bool) -> None:
        self.taking, self.file, self.log, self.compressed = taking, file, log, compressed
        self.end = 0
        self.damage = ""
        self.found: list[tuple[Stretch, Summary]] = []

    def read(self, taken: Sequence[Stretch]) -> bool:
        """Read all that was not taken; False when the file is no longer the log that it was."""
        for start, stop in gaps(taken):
            header = next((each.header for each in taken if each.stop == start and each.tail), None)
            known = None if header is None else header.encode("latin-1")
            source = self._read(Split(self.file, start, stop, known, finished=False))
            if self.compressed:
                self.damage = source.damage
            if stop == ENDS and source.rest and self._finished(source):
                self._read(Split(self.file, source.end, ENDS, source.header))
        if self.compressed or self._unchanged():
            return True
        if self.taking.rejected:
            for stretch, _ in self.found:
                self.taking.rejected.drop(stretch.name)
        return False

    def _finished(self, source: Source) -> bool:
        return not source.damage if self.compressed else bool(ROTATED.search(self.file))

    def _unchanged(self) -> bool:
        head = first_bytes(self.file, self.log.length)
        return self.log in fingerprints(head, [self.log.length]) and size_of(self.file) >= self.end

    def _read(self, split: Split) -> Source:
        reading = Reading(self.taking.how.among, self.taking.how.progress)
        rejected = self.taking.rejected
        scanned = self.taking.scan(reading, split)
        source = scanned.source
        end = source.end + (source.rest if split.finished else 0)
        stop = min(split.stop, end)
        self.end = max(self.end, stop)
        stretch = _stretch(self.log, split, stop, source)
        if rejected:
            rejected.close(stretch.name)
        if stop > split.start:
            self.found.append((stretch, scanned.summary))
        return source

    def commit(self, state: str) -> Taken:
        """Write the parts; a part that is there already is not written again."""
        taking, covered = self.taking, Coverage()
        fresh = {stretch: summary for stretch, summary in self.found if not taking.store.place.has(stretch.name)}
        for stretch, summary in fresh.items():
            taking.store.add(summary, [stretch], stretch.name)
            covered += summary.coverage
        before = [each for each in taking.stretches.get(self.log, []) if not any(map(each.within, fresh))]
        if fresh:
            taking.stretches[self.log] = sorted([*before, *fresh])
        counts = {name: getattr(covered, name) for name in COUNTS}
        names = tuple(stretch.name for stretch in fresh)
        return Taken(shown(self.file), state if fresh else "known", names, **counts, damage=self.damage)


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
