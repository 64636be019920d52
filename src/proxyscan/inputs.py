"""What a report is made of: stores, summaries in Parquet, logs; told apart by what they are, read as one summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc

from proxyscan.detect import PARQUET
from proxyscan.errors import InputError, ProxyscanError
from proxyscan.objects import is_remote
from proxyscan.parts import parts_in
from proxyscan.places import place_at
from proxyscan.reading import WHEN
from proxyscan.scan import scan
from proxyscan.source import comes_once, is_there
from proxyscan.store import KEY, KEY_MARK, Moment, Store, moment
from proxyscan.summary import TABLES, Summary, merge, read_parquet

PERIOD_HINT: Final = "write its first and last day, as 2026-10-01..2026-10-31"

Sort = Literal["store", "summary", "log"]


@dataclass(frozen=True)
class Span:
    """The time in [since, until); None: no limit. Of users and hosts whole days count, as a store keeps them by day."""

    since: datetime | None = None
    until: datetime | None = None

    def __str__(self) -> str:
        since = f" from {self.since:%Y-%m-%d %H:%M}" if self.since else ""
        until = f" before {self.until:%Y-%m-%d %H:%M}" if self.until else ""
        return f"{since}{until} UTC".strip()

    def overlaps(self, other: Span) -> bool:
        """Tell whether two spans have time in common."""
        return _before(self.since, other.until) and _before(other.since, self.until)

    def within(self, other: Span) -> Span:
        """Return the time that is in both spans."""
        since = max((each for each in (self.since, other.since) if each), default=None)
        return Span(since, min((each for each in (self.until, other.until) if each), default=None))


def _before(since: datetime | None, until: datetime | None) -> bool:
    return since is None or until is None or since < until


def span(since: Moment | None, until: Moment | None) -> Span:
    """Return the time from `since` until before `until`; dates begin at midnight UTC.

    Raises `ProxyscanError` where there is none.
    """
    found = Span(moment(since), moment(until))
    if not _before(found.since, found.until):
        raise ProxyscanError(f"{since} is not before {until}", "'since' is the first moment, 'until' the one after all")
    return found


def period(text: str) -> Span:
    """Return the days that FIRST..LAST names, both whole, or one DAY; raises `ProxyscanError` for what is no period.

    >>> period("2026-10-01..2026-10-31").until
    datetime.datetime(2026, 11, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    first, dots, last = text.partition("..")
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last if dots else first)
    except ValueError:
        raise ProxyscanError(f"'{text}' is no period", PERIOD_HINT) from None
    if end < begin:
        raise ProxyscanError(f"'{text}' ends before it begins", PERIOD_HINT)
    return span(begin, end + timedelta(days=1))


@dataclass(frozen=True)
class Input:
    """A store, a summary or a log, and the time of it that is asked for."""

    path: str
    sort: Sort
    span: Span = Span()


def input_of(name: str | Path) -> Input:
    """Return what a name stands for; STORE@FIRST..LAST is so many days of a store.

    Raises `InputError` for a folder that is no store.
    """
    path, at, days = str(name).rpartition("@")
    if at and (is_there(path) or is_remote(path)) and not is_there(name) and days[:1].isdigit():
        return replace(input_of(path), span=period(days))
    if is_remote(name):
        return Input(str(name), "store" if parts_in(place_at(name)) else "log")
    if not Path(name).is_dir():
        return Input(str(name), "summary" if _is_parquet(Path(name)) else "log")
    if not parts_in(place_at(name)) and not (Path(name) / KEY).exists():
        raise InputError(f"{name}: is a folder, but no store", "name a store, or the logs in it, as in FOLDER/*.log")
    return Input(str(name), "store")


def time_of(inputs: Sequence[Input], wanted: Span) -> Span:
    """Return the time that inputs are of: what is wanted, and where the same days of all are named, of these."""
    spans = {each.span for each in inputs}
    return wanted.within(spans.pop()) if len(spans) == 1 else wanted


def _is_parquet(path: Path) -> bool:
    if comes_once(str(path)):
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(len(PARQUET)) == PARQUET
    except OSError:
        return False  # that it cannot be read is told when it is


def summary_of(inputs: Sequence[Input], wanted: Span, **reading: Any) -> Summary:
    """Return the summary of inputs, of the time that is wanted; `reading`: the arguments of `proxyscan.scan` for logs.

    Raises `InputError` where the users of one cannot be known again in another.
    """
    check_users(inputs)
    read = [_read(each, each.span.within(wanted)) for each in inputs if each.sort != "log"]
    logs: dict[Span, list[str]] = {}
    for each in inputs:
        if each.sort == "log":
            logs.setdefault(each.span.within(wanted), []).append(each.path)
    read += [clipped(scan(paths, **reading), time) for time, paths in logs.items()]
    whole = read[0] if len(read) == 1 else merge(read)
    limited = any(each.span.within(wanted) != Span() for each in inputs)
    if limited and not whole.at([]).intervals.num_rows:
        raise _nothing(wanted, whole)
    return whole


def _nothing(wanted: Span, whole: Summary) -> InputError:
    """Return the error for a time of which there is no request."""
    first, last = (
        f"{datetime.fromtimestamp(each / 1000, UTC):%Y-%m-%d %H:%M}" if each is not None else "?"
        for each in (whole.coverage.first, whole.coverage.last)
    )
    hint = f"there are requests from {first} to {last} UTC" if first != "?" else "check the dates"
    return InputError(f"there is no request {wanted}", hint)


def _read(found: Input, wanted: Span) -> Summary:
    if found.sort == "store":
        return Store(found.path).view(wanted.since, wanted.until)
    return clipped(read_parquet(found.path), wanted)


def check_users(inputs: Sequence[Input]) -> None:
    """Raise `InputError` where users are hashed by different keys: they would be counted twice."""
    keys: dict[bytes, str] = {}
    for each in inputs:
        keys.setdefault(_key(each), each.path)
    if len(keys) > 1:
        one, two, *_ = keys.values()
        raise InputError(
            f"{one} and {two} hash users by different keys: who is in both would count twice",
            "report them one by one, or put all logs into one store",
        )


def _key(found: Input) -> bytes:
    """Return the key by which the users of an input are hashed; of logs, and what was made of them, there is none.

    Of a store on an object store, whose key is elsewhere, its mark.
    """
    if is_remote(found.path):
        return _mark(found)
    path = Path(found.path)
    folder = path if found.sort == "store" else path.parent
    is_part = found.sort == "summary" and path in {part.path for part in parts_in(place_at(folder))}
    try:
        return (folder / KEY).read_bytes() if found.sort == "store" or is_part else b""
    except OSError:
        return str(folder.resolve()).encode()  # a store that is read by others than its owner: its key is secret


def _mark(found: Input) -> bytes:
    if found.sort != "store":
        return b""
    with place_at(found.path).opened(KEY_MARK) as stream:
        mark: bytes = stream.read()
    return mark


def clipped(summary: Summary, wanted: Span) -> Summary:
    """Return what of a summary is of the time, as `Store.summary` does; the coverage stays that of the whole."""
    if wanted == Span():
        return summary
    tables = {name: _clipped(getattr(summary, name), name, wanted) for name in TABLES}
    return replace(summary, **tables)


def _clipped(table: pa.Table, name: str, wanted: Span) -> pa.Table:
    when = table[WHEN[name]].cast(pa.timestamp("ms", tz="UTC"))
    kept = pa.array([True] * table.num_rows, pa.bool_())
    if wanted.since is not None:
        day = datetime.combine(wanted.since.date(), time(), UTC)
        kept = pc.and_(kept, pc.greater_equal(when, _scalar(wanted.since if name == "intervals" else day)))
    if wanted.until is not None:
        kept = pc.and_(kept, pc.less(when, _scalar(wanted.until)))
    return table.filter(kept)


def _scalar(when: datetime) -> Any:
    return pa.scalar(when, pa.timestamp("ms", tz="UTC"))
