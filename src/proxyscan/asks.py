"""What is asked of a table of all parts: how its rows are made few, some parts at a time, and then one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from proxyscan import arrow
from proxyscan.grain import SPLITS, Grain
from proxyscan.levels import SOURCES, folded
from proxyscan.reading import coded
from proxyscan.summary import SKETCHED, SUM_NAMES, TABLES, people, united
from proxyscan.traffic import TRAFFIC, traffic


class Ask(Protocol):
    """A question to a table of the parts; two that are equal have one answer."""

    @property
    def table(self) -> str:
        """The table, one of `SOURCES`."""

    @property
    def columns(self) -> Sequence[str]:
        """The columns of it that are needed."""

    def some(self, rows: pa.Table) -> Any:
        """Return what is needed of all rows of a span of whole weeks."""

    def whole(self, found: Sequence[Any]) -> Any:
        """Return the answer out of what was needed of each span."""


@dataclass(frozen=True)
class Folded:
    """Its sums or sketches at a grain, rows in any order."""

    table: str
    grain: Grain

    @property
    def columns(self) -> Sequence[str]:
        """The keys that are told apart, the time, and what is counted."""
        return [name for name in TABLES[SOURCES[self.table]].names if name not in SPLITS or name in self.grain.needed]

    def some(self, rows: pa.Table) -> pa.Table:
        """Return the rows with equal keys as one."""
        of = SOURCES[self.table]
        if of in SKETCHED:
            return folded([arrow.plain(rows)], of, self.grain)
        return arrow.plain(quickly_added(self.grain.coarse(rows, coded(TABLES[of], TABLES[of].names))))

    def whole(self, found: Sequence[pa.Table]) -> pa.Table:
        """Return the rows of all spans, those with equal keys as one."""
        return self.some(pa.concat_tables(found or [TABLES[SOURCES[self.table]].empty_table()]))


@dataclass(frozen=True)
class Traffic:
    """What `proxyscan.traffic.traffic` makes of it."""

    table: str = "traffic"

    @property
    def columns(self) -> Sequence[str]:
        """What that rests on."""
        return ("interval", "kind", "outcome", "requests", "bytes_down", "bytes_down_cached")

    def some(self, rows: pa.Table) -> pa.Table:
        """Return the sums per interval."""
        return traffic(rows)

    def whole(self, found: Sequence[pa.Table]) -> pa.Table:
        """Return the sums of all intervals, which are of one span each."""
        return pa.concat_tables([TRAFFIC.empty_table(), *found]).combine_chunks()


@dataclass(frozen=True)
class People:
    """How many distinct people there are per keys and unit of time, as `proxyscan.summary.people` tells."""

    table: str
    keys: tuple[str, ...]
    unit: str = ""

    @property
    def columns(self) -> Sequence[str]:
        """The time, the keys, and who."""
        return [name for name in TABLES[SOURCES[self.table]].names if name in ("hour", *self.keys, "users")]

    def some(self, rows: pa.Table) -> Any:
        """Return how many there are, as each unit is of one span; where all the time is one, who."""
        rows = arrow.plain(rows)
        fields = pa.schema([each for each in rows.schema if each.name in (*self.keys, "users")])
        return people(rows, self.keys, self.unit) if self.unit else united([rows], fields)

    def whole(self, found: Sequence[Any]) -> Any:
        """Return how many there are in all spans, as a data frame."""
        nothing = pa.schema([TABLES[SOURCES[self.table]].field(name) for name in self.columns]).empty_table()
        if not self.unit:
            return people(pa.concat_tables(found or [nothing]), self.keys)
        import pandas as pd

        some = [each for each in found if len(each)] or [people(nothing, self.keys, self.unit)]
        return pd.concat(some, ignore_index=True)


def quickly_added(table: pa.Table) -> pa.Table:
    """Return the sums of a table, in any order of the keys."""
    if not table.num_rows:
        return table
    keys = [name for name in table.schema.names if name not in SUM_NAMES]
    told = [name for name in keys if table[name].null_count < table.num_rows]
    options = pc.ScalarAggregateOptions(min_count=1)
    found = (
        table.unify_dictionaries()
        .group_by(told, use_threads=False)
        .aggregate([(name, "sum", options) for name in SUM_NAMES])
    )
    columns = [
        found[f"{each.name}_sum"]
        if each.name in SUM_NAMES
        else (found[each.name] if each.name in told else pa.nulls(found.num_rows, each.type))
        for each in table.schema
    ]
    return pa.table(columns, schema=table.schema)
