"""One part's file → columns of its tables, of a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from proxyscan import arrow
from proxyscan.errors import StoreError
from proxyscan.levels import SOURCES, derived
from proxyscan.parts import CHECK_HINT, Part, Slice, Spans
from proxyscan.summary import TABLE, TABLES

WHEN: Final = {"intervals": "interval", "users": "hour", "hosts": "day", "active": "hour"}
"""The column of each table by which `since` and `until` choose."""

WORDS: Final = pa.dictionary(pa.int32(), pa.string())

CODED: Final = ["group", "service", "kind", "label", "outcome", "outcome_class"]
"""Columns of few distinct texts, which are read as dictionaries: these are grouped three times as fast."""

Span = tuple[datetime | None, datetime | None]
"""Begin and end of a time, the end not in it; None for no limit."""


Columns = Mapping[str, Sequence[str]]
"""Tables by name, and the columns of each in the order in which its schema has them."""


def tables_of(part: Part, columns: Columns, span: Span) -> dict[str, pa.Table]:
    """Return columns of tables of one part, texts as dictionaries; levels that it lacks are made of its finest rows.

    Raises `StoreError` for a damaged part, and `OSError` for one that is there no more.
    """
    try:
        with part.place.opened(part.name) as stream:
            file = pq.ParquetFile(stream, pre_buffer=part.place.remote, read_dictionary=CODED)
            part.footer_of(file)
            found = _read(file, part, {level: columns[level] for level in columns if _has(part, level)}, span)
    except (OSError, pa.ArrowException) as problem:
        if not part.place.has(part.name):
            raise
        raise StoreError(f"a part is damaged: {part.path}: {problem}", CHECK_HINT) from problem
    lacking = {SOURCES[level]: TABLES[SOURCES[level]].names for level in columns if level not in found}
    finest = tables_of(part, lacking, span) if lacking else {}
    made = {level: derived(level, arrow.plain(finest[SOURCES[level]])) for level in columns if level not in found}
    return found | {level: _coded(table.select([*columns[level]])) for level, table in made.items()}


def coded(fields: pa.Schema, names: Sequence[str]) -> pa.Schema:
    """Return some of the columns of a table as they are read: texts as dictionaries."""
    found = [fields.field(name) for name in names]
    return pa.schema([each.with_type(WORDS) if each.name in CODED else each for each in found])


def _coded(table: pa.Table) -> pa.Table:
    columns = [table[name].dictionary_encode() if name in CODED else table[name] for name in table.schema.names]
    return pa.table(columns, schema=coded(table.schema, table.schema.names))


def _has(part: Part, level: str) -> bool:
    """Tell whether a part has a table, though it may be empty."""
    return level in TABLES or level in part.slices


def _read(file: Any, part: Part, columns: Columns, span: Span) -> dict[str, pa.Table]:
    """Return columns of tables of a file, whose row groups are read once; columns that it lacks are null."""
    sharing: dict[tuple[int, ...], list[str]] = {}
    for level in columns:
        sharing.setdefault(_groups(part, level, span), []).append(level)
    found = {}
    for groups, levels in sharing.items():
        names = {name for level in levels for name in columns[level]} | (set() if part.slices else {TABLE})
        there = [name for name in part.footer.columns if name in names]
        whole = file.read_row_groups(groups, columns=there, use_threads=False)
        for level in levels:
            rows = _columns(_rows(whole, part, level, groups), level, columns[level])
            found[level] = _of_time(rows, part, level, span)
    return found


def _columns(rows: pa.Table, level: str, names: Sequence[str]) -> pa.Table:
    """Return columns of rows of a table; those that the file lacks are null."""
    there = {*rows.schema.names}
    if there.issuperset(names):
        return rows.select([*names])
    fields = coded(TABLES[SOURCES[level]], names)
    columns = [rows[each.name] if each.name in there else pa.nulls(len(rows), each.type) for each in fields]
    return pa.table(columns, schema=fields)


def _groups(part: Part, level: str, span: Span) -> tuple[int, ...]:
    """Return the numbers of the row groups that may have rows of a table, of the time."""
    if part.slices:
        there = [each.group for each in part.slices.get(level, ())]
    else:
        there = [group for group, (first, last) in enumerate(part.footer.tables) if first <= level <= last]
    when = WHEN[SOURCES[level]]
    return tuple(group for group in there if _meets(part.footer.times[group], when, span))


def _rows(whole: pa.Table, part: Part, level: str, groups: tuple[int, ...]) -> pa.Table:
    """Return the rows of a table out of the row groups that were read."""
    if not part.slices:
        return whole.filter(pc.equal(whole[TABLE], level))
    slices = {each.group: each for each in part.slices.get(level, ())}
    begin, found = 0, [whole.slice(0, 0)]
    for group in groups:
        rows: Slice = slices[group]
        found.append(whole.slice(begin + rows.begin, rows.end - rows.begin))
        begin += part.footer.rows[group]
    return found[-1] if len(found) == 2 else pa.concat_tables(found)


def _of_time(rows: pa.Table, part: Part, level: str, span: Span) -> pa.Table:
    """Return those rows of a table that are of a time."""
    whole = part.footer.first_and_last
    if span == (None, None) or (whole and _within(whole, span)):
        return rows
    return rows.filter(_in_span(rows, SOURCES[level], *span))


def _within(whole: tuple[datetime, datetime], span: Span) -> bool:
    """Tell whether all times from the first to the last are of a time."""
    since, until = span
    return (since is None or since <= whole[0]) and (until is None or whole[1] < until)


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
