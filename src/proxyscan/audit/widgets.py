"""Denials that nobody asked for: what pages of other sites load of a service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from proxyscan.audit.facts import Facts, named, number, part
from proxyscan.audit.finding import Finding
from proxyscan.audit.halves import hosts_of

MANY: Final = 50
"""Denied widgets below which nothing is said."""

SHARE: Final = 0.1
"""Part of the denials of social media that are widgets, from which on it is told."""

SHOWN: Final = 8
"""Services and hosts that are named."""


def widgets(facts: Facts) -> Iterator[Finding]:
    """Yield how many of the denials are widgets on pages of other sites."""
    rows = facts.hosts
    denied = int(rows["denied"].sum())
    mine = rows[(rows["label"] == "widget") & (rows["denied"] > 0)]
    count = int(mine["denied"].sum())
    if count < MANY or count < SHARE * denied:
        return
    services = mine.groupby("service")["denied"].sum().sort_values(ascending=False, kind="stable")
    names = ", ".join(f"{named(str(service))} {number(n)}" for service, n in services.head(SHOWN).items())
    hosts = mine.groupby("host")[["allowed", "denied"]].sum()
    wait = _mean_wait(facts)
    figures: dict[str, float] = {"widgets_denied": count, "denied": denied}
    figures |= {"milliseconds": wait} if wait is not None else {}
    waited = "" if wait is None else f" Each took {number(wait) if wait >= 1 else 'less than 1'} ms on average."
    says = (
        f"{number(count)} of {number(denied)} denials of social media ({part(count / denied)}) are widgets: pages of "
        f"other sites asked for them, nobody did ({names}).{waited}"
    )
    change = (
        "Leave them out when the demand is counted. Where pages of other sites wait for them, let the proxy answer "
        "at once (no time-outs, no silent drops), or open the hosts named here alone."
    )
    yield Finding("widgets", None, says, figures, hosts=hosts_of(hosts, "widget")[:SHOWN], change=change)


def _mean_wait(facts: Facts) -> float | None:
    """Return how long a denied widget took in ms, where the log says it."""
    rows: Any = facts.summary.hosts.to_pandas()
    rows = rows[(rows["label"] == "widget") & (rows["outcome"] == "denied") & rows["duration_ms"].notna()]
    total = rows["requests"].sum()
    return float(rows["duration_ms"].sum() / total) if total and pd.notna(total) else None
