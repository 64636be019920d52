"""What is not steady: the same people let through and denied; and policies by the hour, and that changed on a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final

import pandas as pd

from proxyscan.audit.facts import ENOUGH, PEOPLE, Facts, Scope, command, named, number, part, state
from proxyscan.audit.finding import Finding
from proxyscan.audit.halves import hosts_of
from proxyscan.audit.leaks import same_people
from proxyscan.audit.people import USE_ALLOWED, USE_DENIED, with_flags

TORN: Final = 0.04
"""Part of the person-hours with both fates, from which on a service is not steady; most have one request only."""

TORN_HOST: Final = 0.1
"""Part of a host's requests of a day that have the rarer fate, from which on it has both."""

MIXED: Final = 0.2
"""Part of the five minutes with both fates, of those with two requests or more."""

A_DAY: Final = 10
"""Requests of a day or hour below which it is neither open nor shut."""

SHORT: Final = 3
"""Days: longer times are decisions, and holidays."""

COACHED: Final = 0.05
"""Part of the refusals that are warning pages, from which on being let through after one is no wonder."""


def unsteady(scope: Scope, facts: Facts) -> Iterator[Finding]:
    """Yield that the same people are let through and denied at the same host within an hour, all day long."""
    coached, denied = scope.count("use", "coached"), scope.count("use", "denied")
    hosts = _torn_hosts(scope)
    if coached > COACHED * (coached + denied) or hosts.empty or facts.crowd < PEOPLE:
        return
    torn = scope.active[with_flags(scope.active, USE_ALLOWED | USE_DENIED)]
    enough = len(torn) >= A_DAY and torn["person"].nunique() >= PEOPLE
    if enough and len(torn) >= TORN * len(scope.active) and _all_day(scope, torn) and _mixed(scope) >= MIXED:
        yield _unsteady(scope, torn, hosts, facts)


def _torn_hosts(scope: Scope) -> pd.DataFrame:
    """Return the hosts of pages that were both let through and denied on most days, of days with enough requests."""
    pages = scope.hosts[scope.hosts["label"] == "use"].groupby(["host", "day"])[["allowed", "denied"]].sum()
    pages = pages[pages.sum(axis=1) >= A_DAY]
    mixed = (pages.min(axis=1) > TORN_HOST * pages.sum(axis=1)).groupby("host").mean()
    sums = pages.groupby("host").sum()
    return sums[mixed.reindex(sums.index) > 0.5]


def _all_day(scope: Scope, torn: pd.DataFrame) -> bool:
    """Tell whether it is so in most hours of the day: at the edges of a break both fates are no wonder."""
    busy = scope.active.groupby(scope.active["when"].dt.hour).size()
    hours = torn.groupby(torn["when"].dt.hour).size().reindex(busy.index, fill_value=0)
    both = (hours >= TORN * busy) & (hours > 0)
    return bool(both.sum() * 2 > len(busy))


def _mixed(scope: Scope) -> float:
    """Return the part of the five minutes that have both fates, of those with two requests or more."""
    pages = scope.per_interval("use")
    pages = pages[pages["allowed"] + pages["denied"] >= 2]
    return float(((pages["allowed"] > 0) & (pages["denied"] > 0)).mean()) if len(pages) else 0.0


def _unsteady(scope: Scope, torn: pd.DataFrame, hosts: pd.DataFrame, facts: Facts) -> Finding:
    name, people = named(scope.service), int(torn["person"].nunique())
    allowed, denied = int(hosts["allowed"].sum()), int(hosts["denied"].sum())
    says = (
        f"{name} is open and shut to the same people: in {part(len(torn) / len(scope.active))} of the hours in which "
        f"somebody asked for it, the same person was let through and denied ({', '.join(hosts.index)}: "
        f"{number(allowed)} let through, {number(denied)} denied)."
    )
    change = (
        "Look for two proxies with different rules, or a rule that was not loaded everywhere; rules by path, by quota "
        "or by content look the same."
    )
    return Finding(
        "inconsistent",
        scope.service,
        says,
        {"hours": len(torn), "people": people, "allowed": allowed, "denied": denied},
        hosts=hosts_of(hosts, "use"),
        change=change,
        command=command(scope.service, facts.form),
    )


Run = tuple[str, list[date]]
"""Days in a row that are alike: "open" or "shut"."""


def runs(scope: Scope) -> list[Run]:
    """Return the days on which the pages of a service are clearly open or shut, alike ones in a row together."""
    pages = scope.hosts[scope.hosts["label"] == "use"].groupby("day")[["allowed", "denied"]].sum()
    days = [
        (state(counts[0], counts[1], A_DAY), day) for day, counts in zip(pages.index, pages.to_numpy(), strict=True)
    ]
    clear = [(side, day) for side, day in sorted(days, key=lambda each: each[1]) if side in ("open", "shut")]
    return [(side, [day for _, day in mine]) for side, mine in groupby(clear, key=lambda each: each[0])]


def over_days(scope: Scope, facts: Facts) -> Iterator[Finding]:
    """Yield that a service was opened or shut on a day, or is opened and shut again and again."""
    found = runs(scope)
    if len(found) < 2 or not same_people(scope, facts) or _by_weekday(found):
        return
    short = [mine for _, mine in found[1:-1] if len(mine) <= SHORT]
    if len(found) >= 4 and len(short) >= 2:
        yield _flapping(scope, found, facts)
    else:
        yield _changed(scope, found)


def _by_weekday(found: Sequence[Run]) -> bool:
    """Tell whether every day of the week is always open or always shut."""
    sides: dict[int, set[str]] = {}
    for side, days in found:
        for day in days:
            sides.setdefault(day.weekday(), set()).add(side)
    return all(len(each) == 1 for each in sides.values())


def _flapping(scope: Scope, found: Sequence[Run], facts: Facts) -> Finding:
    name = named(scope.service)
    days = {side: sum(len(mine) for its, mine in found if its == side) for side in ("open", "shut")}
    says = (
        f"{name} changes again and again: open on {days['open']} days, shut on {days['shut']}, with {len(found) - 1} "
        f"changes from {found[0][1][0]} to {found[-1][1][-1]}."
    )
    figures = {"days_open": days["open"], "days_shut": days["shut"], "changes": len(found) - 1}
    change = "Look for a list that is not loaded every day, or for two proxies that take turns."
    rules = command(scope.service, facts.form)
    return Finding("inconsistent", scope.service, says, figures, change=change, command=rules)


def _changed(scope: Scope, found: Sequence[Run]) -> Finding:
    parts = [f"{side} from {days[0]} to {days[-1]}" for side, days in found]
    says = f"{named(scope.service)} was {', '.join(parts)}."
    return Finding("changed", scope.service, says, {"changes": len(found) - 1})


def by_hour(scope: Scope, facts: Facts) -> Iterator[Finding]:
    """Yield that a service is open at some hours of the day and shut at others."""
    pages = scope.per_interval("use")
    hours = pages.groupby(pd.DatetimeIndex(pages.index).hour)[["allowed", "denied"]].sum()
    sides = {
        int(hour): state(counts[0], counts[1], A_DAY)
        for hour, counts in zip(hours.index, hours.to_numpy(), strict=True)
    }
    found = {side: [hour for hour, its in sides.items() if its == side] for side in ("open", "shut")}
    clear = hours.loc[[*found["open"], *found["shut"]]].to_numpy().sum()
    total: Any = hours.to_numpy().sum()
    if same_people(scope, facts) and all(found.values()) and total >= ENOUGH and clear >= 0.6 * total:
        says = " and ".join(f"{side} at {_hours(mine)}" for side, mine in found.items())
        figures = {f"hours_{side}": len(mine) for side, mine in found.items()}
        yield Finding("by hour", scope.service, f"{named(scope.service)} is {says} (UTC).", figures)


def _hours(hours: Sequence[int]) -> str:
    return ", ".join(f"{hour:02}:00" for hour in hours)
