"""Parts of a store: one Parquet file each, whose name or metadata says of which bytes of which logs it is.

``FINGERPRINT-START-STOP.parquet`` is the summary of bytes [START, STOP) of one log, after decompression;
``MONTH.DIGEST.parquet`` is the sum of many of them, which its metadata lists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from proxyscan import schema
from proxyscan.coverage import Coverage, from_json
from proxyscan.errors import StoreError
from proxyscan.fingerprint import Fingerprint, digest
from proxyscan.places import Place
from proxyscan.summary import COVERAGE_KEY, SUM_NAMES, TABLES, Summary

NAME: Final = re.compile(r"([0-9a-f]{32})\.(\d+)-(\d+)-(\d+)\.parquet")
MONTH_NAME: Final = re.compile(r"\d{4}-\d{2}\.[0-9a-f]{32}\.parquet")
TIMES: Final = ("interval", "hour", "day")
"""The columns of times of a part's tables."""

PART_KEY: Final = b"proxyscan.part"
CHECK_HINT: Final = "'proxyscan check STORE' says what is wrong with a store and how to mend it"


@dataclass(frozen=True, order=True)
class Stretch:
    """Bytes [start, stop) of a log, after decompression.

    `tail`: hash of the last `tail_length` bytes of it; `header`: the header in force at `stop`; both to read the log on
    from there. `rest`: its last line had no end.
    """

    log: Fingerprint
    start: int
    stop: int
    tail: str = ""
    tail_length: int = 0
    header: str = ""
    rest: bool = False

    @property
    def name(self) -> str:
        """The name of the part of this stretch alone."""
        return f"{self.log}-{self.start}-{self.stop}.parquet"

    def overlaps(self, other: Stretch) -> bool:
        """Tell whether two stretches have bytes in common."""
        return self.log == other.log and self.start < other.stop and other.start < self.stop

    def within(self, other: Stretch) -> bool:
        """Tell whether all bytes of this stretch are in the other one."""
        return self.log == other.log and other.start <= self.start and self.stop <= other.stop


EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

RAW: Final[dict[str, Callable[[int], datetime | date]]] = {
    "TIMESTAMP": lambda ms: EPOCH + timedelta(milliseconds=ms),
    "DATE": lambda days: EPOCH.date() + timedelta(days=days),
}
"""What statistics of times say, by the type; pyarrow's own way to dates imports pandas, a third of a small update."""

Spans = tuple[tuple[str, Any, Any], ...]
"""Of each column of times in a row group: its name, earliest, latest."""


@dataclass(frozen=True)
class Slice:
    """Rows [begin, end) of a row group that are of one table."""

    group: int
    begin: int
    end: int


@dataclass(frozen=True)
class Footer:
    """What the end of a part's file says: its metadata, its columns, and of each row group its rows and times.

    `tables`: the first and the last of the names of its tables; `times`: see `Spans`.
    """

    said: dict[bytes, bytes]
    columns: tuple[str, ...]
    rows: tuple[int, ...]
    tables: tuple[tuple[str, str], ...]
    times: tuple[Spans, ...]

    @classmethod
    def of(cls, footer: Any) -> Footer:
        """Return what Arrow's footer of a file says: small, so that those of thousands of parts can be kept."""
        columns = tuple(footer.schema.names)
        groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
        places = [(name, columns.index(name)) for name in TIMES if name in columns]
        times = tuple(
            tuple((name, *span) for name, place in places if (span := _span(group.column(place)))) for group in groups
        )
        tables = tuple(_span(group.column(0)) or ("", "") for group in groups)
        return cls(footer.metadata or {}, columns, tuple(group.num_rows for group in groups), tables, times)

    @cached_property
    def first_and_last(self) -> tuple[datetime, datetime] | None:
        """The earliest and the latest time of any row; None where there is none."""
        times = [_moment(each) for group in self.times for _, *span in group for each in span]
        return (min(times), max(times)) if times else None


def _moment(when: datetime | date) -> datetime:
    return when if isinstance(when, datetime) else datetime(when.year, when.month, when.day, tzinfo=UTC)


@dataclass(frozen=True)
class Part:
    """One file of a store."""

    place: Place
    name: str

    @property
    def path(self) -> Path | str:
        """Its path, or its URI."""
        return self.place.path(self.name)

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """What it is the summary of: told by its name without details, else by its metadata."""
        match = NAME.fullmatch(self.name)
        if not match:
            return self.detailed
        digits, length, start, stop = match.groups()
        return (Stretch(Fingerprint(digits, int(length)), int(start), int(stop)),)

    @cached_property
    def detailed(self) -> tuple[Stretch, ...]:
        """What it is the summary of, as its metadata tells."""
        return tuple(
            Stretch(**{**values, "log": Fingerprint(**values["log"])}) for values in self.metadata["stretches"]
        )

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What the part says of itself; raises `StoreError` when it cannot be read."""
        values: dict[str, Any] = json.loads(self._told(PART_KEY))
        return values

    @cached_property
    def coverage(self) -> Coverage:
        """What was read for it; raises `StoreError` when it cannot be read."""
        return from_json(self._told(COVERAGE_KEY))

    def _told(self, key: bytes) -> bytes:
        try:
            found: bytes = self.said[key]
        except (OSError, KeyError, pa.ArrowException) as problem:
            raise unreadable(self.path, problem) from problem
        return found

    @cached_property
    def footer(self) -> Footer:
        """What the file's end says."""
        with self.place.opened(self.name) as stream:
            return Footer.of(pq.read_metadata(stream))

    def footer_of(self, file: Any) -> Footer:
        """Return what the file's end says; the file, a `pq.ParquetFile`, is open already."""
        if "footer" not in self.__dict__:
            self.__dict__["footer"] = Footer.of(file.metadata)
        return self.footer

    @property
    def said(self) -> dict[bytes, bytes]:
        """The metadata that `proxyscan` gave the file."""
        return self.footer.said

    @cached_property
    def slices(self) -> dict[str, list[Slice]]:
        """Where the rows of each of its tables are; empty for a part of before that was told."""
        found: dict[str, list[Slice]] = {}
        ends, begin = [*accumulate(self.footer.rows)], 0
        for name, rows in self.metadata.get("rows", ()):
            spans = zip([0, *ends], ends, strict=False)
            found[name] = [
                Slice(group, max(begin, first) - first, min(begin + rows, last) - first)
                for group, (first, last) in enumerate(spans)
                if max(begin, first) < min(begin + rows, last)
            ]
            begin += rows
        return found

    @property
    def size(self) -> int:
        """How many bytes of logs it is the summary of."""
        return sum(each.stop - each.start for each in self.stretches)

    def overlaps(self, other: Part) -> bool:
        """Tell whether two parts count some bytes of a log both."""
        return any(one.overlaps(two) for one in self.stretches for two in other.stretches)

    def within(self, others: Iterable[Part]) -> bool:
        """Tell whether all that it counts is counted by others, too."""
        known = [stretch for other in others for stretch in other.stretches]
        return all(any(one.within(two) for two in known) for one in self.stretches)


def _span(column: Any) -> tuple[Any, Any] | None:
    found = column.statistics
    if not found or not found.has_min_max:
        return None
    kind = found.logical_type.type
    return (RAW[kind](found.min_raw), RAW[kind](found.max_raw)) if kind in RAW else (found.min, found.max)


def unreadable(path: Path | str, problem: object) -> StoreError:
    """Return the error for a part that cannot be read."""
    return StoreError(f"{path}: is damaged: {problem}", CHECK_HINT)


def parts_in(place: Place) -> list[Part]:
    """Return all parts in a folder, by name."""
    return [Part(place, name) for name in place.names() if NAME.fullmatch(name) or MONTH_NAME.fullmatch(name)]


def counted(parts: Sequence[Part]) -> list[Part]:
    """Return the parts that count: of overlapping ones the larger, so that no byte is counted twice."""
    taken: dict[Fingerprint, list[Stretch]] = {}
    kept = []
    for part in sorted(parts, key=lambda part: (-part.size, part.name)):
        if not any(one.overlaps(two) for one in part.stretches for two in taken.get(one.log, ())):
            kept.append(part)
            for stretch in part.stretches:
                taken.setdefault(stretch.log, []).append(stretch)
    return sorted(kept, key=lambda part: part.name)


def month_name(month: str, stretches: Iterable[Stretch]) -> str:
    """Return the name of the part of a month that is the sum of stretches."""
    return f"{month}.{digest(' '.join(sorted(each.name for each in stretches)).encode())}.parquet"


def daily(summary: Summary) -> pa.Table:
    """Return the sketches of users with their hours' days: a store keeps them by day, since they cannot be packed."""
    hours = summary.users["hour"]
    return summary.users.set_column(0, "hour", pc.floor_temporal(hours, unit="day").cast(schema.TIME))


def part_metadata(
    summary: Summary, stretches: Iterable[Stretch], more: Sequence[Mapping[str, pa.Table]] = ()
) -> dict[bytes, str]:
    """Return what a part says of itself: its stretches, its tables in their order, the sums by which it is checked.

    `more`: the tables that its file has beside the summary's.
    """
    values = {"version": schema.VERSION, "stretches": list(map(asdict, stretches)), "sums": sums(summary)}
    tables = [(name, getattr(summary, name)) for name in TABLES] + [each for group in more for each in group.items()]
    values["rows"] = [(name, table.num_rows) for name, table in tables]
    return {PART_KEY: json.dumps(values, sort_keys=True)}


def sums(summary: Summary) -> dict[str, Mapping[str, int | None]]:
    """Return rows and sums of a summary's tables."""
    tables = {name: getattr(summary, name) for name in TABLES}
    return {
        name: {"rows": table.num_rows}
        | {column: pc.sum(table[column]).as_py() for column in SUM_NAMES if column in table.schema.names}
        for name, table in tables.items()
    }


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return stretches with those joined of which one begins where another one ends."""
    found: list[Stretch] = []
    for each in sorted(stretches):
        if found and found[-1].log == each.log and found[-1].stop == each.start:
            found[-1] = replace(each, start=found[-1].start)
        else:
            found.append(each)
    return found
