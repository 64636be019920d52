"""Parts → one summary: only the tables, columns and times that are asked for, in all threads, some parts at a time."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from proxyscan import schema
from proxyscan.coverage import Coverage, from_json, total
from proxyscan.errors import StoreError
from proxyscan.grain import FINEST, Grain
from proxyscan.levels import SOURCES, derived, folded, level_for
from proxyscan.parse import cores, in_threads
from proxyscan.parts import CHECK_HINT, Footer, Part, Spans, unreadable
from proxyscan.summary import COVERAGE_KEY, SKETCHED, SUM_NAMES, TABLE, TABLES, Summary, added, united

AT_ONCE: Final = 16
"""Parts whose finest rows a thread reads before it adds them up."""

COARSE_AT_ONCE: Final = 128
"""The same for levels, of which there are few rows."""

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


Ask = tuple[str, Grain]
"""A table of the parts, one of `SOURCES`, and the grain at which it is wanted."""


class Gathered:
    """Parts, of which tables are read as they are asked for; what the files' ends say is read once."""

    def __init__(self, parts: Sequence[Part], span: Span = (None, None)) -> None:
        self.parts, self.span = parts, span

    def table(self, of: str, grain: Grain) -> pa.Table:
        """Return the sum of a table of all parts, at a grain, sorted by its keys."""
        level = level_for(of, grain, *self.span)
        some = [tables[0] for tables in self._each(_rows, [(level, grain)])]
        return united(some, TABLES[of]) if of in SKETCHED else added(some, TABLES[of])

    def tables(self, asks: Sequence[Ask]) -> list[pa.Table]:
        """Return what is asked of all parts, which are read once, its rows in any order."""
        found = list(zip(*self._each(_rows, asks), strict=True)) or [()] * len(asks)
        return [_together(list(some), *ask) for some, ask in zip(found, asks, strict=True)]

    def coverage(self) -> Coverage:
        """Return the coverage of all parts that have requests of the time."""
        return total(each for some in self._each(_coverages, None) for each in some)

    def _each(self, read: Any, what: Any) -> Iterator[Any]:
        """Yield what a function reads of some of the parts, after the others, in all threads."""
        fine = read is _rows and any(table in TABLES for table, _ in what)
        some = AT_ONCE if fine else COARSE_AT_ONCE
        items = [self.parts[place : place + some] for place in range(0, len(self.parts), some)]
        return in_threads(lambda span, some: read(some, span, what), [self.span] * cores(), items)


def _rows(parts: Sequence[Part], span: Span, asks: Sequence[Ask]) -> list[pa.Table]:
    """Return what is asked of some parts, with equal keys already added."""
    columns = {level: _columns(level, [grain for each, grain in asks if each == level]) for level, _ in asks}
    found = [_of_part(part, columns, span) for part in parts]
    return [_together([tables[level] for tables in found], level, grain) for level, grain in asks]


def _columns(level: str, grains: Sequence[Grain]) -> list[str]:
    """Return the columns of a table that some grains need."""
    dropped = frozenset[str].intersection(*(grain.dropped for grain in grains))
    return [each.name for each in TABLES[SOURCES[level]] if each.name not in dropped]


def _together(tables: list[pa.Table], level: str, grain: Grain) -> pa.Table:
    """Return the sum of tables of a level, as coarse as a grain, its rows in any order."""
    of = SOURCES[level]
    if of in SKETCHED:
        return folded(tables, of, grain)
    return quickly_added(grain.coarse(pa.concat_tables(tables or [TABLES[of].empty_table()]), TABLES[of]))


def quickly_added(table: pa.Table) -> pa.Table:
    """Return the sums of a table, in any order of the keys."""
    if not table.num_rows:
        return table
    keys = [name for name in table.schema.names if name not in SUM_NAMES]
    told = [name for name in keys if table[name].null_count < table.num_rows]
    options = pc.ScalarAggregateOptions(min_count=1)
    found = table.group_by(told, use_threads=False).aggregate([(name, "sum", options) for name in SUM_NAMES])
    columns = [
        found[f"{each.name}_sum"]
        if each.name in SUM_NAMES
        else (found[each.name] if each.name in told else pa.nulls(found.num_rows, each.type))
        for each in table.schema
    ]
    return pa.table(columns, schema=table.schema)


def _of_part(part: Part, columns: Mapping[str, list[str]], span: Span) -> dict[str, pa.Table]:
    """Return columns of tables of one part; tables that it lacks are made of its finest rows."""
    try:
        with part.place.opened(part.name) as stream:
            file = pq.ParquetFile(stream, pre_buffer=part.place.remote)
            footer = part.footer_of(file)
            there = {level: names for level, names in columns.items() if level in TABLES or part.keeps(level)}
            found = _read(file, footer, there, span)
    except (OSError, pa.ArrowException) as problem:
        if not part.place.has(part.name):
            raise
        raise StoreError(f"a part is damaged: {part.path}: {problem}", CHECK_HINT) from problem
    for level in columns.keys() - found.keys():
        of = SOURCES[level]
        found[level] = derived(level, _of_part(part, {of: TABLES[of].names}, span)[of]).select(columns[level])
    return found


def _read(file: Any, footer: Footer, columns: Mapping[str, list[str]], span: Span) -> dict[str, pa.Table]:
    """Return columns of tables of a file, whose row groups are read once; columns that it lacks are null."""
    sharing: dict[tuple[int, ...], list[str]] = {}
    for level in columns:
        sharing.setdefault(_groups(footer, level, span), []).append(level)
    found = {}
    for groups, levels in sharing.items():
        names = [name for name in footer.columns if any(name in columns[level] for level in levels)]
        whole = file.read_row_groups(groups, columns=[TABLE, *names], use_threads=False)
        for level in levels:
            fields = pa.schema([each for each in TABLES[SOURCES[level]] if each.name in columns[level]])
            found[level] = _rows_of(whole, level, fields, span)
    return found


def _groups(footer: Footer, level: str, span: Span) -> tuple[int, ...]:
    """Return the numbers of the row groups that may have rows of a table, of the time."""
    when = WHEN[SOURCES[level]]
    return tuple(
        number
        for number, (first, last) in enumerate(footer.tables)
        if first <= level <= last and _meets(footer.times[number], when, span)
    )


def _rows_of(whole: pa.Table, level: str, fields: pa.Schema, span: Span) -> pa.Table:
    rows = whole.filter(pc.equal(whole[TABLE], level))
    columns = [rows[each.name] if each.name in rows.schema.names else pa.nulls(len(rows), each.type) for each in fields]
    table = pa.table(columns, schema=fields)
    return table if span == (None, None) else table.filter(_in_span(table, SOURCES[level], *span))


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


def _meets(times: Spans, column: str, span: Span) -> bool:
    """Tell whether a row group may have rows of a time, by the earliest and latest in its column of times."""
    since, until = span
    begin = since and since.replace(hour=0, minute=0, second=0, microsecond=0)
    for name, first, last in times:
        if name == column:
            return (begin is None or _moment(last) >= begin) and (until is None or _moment(first) < until)
    return True


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
