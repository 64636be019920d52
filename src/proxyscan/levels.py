"""Levels of a store's part: its sums once more, so coarse that years of them are read in seconds.

A question is answered from the coarsest level that tells apart what it asks for. What only the finest rows tell
(five minutes of a service in a group) is read from these.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from types import MappingProxyType
from typing import Final

import pyarrow as pa

from proxyscan import schema
from proxyscan.grain import Grain, grain_of
from proxyscan.summary import Summary, added

LEVELS: Final[Mapping[str, Grain]] = MappingProxyType(
    {
        "days": grain_of(None, "day"),
        "kinds": grain_of(("kind", "outcome"), "interval"),
    }
)
"""Tables of a part with the rows of `intervals`, the smallest first; a key that is not told apart is null."""


def levels(summary: Summary) -> dict[str, pa.Table]:
    """Return the tables of all levels."""
    fields = schema.INTERVALS
    return {name: added([grain.coarse(summary.intervals, fields)], fields) for name, grain in LEVELS.items()}


def level_for(grain: Grain, since: datetime | None = None, until: datetime | None = None) -> str:
    """Return the table of a part from which the sums of a time are to be read at a grain."""
    whole_days = all(each is None or each.time() == time() for each in (since, until))
    for name, level in LEVELS.items():
        if level.answers(grain) and (whole_days or level.every == "interval"):
            return name
    return "intervals"
