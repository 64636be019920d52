"""What: social media against the rest, per service, per kind and per group; and by the log's own categories."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any, Final

import pandas as pd

from proxyscan.catalogue import full_catalogue
from proxyscan.privacy import Guarded
from proxyscan.report.basis import Basis
from proxyscan.report.coarse import without_people
from proxyscan.report.section import Chart, Column, Figures, Section
from proxyscan.report.words import brief, count, percent, things, were
from proxyscan.schema import LABELS
from proxyscan.shares import by
from proxyscan.summary import Summary

BY_CATEGORY: Final = "(by the log's category)"
"""The name of what the catalogue does not know but the proxy's own filter calls social media."""

NO_GROUP: Final = "(in no group)"
"""The name of the people whom no group names."""

ROWS: Final = {"social": "All social media", "other": "Everything else", "all": "All"}
"""The rows of `proxyscan.shares.social`, and their names."""

SIDES: Final = (Column("allowed", "Allowed"), Column("denied", "Denied"))
CONTACTS: Final = (Column("use", "Own pages"), Column("asset", "Media"), Column("widget", "Widgets"))
WIDGETS: Final = Column("widgets", "Widgets")
WEIGHT: Final = (
    Column("bytes", "Bytes", "bytes"),
    Column("cached", "Cached", "bytes"),
    Column("share", "Share", "share"),
)
USERS: Final = Column("users", "Users")

LEGEND: Final = (
    "Allowed, Denied: requests. Of both, Own pages: for the service itself; Media: for its hosts of pictures, films "
    "and scripts; Widgets: made by other sites' pages, not by people who went there. Bytes: to clients, allowed, over "
    "the line; Cached: out of the proxy's cache; Share: of all Bytes. Users: who asked, allowed or denied."
)
NONE: Final = "There was no request for social media."


def service_name(service: Any) -> str:
    """Return the name of a service, of a user's list its own, for people."""
    if pd.isna(service):
        return BY_CATEGORY
    known = full_catalogue().services
    return known[service].name if service in known else str(service)


def service_rows(flat: Summary) -> pd.DataFrame:
    """Return the figures per service and kind, of social media only, with `name` and requests by label."""
    rows = by(flat, ["service", "kind"])
    rows = rows[rows["kind"].notna()].reset_index(drop=True)
    labels = by(without_people(flat), ["service", "kind", "label"])
    for label in LABELS:
        part = labels[labels["label"] == label]
        asked = dict(zip(_service_keys(part), part["allowed"] + part["denied"], strict=True))
        rows[label] = [asked.get(key, 0) for key in _service_keys(rows)]
    rows.insert(0, "name", [service_name(each) for each in rows["service"]])
    return rows


def _service_keys(rows: pd.DataFrame) -> list[tuple[str, str]]:
    service, kind = (rows[name].astype(object).where(rows[name].notna(), "") for name in ("service", "kind"))
    return list(zip(service, kind, strict=True))


def services_section(on: Basis, rows: pd.DataFrame) -> Section:
    """Return what social media takes against the rest, and what each service does."""
    whole = _without(on.totals.loc[[*ROWS]].assign(name=[*ROWS.values()]), on.unknown)
    sides = (Column("name", "Traffic", "text"), *SIDES, WIDGETS, *WEIGHT, USERS)
    figures = [Figures("Social media and everything else", sides, whole.reset_index(drop=True))]
    if len(rows):
        names = (Column("name", "Service", "text"), Column("kind", "Kind", "text"))
        columns = (*names, *SIDES, *CONTACTS, *WEIGHT, USERS)
        known = _without(rows, on.unknown)
        drawn = drawable(known)
        figures.append(Figures("Each service", columns, known, _bars(known, drawn), _services_say(known), drawn))
    return Section("services", "What: by service", () if len(rows) else (NONE,), tuple(figures), (LEGEND,))


def drawable(rows: pd.DataFrame) -> tuple[str, ...]:
    """Return the names of the columns that are drawn: those of them that are known."""
    return tuple(name for name in ("allowed", "denied", "bytes") if rows[name].notna().any())


def _bars(rows: pd.DataFrame, drawn: tuple[str, ...]) -> Chart:
    return "bars" if (rows[[*drawn]].fillna(0) > 0).any(axis=None) else ""


def _without(rows: pd.DataFrame, unknown: Set[str]) -> pd.DataFrame:
    found = rows.copy()
    found[[name for name in rows.columns.tolist() if name in unknown]] = pd.NA
    return found


def _services_say(rows: pd.DataFrame) -> str:
    """Return which services were asked for most, and how much of that was denied."""
    asked = rows[["allowed", "denied"]].sum(axis=1)
    first = rows.iloc[int(asked.argmax())]
    found = f"{things(len(rows), 'service')} {were(len(rows))}"
    if not asked.max() > 0:
        return f"{found} met, with no allowed or denied request."
    denied = "" if pd.isna(first["denied"]) else f", {count(first['denied']) if first['denied'] else 'none'} denied"
    return f"{found} asked for, most of all {brief(first['name'])}: {things(asked.max(), 'request')}{denied}."


def kinds_section(on: Basis) -> Section:
    """Return the figures per kind of social media."""
    rows = by(on.flat, ["kind"])
    rows = _without(rows[rows["kind"].notna()].reset_index(drop=True), on.unknown)
    if rows.empty:
        return Section("kinds", "What: by kind", (NONE,))
    columns = (Column("kind", "Kind", "text"), *SIDES, WIDGETS, *WEIGHT, USERS)
    drawn = drawable(rows)
    heaviest = rows.iloc[0] if rows["share"].notna().any() else None
    says = "Requests of each kind, allowed and denied."
    if heaviest is not None and heaviest["share"] > 0:
        says = f"Of the bandwidth, {brief(heaviest['kind'])} took the most: {percent(heaviest['share'])}."
    figures = Figures("Each kind of service", columns, rows, _bars(rows, drawn), says, drawn)
    return Section("kinds", "What: by kind", (), (figures,))


def groups_section(on: Basis, fit: Guarded) -> Section | None:
    """Return what each group asked of social media; None where none are told apart. `fit`: groups fit to be shown."""
    title, sentences = "Who: by group", (fit.says,) if fit.says else ()
    if not fit.summary.intervals["group"].null_count < fit.summary.intervals.num_rows:
        return Section("groups", title, sentences) if sentences else None
    rows = by(fit.summary, ["group", "kind"])
    rows["group"] = rows["group"].astype(object).where(rows["group"].notna(), NO_GROUP)
    whole = rows.groupby("group")["bytes"].sum(min_count=1).astype("Float64")
    rows = rows[rows["kind"].notna()].reset_index(drop=True)
    if rows.empty:
        return Section("groups", title, (NONE,))
    share = rows["bytes"].astype("Float64") / rows["group"].map(whole.where(whole > 0)).astype("Float64")
    rows["own_share"] = share.where(rows["share"].notna())
    rows = _without(rows, on.unknown)
    columns = (
        Column("group", "Group", "text"),
        *SIDES,
        WIDGETS,
        *WEIGHT,
        Column("own_share", "Of its own", "share"),
        USERS,
    )
    drawn = drawable(rows)
    says = f"People of {things(len(rows), 'group')} asked for social media."
    figures = Figures("Each group", columns, rows, _bars(rows, drawn), says, drawn)
    note = "Share: of all Bytes of everybody; Of its own: of the Bytes of the same group. Persons are not told apart."
    return Section("groups", title, sentences, (figures,), (note,))


TOLD: Final = {
    "filled": (
        "Counted by the log's category alone",
        "Category",
        "Requests to hosts that the catalogue does not know; the log's own filter calls them social media.",
    ),
    "broad": (
        "Not counted: wide categories",
        "Category",
        "Requests of categories that hold much besides social media; they do not count as such.",
    ),
    "differ": (
        "Where the log's category and the catalogue differ",
        "Service: category",
        "Requests that count as the catalogue says, though the log's category means another kind, or none known.",
    ),
}
"""What coverage counts by the log's own categories: title, what a row is, and what that means."""


def categories_section(found: Mapping[str, Mapping[str, int]]) -> Section:
    """Return how the categories of the log's own filter compare with the catalogue; `found` as in `Coverage`."""
    figures = tuple(
        Figures(
            title, (Column("category", what, "text"), Column("requests", "Requests")), _ranked(found[key]), "", says
        )
        for key, (title, what, says) in TOLD.items()
        if found[key]
    )
    none = "The log names no categories, or they do not differ from the catalogue."
    return Section("categories", "The log's own categories", () if figures else (none,), figures)


def _ranked(counts: Mapping[str, int]) -> pd.DataFrame:
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return pd.DataFrame(ordered, columns=["category", "requests"], dtype=object)
