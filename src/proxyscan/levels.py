"""Levels of a store's part: its tables once more, so coarse that years of them are read in seconds.

A question is answered from the first level that tells apart what it asks for; what only the finest rows tell (five
minutes of a service in a group) is read from these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from types import MappingProxyType
from typing import Final

import pyarrow as pa

from proxyscan.grain import SOCIAL, Grain, grain_of
from proxyscan.summary import SKETCHED, TABLES, Summary, added, united, users_of_use


@dataclass(frozen=True)
class Level:
    """A table with the rows of another one, `of`, at a coarser grain; a key that is not told apart is null.

    `only`: chooses those rows that it is of; without, it is of all of them.
    """

    of: str
    grain: Grain
    only: Callable[[pa.Table], pa.Table] | None = None


LEVELS: Final[Mapping[str, Level]] = MappingProxyType(
    {
        "services": Level("intervals", grain_of(("service", "kind", "label", "outcome"), "day")),
        "groups": Level("intervals", grain_of(("group", SOCIAL, "label", "outcome"), "day")),
        "traffic": Level("intervals", grain_of((SOCIAL, "outcome"), "interval")),
        "hours": Level("intervals", grain_of(("kind", "label", "outcome"), "hour")),
        "days": Level("intervals", grain_of(None, "day")),
        "people": Level("users", grain_of(("service", "kind", "outcome_class"), "day")),
        "members": Level("users", grain_of(("group", SOCIAL, "outcome_class"), "day")),
        "uses": Level("users", grain_of(("service", "kind", "label", "outcome_class"), "day"), users_of_use),
        "visitors": Level("active", grain_of(("service", "kind", "outcome_class"), "hour")),
    }
)
"""The levels of a part, those of one table with the smallest first."""

SOURCES: Final = {**{name: name for name in TABLES}, **{name: level.of for name, level in LEVELS.items()}}
"""Every table of a part, and the one from which it can be made."""

BUNDLES: Final = (("services", "groups", "traffic", "people", "members", "uses", "visitors"), ("hours",), ("days",))
"""The levels that stand together in a row group: what a report needs is read at once."""


def bundles(summary: Summary) -> list[dict[str, pa.Table]]:
    """Return the tables of all levels, those together that are to stand in one row group."""
    return [{name: derived(name, getattr(summary, SOURCES[name])) for name in names} for names in BUNDLES]


def derived(name: str, table: pa.Table) -> pa.Table:
    """Return the table of a level, made of the one that it is a level of."""
    level = LEVELS[name]
    return folded([level.only(table) if level.only else table], level.of, level.grain)


def folded(tables: list[pa.Table], of: str, grain: Grain) -> pa.Table:
    """Return the sum, or the union, of tables that have the columns of table `of`, as coarse as a grain."""
    fields = TABLES[of]
    coarse = [grain.coarse(table, fields) for table in tables]
    return united(coarse, fields) if of in SKETCHED else added(coarse, fields)


def whole_days(*times: datetime | None) -> bool:
    """Tell whether times are midnights, or no limits."""
    return all(each is None or each.time() == time() for each in times)


def level_for(of: str, grain: Grain, since: datetime | None = None, until: datetime | None = None) -> str:
    """Return the table of a part from which a table is to be read at a grain, for a time."""
    if whole_days(since, until):
        for name, level in LEVELS.items():
            if level.of == of and level.grain.answers(grain) and level.only is None:
                return name
    return of
