"""Proxies that differ: the same service let through by one and denied by another, at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

import pandas as pd

from proxyscan.audit.facts import PEOPLE, Facts, command, named, number, state
from proxyscan.audit.finding import Finding
from proxyscan.audit.people import USE_ALLOWED, USE_DENIED, with_flags

OVERLAP = 0.2
"""Part of those let through by one who are denied by the other, from which on they are the same people."""


def between_proxies(parts: Mapping[str, Facts]) -> Iterator[Finding]:
    """Yield, for each two proxies, the services that are open at one and shut at the other in the same hours."""
    pages = {name: _pages(facts) for name, facts in parts.items()}
    for one, two in combinations(parts, 2):
        both = pages[one].add_suffix("_one").join(pages[two].add_suffix("_two"), how="inner")
        for service, hours in both.groupby("service"):
            sums = hours.sum()
            sides = [state(sums[f"allowed_{each}"], sums[f"denied_{each}"]) for each in ("one", "two")]
            if sides == ["open", "shut"]:
                counts = int(sums["allowed_one"]), int(sums["denied_two"])
                yield _finding(str(service), (one, two), counts, len(hours), parts)
            if sides == ["shut", "open"]:
                counts = int(sums["allowed_two"]), int(sums["denied_one"])
                yield _finding(str(service), (two, one), counts, len(hours), parts)


def _pages(facts: Facts) -> pd.DataFrame:
    """Return what was let through and denied of the pages of each service in each hour."""
    rows = facts.times[facts.times["label"] == "use"]
    rows = rows.assign(hour=rows["interval"].dt.floor("h"))
    sums: pd.DataFrame = rows.groupby(["service", "hour"])[["allowed", "denied"]].sum()
    return sums


def _finding(
    service: str, order: tuple[str, str], counts: tuple[int, int], hours: int, parts: Mapping[str, Facts]
) -> Finding:
    """Return the finding, or note, of a service that is open at the first proxy and shut at the second."""
    (is_open, shut), (allowed, denied) = order, counts
    same = _same_people(service, parts[is_open], parts[shut])
    who = "the same people are let through at one and denied at the other" if same else "other people use each of them"
    says = (
        f"{named(service)} is open at {is_open} ({number(allowed)} requests let through) and shut at {shut} "
        f"({number(denied)} denied) in the same hours ({number(hours)}); {who}."
    )
    figures = {"allowed": allowed, "denied": denied, "hours": hours}
    if not same:
        return Finding("by proxy", service, says, figures)
    rules = command(service, parts[shut].form)
    return Finding("inconsistent", service, says, figures, change="Give both proxies the same rules.", command=rules)


def _same_people(service: str, is_open: Facts, shut: Facts) -> bool:
    """Tell whether people who are let through at the one are denied at the other."""
    through, denied = (
        {*facts.people.loc[(facts.people["service"] == service) & with_flags(facts.people, flag), "person"]}
        for facts, flag in ((is_open, USE_ALLOWED), (shut, USE_DENIED))
    )
    both = through & denied
    return len(both) >= PEOPLE and len(both) >= OVERLAP * min(len(through), len(denied))
