"""Parts → one summary: only the tables, columns and times that are asked for, in all threads, some parts at a time."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from proxyscan import schema
from proxyscan.coverage import Coverage, from_json, total
from proxyscan.errors import StoreError
from proxyscan.grain import FINEST, Grain
from proxyscan.levels import SOURCES, TRAFFIC, derived, folded, level_for
from proxyscan.parse import cores, in_threads
from proxyscan.parts import CHECK_HINT, Part, unreadable
from proxyscan.summary import COVERAGE_KEY, SKETCHED, SUM_NAMES, TABLES, Summary, added

AT_ONCE: Final = 32
"""Parts that a thread reads before it adds them up."""

WHEN: Final = {"intervals": "interval", "users": "hour", "hosts": "day", "active": "hour"}
"""The column of each table by which `since` and `until` choose."""

Span = tuple[datetime | None, datetime | None]
"""Begin and end of a time, the end not in it; None for no limit."""


def merged(
    parts: Sequence[Part],
    since: datetime | None = None,
    until: datetime | None = None,
    grain: Grain = FINEST,
    names: Collection[str] = tuple(TABLES),
) -> Summary:
    """Return the sum of parts, of the time in [since, until); raises `StoreError` for a damaged one."""
    gathered = Gathered(parts, (since, until))
    wanted = {*names} - ({"active"} if grain.every not in ("interval", "hour") else set())
    tables = {name: gathered.table(name, grain) if name in wanted else TABLES[name].empty_table() for name in TABLES}
    return Summary(coverage=gathered.coverage(), **tables)


class Gathered:
    """Parts, of which tables are read as they are asked for; what the files' ends say is read once."""

    def __init__(self, parts: Sequence[Part], span: Span = (None, None)) -> None:
        self.parts, self.span = parts, span

    def table(self, of: str, grain: Grain) -> pa.Table:
        """Return the sum of a table of all parts, at a grain."""
        return self._folded(level_for(of, grain, *self.span), grain)

    def traffic(self) -> pa.Table:
        """Return what `proxyscan.summary.traffic` makes of the intervals of all parts."""
        level = TRAFFIC if all(each is None or each.minute % 5 == 0 for each in self.span) else "intervals"
        return derived(TRAFFIC, self._folded(level, FINEST))

    def coverage(self) -> Coverage:
        """Return the coverage of all parts that have requests of the time."""
        return total(each for some in self._each(_coverages, None) for each in some)

    def _folded(self, level: str, grain: Grain) -> pa.Table:
        of = SOURCES[level]
        some = list(self._each(_rows, (level, grain)))
        return folded(some, of, grain) if of in SKETCHED else added(some, TABLES[of])

    def _each(self, read: Any, what: Any) -> Iterator[Any]:
        """Yield what a function reads of some of the parts, after the others, in all threads."""
        items = [self.parts[place : place + AT_ONCE] for place in range(0, len(self.parts), AT_ONCE)]
        return in_threads(lambda span, some: read(some, span, what), [self.span] * cores(), items)


def _rows(parts: Sequence[Part], span: Span, what: tuple[str, Grain]) -> pa.Table:
    """Return the rows of some parts in a level, as coarse as a grain, with equal keys already added."""
    level, grain = what
    of = SOURCES[level]
    columns = [each.name for each in TABLES[of] if each.name not in grain.dropped]
    tables = [_of_part(part, level, columns, span) for part in parts]
    if of in SKETCHED:
        return folded(tables, of, grain)
    return _quickly_added(grain.coarse(pa.concat_tables(tables), TABLES[of]))


def _quickly_added(table: pa.Table) -> pa.Table:
    """Return the sums of a table, in any order of the keys."""
    if not table.num_rows:
        return table
    keys = [name for name in table.schema.names if name not in SUM_NAMES]
    told = [name for name in keys if table[name].null_count < table.num_rows]
    options = pc.ScalarAggregateOptions(min_count=1)
    sums = [(name, "sum", options) for name in SUM_NAMES]
    found = table.group_by(told, use_threads=False).aggregate(sums)
    columns = [
        found[f"{each.name}_sum"]
        if each.name in SUM_NAMES
        else (found[each.name] if each.name in told else pa.nulls(found.num_rows, each.type))
        for each in table.schema
    ]
    return pa.table(columns, schema=table.schema)


def _of_part(part: Part, level: str, columns: list[str], span: Span) -> pa.Table:
    """Return the rows of one part in a level, made of the finest ones where the part lacks it."""
    of = SOURCES[level]
    fields = pa.schema([each for each in TABLES[of] if each.name in columns])
    try:
        groups = part.row_groups(WHEN[of])
        wanted = [number for number, name, times in groups if name == level and _meets(times, span)]
        if level not in TABLES and not part.keeps(level):
            return derived(level, _of_part(part, of, TABLES[of].names, span)).select(columns)
        table = _read(part, wanted, fields)
    except (OSError, pa.ArrowException) as problem:
        if not part.place.has(part.name):
            raise
        raise StoreError(f"a part is damaged: {part.path}: {problem}", CHECK_HINT) from problem
    return table if span == (None, None) else table.filter(_in_span(table, of, *span))


def _read(part: Part, groups: list[int], fields: pa.Schema) -> pa.Table:
    """Return columns of some of a part's row groups; those that an earlier version did not write are null."""
    if not groups:
        return fields.empty_table()
    with part.place.opened(part.name) as stream:
        file = pq.ParquetFile(stream, metadata=part.footer, pre_buffer=part.place.remote)
        there = [each.name for each in fields if each.name in part.columns]
        table = file.read_row_groups(groups, columns=there, use_threads=False)
    columns = [table[each.name] if each.name in there else pa.nulls(len(table), each.type) for each in fields]
    return pa.table(columns, schema=fields)


def _coverages(parts: Sequence[Part], span: Span, _: None) -> list[Coverage]:
    return [_coverage(part, *span) for part in parts]


def _coverage(part: Part, since: datetime | None, until: datetime | None) -> Coverage:
    try:
        text = part.said.get(COVERAGE_KEY)
    except (OSError, pa.ArrowException) as problem:
        if not part.place.has(part.name):
            raise
        raise StoreError(f"a part is damaged: {part.path}: {problem}", CHECK_HINT) from problem
    if text is None:
        raise unreadable(part.path, "it is no summary of proxyscan")
    written = json.loads(text).get("schema", 0)
    if written > schema.VERSION:
        raise StoreError(f"{part.path}: was written by a newer proxyscan", "use that one, or a newer one")
    found = from_json(text)
    early = until is not None and found.first is not None and found.first >= until.timestamp() * 1000
    late = since is not None and found.last is not None and found.last < since.timestamp() * 1000
    return Coverage() if early or late else found


def _meets(times: tuple[Any, Any] | None, span: Span) -> bool:
    """Tell whether a row group may have rows of a time, by its earliest and latest."""
    since, until = span
    if times is None or span == (None, None):
        return True
    first, last = map(_moment, times)
    begin = since and since.replace(hour=0, minute=0, second=0, microsecond=0)
    return (begin is None or last >= begin) and (until is None or first < until)


def _moment(when: date | datetime) -> datetime:
    if isinstance(when, datetime):
        return when if when.tzinfo else when.replace(tzinfo=UTC)
    return datetime.combine(when, time(), UTC)


def _in_span(table: pa.Table, of: str, since: datetime | None, until: datetime | None) -> Any:
    """Return which rows of a table are of the time: of a table by the day, those of whole days."""
    if since is not None and of != "intervals":
        since = since.replace(hour=since.hour if of == "active" else 0, minute=0, second=0, microsecond=0)
    column = table[WHEN[of]]
    kept = pa.array([True] * len(table), pa.bool_())
    if since is not None:
        kept = pc.and_(kept, pc.greater_equal(column, _scalar(since, column.type)))
    if until is not None:
        kept = pc.and_(kept, pc.less(column, _scalar(until, column.type)))
    return kept


def _scalar(when: datetime, type: Any) -> Any:
    if pa.types.is_date(type):
        whole = when.time() == time()
        return pa.scalar(when.date() if whole else date.fromordinal(when.date().toordinal() + 1), type)
    return pa.scalar(when, type)
