"""Services that are shut and yet reached: by another of their hosts, or by people of another rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pandas as pd

from proxyscan.audit.facts import ENOUGH, PEOPLE, Facts, Scope, command, named, number, state
from proxyscan.audit.finding import Finding
from proxyscan.audit.halves import hosts_of
from proxyscan.audit.people import USE_ALLOWED, USE_DENIED, with_flags
from proxyscan.host import is_address

LEAKED: Final = 10
"""Requests let through to hosts of a service that is shut, from which on that is told."""

A_HOST: Final = 5
"""Requests for a host below which it is neither open nor shut."""

OVERLAP: Final = 0.2
"""Part of those let through who are denied as well, from which on they are the same people."""

FEW: Final = 0.1
"""Part of those who are denied up to which people who get through are told as exempt; more are a group of their own."""

HOURS: Final = 3
"""Hours of the day in which people are let through while their group is denied: no mere edge of a break."""


def leaks(scope: Scope, facts: Facts) -> Iterator[Finding]:
    """Yield that some hosts of a service are open while others are shut."""
    hosts = scope.by_host("use")
    hosts["state"] = [state(counts[0], counts[1], A_HOST) for counts in hosts[["allowed", "denied"]].to_numpy()]
    is_open, shut = hosts[hosts["state"] == "open"], hosts[hosts["state"] == "shut"]
    enough = shut["denied"].sum() >= ENOUGH and is_open["allowed"].sum() >= LEAKED
    noise = shut["allowed"].sum() > OVERLAP * is_open["allowed"].sum()
    if not enough or noise or not same_people(scope, facts):
        return
    if scope.main in set(is_open["domain"]) - set(shut["domain"]):
        yield _partly(scope, is_open, shut, facts)
    else:
        yield _leak(scope, is_open, shut, facts)


def same_people(scope: Scope, facts: Facts) -> bool:
    """Tell whether those who are let through are among those who are denied: else it is open to some of the people."""
    allowed = with_flags(scope.over_all, USE_ALLOWED).sum()
    both = with_flags(scope.over_all, USE_ALLOWED | USE_DENIED).sum()
    if facts.crowd < PEOPLE:
        return bool(both)
    return bool(both >= min(PEOPLE, facts.crowd) and both >= OVERLAP * allowed)


def _leak(scope: Scope, is_open: pd.DataFrame, shut: pd.DataFrame, facts: Facts) -> Finding:
    name, denied, allowed = named(scope.service), int(shut["denied"].sum()), int(is_open["allowed"].sum())
    ways = "; ".join(_ways(scope.service, is_open, shut))
    says = (
        f"{name} is shut at {_listed(shut)} ({number(denied)} requests denied), and reached in other ways: {ways}; "
        f"{number(allowed)} requests were let through."
    )
    return Finding(
        "leak",
        scope.service,
        says,
        {"denied": denied, "allowed": allowed},
        hosts=hosts_of(pd.concat([is_open, shut]), "use"),
        change=f"If {name} is to be shut, shut all of its hosts.",
        command=command(scope.service, facts.form),
    )


def _ways(service: str, is_open: pd.DataFrame, shut: pd.DataFrame) -> Iterator[str]:
    """Yield what the open hosts are."""
    addresses = [host for host in is_open.index if is_address(host)]
    below = is_open[is_open["domain"].isin(shut["domain"]) & ~is_open.index.isin(addresses)]
    stems = {each.partition(".")[0] for each in shut["domain"]}
    rest = sorted({*is_open["domain"]} - {*below["domain"]} - {*addresses})
    country = [each for each in rest if each.partition(".")[0] in stems]
    other = [each for each in rest if each not in country]
    for title, hosts in (
        ("another host of the same domain", list(below.index)),
        ("the same name under another ending", country),
        ("another of its domains", other),
        ("an address instead of a name", addresses),
    ):
        if hosts:
            yield f"{title} ({', '.join(hosts)})"


def _listed(hosts: pd.DataFrame) -> str:
    return ", ".join(sorted({*hosts["domain"]}))


def _partly(scope: Scope, is_open: pd.DataFrame, shut: pd.DataFrame, facts: Facts) -> Finding:
    name, denied, allowed = named(scope.service), int(shut["denied"].sum()), int(is_open["allowed"].sum())
    says = (
        f"{name} is open at {_listed(is_open)} ({number(allowed)} requests let through), and shut at others of its "
        f"hosts: {', '.join(shut.index)} ({number(denied)} denied)."
    )
    return Finding(
        "half-blocked",
        scope.service,
        says,
        {"pages_allowed": allowed, "pages_denied": denied},
        hosts=hosts_of(pd.concat([is_open, shut]), "use"),
        change=f"If {name} is to be open, open all of its hosts; if only these are to be shut, all is well.",
        command=command(scope.service, facts.form, "open"),
    )


def other_rules(scope: Scope, facts: Facts) -> Iterator[Finding]:
    """Yield that some people of a known group are let through to what is shut to their group."""
    if not scope.group or scope.active.empty:
        return
    rows = scope.active[scope.active["when"].dt.hour.isin(_shut_hours(scope))]
    through, denied = with_flags(rows, USE_ALLOWED, USE_DENIED), with_flags(rows, USE_DENIED)
    hours = rows.assign(hour=rows["when"].dt.hour, denied=denied)
    people = hours.groupby("person").agg(denied=("denied", "mean"))
    people["spread"] = hours[through].groupby("person")["hour"].nunique()
    exempt = int(((people["spread"] >= HOURS) & (people["denied"] <= 0.1)).sum())
    others = int((people["denied"] >= 0.5).sum())
    if exempt and others >= PEOPLE and exempt <= FEW * others:
        yield _exempt(scope, exempt, others, facts)


def _shut_hours(scope: Scope) -> list[int]:
    """Return the hours of the day in which nearly all pages are denied to the group."""
    pages = scope.per_interval("use")
    by_hour = pages.groupby(pd.DatetimeIndex(pages.index).hour)[["allowed", "denied"]].sum()
    total = by_hour.sum(axis=1)
    return [int(hour) for hour in by_hour.index[(by_hour["denied"] >= 0.8 * total) & (total >= ENOUGH)]]


def _exempt(scope: Scope, exempt: int, denied: int, facts: Facts) -> Finding:
    name = named(scope.service)
    says = (
        f"{name} is shut to the group ({number(denied)} people denied), and {number(exempt)} of it get through always."
    )
    return Finding(
        "leak",
        scope.service,
        says,
        {"people_allowed": exempt, "people_denied": denied},
        change="See which rule lets them through: they may be in another group for the proxy than here.",
        command=command(scope.service, facts.form),
    )
