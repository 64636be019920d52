"""What a report is made of: sections of sentences and tables; every writer shows the same ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

import pandas as pd

from proxyscan.report.words import UNKNOWN, count, percent, rate, size, visible

Unit = Literal["text", "count", "bytes", "share", "rate", "number"]
"""What a column holds: foreign or own words, whole things, bytes, a part of one, Mbit/s, any other number."""

Chart = Literal["", "bars", "time", "week", "peaks"]
"""How a table may be drawn: bars a row, lines over a first column of days, hours by weekdays, bars of quantiles."""


def _number(value: Any) -> str:
    return UNKNOWN if pd.isna(value) else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3g}"


def _rate(value: Any) -> str:
    return UNKNOWN if pd.isna(value) else rate(value)


def _text(value: Any) -> str:
    return UNKNOWN if pd.isna(value) else visible(str(value))


WORDS: Final[Mapping[Unit, Callable[[Any], str]]] = MappingProxyType(
    {"text": _text, "count": count, "bytes": size, "share": percent, "rate": _rate, "number": _number}
)
"""How a value of each unit is written for people; null as '–'."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its name in the rows, its title for people, the unit of its values."""

    name: str
    title: str
    unit: Unit = "count"

    def words(self, value: Any) -> str:
        """Return a value of the column as people read it."""
        return WORDS[self.unit](value)


@dataclass(frozen=True)
class Figures:
    """A table of figures. `rows` has the columns by their names, values in their units, null where unknown.

    `chart` says how it is drawn by writers that draw, `drawn` which columns then are (none: all numbers but the first
    column); `says` is a sentence with what is to be seen, which stands for the drawing where there is none.
    `totals`: how many of the last rows are sums of the others.
    """

    title: str
    columns: tuple[Column, ...]
    rows: pd.DataFrame
    chart: Chart = ""
    says: str = ""
    drawn: tuple[str, ...] = ()
    totals: int = 0


@dataclass(frozen=True)
class Section:
    """A part of a report: `key` is its name in links and files; `notes` say what the figures rest on."""

    key: str
    title: str
    sentences: tuple[str, ...] = ()
    figures: tuple[Figures, ...] = ()
    notes: tuple[str, ...] = ()
