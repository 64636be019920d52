"""The first screen: per service and in all, what was allowed and denied, its bytes and share; how sure."""

from __future__ import annotations

from collections.abc import Container
from datetime import UTC, datetime
from typing import Any, Final

import pandas as pd
from rich.console import Console, Group, RenderableType
from rich.text import Text

from proxyscan.coverage import Coverage
from proxyscan.report.answer import Answer
from proxyscan.report.basis import unknown_columns
from proxyscan.report.headline import asked_words, why_lacking
from proxyscan.report.section import Column, Figures
from proxyscan.report.services import ROWS, service_name
from proxyscan.report.sureness import coverage_lines
from proxyscan.report.tables import MOST_ROWS, Fitted, shown
from proxyscan.report.words import count, percent, rate, visible
from proxyscan.shares import by, gaps, peaks, social
from proxyscan.summary import Summary
from proxyscan.visits import visits

COLUMNS: Final = (
    Column("name", "Service", "text"),
    Column("kind", "Kind", "text"),
    Column("visits_allowed", "Visits\nallowed"),
    Column("visits_denied", "\ndenied"),
    Column("users", "\nUsers"),
    Column("allowed", "Requests\nallowed"),
    Column("denied", "\ndenied"),
    Column("widgets_denied", "…widgets"),
    Column("bytes", "\nBytes", "bytes"),
    Column("share", "\nShare", "share"),
)
LEGEND: Final = (
    "Visits: one person at one service in one hour, however many requests; widgets: denied requests that other sites' "
    "pages made. Bytes: to clients, allowed, over the line; Share: of all Bytes."
)


def screen(answer: Answer) -> RenderableType:
    """Return a report, section by section."""
    head = [Text(visible(answer.title), style="bold"), Text(visible(answer.period))]
    parts = ((Text(""), shown(section)) for section in answer.sections)
    return Group(*head, *(each for part in parts for each in part))


def overview(summary: Summary, most: int = MOST_ROWS) -> RenderableType:
    """Return the answer of a summary on one screen: headline, table of services, coverage."""
    services = by(summary, ["service", "kind"])
    services = services[services["kind"].notna()].drop(columns="users")
    services = services.merge(visits(summary), how="left", on=["service", "kind"])
    services = services.sort_values(["visits_denied", "visits_allowed", "bytes"], ascending=False, kind="stable")
    totals = _totals(summary)
    figures = _figures(services, totals, unknown_columns(totals, gaps(summary)))
    parts: list[RenderableType] = [headline(summary, totals), Fitted(figures, most)]
    if len(services) > most:
        parts.append(Text(f"… and {len(services) - most} more services; --by service lists all."))
    parts += [Text(LEGEND, style="dim"), Text(peak_line(summary))]
    return Group(*parts, *(Text(line) for line in coverage_lines(summary.coverage)))


def headline(summary: Summary, totals: pd.DataFrame) -> Text:
    """Return the answer in sentences."""
    all_social = totals.loc["social"]
    asked = all_social["allowed"] + all_social["denied"]
    period = _period(summary.coverage)
    if not summary.coverage.requests:
        return Text("No request was understood.", style="bold")
    if not asked:
        return Text(f"{period}: no request for social media.")
    lacking = gaps(summary)
    takes = "this log cannot show its share of the bandwidth"
    if pd.notna(all_social["share"]):
        takes = f"it took {percent(all_social['share'])} of the bandwidth"
    why = "".join(f" {sentence}" for sentence in why_lacking(lacking))
    unknown = unknown_columns(totals, lacking)
    words = asked_words(all_social, unknown, lacking)
    return Text(f"{period}: {_visited(all_social, unknown)}{words}{_caused(all_social)}; {takes}.{why}", style="bold")


def _visited(found: Any, unknown: Container[str]) -> str:
    """Return how many visits were denied and allowed; nothing of what is not known."""
    known = {side: found[f"visits_{side}"] for side in ("denied", "allowed") if side not in unknown}
    parts = [f"{count(number)} {side}" for side, number in known.items() if pd.notna(number)]
    return f"visits: {', '.join(parts)}; " if parts else ""


def _caused(found: Any) -> str:
    """Return how many of the denied requests were widgets."""
    return f", {count(found['widgets_denied'])} of these widgets" if found["widgets_denied"] else ""


def _totals(summary: Summary) -> pd.DataFrame:
    """Return the figures of `social`, with those of visits for social media."""
    found = visits(summary, [])
    people = found.set_axis(["social"][: len(found)])
    return social(summary).drop(columns="users").join(people)


def peak_line(summary: Summary) -> str:
    """Return the busiest five minutes in words."""
    found = peaks(summary)
    if found["all"] is None or found["social"] is None:
        return "This log cannot show how busy the line was."
    whole, part = found["all"], found["social"]
    busiest = f"{rate(whole['max'])} in all, {rate(part['max'])} for social media"
    return f"Busiest five minutes: {busiest}; 95th percentile: {rate(whole['p95'])}, {rate(part['p95'])}."


def _period(coverage: Coverage) -> str:
    if coverage.first is None or coverage.last is None:
        return "No requests"
    first, last = (datetime.fromtimestamp(t / 1000, UTC) for t in (coverage.first, coverage.last))
    until = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%Y-%m-%d %H:%M}"
    return f"{first:%Y-%m-%d %H:%M} to {until} UTC"


def _figures(services: pd.DataFrame, totals: pd.DataFrame, unknown: Container[str]) -> Figures:
    """Return the figures of each service, then of all, with those unknown that the log cannot tell."""
    named = services.assign(name=[service_name(each) for each in services["service"]])
    sums = totals.loc[[*ROWS]].assign(name=[*ROWS.values()], kind="")
    rows = pd.concat([each[[column.name for column in COLUMNS]].astype(object) for each in (named, sums)])
    for column in COLUMNS:
        if column.name.rpartition("_")[2] in unknown:
            rows[column.name] = None
    return Figures("", COLUMNS, rows.reset_index(drop=True), totals=len(sums))


def show(renderable: RenderableType, *, width: int | None = None) -> None:
    """Print to standard output; colours only when that is a terminal."""
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and width is None:
        console = Console(width=120, highlight=False, markup=False, emoji=False)
    console.print(renderable)
