"""What an audit looks at: hosts, five minutes and people, per group and service.

Requests are let through (allowed), or denied outright; a warning page that may be passed ("coached") is neither, nor is
a 407, an error, or an answer that nobody waited for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pandas as pd

from proxyscan.audit.people import limit, people, together
from proxyscan.catalogue import full_catalogue
from proxyscan.host import domain
from proxyscan.privacy import MIN_USERS
from proxyscan.sketch import estimate, union
from proxyscan.summary import Summary

SIDES: Final = {"allowed": "allowed", "allowed_aborted": "allowed", "denied": "denied", "coached": "coached"}
COUNTS: Final = ["allowed", "denied", "coached"]

ENOUGH: Final = 20
"""Requests of a side below which nothing is said."""

NEARLY_ALL: Final = 0.95
"""A part from which on the rest is taken for noise."""

PEOPLE: Final = 3
"""People of whom something must be true before it is said."""

FORMS: Final = {"squid": "squid", "e2guardian": "e2guardian", "bluecoat": "bluecoat-cpl"}
"""How the name of a log's format begins → the form of `services export`."""


@dataclass(frozen=True)
class Scope:
    """One service in one group ("": people of no group; None: of all people): its rows of each table."""

    service: str
    group: str | None
    hosts: pd.DataFrame
    times: pd.DataFrame
    people: pd.DataFrame
    active: pd.DataFrame

    def count(self, label: str, side: str) -> int:
        """Return the requests of a label and side."""
        rows = self.hosts
        return int(rows.loc[rows["label"] == label, side].sum())

    @cached_property
    def state(self) -> str:
        """What the pages of the service are."""
        return state(self.count("use", "allowed"), self.count("use", "denied"))

    @cached_property
    def over_all(self) -> pd.DataFrame:
        """What happened to each person in the whole time."""
        return together(self.people, ["person"])

    @cached_property
    def main(self) -> str:
        """The domain of its pages that the catalogue names first, or the one of most requests; "" for none."""
        entries = full_catalogue().entries
        first = next((each.host for each in entries if each.service.id == self.service and each.label == "use"), "")
        busiest = self.by_host("use").groupby("domain")[["allowed", "denied"]].sum().sum(axis=1)
        return first if first in busiest.index or busiest.empty else str(busiest.idxmax())

    @cached_property
    def main_state(self) -> str:
        """What the most used host of its main domain is."""
        pages = self.by_host("use")
        mine = pages.loc[pages["domain"] == self.main, ["allowed", "denied"]]
        if mine.empty:
            return ""
        allowed, denied = mine.to_numpy()[int(mine.sum(axis=1).argmax())]
        return state(allowed, denied)

    def by_host(self, label: str) -> pd.DataFrame:
        """Return what was let through and denied of each host of a label, with its domain."""
        rows = self.hosts[self.hosts["label"] == label].groupby("host")[["allowed", "denied"]].sum()
        return rows.assign(domain=[domain(host) or host for host in rows.index])

    def per_interval(self, label: str) -> pd.DataFrame:
        """Return what was let through and denied in each five minutes, and whether anything was under way."""
        rows = self.times[self.times["label"] == label]
        grouped: pd.DataFrame = rows.groupby("interval")[["allowed", "denied", "there"]].sum()
        return grouped


def state(allowed: float, denied: float, enough: float = ENOUGH) -> str:
    """Return what requests of so many fates are: "open", "shut", "mixed", or "" for too few.

    >>> state(1000, 3), state(0, 50), state(40, 60), state(5, 0)
    ('open', 'shut', 'mixed', '')
    """
    if allowed + denied < enough:
        return ""
    part = allowed / (allowed + denied)
    return "open" if part >= NEARLY_ALL else "shut" if part <= 1 - NEARLY_ALL else "mixed"


@dataclass(frozen=True)
class Facts:
    """The tables of a summary as an audit wants them; groups "" for people of no group."""

    summary: Summary
    min_users: int = MIN_USERS

    @cached_property
    def hosts(self) -> pd.DataFrame:
        """Requests per day, group, service, host and label: allowed, denied, coached."""
        return _sides(self.summary.hosts.to_pandas(), ["day", "group", "service", "host", "label"])

    @cached_property
    def times(self) -> pd.DataFrame:
        """Requests per five minutes, group, service and label; `there`: an allowed one was under way."""
        rows = self.summary.intervals.to_pandas()
        return _sides(rows[rows["service"].notna()], ["interval", "group", "service", "label"])

    @cached_property
    def below(self) -> int:
        """The hash below which people are looked at."""
        return limit(self.summary.users)

    @cached_property
    def people(self) -> pd.DataFrame:
        """What happened to each person on each day, per group and service."""
        return people(self.summary.users, "day", self.below)

    @cached_property
    def active(self) -> pd.DataFrame:
        """What happened to each person in each hour, per group and service: pages only."""
        return people(self.summary.active, "hour", self.below)

    @cached_property
    def crowd(self) -> int:
        """How many people are looked at."""
        return int(self.people["person"].nunique())

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The groups that have contacts."""
        return tuple(sorted(self.hosts["group"].unique()))

    @cached_property
    def form(self) -> str:
        """The form of `services export` for the proxy that wrote the logs, "plain" where it has none of its own."""
        found = {
            form for name in self.summary.coverage.formats for begin, form in FORMS.items() if name.startswith(begin)
        }
        return found.pop() if len(found) == 1 else "plain"

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """Each service, whoever asked for it."""
        seen = [together(each, ["service", "when", "person"]) for each in (self.people, self.active)]
        return _scopes([each.assign(group=None) for each in (self.hosts, self.times, *seen)], ["service"])

    @cached_property
    def group_scopes(self) -> tuple[Scope, ...]:
        """Each service in each group, where groups are known."""
        if self.groups in ((), ("",)):
            return ()
        tables = (self.hosts, self.times, self.people, self.active)
        return _scopes([each[each["group"].isin(self.large)] for each in tables], ["service", "group"])

    @cached_property
    def large(self) -> frozenset[str]:
        """The groups of so many users that they may be told apart."""
        users = self.summary.users.to_pandas()
        counts = users.assign(group=users["group"].fillna("").astype(str)).groupby("group")["users"]
        return frozenset(str(group) for group, each in counts if estimate(union(each)) >= self.min_users)

    @cached_property
    def open_in(self) -> frozenset[tuple[str, str | None]]:
        """The services of which some page was let through in a group (None: in any)."""
        rows = self.hosts[(self.hosts["label"] == "use") & (self.hosts["allowed"] > 0)]
        pairs = list(zip(rows["service"], rows["group"], strict=True))
        return frozenset([*pairs, *((service, None) for service, _ in pairs)])


def _scopes(tables: list[pd.DataFrame], keys: list[str]) -> tuple[Scope, ...]:
    """Return a scope for each service, or service and group, of the first table."""
    parts = [{tuple(map(str, key)): rows for key, rows in table.groupby(keys)} for table in tables]
    return tuple(
        Scope(
            key[0],
            key[1] if len(key) > 1 else None,
            *(rows.get(key, table.iloc[:0]) for rows, table in zip(parts, tables, strict=True)),
        )
        for key in sorted(parts[0])
    )


def _sides(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return requests per side as columns; groups that are null as ""."""
    side = rows["outcome"].map(SIDES)
    rows = rows.assign(group=rows["group"].fillna("").astype(str), side=side)[side.notna()]
    counts: dict[str, Any] = {each: rows["requests"].where(rows["side"] == each, 0).astype("int64") for each in COUNTS}
    counts["there"] = (rows["side"] == "allowed").astype("int64")
    found: pd.DataFrame = rows[keys].assign(**counts).groupby(keys, sort=True).sum().reset_index()
    return found


def command(service: str, form: str, action: str = "close") -> str:
    """Return the command that prints the rules for a service."""
    opening = " --action open" if action == "open" else ""
    return f"proxyscan services export {service} --as {form}{opening}"


def number(value: float) -> str:
    """Return a whole number for people.

    >>> number(12345.0)
    '12,345'
    """
    return f"{round(value):,}"


def part(value: float) -> str:
    """Return a part of one for people.

    >>> part(0.123)
    '12 %'
    """
    return f"{100 * value:.0f} %"


def named(service: str) -> str:
    """Return the name of a service for people."""
    known = full_catalogue().services
    return known[service].name if service in known else service
