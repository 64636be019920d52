"""The first screen: per service and in all, what was allowed and denied, its bytes and share; how sure."""

from __future__ import annotations

from collections.abc import Container
from datetime import UTC, datetime
from typing import Any, Final

import pandas as pd
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from proxyscan.catalogue import full_catalogue
from proxyscan.coverage import Coverage
from proxyscan.format import LACKS
from proxyscan.report.words import UNKNOWN, count, percent, rate, size, visible
from proxyscan.shares import by, gaps, peaks, social
from proxyscan.summary import Summary
from proxyscan.visits import visits

COLUMNS: Final = {
    "visits_allowed": ("Visits\nallowed", count),
    "visits_denied": ("\ndenied", count),
    "users": ("\nUsers", count),
    "allowed": ("Requests\nallowed", count),
    "denied": ("\ndenied", count),
    "widgets_denied": ("…widgets", count),
    "bytes": ("\nBytes", size),
    "share": ("\nShare", percent),
}
SIDES: Final = {"allowed": "allowed", "allowed, perhaps": "allowed", "denied": "denied"}
"""What logs may lack → the side that is then not known where it is 0."""

BY_CATEGORY: Final = "(by the log's category)"
"""The name of what the catalogue does not know but the proxy's own filter calls social media."""

LEGEND: Final = (
    "Visits: one person at one service in one hour, however many requests; widgets: denied requests that other sites' "
    "pages made. Bytes: to clients, allowed, over the line; Share: of all Bytes."
)


def overview(summary: Summary, most: int = 30) -> RenderableType:
    """Return the answer of a summary: headline, table of services, coverage."""
    services = by(summary, ["service", "kind"])
    services = services[services["kind"].notna()].drop(columns="users")
    services = services.merge(visits(summary), how="left", on=["service", "kind"])
    services = services.sort_values(["visits_denied", "visits_allowed", "bytes"], ascending=False, kind="stable")
    totals = _totals(summary)
    shown = services.head(most)
    parts: list[RenderableType] = [headline(summary, totals)]
    parts.append(_table(shown, totals, _unknown(totals, gaps(summary))))
    if len(services) > most:
        parts.append(Text(f"… and {len(services) - most} more services; --by service lists all."))
    parts += [Text(LEGEND, style="dim"), Text(peak_line(summary))]
    return Group(*parts, *(Text(line) for line in coverage_lines(summary.coverage)))


def _totals(summary: Summary) -> pd.DataFrame:
    """Return the figures of `social`, with those of visits for social media."""
    found = visits(summary, [])
    people = found.set_axis(["social"][: len(found)])
    return social(summary).drop(columns="users").join(people)


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
    why = "".join(f" Logs of {', '.join(names)} {LACKS[key]}." for key, names in lacking.items())
    return Text(f"{period}: {_asked(all_social, _unknown(totals, lacking), lacking)}; {takes}.{why}", style="bold")


def _asked(social: Any, unknown: Container[str], lacking: Container[str]) -> str:
    """Return how many requests were denied: of how many, where the log has both sides."""
    denied, allowed = count(social["denied"]), count(social["allowed"])
    asked = "requests for social media"
    caused = f", {count(social['widgets_denied'])} of these widgets of other sites' pages"
    widgets = caused if social["widgets_denied"] else ""
    if "allowed" in unknown:
        return f"{denied} {asked} were denied{widgets}; what was allowed is not in this log"
    if "denied" in unknown:
        return f"{allowed} {asked} were allowed; what was denied is not in this log"
    if any(side in lacking for side in SIDES):
        return f"{denied} {asked} were denied{widgets}; {allowed} that are in this log were allowed"
    part = percent(social["denied"] / (social["denied"] + social["allowed"]))
    whole = count(social["denied"] + social["allowed"])
    return f"{_visited(social)}{denied} of {whole} {asked} were denied ({part}){widgets}"


def _visited(social: Any) -> str:
    """Return how many visits were denied and allowed; nothing where they are not known."""
    if pd.isna(social["visits_denied"]):
        return ""
    return f"{count(social['visits_denied'])} visits were denied, {count(social['visits_allowed'])} allowed; "


def _unknown(totals: pd.DataFrame, lacking: Container[str]) -> frozenset[str]:
    """Return the sides of which the log holds nothing because it lacks them."""
    return frozenset(side for lack, side in SIDES.items() if lack in lacking and not totals.loc["all", side])


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


def _table(services: pd.DataFrame, totals: pd.DataFrame, unknown: Container[str]) -> Table:
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("Service", overflow="fold")
    table.add_column("Kind")
    for title, _ in COLUMNS.values():
        table.add_column(title, justify="right", no_wrap=True)
    known = full_catalogue().services
    for _, row in services.iterrows():
        name = BY_CATEGORY if pd.isna(row["service"]) else row["service"]
        name = known[name].name if name in known else name
        table.add_row(Text(visible(name)), Text(visible(str(row["kind"]))), *_cells(row, unknown))
    table.add_section()
    for key, name in (("social", "All social media"), ("other", "Everything else"), ("all", "All")):
        table.add_row(Text(name, style="bold"), "", *_cells(totals.loc[key], unknown))
    return table


def _cells(row: Any, unknown: Container[str]) -> list[str]:
    sides = {name: name.rpartition("_")[2] for name in COLUMNS}
    return [UNKNOWN if sides[name] in unknown else words(row[name]) for name, (_, words) in COLUMNS.items()]


def coverage_lines(coverage: Coverage) -> list[str]:
    """Return, a sentence each, how much was understood and what the log cannot show."""
    formats = ", ".join(sorted(coverage.formats)) or UNKNOWN
    read = f"Read {count(coverage.lines)} lines in {count(len(coverage.files))} file(s) ({formats})"
    understood = f"{count(coverage.requests)} requests, {count(coverage.rejects)} not understood"
    other = f", {count(coverage.other)} of other kinds than web requests" if coverage.other else ""
    lines = [f"{read}: {understood}, {count(coverage.skipped)} blank{other}."]
    lines += [f"Not understood: {count(number)} lines, {reason}." for reason, number in coverage.reject_reasons.items()]
    lines += [f"Damaged: {visible(file)}: {words}." for file, words in coverage.damage.items()]
    lines += [f"In doubt: {count(number)} × {doubt}." for doubt, number in coverage.doubts.items()]
    if coverage.without_user:
        lines.append(f"{count(coverage.without_user)} requests name no user; they are counted by client address.")
    for zone, number in coverage.zones.items():
        twice = f"; {count(coverage.twice)} of them occur twice, as clocks go back" if coverage.twice else ""
        lines.append(f"The times of {count(number)} requests name no zone; they are read as {zone} (--tz){twice}.")
    if coverage.filled:
        lines.append(f"{count(sum(coverage.filled.values()))} requests count by the log's own category alone.")
    if coverage.broad:
        names = ", ".join(coverage.broad)
        lines.append(f"Not counted: {count(sum(coverage.broad.values()))} requests of wide categories ({names}).")
    if coverage.differ:
        differing = count(sum(coverage.differ.values()))
        lines.append(f"The log's category means another kind than the catalogue, or none known: {differing} requests.")
    if coverage.cannot:
        lines.append(f"This log cannot show: {'; '.join(coverage.cannot)}.")
    return [visible(line) for line in lines]


def show(renderable: RenderableType, *, width: int | None = None) -> None:
    """Print to standard output; colours only when that is a terminal."""
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and width is None:
        console = Console(width=120, highlight=False, markup=False, emoji=False)
    console.print(renderable)
