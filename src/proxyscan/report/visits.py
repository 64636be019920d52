"""Who was at social media, for people: visits apart from what other sites' pages asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import pandas as pd

from proxyscan.report.section import Chart, Column, Figures, Section
from proxyscan.report.services import service_name
from proxyscan.report.words import brief, count, percent, things, were
from proxyscan.summary import Summary
from proxyscan.visits import visits

COLUMNS: Final = (
    Column("name", "Service", "text"),
    Column("visits_allowed", "Visits allowed"),
    Column("visits_denied", "Visits denied"),
    Column("users_allowed", "Users allowed"),
    Column("users_denied", "Users denied"),
    Column("users_a_day_allowed", "A day, allowed"),
    Column("users_a_day_denied", "A day, denied"),
)
DRAWN: Final = ("visits_allowed", "visits_denied")
WHAT: Final = ("was visited most", "was denied most")
"""What the service has that is first in each drawn column."""
TITLE: Final = "Who went there: visits"

NOTE: Final = (
    "A visit is one person at one service in one hour, however many requests that took; what pages of other sites "
    "asked for (widgets) makes none. Users: distinct people in all, and on a mean day of which the log tells (UTC)."
)
NOBODY: Final = "Nobody was at social media."


def visits_section(summary: Summary, unknown: Iterable[str] = ()) -> Section:
    """Return visits and users per service, and how many of the denied requests were widgets.

    `unknown`: the sides, allowed or denied, of which the log holds nothing; their figures are null.
    """
    rows = visits(summary, ["service"])
    if rows.empty:
        return Section("visits", TITLE, (NOBODY,))
    rows = rows.assign(name=[service_name(each) for each in rows["service"]])
    rows[[name for name in rows.columns.tolist() for side in unknown if name.endswith(f"_{side}")]] = pd.NA
    shown, title = rows[[each.name for each in COLUMNS]], "Visits and users of each service"
    figures = Figures(title, COLUMNS, shown, _chart(rows), _says(rows), DRAWN)
    return Section("visits", TITLE, tuple(_sentences(rows)), (figures,), (NOTE,))


def _chart(rows: pd.DataFrame) -> Chart:
    return "bars" if _numbers(rows).any() else ""


def _numbers(rows: pd.DataFrame) -> Any:
    return rows[list(DRAWN)].astype("Float64").fillna(0).to_numpy(float)


def _says(rows: pd.DataFrame) -> str:
    """Return which service was visited most, and which was denied most."""
    if rows[list(DRAWN)].isna().to_numpy().all():
        return "How many visits there were is not known."
    most = zip(_numbers(rows).argmax(axis=0), _numbers(rows).max(axis=0), WHAT, strict=True)
    parts = [f"{brief(rows['name'].iloc[row])} {what} ({count(number)})" for row, number, what in most if number > 0]
    return f"{'; '.join(parts)}." if parts else "No visit was allowed or denied."


def _sentences(rows: pd.DataFrame) -> Iterator[str]:
    """Yield how many visits there were, and how many of the denied requests were widgets."""
    allowed, denied = (rows[name].sum(min_count=1) for name in DRAWN)
    if pd.notna(allowed) and pd.notna(denied):
        yield f"{things(allowed, 'visit')} {were(allowed)} allowed, {count(denied)} {were(denied)} denied."
    asked = rows[["uses_denied", "assets_denied", "widgets_denied", "unlabelled_denied"]].sum().sum()
    widgets = rows["widgets_denied"].sum()
    if pd.notna(widgets) and widgets:
        made = f"{count(widgets)} {were(widgets)} made by pages of other sites (widgets)"
        yield f"Of {things(asked, 'denied request')} {made}, not by people who went there: {percent(widgets / asked)}."
