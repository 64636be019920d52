"""Proxies that differ: the same service let through by one and denied by another, at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import pandas as pd

from proxyscan.audit.facts import PEOPLE, Facts, command, named, number, state
from proxyscan.audit.finding import Finding, Host
from proxyscan.audit.people import USE_ALLOWED, USE_DENIED, with_flags

OVERLAP = 0.2
"""Part of those let through by one who are denied by the other, from which on they are the same people."""


def between_proxies(parts: Mapping[str, Facts]) -> Iterator[Finding]:
    """Yield, for each two proxies, the services that are open at one and shut at the other on the same days."""
    for one, two in combinations(parts, 2):
        shared = {*parts[one].hosts["day"]} & {*parts[two].hosts["day"]}
        sides = {name: _pages(parts[name], shared) for name in (one, two)}
        for service in sorted({*sides[one].index} & {*sides[two].index}):
            states = {name: state(*sides[name].loc[service]) for name in (one, two)}
            if {*states.values()} == {"open", "shut"}:
                order = (one, two) if states[one] == "open" else (two, one)
                yield _finding(service, order, sides, parts, shared)


def _pages(facts: Facts, days: set[Any]) -> pd.DataFrame:
    rows = facts.hosts
    rows = rows[(rows["label"] == "use") & rows["day"].isin(days)]
    sums: pd.DataFrame = rows.groupby("service")[["allowed", "denied"]].sum()
    return sums


def _finding(
    service: str, order: tuple[str, str], sides: Mapping[str, pd.DataFrame], parts: Mapping[str, Facts], days: set[Any]
) -> Finding:
    allowed = int(sides[order[0]]["allowed"][service])
    denied = int(sides[order[1]]["denied"][service])
    same = _same_people(service, parts[order[0]], parts[order[1]])
    who = "the same people are let through at one and denied at the other" if same else "other people use each of them"
    name = named(service)
    says = (
        f"{name} is open at {order[0]} ({number(allowed)} requests let through) and shut at {order[1]} "
        f"({number(denied)} denied) on the same {len(days)} days; {who}."
    )
    figures = {"allowed": allowed, "denied": denied, "days": len(days)}
    if not same:
        return Finding("by proxy", service, says, figures)
    change = "Give both proxies the same rules."
    rules = command(service, parts[order[1]].form)
    hosts = (Host(f"all, at {order[0]}", "use", allowed, 0), Host(f"all, at {order[1]}", "use", 0, denied))
    return Finding("inconsistent", service, says, figures, hosts=hosts, change=change, command=rules)


def _same_people(service: str, is_open: Facts, shut: Facts) -> bool:
    """Tell whether people who are let through at the one are denied at the other."""
    through, denied = (
        {*facts.people.loc[(facts.people["service"] == service) & with_flags(facts.people, flag), "person"]}
        for facts, flag in ((is_open, USE_ALLOWED), (shut, USE_DENIED))
    )
    both = through & denied
    return len(both) >= PEOPLE and len(both) >= OVERLAP * min(len(through), len(denied))
