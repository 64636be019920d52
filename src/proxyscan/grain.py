"""How fine a summary is: which keys it tells apart, and by which length of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from proxyscan.errors import ProxyscanError, nearest

SOCIAL: Final = "social"
"""The key that tells social media from the rest, and the word in the column `kind` for all of it."""

SPLITS: Final = ("group", "service", "kind", SOCIAL, "label", "outcome", "outcome_class", "host")
"""The keys of a summary's tables beside the time; `social` is what is left of `kind` when kinds are not told apart."""

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
        if field.name == "kind" and "kind" in self.dropped and SOCIAL not in self.dropped:
            return as_social(table["kind"])
        if field.name in self.dropped:
            return pa.nulls(table.num_rows, field.type)
        column = table[field.name]
        if self.every == "interval" or not pa.types.is_temporal(field.type):
            return column.cast(field.type)
        return pc.floor_temporal(column, unit=self.every).cast(field.type)

    @property
    def needed(self) -> frozenset[str]:
        """The keys without which it cannot be told: those of it, and the kinds to tell social media."""
        return frozenset(SPLITS) - self.dropped | ({"kind"} if SOCIAL not in self.dropped else set())


FINEST: Final = Grain()


def as_social(kinds: Any) -> Any:
    """Return a column of kinds with all of them as one."""
    return pc.if_else(pc.is_valid(kinds), pa.scalar(SOCIAL), pa.scalar(None, pa.string()))


def grain_of(by: Sequence[str] | None, every: str) -> Grain:
    """Return the grain that tells `by` apart (None: all keys); raises `ProxyscanError` for what is not known."""
    for key in by or ():
        if key not in SPLITS:
            raise ProxyscanError(f"a summary has no key '{key}'", nearest(key, SPLITS))
    if every not in LENGTHS:
        raise ProxyscanError(f"a summary cannot be by '{every}'", nearest(every, LENGTHS))
    told = frozenset(SPLITS if by is None else by)
    return Grain(frozenset(SPLITS) - (told | {SOCIAL} if "kind" in told else told), every)
