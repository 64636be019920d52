"""The answer in sentences: what was denied, what social media takes of the bandwidth, who asks for it."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any, Final

import pandas as pd

from proxyscan.coverage import Coverage
from proxyscan.format import LACKS
from proxyscan.report.basis import SIDES, Basis
from proxyscan.report.period import when_words
from proxyscan.report.section import Column, Figures, Section
from proxyscan.report.words import brief, count, percent, rate, size, things, were

GLANCE: Final = (
    Column("share", "of the bandwidth", "share"),
    Column("asked", "requests for it"),
    Column("denied", "of them denied", "share"),
    Column("users", "users asked for it"),
    Column("peak", "in its busiest five minutes", "rate"),
)
"""What the first look is for; titles go on from the figure."""

MOST: Final = 3
"""How many services a sentence names."""


def asked_words(found: Any, unknown: Container[str], lacking: Container[str]) -> str:
    """Return how many requests were denied: of how many, where the log has both sides."""
    whole = found["denied"] + found["allowed"]
    denied, allowed = (f"{were(found[side])} {side}" for side in ("denied", "allowed"))
    if "allowed" in unknown:
        return f"{things(found['denied'], 'request')} for social media {denied}; what was allowed is not in this log"
    if "denied" in unknown:
        return f"{things(found['allowed'], 'request')} for social media {allowed}; what was denied is not in this log"
    if any(side in lacking for side in SIDES):
        held = f"{count(found['allowed'])} that this log holds {allowed}"
        return f"{things(found['denied'], 'request')} for social media {denied}, {held}"
    part = percent(found["denied"] / whole)
    return f"{count(found['denied'])} of {things(whole, 'request')} for social media {denied} ({part})"


def why_lacking(lacking: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return a sentence for each thing that logs lack so that there is no share."""
    return [f"Logs of {', '.join(names)} {LACKS[key]}." for key, names in lacking.items()]


def headline_section(on: Basis, services: pd.DataFrame) -> Section:
    """Return the answer; `services` has `name` and figures of each."""
    return Section("headline", "The answer", tuple(_sentences(on, services)), (glance(on),))


def glance(on: Basis) -> Figures:
    """Return the figures that say the most, in one row; null where the log cannot show one."""
    part, busiest = on.totals.loc["social"], on.rates["social"]
    asked = part["allowed"] + part["denied"]
    sides = bool(asked) and not any(side in on.lacking for side in SIDES)
    row = {
        "share": part["share"],
        "asked": None if on.unknown else asked,
        "denied": part["denied"] / asked if sides else None,
        "users": part["users"],
        "peak": busiest["max"] if busiest else None,
    }
    return Figures("At a glance", GLANCE, pd.DataFrame([row]))


def _sentences(on: Basis, services: pd.DataFrame) -> list[str]:
    part, why, sure = on.totals.loc["social"], why_lacking(on.lacking), _sure(on.coverage)
    if on.period is None:
        return ["No request was understood.", *sure]
    when = when_words(on.period)
    if not part["allowed"] + part["denied"]:
        return [f"{when}, there was no request for social media in the log.", *_unsettled(part), *why, *sure]
    return [
        f"{when}, {_takes(on.totals, on.lacking)}.",
        *_most(services, "bytes", size, "took the most bandwidth"),
        f"{_sentence(asked_words(part, on.unknown, on.lacking))}.",
        *_most(services, "denied", count, "denied most"),
        *_people(on.totals, part),
        *_unsettled(part),
        *_peak(on),
        *why,
        *sure,
    ]


def _takes(totals: pd.DataFrame, lacking: Container[str]) -> str:
    part, whole = totals.loc["social"], totals.loc["all"]
    asked, of = (row["allowed"] + row["denied"] for row in (part, whole))
    sides = not any(side in lacking for side in SIDES)
    if pd.notna(part["share"]):
        sums = f"{size(part['bytes'])} of {size(whole['bytes'])}"
        requests = f" and {percent(asked / of)} of the requests" if sides else ""
        return f"social media took {percent(part['share'])} of the bandwidth ({sums}){requests}"
    if pd.notna(whole["bytes"]) and not whole["bytes"] and not lacking:
        return "social media took no bandwidth, since nothing that was allowed came over the line"
    if pd.isna(part["bytes"]) or not part["bytes"]:
        return "people asked for social media, but this log cannot show its share of the bandwidth"
    return f"social media took at least {size(part['bytes'])}; this log cannot show its share of the bandwidth"


def _most(services: pd.DataFrame, column: str, words: Callable[[Any], str], verb: str) -> list[str]:
    """Return a sentence with the services that have the most in a column, and how much."""
    most = services[services[column].fillna(0) > 0].sort_values([column, "name"], ascending=[False, True])[:MOST]
    if most.empty:
        return []
    named = [f"{brief(row['name'])} ({words(row[column])})" for _, row in most.iterrows()]
    names = " and ".join([", ".join(named[:-1]), named[-1]][len(named) == 1 :])
    verb = verb if verb != "denied most" else f"{were(len(named))} denied most"
    return [f"{names} {verb}."]


def _people(totals: pd.DataFrame, part: Any) -> list[str]:
    asked, found = part["allowed"] + part["denied"], []
    if part["widgets"]:
        made = f"{were(part['widgets'])} made"
        found.append(
            f"{count(part['widgets'])} of these requests ({percent(part['widgets'] / asked)}) {made} by other "
            "sites' pages (widgets), not by people who went there."
        )
    if pd.notna(part["users"]) and part["users"]:
        users = f"{count(part['users'])} of the {things(totals.loc['all', 'users'], 'user')} in the log"
        found.append(f"The requests for social media came from {users}.")
    return found


def _unsettled(part: Any) -> list[str]:
    """Return how many requests for social media were neither allowed nor denied, as far as the log says."""
    if not part["unknown"]:
        return []
    return [f"What became of {things(part['unknown'], 'more request')} for social media, the log does not say."]


def _peak(on: Basis) -> list[str]:
    whole, part = on.rates["all"], on.rates["social"]
    if whole is None or part is None or not whole["max"]:
        return []
    of_line = f", of a line of {rate(on.line / 1e6)}" if on.line else ""
    busiest = f"{rate(part['max'])}, those of all traffic {rate(whole['max'])}"
    return [f"The busiest five minutes of social media carried {busiest}{of_line}."]


def _sure(coverage: Coverage) -> list[str]:
    if coverage.complete and not coverage.doubts:
        return []
    parts = []
    if coverage.rejects:
        parts.append(f"{count(coverage.rejects)} of {count(coverage.lines)} lines were not understood")
    if coverage.damage:
        parts.append(f"{count(len(coverage.damage))} of {count(len(coverage.files))} files could not be read whole")
    if coverage.doubts:
        parts.append(f"of {things(sum(coverage.doubts.values()), 'request')} the outcome is in doubt")
    return [_sentence(f"{'; '.join(parts)} (see “How sure this is”).")]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
