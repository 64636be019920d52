"""Services of which pages and media hosts do not go together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pandas as pd

from proxyscan.audit.facts import ENOUGH, NEARLY_ALL, PEOPLE, Facts, Scope, command, named, number, state
from proxyscan.audit.finding import Finding, Host
from proxyscan.audit.people import ASSET_ALLOWED, ASSET_DENIED, USE_ALLOWED, USE_DENIED, with_flags
from proxyscan.catalogue import full_catalogue

FEW: Final = 5
"""Requests for media, together with pages, that must be seen of a service that is steadily open or shut."""

MOMENTS: Final = 5
NOISE: Final = 0.1
"""Moments in which pages and media part, and their part of those with such pages: single ones are accidents."""

MOST: Final = 0.9
"""Part of the people for whom it is so, from which on the rest is taken for noise."""


def half_blocked(scope: Scope, facts: Facts) -> Iterator[Finding]:
    """Yield what of a service's media is open while its pages are shut, and shut while they are open."""
    media = _domains(scope)
    sides = {"open": _media_open, "shut": _media_shut}
    if scope.state == "open":
        del sides["open"]  # single denials of pages are accidents
    if scope.main_state == "shut":
        del sides["shut"]
    for side, says in sides.items():
        hosts = media[[state(*counts) == side for counts in media[["allowed", "denied"]].to_numpy()]]
        if len(hosts) and _at_the_same_time(scope, side) and _for_the_same_people(scope, side, facts):
            yield says(scope, hosts, facts)


def _domains(scope: Scope) -> pd.DataFrame:
    """Return what was let through and denied of each domain of the media hosts."""
    return scope.by_host("asset").groupby("domain")[["allowed", "denied"]].sum()


def _at_the_same_time(scope: Scope, side: str) -> bool:
    """Tell whether media were on this side when pages were on the other one.

    A policy by the hour opens and shuts both together; where only some of the people are let through, pages and media
    of these come together. A service that is steadily open or shut is looked at by the hour, others by five minutes, of
    hours in which no page was let through: single denials among these are accidents.
    """
    steady = scope.state == ("shut" if side == "open" else "open")
    pages, media = (_moments(scope, label, "h" if steady else "5min") for label in ("use", "asset"))
    both = pages.join(media.add_suffix("_media"), how="inner")
    if side == "open":
        wanted, other, asked = "allowed_media", "denied_media", pages[(pages["denied"] > 0) & _without_pages(pages)]
    else:
        wanted, other, asked = "denied_media", "allowed_media", pages[(pages["allowed"] > 0) & (pages["denied"] == 0)]
    both = both[both.index.isin(asked.index)]
    sums, moments = both[[wanted, other]].sum(), (both[wanted] > 0).sum()
    if steady:  # of media that are shut, one host of several may be
        return bool(sums[wanted] >= FEW and (side == "shut" or sums[wanted] >= NEARLY_ALL * sums.sum()))
    many = sums[wanted] >= ENOUGH and moments >= MOMENTS and moments >= NOISE * len(asked)
    return bool(many and sums[wanted] >= NEARLY_ALL * sums.sum())


def _without_pages(pages: pd.DataFrame) -> pd.Series:
    """Tell in which moments no page is let through, nor in the same hour."""
    hour = pd.DatetimeIndex(pages.index).floor("h")
    return pages["there"].groupby(hour).transform("sum") == 0


def _moments(scope: Scope, label: str, length: str) -> pd.DataFrame:
    rows = scope.per_interval(label)
    return rows.groupby(pd.DatetimeIndex(rows.index).floor(length)).sum()


def _for_the_same_people(scope: Scope, side: str, facts: Facts) -> bool:
    """Tell whether those who are let through to the one are denied the other, on the same day.

    Where the log shows nearly nobody (one address for all), that cannot be known.
    """
    if side == "open":
        torn = with_flags(scope.people, USE_DENIED | ASSET_ALLOWED, USE_ALLOWED)
        whole = with_flags(scope.people, USE_DENIED | ASSET_DENIED, USE_ALLOWED | ASSET_ALLOWED)
    else:
        torn = with_flags(scope.people, USE_ALLOWED | ASSET_DENIED, USE_DENIED)
        whole = with_flags(scope.people, USE_ALLOWED | ASSET_ALLOWED, ASSET_DENIED) & (scope.state != "open")
    if facts.crowd < PEOPLE:
        return bool(torn.any())
    people = scope.people.loc[torn, "person"].nunique()
    return bool(people >= PEOPLE and torn.sum() >= MOST * (torn.sum() + whole.sum()))


def _media_open(scope: Scope, hosts: pd.DataFrame, facts: Facts) -> Finding:
    allowed, pages = int(hosts["allowed"].sum()), scope.count("use", "denied")
    needing = [
        each.id
        for each in full_catalogue().services.values()
        if scope.service in each.needs and (each.id, scope.group) in facts.open_in
    ]
    name = named(scope.service)
    says = (
        f"{name} is half shut: {number(pages)} requests for its pages were denied, and {number(allowed)} for its media "
        f"hosts ({', '.join(hosts.index)}) were let through."
    )
    figures = {"pages_denied": pages, "media_allowed": allowed}
    if needing:
        names = ", ".join(map(named, needing))
        says = f"{says} {names}, which is open, needs these."
        return Finding("shared", scope.service, says, figures, hosts=_sides(scope, hosts))
    change = f"Shut its media hosts, too, if {name} is to be shut; else open its pages."
    rules = command(scope.service, facts.form)
    return Finding(
        "half-blocked", scope.service, says, figures, hosts=_sides(scope, hosts), change=change, command=rules
    )


def _media_shut(scope: Scope, hosts: pd.DataFrame, facts: Facts) -> Finding:
    denied, pages = int(hosts["denied"].sum()), scope.count("use", "allowed")
    name = named(scope.service)
    says = (
        f"{name} is broken for its users: {number(pages)} requests for its pages were let through, and "
        f"{number(denied)} for media hosts that they need ({', '.join(hosts.index)}) were denied."
    )
    figures = {"pages_allowed": pages, "media_denied": denied}
    change = f"Open its media hosts, too, if {name} is to be open; else shut its pages."
    rules = command(scope.service, facts.form, "open")
    return Finding(
        "half-blocked", scope.service, says, figures, hosts=_sides(scope, hosts), change=change, command=rules
    )


def _sides(scope: Scope, domains: pd.DataFrame) -> tuple[Host, ...]:
    """Return the pages' hosts, and those of the media that belong to the domains."""
    pages, media = scope.by_host("use"), scope.by_host("asset")
    media = media[media["domain"].isin(domains.index)]
    return (*hosts_of(pages, "use"), *hosts_of(media, "asset"))


def hosts_of(rows: pd.DataFrame, label: str) -> tuple[Host, ...]:
    """Return hosts with their requests, those of most requests first."""
    order = rows.assign(all=rows["allowed"] + rows["denied"]).sort_values("all", ascending=False, kind="stable")
    return tuple(Host(str(host), label, int(row["allowed"]), int(row["denied"])) for host, row in order.iterrows())
