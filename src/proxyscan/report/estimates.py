"""An estimate for people: what would come, beside what is there now, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import pandas as pd

from proxyscan.estimate import FIGURES, Estimate
from proxyscan.report.section import Column, Figures, Section
from proxyscan.report.services import service_name
from proxyscan.report.words import UNKNOWN, count, percent, rate, size
from proxyscan.scenarios import SCENARIOS


def _gigabytes(value: Any) -> str:
    return size(value * 1e9)


WORDS: Final[Mapping[str, Callable[[Any], str]]] = {
    "users": count,
    "visits_a_day": count,
    "gb_a_day": _gigabytes,
    "gb_up_a_day": _gigabytes,
    "peak": rate,
    "p95": rate,
    "line_share": percent,
}
COLUMNS: Final = (
    Column("figure", "If it were unblocked", "text"),
    Column("now", "Now, all traffic", "text"),
    *(Column(name, name.capitalize(), "text") for name in SCENARIOS),
)
SERVICES: Final = (
    Column("name", "Service", "text"),
    Column("users_denied", "People denied"),
    Column("visits_denied", "Visits denied"),
    Column("widgets_denied", "Widgets denied"),
    *(Column(name, f"{name.capitalize()}, a day", "bytes") for name in SCENARIOS),
)


def estimate_section(found: Estimate) -> Section:
    """Return an estimate as a section: the decision first, then figures, then every assumption."""
    figures = found.figures
    known = figures[figures[list(SCENARIOS)].notna().any(axis=1)]
    rows = pd.DataFrame(
        [{"figure": FIGURES[name], **_words(name, known.loc[name])} for name in FIGURES if name in known.index]
    )
    services = found.services.assign(name=[service_name(each) for each in found.services["service"]])
    return Section(
        "estimate",
        f"If {' and '.join(services['name'])} were unblocked",
        tuple(_sentences(figures)),
        (
            Figures("What would come", COLUMNS, rows),
            Figures("By service", SERVICES, services[[each.name for each in SERVICES]]),
        ),
        (
            *(f"{each[:1].upper()}{each[1:]}." for each in found.assumptions),
            *(f"Left out: {e}." for e in found.left_out),
        ),
    )


def _words(name: Any, row: Any) -> dict[str, str]:
    return {each: UNKNOWN if pd.isna(row[each]) else WORDS[name](row[each]) for each in ("now", *SCENARIOS)}


def _sentences(figures: pd.DataFrame) -> list[str]:
    rows: Any = figures.to_dict("index")
    daily, peak, share = (rows[name] for name in ("gb_a_day", "peak", "line_share"))
    low, high = (_gigabytes(daily[name]) for name in ("low", "high"))
    takes = f"{low} to {high} a working day"
    if pd.notna(daily["middle"]):
        takes = f"{_gigabytes(daily['middle'])} a working day ({low} to {high})"
    users = f"{count(rows['users']['low'])} to {count(rows['users']['high'])} people"
    now, least, most, half = (rate(float(peak[name])) for name in ("now", "low", "high", "middle"))
    busiest = f"{half} ({least} to {most})"
    said = [
        f"{users} would use it; it would take {takes}, beside "
        f"{_gigabytes(daily['now'])} of all traffic now. The busiest five minutes would carry {busiest}; now they "
        f"carry {now}."
    ]
    return said if pd.isna(share["high"]) else [*said, _of_line(share)]


def _of_line(share: Mapping[str, float]) -> str:
    """Return at which figure the line is full."""
    if share["now"] >= 1:
        return f"They already carry {percent(share['now'])} of what the line does: is it the right one?"
    if share["high"] < 1:
        return f"Even the high figure leaves {percent(1 - share['high'])} of the line free in these five minutes."
    if share["middle"] >= 1:
        return "The line would be full at the middle figure already."
    return f"The line would be full at the high figure; at the middle one it carries {percent(share['middle'])}."
