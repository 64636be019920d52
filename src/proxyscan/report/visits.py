"""Who was at social media, for people: visits apart from what other sites' pages asked for."""

from __future__ import annotations

from typing import Final

from proxyscan.report.section import Column, Figures, Section
from proxyscan.report.services import service_name
from proxyscan.report.words import count, percent
from proxyscan.summary import Summary
from proxyscan.visits import visits

COLUMNS: Final = (
    Column("name", "Service", "text"),
    Column("visits_allowed", "Visits allowed"),
    Column("visits_denied", "Visits denied"),
    Column("users_a_day_allowed", "Users a day, allowed"),
    Column("users_a_day_denied", "Users a day, denied"),
    Column("users_allowed", "Users in all, allowed"),
    Column("users_denied", "Users in all, denied"),
    Column("uses_denied", "Requests denied, own pages"),
    Column("widgets_denied", "Requests denied, widgets"),
)
NOTE: Final = (
    "A visit is one person at one service in one hour, however many requests that took. Widgets: what pages of other "
    "sites asked for; they make no visit. Users a day: the mean over the days of which there is a request (UTC)."
)


def visits_section(summary: Summary) -> Section:
    """Return visits and users per service, and how many of the denied requests were widgets."""
    rows = visits(summary, ["service"])
    if rows.empty:
        return Section("visits", "Visits", ("Nobody was at social media.",))
    rows = rows.assign(name=[service_name(each) for each in rows["service"]])
    denied = rows[["uses_denied", "assets_denied", "widgets_denied", "unlabelled_denied"]].sum().sum()
    widgets = rows["widgets_denied"].sum()
    said = f"Of {count(denied)} denied requests {count(widgets)} were widgets of other sites' pages"
    sentences = (f"{said} ({percent(widgets / denied)}), not people who went there.",) if widgets else ()
    figures = Figures("", COLUMNS, rows[[each.name for each in COLUMNS]])
    return Section("visits", "Visits", sentences, (figures,), (NOTE,))
