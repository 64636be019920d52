"""Logs into a store: which log a file is, what of it is new, and the reading of that.

What is new is told by fingerprint and position alone, whatever the logs are called, wherever they have been moved, and
however they were compressed. Each log's new lines become one part, which one rename commits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition, Event, Semaphore
from typing import Any, Final

from proxyscan.catalogue import Catalogue
from proxyscan.classify import Classifier
from proxyscan.counting import MOST_HOSTS, Question
from proxyscan.coverage import Coverage
from proxyscan.decide import Policy
from proxyscan.engines import Engine, Local
from proxyscan.errors import EngineError, InputError, ProxyscanError, StoreError
from proxyscan.fingerprint import WINDOW, Fingerprint, content_of, digest, fingerprints, first_bytes, new_fingerprint
from proxyscan.format import Format
from proxyscan.groups import People
from proxyscan.objects import size_of
from proxyscan.parse import Reading, Split
from proxyscan.parts import Stretch
from proxyscan.pieces import ROTATED, Pieces, gaps
from proxyscan.rejected import Rejected, Unnamed
from proxyscan.source import STDIN, Source, check, codec, matches, opened, shown
from proxyscan.spread import Scanned, scan_on, unread
from proxyscan.store import Store
from proxyscan.zone import zone

COUNTS: Final = ("lines", "requests", "rejects")

MOST_AT_A_TIME: Final = 16
"""Logs that are taken at a time: this process holds the summary of each."""

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
    """Takes logs into a store, whose lock the caller holds: several at a time, each of them by one thread.

    `_changed` guards what the threads share: the stretches, the copies, and `_at_work`, the logs that are being taken.
    """

    def __init__(self, store: Store, how: How, rejected: Rejected | None, engine: Engine | None = None) -> None:
        self.store, self.how, self.rejected, self.engine = store, how, rejected, engine or Local()
        self.stretches = store.stretches()
        self.copies = store.copies()
        self._known_copies = dict(self.copies)
        self._question: Question | None = None
        self._at_work: set[Fingerprint] = set()
        self._changed = Condition()
        self._stopped = Event()

    def all(self, paths: Sequence[str]) -> list[Taken]:
        """Take the logs that paths and patterns name; a problem of one is told in its place.

        What each of them is, is found out in their order, so that the answer does not depend on which is read faster.
        """
        named = [each for path in paths for each in self._named(path)]
        free = Semaphore(self._at_a_time())
        with self._threads(self._at_a_time()) as threads:
            begun = [self._begun(each, threads, free) for each in named]
            return [each if isinstance(each, Taken) else each.result() for each in begun]

    def _at_a_time(self) -> int:
        """Return how many logs are taken at a time; one, where all rejects of a log come back from other machines."""
        return 1 if self.rejected and not isinstance(self.engine, Local) else min(self.engine.workers, MOST_AT_A_TIME)

    @contextmanager
    def _threads(self, count: int) -> Iterator[ThreadPoolExecutor]:
        """Yield so many threads; when they are left early, they end before their next block of lines."""
        with ThreadPoolExecutor(count) as threads:
            try:
                yield threads
            finally:
                self._stopped.set()
                threads.shutdown(wait=False, cancel_futures=True)

    def _named(self, path: str) -> list[str | Taken]:
        try:
            return [*matches(path)]
        except ProxyscanError as problem:
            return [Taken(shown(path), "failed", problem=str(problem))]

    def _begun(self, file: str | Taken, threads: ThreadPoolExecutor, free: Semaphore) -> Taken | Future[Taken]:
        """Look at a log once a thread is free, and let that take what is new in it."""
        if isinstance(file, Taken):
            return file
        free.acquire()
        looked = self._told(file, self._look)
        if isinstance(looked, Taken):
            free.release()
            return looked
        taken = threads.submit(self._told, file, lambda _: self._take(looked))
        taken.add_done_callback(lambda _: free.release())
        return taken

    def _told(self, file: str, step: Callable[[str], Taken | Pieces]) -> Any:
        """Do a step of taking a log; its problems are told, those of the store raised."""
        try:
            return step(file)
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

    def _look(self, file: str) -> Taken | Pieces:
        """Find out which log a file is, and whether any of it is new; wait while a thread is at work on that log."""
        check(file)
        if file == STDIN:
            raise InputError("standard input cannot be met again", "name the file, or use 'proxyscan scan -'")
        with self._changed:
            while isinstance(looked := self._looked(file), Pieces) and looked.log in self._at_work:
                self._changed.wait()
            if isinstance(looked, Pieces):
                self._at_work.add(looked.log)
        return looked

    def _looked(self, file: str) -> Taken | Pieces:
        content = content_of(file)
        known = self.copies.get(content) if content else None
        if known and self._reaches(*known):
            return Taken(shown(file), "known")
        log = self._log(file, bool(content) or bool(ROTATED.search(file)))
        if log is None:
            return Taken(shown(file), "waits")
        before = self.stretches.get(log, [])
        if not content and not gaps(before)[:-1] and before and size_of(file) <= before[-1].stop:
            return Taken(shown(file), "known")
        return Pieces(file, log, before, content, self.rejected)

    def _take(self, pieces: Pieces) -> Taken:
        """Take what is new in a log; begin again when the file turns out to be another one by now."""
        for _ in range(ATTEMPTS):
            try:
                taken = self._commit(pieces) if pieces.read(self._open(pieces.before), self._scan) else None
            finally:
                pieces.drop()
                with self._changed:
                    self._at_work.discard(pieces.log)
                    self._changed.notify_all()
            looked = taken or self._look(pieces.file)
            if isinstance(looked, Taken):
                return looked
            pieces = looked
        raise InputError(f"{pieces.file}: was exchanged while it was read", "run it again: nothing is lost")

    def _commit(self, pieces: Pieces) -> Taken:
        """Write the parts, except those that are there already."""
        covered, fresh = Coverage(), [each for each in pieces.found if not self.store.place.has(each.stretch.name)]
        for piece in fresh:
            if piece.rejects:
                piece.rejects.name(piece.stretch.name)
            self.store.add(piece.summary, [piece.stretch], piece.stretch.name)
            covered += piece.summary.coverage
        stretches = [piece.stretch for piece in fresh]
        with self._changed:
            if fresh:
                left = [each for each in pieces.before if not any(map(each.within, stretches))]
                self.stretches[pieces.log] = sorted([*left, *stretches])
            if pieces.content and pieces.content == content_of(pieces.file):
                self.copies[pieces.content] = str(pieces.log), pieces.end
        state = "known" if not fresh else "grown" if pieces.before else "new"
        names = tuple(stretch.name for stretch in stretches)
        counts = {name: getattr(covered, name) for name in COUNTS}
        return Taken(shown(pieces.file), state, names, **counts, damage=pieces.damage)

    def _reaches(self, log: str, stop: int) -> bool:
        """Tell whether a log was taken from its beginning to a byte."""
        name, _, length = log.partition(".")
        taken = self.stretches.get(Fingerprint(name, int(length)), [])
        return gaps(taken)[0][0] >= stop

    def _log(self, file: str, finished: bool) -> Fingerprint | None:
        """Return which log a file is; None while that cannot be told."""
        known = {*self.stretches, *self._at_work}
        lengths = {log.length for log in known}
        head = first_bytes(file, max(lengths, default=WINDOW))
        for log in fingerprints(head, lengths):
            if log in self._at_work or (log in self.stretches and self._continues(file, log)):
                return log
        return new_fingerprint(file, self.how.among, known, finished)

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

    def _open(self, taken: Sequence[Stretch]) -> list[Stretch]:
        """Return stretches with the details of the last one, without it when it ended in mid-line."""
        if not taken:
            return []
        last = self.store.details(taken[-1])
        return [*taken[:-1]] if last.rest else [*taken[:-1], last]

    def _scan(self, split: Split, rejects: Unnamed | None) -> Scanned:
        """Return what the engine counts of a split; threads of this process are shared with the logs at work."""
        with self._changed:
            question, engine = self._asked(), self.engine
            if isinstance(engine, Local):
                engine = Local(-(-engine.workers // max(len(self._at_work), 1)))
        reading = Reading(self.how.among, self._progress)
        scanned = scan_on(engine, reading, [split], question, rejects.add if rejects else None)
        if scanned.failures:
            raise EngineError("; ".join(map(unread, scanned.failures)), "run it again: nothing of this log was taken")
        return scanned

    def _asked(self) -> Question:
        """Return the question, a new one when too many hosts are remembered."""
        if self._question is None or len(self._question.hosts.names) > MOST_HOSTS:
            self._question = self.how.question()
        return self._question

    def _progress(self, source: Source) -> None:
        """Tell of progress, one thread at a time; end the reading when the run is to end."""
        if self._stopped.is_set():
            raise CancelledError
        if self.how.progress:
            with self._changed:
                self.how.progress(source)
