"""How fine a summary is: which keys it tells apart, and by which length of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from proxyscan.errors import ProxyscanError, nearest

SPLITS: Final = ("group", "service", "kind", "label", "outcome", "outcome_class", "host")
"""The keys of a summary's tables beside the time."""

LENGTHS: Final = ("interval", "hour", "day", "month", "year")
"""Lengths of time, each a whole number of those before it."""


@dataclass(frozen=True)
class Grain:
    """The keys that are not told apart, and the length of time that is."""

    dropped: frozenset[str] = frozenset()
    every: str = "interval"

    def answers(self, other: Grain) -> bool:
        """Tell whether a table of this grain can be made as coarse as another."""
        return self.dropped <= other.dropped and LENGTHS.index(self.every) <= LENGTHS.index(other.every)

    def coarse(self, table: pa.Table, fields: pa.Schema) -> pa.Table:
        """Return the columns `fields` of a table as coarse as this is; rows with equal keys are not yet one."""
        return pa.table([self.column(table, each) for each in fields], schema=fields)

    def column(self, table: pa.Table, field: pa.Field) -> Any:
        """Return a column of a table as coarse as this is; null when its key is dropped."""
        if field.name in self.dropped:
            return pa.nulls(table.num_rows, field.type)
        column = table[field.name]
        if self.every == "interval" or not pa.types.is_temporal(field.type):
            return column.cast(field.type)
        return pc.floor_temporal(column, unit=self.every).cast(field.type)


FINEST: Final = Grain()


def grain_of(by: Sequence[str] | None, every: str) -> Grain:
    """Return the grain that tells `by` apart (None: all keys); raises `ProxyscanError` for what is not known."""
    for key in by or ():
        if key not in SPLITS:
            raise ProxyscanError(f"a summary has no key '{key}'", nearest(key, SPLITS))
    if every not in LENGTHS:
        raise ProxyscanError(f"a summary cannot be by '{every}'", nearest(every, LENGTHS))
    return Grain(frozenset() if by is None else frozenset(SPLITS) - {*by}, every)
