"""Parts → one summary: only the tables, columns and times that are asked for, in all threads, some parts at a time."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pyarrow as pa

from proxyscan import schema
from proxyscan.asks import Ask, Folded
from proxyscan.coverage import Coverage, from_json, total
from proxyscan.engines.threads import cores, in_threads
from proxyscan.errors import StoreError
from proxyscan.grain import FINEST, Grain
from proxyscan.levels import level_for
from proxyscan.parts import CHECK_HINT, Part, unreadable
from proxyscan.reading import Span, tables_of
from proxyscan.summary import COVERAGE_KEY, SKETCHED, TABLES, Summary, added, united

AT_ONCE: Final = 16
"""Parts whose finest rows a thread reads before it adds them up."""

COARSE_AT_ONCE: Final = 128
"""The same for levels, of which there are few rows."""

SPANS: Final = 8
"""Spans into which a store of few parts is cut, so that all threads have work."""


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
        """Return the sum of a table of all parts, at a grain, sorted by its keys."""
        ask = Folded(level_for(of, grain, *self.span), grain)
        items = [(some, self.span) for some in _some(self.parts, AT_ONCE if ask.table in TABLES else COARSE_AT_ONCE)]
        found = [answers[0] for answers in in_threads(_answers, [[ask]] * cores(), items)]
        return united(found, TABLES[of]) if of in SKETCHED else added(found, TABLES[of])

    def answers(self, asks: Sequence[Ask]) -> list[Any]:
        """Return the answers to what is asked of all parts, which are read once."""
        items = list(self._spans(AT_ONCE if any(ask.table in TABLES for ask in asks) else COARSE_AT_ONCE))
        found = list(in_threads(_answers, [asks] * cores(), items))
        return [ask.whole([answers[place] for answers in found]) for place, ask in enumerate(asks)]

    def coverage(self) -> Coverage:
        """Return the coverage of all parts that have requests of the time."""
        items = _some(self.parts, COARSE_AT_ONCE)
        found = in_threads(lambda span, some: [_coverage(part, *span) for part in some], [self.span] * cores(), items)
        return total(each for some in found for each in some)

    def _spans(self, most: int) -> Iterator[tuple[list[Part], Span]]:
        """Yield spans of whole weeks, one after the other, of some parts each, with all parts that have rows of it."""
        timed = [(times, part) for part in self._read_ends() if (times := part.footer.first_and_last)]
        begins = sorted(first for (first, _), _ in timed)
        size = min(most, max(1, len(begins) // SPANS))
        mondays = dict.fromkeys(_monday(begin) for begin in begins[size::size])
        edges: list[datetime | None] = [None, *mondays, None]
        for since, until in map(self._within, edges, edges[1:]):
            parts = [part for times, part in timed if _overlap(times, (since, until))]
            if parts:
                yield parts, (since, until)

    def _within(self, since: datetime | None, until: datetime | None) -> Span:
        """Return the part of a span that is asked for."""
        first, last = self.span
        begin = max((each for each in (since, first) if each), default=None)
        return begin, min((each for each in (until, last) if each), default=None)

    def _read_ends(self) -> Sequence[Part]:
        """Return the parts after what their files' ends say has been read."""
        list(
            in_threads(
                lambda _, some: [_said(part) for part in some], [None] * cores(), _some(self.parts, COARSE_AT_ONCE)
            )
        )
        return self.parts


def _some(parts: Sequence[Part], most: int) -> list[Sequence[Part]]:
    return [parts[place : place + most] for place in range(0, len(parts), most)]


def _monday(when: datetime) -> datetime:
    """Return the midnight with which the week of a moment begins."""
    return datetime(when.year, when.month, when.day, tzinfo=UTC) - timedelta(days=when.weekday())


def _overlap(times: tuple[datetime, datetime], span: Span) -> bool:
    since, until = span
    return (since is None or times[1] >= _midnight(since)) and (until is None or times[0] < until)


def _midnight(when: datetime) -> datetime:
    """Return when the day of a moment begins: people and hosts are told by the day."""
    return datetime(when.year, when.month, when.day, tzinfo=UTC)


def _answers(asks: Sequence[Ask], item: tuple[Sequence[Part], Span]) -> list[Any]:
    """Return what is needed of some parts, of a span, to answer what is asked."""
    parts, span = item
    columns: dict[str, list[str]] = {}
    for ask in asks:
        columns[ask.table] = [*dict.fromkeys([*columns.get(ask.table, []), *ask.columns])]
    found = [tables_of(part, columns, span) for part in parts]
    return [ask.some(pa.concat_tables([tables[ask.table] for tables in found])) for ask in asks]


def _said(part: Part) -> dict[bytes, bytes]:
    """Return the metadata of a part; raises `StoreError` for a damaged one."""
    try:
        return part.said
    except (OSError, pa.ArrowException) as problem:
        if not part.place.has(part.name):
            raise
        raise StoreError(f"a part is damaged: {part.path}: {problem}", CHECK_HINT) from problem


def _coverage(part: Part, since: datetime | None, until: datetime | None) -> Coverage:
    text = _said(part).get(COVERAGE_KEY)
    if text is None:
        raise unreadable(part.path, "it is no summary of proxyscan")
    written = json.loads(text).get("schema", 0)
    if written > schema.VERSION:
        raise StoreError(f"{part.path}: was written by a newer proxyscan", "use that one, or a newer one")
    found = from_json(text)
    early = until is not None and found.first is not None and found.first >= until.timestamp() * 1000
    late = since is not None and found.last is not None and found.last < since.timestamp() * 1000
    return Coverage() if early or late else found
