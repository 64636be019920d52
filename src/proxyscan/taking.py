"""Logs into a store: what of them is new, and the reading of that, several at a time.

What is new is told by fingerprint and position alone, whatever the logs are called, wherever they have been moved, and
however they were compressed. Each log's new lines become one part, which one rename commits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Event, Semaphore
from typing import Any, Final, TypeVar

from proxyscan.catalogue import Catalogue
from proxyscan.classify import Classifier
from proxyscan.counting import MOST_HOSTS, Question
from proxyscan.coverage import Coverage
from proxyscan.decide import Policy
from proxyscan.engines import Engine, Local
from proxyscan.errors import EngineError, InputError, ProxyscanError, StoreError
from proxyscan.format import Format
from proxyscan.groups import People
from proxyscan.logs import COUNTS, Logs, Short, Taken
from proxyscan.objects import is_remote
from proxyscan.parse import Reading, Split
from proxyscan.pieces import Pieces
from proxyscan.rejected import Rejected, Unnamed
from proxyscan.source import STDIN, Source, check, matches, shown
from proxyscan.spread import Scanned, scan_on, unread
from proxyscan.store import Store
from proxyscan.zone import zone

MOST_AT_A_TIME: Final = 16
"""Logs that are taken at a time: this process holds the summary of each."""

ATTEMPTS: Final = 3
"""How often a log is begun again because it was renamed or cut meanwhile."""


@dataclass(frozen=True)
class How:
    """How logs are read and counted; `mixed`: formats in which lines are read that a log's own format rejects."""

    among: Sequence[Format]
    policy: Policy
    tz: str | None
    catalogue: Catalogue | None
    people: People
    progress: Callable[[Source], None] | None
    mixed: tuple[Format, ...]

    def question(self) -> Question:
        """Return the question to ask of the next logs."""
        local = None if self.tz is None else zone(self.tz)
        return Question(self.policy, local, Classifier(self.catalogue), self.people, self.mixed)


Begun = Taken | Short | Future[Taken]
"""What came of a log: told, to be looked at once more behind the others, or a thread at work on it."""

L = TypeVar("L")


class Taking:
    """Takes logs into a store, whose lock the caller holds: several at a time, each of them by one thread.

    `_changed` guards what the threads share: `logs` above all.
    """

    def __init__(self, store: Store, how: How, rejected: Rejected | None, engine: Engine | None = None) -> None:
        self.store, self.how, self.rejected, self.engine = store, how, rejected, engine or Local()
        self.logs = Logs(store, how.among)
        self._question: Question | None = None
        self._changed = Condition()
        self._stopped = Event()
        self._problem: StoreError | None = None

    def all(self, paths: Sequence[str]) -> list[Taken]:
        """Take the logs that paths and patterns name; a problem of one is told in its place.

        What each of them is, is found out in their order, so that the answer does not depend on which is read faster.
        """
        named = [each for path in paths for each in self._named(path)]
        free = Semaphore(self._at_a_time())
        with self._threads(self._at_a_time()) as threads:
            begun: list[Any] = [self._begun(each, threads, free) for each in named]
            self.logs.all_met = True
            short = {place: each.size for place, each in enumerate(begun) if isinstance(each, Short)}
            for place in sorted(short, key=lambda place: -short[place]):
                begun[place] = self._begun(named[place], threads, free)
            return [each.result() if isinstance(each, Future) else each for each in begun]

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

    def _begun(self, file: str | Taken, threads: ThreadPoolExecutor, free: Semaphore) -> Begun:
        """Look at a log once a thread is free, and let that take what is new in it."""
        if isinstance(file, Taken):
            return file
        free.acquire()
        if self._problem:
            raise self._problem
        looked = self._told(file, self._look)
        if not isinstance(looked, Pieces):
            free.release()
            return looked
        taken = threads.submit(self._told, file, lambda _: self._take(looked))
        taken.add_done_callback(lambda _: free.release())
        return taken

    def _told(self, file: str, step: Callable[[str], L]) -> L | Taken:
        """Do a step of taking a log; its problems are told, those of the store raised."""
        try:
            return step(file)
        except StoreError as problem:
            self._problem = problem
            raise
        except ProxyscanError as problem:
            return Taken(shown(file), "failed", problem=str(problem))
        except OSError as problem:
            return Taken(shown(file), "failed", problem=f"{shown(file)}: {problem.strerror or problem}")

    def _look(self, file: str) -> Taken | Pieces | Short:
        """Find out which log a file is, and whether any of it is new; wait while a thread is at work on that log."""
        check(file)
        if file == STDIN:
            raise InputError("standard input cannot be met again", "name the file, or use 'proxyscan scan -'")
        if not is_remote(file) and not Path(file).is_file():
            raise InputError(f"{file}: is a pipe or a device, which cannot be met again", "name a file")
        with self._changed:
            while isinstance(looked := self.logs.look(file), Pieces) and looked.log in self.logs.at_work:
                self._changed.wait()
            if isinstance(looked, Pieces):
                self.logs.at_work.add(looked.log)
        return looked

    def _take(self, pieces: Pieces) -> Taken:
        """Take what is new in a log; begin again when the file turns out to be another one by now."""
        for left in reversed(range(ATTEMPTS)):
            taken = self._read(pieces)
            if taken is None and left:
                looked = self._look(pieces.file)
                if isinstance(looked, Pieces):
                    pieces = looked
                    continue
                taken = Taken(shown(pieces.file), "waits") if isinstance(looked, Short) else looked
            if taken:
                return taken
        raise InputError(f"{pieces.file}: was exchanged while it was read", "run it again: nothing is lost")

    def _read(self, pieces: Pieces) -> Taken | None:
        """Read and commit what is new in a log; None when the file is another one by now."""
        try:
            known = self.logs.opened(pieces.before)
            return self._commit(pieces) if pieces.read(known, self._scan, self.rejected) else None
        finally:
            pieces.drop()
            with self._changed:
                self.logs.at_work.discard(pieces.log)
                self._changed.notify_all()

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
            self.logs.taken(pieces, stretches)
        state = "known" if not fresh else "grown" if pieces.before else "new"
        names = tuple(stretch.name for stretch in stretches)
        counts = {name: getattr(covered, name) for name in COUNTS}
        return Taken(shown(pieces.file), state, names, **counts, damage=pieces.damage)

    def _scan(self, split: Split, rejects: Unnamed | None) -> Scanned:
        """Return what the engine counts of a split; threads of this process are shared with the logs at work."""
        with self._changed:
            question, engine = self._asked(), self.engine
            if isinstance(engine, Local):
                engine = Local(-(-engine.workers // max(len(self.logs.at_work), 1)))
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
