"""A store: a directory of kept summaries, which counts nothing twice and loses nothing.

The parts' names are the checkpoint: one rename commits sums and position together. Readers need no lock: of parts that
overlap only the larger counts, so that a part and the sum that takes its place may lie side by side.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from proxyscan import durable, schema
from proxyscan.coverage import Coverage, from_json
from proxyscan.errors import InputError, StoreError
from proxyscan.fingerprint import Fingerprint
from proxyscan.grain import FINEST, Grain, grain_of
from proxyscan.parts import CHECK_HINT, Part, Stretch, counted, daily, part_metadata, parts_in, unreadable
from proxyscan.pseudonyms import key_at
from proxyscan.summary import COVERAGE_KEY, FILE_SCHEMA, TABLE, TABLES, Summary, added, united

KEY: Final = "key"
COPIES: Final = "copies.json"
MOST_COPIES: Final = 10_000
ATTEMPTS: Final = 100
WHEN: Final = {"intervals": "interval", "users": "hour", "hosts": "day"}
"""The column of each table by which `since` and `until` choose."""

Moment = datetime | date | str


class Store:
    """A directory of parts. `Store(path)` reads; `writing` is for one writer at a time."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not self.path.is_dir():
            raise InputError(f"{path}: is no store", "'proxyscan update STORE LOG…' makes one")

    def parts(self) -> list[Part]:
        """Return the parts that count, by name."""
        return counted(parts_in(self.path))

    def stretches(self) -> dict[Fingerprint, list[Stretch]]:
        """Return what of which log has been taken, in the order of the log."""
        found: dict[Fingerprint, list[Stretch]] = {}
        for part in self.parts():
            for stretch in part.stretches:
                found.setdefault(stretch.log, []).append(stretch)
        return {log: sorted(taken) for log, taken in found.items()}

    def details(self, stretch: Stretch) -> Stretch:
        """Return a stretch as the metadata of its part tell of it: with tail and header."""
        path = self.path / stretch.name
        return Part(path).detailed[0] if path.exists() else stretch  # what a sum covers has its details already

    def summary(
        self,
        since: Moment | None = None,
        until: Moment | None = None,
        by: Sequence[str] | None = None,
        every: str = "interval",
    ) -> Summary:
        """Return the sum of all parts, of the time in [since, until) when these are given.

        Dates begin at midnight UTC. Users and hosts are kept by day: of these, days that begin in [since's day, until)
        count. The coverage is that of all parts that have requests of the time. For long times, `by` names the keys
        that are told apart (of `SPLITS`; the others are null), and `every` the length of time: "interval", "day",
        "month" or "year".
        """
        grain = grain_of(by, every)
        span = moment(since), moment(until)
        return self._steadily(lambda parts: merged([part.path for part in parts], *span, grain))

    def _steadily(self, read: Callable[[Sequence[Part]], Summary]) -> Summary:
        """Read the parts; again, if meanwhile some were exchanged for their sum."""
        for _ in range(ATTEMPTS):
            parts = parts_in(self.path)
            try:
                answer = read(counted(parts))
            except (StoreError, OSError):
                if parts == parts_in(self.path):
                    raise
                continue
            if parts == parts_in(self.path):
                return answer
        raise StoreError(f"{self.path}: changed all the time", "wait until its update has ended")

    @contextmanager
    def writing(self, purpose: str) -> Iterator[None]:
        """Be the only writer, and clear away what an earlier one left behind when it was killed."""
        with durable.locked(self.path, purpose):
            durable.remove_unfinished(self.path)
            self.remove_superseded()
            yield

    def remove_superseded(self) -> None:
        """Remove parts of which all bytes are counted by others."""
        parts = parts_in(self.path)
        kept = counted(parts)
        names = {part.path for part in kept}
        for part in parts:
            if part.path not in names and part.within(kept):
                durable.remove(part.path)

    def add(self, summary: Summary, stretches: Sequence[Stretch], name: str) -> Path:
        """Write a part; raises `StoreError` when that is not possible."""
        kept = Summary(summary.intervals, united([daily(summary)]), summary.hosts, summary.coverage)
        metadata = part_metadata(kept, stretches)
        durable.write(self.path / name, lambda path: kept.write_parquet(path, metadata))
        return self.path / name

    def key(self) -> bytes:
        """Return the key of the hashes that stand for people; it is made at the first time. Only for writers."""
        path = self.path / KEY
        if not path.exists() and parts_in(self.path):
            raise StoreError(f"{path}: is missing", "put it back: users could not be counted across nights")
        return key_at(path)

    def copies(self) -> dict[str, tuple[str, int]]:
        """Return up to where which compressed files are known to reach: content → fingerprint, bytes."""
        try:
            found = json.loads((self.path / COPIES).read_text(encoding="utf-8"))
            return {content: (str(log), int(stop)) for content, (log, stop) in found.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}  # it only saves time

    def remember_copies(self, copies: dict[str, tuple[str, int]]) -> None:
        """Keep what `copies` returns, the newest ones."""
        kept = dict(list(copies.items())[-MOST_COPIES:])
        durable.write(self.path / COPIES, lambda path: path.write_text(json.dumps(kept), encoding="utf-8"))


def made(path: str | Path) -> Store:
    """Return the store at a path, made if it is not there; raises `StoreError` for a folder of other things."""
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{path}: is a file, no store", "name the store first, then the logs")
    try:
        folder.mkdir(mode=0o750, exist_ok=True)
    except OSError as problem:
        raise durable.cannot_write(folder, problem) from problem
    others = [each.name for each in folder.iterdir() if not each.name.startswith(".")]
    if others and not (folder / KEY).exists() and not parts_in(folder):
        raise StoreError(
            f"{path}: is no store: it holds {min(others)}", "name a store, or a folder that is to become one"
        )
    return Store(folder)


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


def merged(
    paths: Iterable[Path], since: datetime | None = None, until: datetime | None = None, grain: Grain = FINEST
) -> Summary:
    """Return the sum of parts, of the time in [since, until); raises `StoreError` for a damaged one."""
    files = [str(path) for path in paths]
    try:
        import pyarrow.dataset as ds  # here, since it imports pandas, and a nightly run reads no parts

        dataset = ds.dataset(files, schema=FILE_SCHEMA, format="parquet")
        coverage = sum((_coverage(each, since, until) for each in dataset.get_fragments()), Coverage())
        tables = {name: _table(dataset, name, since, until, grain) for name in TABLES}
    except (OSError, pa.ArrowException) as problem:
        if not all(Path(file).exists() for file in files):
            raise
        raise StoreError(f"a part is damaged: {problem}", CHECK_HINT) from problem
    return Summary(
        added([tables["intervals"]], schema.INTERVALS),
        united([tables["users"]]),
        added([tables["hosts"]], schema.HOSTS),
        coverage,
    )


def _table(dataset: Any, name: str, since: datetime | None, until: datetime | None, grain: Grain) -> pa.Table:
    """Return the rows of one table of all parts, of the time, as coarse as is asked for.

    Statistics let the reader skip the row groups of the other tables.
    """
    chosen = pc.field(TABLE) == name
    if since is not None or until is not None:
        chosen &= _in_span(WHEN[name], since, until)
    fields = TABLES[name]
    kept = [each.name for each in fields if each.name not in grain.dropped]
    table = dataset.to_table(columns=kept, filter=chosen)
    return pa.table([grain.column(table, each) for each in fields], schema=fields)


def _coverage(fragment: Any, since: datetime | None, until: datetime | None) -> Coverage:
    text = (fragment.metadata.metadata or {}).get(COVERAGE_KEY)
    if text is None:
        raise unreadable(Path(fragment.path), "it is no summary of proxyscan")
    written = json.loads(text).get("schema", 0)
    if written > schema.VERSION:
        raise StoreError(f"{fragment.path}: was written by a newer proxyscan", "use that one, or a newer one")
    found = from_json(text)
    early = until is not None and found.first is not None and found.first >= until.timestamp() * 1000
    late = since is not None and found.last is not None and found.last < since.timestamp() * 1000
    return Coverage() if early or late else found


def _in_span(column: str, since: datetime | None, until: datetime | None) -> Any:
    if since is not None and column != "interval":
        since = datetime.combine(since.date(), time(), UTC)
    field = {each.name: each for each in FILE_SCHEMA}[column]
    parts = [
        pc.field(column) >= _scalar(since, field.type) if since is not None else pc.scalar(True),
        pc.field(column) < _scalar(until, field.type) if until is not None else pc.scalar(True),
    ]
    return parts[0] & parts[1]


def _scalar(when: datetime, type: Any) -> Any:
    if pa.types.is_date(type):
        whole = when.time() == time()
        return pa.scalar(when.date() if whole else date.fromordinal(when.date().toordinal() + 1), type)
    return pa.scalar(when, type)
