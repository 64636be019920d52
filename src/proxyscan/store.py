"""A store: a directory of kept summaries, which counts nothing twice and loses nothing.

The parts' names are the checkpoint: one rename commits sums and position together. Readers need no lock: of parts that
overlap only the larger counts, so that a part and the sum that takes its place may lie side by side.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

from proxyscan.errors import InputError, StoreError
from proxyscan.fingerprint import Fingerprint, digest, log_of
from proxyscan.gather import merged
from proxyscan.grain import grain_of
from proxyscan.levels import bundles
from proxyscan.parts import Part, Stretch, counted, daily, part_metadata, parts_in
from proxyscan.places import Place, place_at
from proxyscan.pseudonyms import key_at
from proxyscan.summary import TABLES, Summary, united
from proxyscan.view import StoredSummary

KEY: Final = "key"
KEY_MARK: Final = "key.sha256"
COPIES: Final = "copies.json"
MOST_COPIES: Final = 10_000
ATTEMPTS: Final = 100

Moment = datetime | date | str


class Store:
    """A directory of parts. `Store(path)` reads; `writing` is for one writer at a time."""

    def __init__(self, path: str | Path | Place) -> None:
        self.place = place_at(path) if isinstance(path, str | Path) else path
        if self.place is not path and not self.place.exists():
            raise InputError(f"{path}: is no store", "'proxyscan update STORE LOG…' makes one")

    @property
    def name(self) -> str:
        """The last part of its path."""
        return str(self.place).rpartition("/")[2]

    def parts(self) -> list[Part]:
        """Return the parts that count, by name."""
        return counted(parts_in(self.place))

    def stretches(self) -> dict[Fingerprint, list[Stretch]]:
        """Return what of which log has been taken, in the order of the log."""
        found: dict[Fingerprint, list[Stretch]] = {}
        for part in self.parts():
            for stretch in part.stretches:
                found.setdefault(stretch.log, []).append(stretch)
        return {log: sorted(taken) for log, taken in found.items()}

    def details(self, stretch: Stretch) -> Stretch:
        """Return a stretch as the metadata of its part tell of it: with tail and header."""
        there = self.place.has(stretch.name)
        return Part(self.place, stretch.name).detailed[0] if there else stretch  # a sum tells it with its details

    def view(self, since: Moment | None = None, until: Moment | None = None) -> Summary:
        """Return the sum of all parts as `summary` does, of which each table is read when it is first used.

        What a report asks it (`Summary.at`, `Summary.traffic`) it answers from small tables, so that ten years take
        seconds. All answers are of the parts that are there now: when others have come meanwhile that take away some
        of them, it raises `StoreError`.
        """
        return StoredSummary.of(self.parts, (moment(since), moment(until)))

    def summary(
        self,
        since: Moment | None = None,
        until: Moment | None = None,
        by: Sequence[str] | None = None,
        every: str = "interval",
        tables: Collection[str] = tuple(TABLES),
    ) -> Summary:
        """Return the sum of all parts, of the time in [since, until) when these are given.

        Dates begin at midnight UTC. Users and hosts are kept by day: of these, days that begin in [since's day, until)
        count. The coverage is that of all parts that have requests of the time. For long times, `by` names the keys
        that are told apart (of `SPLITS`; the others are null), and `every` the length of time: "interval", "hour",
        "day", "month" or "year". Only `tables` are read, the others are empty; so is `active`, which tells hours apart,
        where the length of time is a longer one.
        """
        grain = grain_of(by, every)
        span = moment(since), moment(until)
        return self._steadily(lambda parts: merged(parts, *span, grain, tables))

    def _steadily(self, read: Callable[[Sequence[Part]], Summary]) -> Summary:
        """Read the parts; again, if meanwhile some were exchanged for their sum."""
        for _ in range(ATTEMPTS):
            parts = parts_in(self.place)
            try:
                answer = read(counted(parts))
            except (StoreError, OSError):
                if _names(parts) == _names(parts_in(self.place)):
                    raise
                continue
            if _names(parts) == _names(parts_in(self.place)):
                return answer
        raise StoreError(f"{self.place}: changed all the time", "wait until its update has ended")

    @contextmanager
    def writing(self, purpose: str) -> Iterator[None]:
        """Be the only writer, and clear away what an earlier one left behind when it was killed."""
        with self.place.writing(purpose):
            self.remove_superseded()
            yield

    def remove_superseded(self) -> None:
        """Remove parts of which all bytes are counted by others."""
        parts = parts_in(self.place)
        kept = counted(parts)
        names = set(_names(kept))
        for part in parts:
            if part.name not in names and part.within(kept):
                self.place.remove(part.name)

    def add(self, summary: Summary, stretches: Sequence[Stretch], name: str) -> str:
        """Write a part; raises `StoreError` when that is not possible."""
        kept = replace(summary, users=united([daily(summary)]))
        more = bundles(kept)
        metadata = part_metadata(kept, stretches, more)
        self.place.write(name, lambda stream: kept.write_parquet(stream, metadata, more))
        return name

    def copies(self) -> dict[str, tuple[str, int]]:
        """Return up to where which compressed files are known to reach: content → fingerprint, bytes."""
        try:
            with self.place.opened(COPIES) as stream:
                found = json.loads(stream.read())
            return {content: (str(log_of(log)), int(stop)) for content, (log, stop) in found.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}  # it only saves time

    def remember_copies(self, copies: dict[str, tuple[str, int]]) -> None:
        """Keep what `copies` returns, the newest ones."""
        kept = dict(list(copies.items())[-MOST_COPIES:])
        write_text(self.place, COPIES, json.dumps(kept))


def _names(parts: Sequence[Part]) -> list[str]:
    return [part.name for part in parts]


def write_text(place: Place, name: str, text: str) -> None:
    """Write a small file into a folder."""
    content = text.encode()
    place.write(name, lambda stream: stream.write(content))


def made(path: str | Path) -> Store:
    """Return the store at a path, made if it is not there; raises `StoreError` for a folder of other things."""
    place = place_at(path)
    place.make()
    others = [name for name in place.names() if not name.startswith(".")]
    if others and not {KEY, KEY_MARK} & {*others} and not parts_in(place):
        raise StoreError(
            f"{path}: is no store: it holds {min(others)}", "name a store, or a folder that is to become one"
        )
    return Store(place)


def key_of(store: Store, file: str | Path | None = None) -> bytes:
    """Return the key of the hashes that stand for people; it is made at the first time. Only for writers.

    It is in `file`, else in the store itself, unless others could read it there. A store knows by `KEY_MARK`, a hash
    of the key, whether a key in a file of its own is the right one.
    """
    place = store.place
    if file is None and place.remote:
        hint = "name a file on this machine, which is made at the first time: --key /etc/proxyscan/key"
        raise StoreError(f"{place}: cannot keep the key from other readers of the bucket", hint)
    if file is None and place.has(KEY_MARK):
        raise StoreError(f"{place}: its key is in a file of its own", "name it: --key FILE")
    path = Path(file) if file is not None else Path(str(place.path(KEY)))
    begun = bool(parts_in(place)) or (file is not None and (place.has(KEY) or place.has(KEY_MARK)))
    if not path.exists() and begun:
        raise StoreError(f"{path}: is missing", "put it back: users could not be counted across nights")
    key = key_at(path)
    if file is not None:
        _hold_against_mark(place, path, key)
    return key


def _hold_against_mark(place: Place, path: Path, key: bytes) -> None:
    """Raise `StoreError` when a store's people are hashed with another key."""
    mark = digest(key)
    if place.has(KEY_MARK):
        with place.opened(KEY_MARK) as stream:
            known = stream.read().decode("utf-8", "replace").strip()
    else:
        known = digest(key_at(Path(str(place.path(KEY))))) if place.has(KEY) and not place.remote else mark
        if known == mark and not place.has(KEY):
            write_text(place, KEY_MARK, mark)
    if known != mark:
        raise StoreError(f"{path}: is not the key of {place}", "name the key with which the store was begun")


def moment(when: Moment | None) -> datetime | None:
    """Return a moment in UTC; raises `StoreError` for a text that is none.

    >>> moment("2026-11-23")
    datetime.datetime(2026, 11, 23, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if isinstance(when, str):
        try:
            when = datetime.fromisoformat(when)
        except ValueError:
            raise StoreError(f"'{when}' is no date", "write for example 2026-11-23 or 2026-11-23T08:00") from None
    if isinstance(when, datetime):
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return None if when is None else datetime.combine(when, time(), UTC)
