"""What the traffic would become if a service were unblocked: from those who tried, and from those who are allowed.

Each of three scenarios is worked out many times over days drawn again (a bootstrap), with a fixed seed.
`docs/method.md` has the formulas, and how often the range covers the truth of simulated worlds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from proxyscan.assumptions import Assumptions, read_assumptions
from proxyscan.coverage import NO_ACTIVE
from proxyscan.demand import PER_HOUR, Facts, Numbers, denied_users
from proxyscan.errors import ProxyscanError, nearest
from proxyscan.privacy import MIN_USERS, SMALL_GROUPS, guarded
from proxyscan.scenarios import SCENARIOS, Case, case_of
from proxyscan.summary import Summary

LEAST_DAYS: Final = 3
"""Working days that an estimate needs at least."""

RUNS: Final = 200
SEED: Final = 20_261_116
QUANTILES: Final = dict(zip(SCENARIOS, (0.05, 0.5, 0.95), strict=True))

FIGURES: Final = {
    "users": "people who would use it",
    "visits_a_day": "visits per working day",
    "gb_a_day": "GB per working day, down",
    "gb_up_a_day": "GB per working day, up",
    "peak": "Mbit/s in the busiest five minutes, all traffic",
    "p95": "Mbit/s at the 95th percentile, all traffic",
    "line_share": "part of the line in the busiest five minutes",
}

UNTOLD: Final = ("gb_a_day", "gb_up_a_day")
"""Figures without a middle where nobody is allowed a service: another one of its kind does not tell how heavy it is."""


@dataclass(frozen=True)
class Estimate:
    """What would come: `figures` has a row per name of `FIGURES`, with `now`, `low`, `middle` and `high`.

    A figure that is not known is null; so is the middle of `UNTOLD` where only other services of the kind tell what a
    visit takes. `services`: a row per service with what was seen and the GB a day; `assumptions` and `left_out`:
    sentences.
    """

    figures: pd.DataFrame
    services: pd.DataFrame
    assumptions: tuple[str, ...]
    left_out: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the estimate as plain values, null for what is not known."""
        return {
            "figures": json.loads(self.figures.to_json(orient="index")),
            "services": json.loads(self.services.to_json(orient="records")),
            "assumptions": list(self.assumptions),
            "left_out": list(self.left_out),
        }


def estimate(
    summary: Summary,
    unblock: Sequence[str] = (),
    *,
    kinds: Sequence[str] = (),
    groups: Sequence[str] = (),
    line: float | None = None,
    headcount: int | None = None,
    assume: Assumptions | None = None,
    min_users: int = MIN_USERS,
) -> Estimate:
    """Return what unblocking services, or kinds of services, for `groups` (default: all) would bring.

    `line`: Mbit/s of the internet line; `headcount`: how many people there are (default: those that the log knows).
    `min_users`: groups of fewer people, or of fewer who were denied a service, are put together.
    Raises `ProxyscanError` where there is nothing to estimate from, and says what is needed.
    """
    assume = assume or read_assumptions()
    _fit(summary)
    facts = Facts(summary)
    _enough(facts)
    services = _chosen(facts, unblock, kinds)
    if groups:
        facts = Facts(_told_apart(facts, groups, services, min_users), groups)
    people = float(headcount or facts.everybody(groups))
    found = [case_of(facts, service, people, assume) for service in services]
    cases = [each for each in found if isinstance(each, Case)]
    left_out = tuple(each for each in found if isinstance(each, str))
    if not cases:
        raise ProxyscanError(f"nothing to estimate from: {'; '.join(left_out) or 'nothing was denied'}", NEEDED)
    return _estimate(facts, cases, line, people, assume, left_out)


NEEDED: Final = (
    "needed are, in one store: some days on which people were denied it, and some who were allowed it (another group, "
    "another time), or a service of its kind; or --assume FILE with megabytes per visit"
)


def _fit(summary: Summary) -> None:
    """Raise where the summary lacks what every estimate needs."""
    if NO_ACTIVE in summary.coverage.cannot or (summary.users.num_rows and not summary.active.num_rows):
        raise ProxyscanError(
            "nothing to estimate from: no use of social media by the hour is in this summary",
            "give a store or a summary of logs in which people asked for social media, made by this version",
        )
    if not summary.users.num_rows:
        raise ProxyscanError("nothing to estimate from: the log names no users and no clients", "log %un or %>a")


def _enough(facts: Facts) -> None:
    if len(facts.working) < LEAST_DAYS:
        raise ProxyscanError(
            f"nothing to estimate from: {len(facts.working)} working day(s); an estimate draws days again and needs at "
            f"least {LEAST_DAYS}",
            "put more days into a store with 'proxyscan update', and estimate from that",
        )
    if not facts.weighed:
        raise ProxyscanError(
            "nothing to estimate from: the log lacks bytes, or some of what was allowed",
            "needed is a log of all requests with their bytes; 'proxyscan scan' says what is lacking",
        )


def _chosen(facts: Facts, unblock: Sequence[str], kinds: Sequence[str]) -> list[str]:
    """Return the services that are meant; raises for a name that the summary does not have."""
    active = facts.active.dropna(subset=["service"])
    for name, column in ((unblock, "service"), (kinds, "kind")):
        for each in name:
            if each not in (known := active[column].unique()):
                raise ProxyscanError(f"nobody asked for the {column} '{each}'", nearest(each, [*known]))
    denied = active[(active["outcome_class"] == "denied") & active["kind"].isin([*kinds])]
    return list(dict.fromkeys([*unblock, *sorted(denied["service"].unique())]))


def _told_apart(facts: Facts, groups: Sequence[str], services: Sequence[str], min_users: int) -> Summary:
    """Return the summary with small groups put together; raises for a group that is one of them, or is not known."""
    told = guarded(facts.summary, min_users, services).summary
    known = [each for each in pc.unique(told.active["group"]).to_pylist() if each is not None]
    for group in groups:
        if group in known:
            continue
        if group in facts.active["group"].to_numpy():
            instead = f"choose '{SMALL_GROUPS}', as which such groups are put together" if known else "choose no group"
            fact = f"the group '{group}', or all without it, would tell of fewer than {min_users} people"
            raise ProxyscanError(fact, instead)
        hint = nearest(group, known) if known else "give --groups to 'scan' or 'update'"
        raise ProxyscanError(f"nobody of a group '{group}' used social media", hint)
    return told


def _estimate(
    facts: Facts, cases: list[Case], line: float | None, people: float, assume: Assumptions, left_out: tuple[str, ...]
) -> Estimate:
    base = facts.slots(facts.rows, facts.line)
    ends = int((facts.last - facts.first) / pd.Timedelta(minutes=5)) + 1
    begins = int((facts.rows["interval"].min() - facts.first) / pd.Timedelta(minutes=5))
    span = slice(max(begins, 0), ends)
    rng = np.random.default_rng(SEED)
    runs: dict[str, list[Any]] = {name: [] for name in SCENARIOS}
    by_service = {name: np.empty((RUNS, len(cases))) for name in SCENARIOS}
    for place, name in enumerate(SCENARIOS):
        for run in range(RUNS):
            parts = [_drawn(rng, facts, case, place) for case in cases]
            by_service[name][run] = [part.sum() for part in parts]
            added = sum(parts, np.zeros(len(base)))
            rates = (base + added)[span] * 8 / 300 / 1e6
            runs[name].append((added.sum() / len(facts.working) / 1e9, rates.max(), np.quantile(rates, 0.95)))
    now = base.reshape(facts.days, -1)[facts.working].sum()
    figures = _figures(facts, cases, now, base[span], runs, line, people)
    services = _services(facts, cases, by_service)
    return Estimate(figures, services, _assumptions(facts, cases, people, assume), left_out)


def _drawn(rng: np.random.Generator, facts: Facts, case: Case, place: int) -> Numbers:
    """Return bytes per five minutes of one run: days of demand and of behaviour are drawn, then visits and widgets."""
    wanted, seen, visits = case.demand, case.behaviour, case.visits[place]
    by_hour = wanted.visits.copy()
    by_hour[facts.working] = wanted.visits[rng.choice(facts.working, len(facts.working))]
    total = by_hour.sum()
    counts = rng.poisson(by_hour.ravel() * (visits / wanted.visits.sum())) if total else np.zeros(by_hour.size, int)
    days, day = np.unique(seen.days, return_inverse=True)
    weights = seen.weights * np.bincount(rng.integers(0, len(days), len(days)), minlength=len(days))[day]
    added = np.zeros((by_hour.size, PER_HOUR))
    there = np.flatnonzero(counts)
    added[there] = case.weights[place] * (rng.multinomial(counts[there], weights / weights.sum()) @ seen.profiles)
    return added.ravel() + rng.poisson(wanted.widgets) * float(case.widget or 0)


def _figures(
    facts: Facts,
    cases: list[Case],
    now: float,
    base: Numbers,
    runs: dict[str, list[Any]],
    line: float | None,
    people: float,
) -> pd.DataFrame:
    """Return the rows of `FIGURES`; `now`: the bytes of all working days; `base`: those of each five minutes."""
    drawn = {name: np.quantile(np.array(each), QUANTILES[name], axis=0) for name, each in runs.items()}
    busiest = np.array([[run[1] for run in runs[name]] for name in SCENARIOS])
    peaks = [busiest[0].min(), np.median(busiest[1]), busiest[2].max()]
    rates = base * 8 / 300 / 1e6
    days = len(facts.working)
    rows: dict[str, list[float | None]] = {
        "users": [None, *_people(facts, cases, people)],
        "visits_a_day": [None, *(sum(case.visits[place] for case in cases) / days for place in range(3))],
        "gb_a_day": [now / days / 1e9, *(drawn[name][0] for name in SCENARIOS)],
        "gb_up_a_day": [None, *(_up(cases, place, days) for place in range(3))],
        "peak": [rates.max(), *peaks],
        "p95": [np.quantile(rates, 0.95), *(drawn[name][2] for name in SCENARIOS)],
    }
    if any(case.untold for case in cases):
        for name in UNTOLD:
            rows[name][1 + SCENARIOS.index("middle")] = None
    rows["line_share"] = [None if line is None or peak is None else peak / line for peak in rows["peak"]]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["now", *SCENARIOS], dtype="Float64")


def _people(facts: Facts, cases: list[Case], people: float) -> list[float]:
    """Return how many people there would be: who tries several services counts once."""
    distinct = denied_users(facts, [case.demand.service for case in cases])
    sums = [sum(case.users[place] for case in cases) for place in range(len(SCENARIOS))]
    return [min(distinct * each / sums[0], max(people, distinct)) for each in sums]


def _up(cases: list[Case], place: int, days: int) -> float | None:
    if any(case.behaviour.up is None for case in cases):
        return None
    return sum(case.visits[place] * case.weights[place] * (case.behaviour.up or 0) for case in cases) / days / 1e9


def _services(facts: Facts, cases: list[Case], by_service: dict[str, Any]) -> pd.DataFrame:
    days = len(facts.working)
    rows = [
        {
            "service": case.demand.service,
            "kind": case.demand.kind,
            "users_denied": case.demand.users,
            "visits_denied": case.demand.visits.sum(),
            "widgets_denied": case.demand.widgets.sum(),
            **{name: np.quantile(by_service[name][:, place], QUANTILES[name]) / days for name in SCENARIOS},
            **({"middle": None} if case.untold else {}),
            "basis": case.behaviour.basis,
        }
        for place, case in enumerate(cases)
    ]
    return pd.DataFrame(rows)


def _assumptions(facts: Facts, cases: list[Case], people: float, assume: Assumptions) -> tuple[str, ...]:
    said = [
        "low: on each day on which somebody tried, one visit",
        f"middle: {assume.followers / 2:g} times as many as tried follow them ({assume.file}; unsourced); they come "
        "more often than people tried, up to midway (geometric mean) to the visits a head of the allowed; less far the "
        "fewer these are",
        f"high: {assume.followers:g} times as many as tried follow them ({assume.file}; unsourced), or as large a part "
        f"of all as of the allowed groups, {people:,.0f} people at most; they come as often as the more eager of both",
        "what a visit takes, and when within an hour, is drawn from the hours of those who are allowed",
        f"the figures are the 5th, 50th and 95th percentile of {RUNS} runs over days drawn again; of the busiest "
        "five minutes, one event, the lowest and the highest of all runs",
    ]
    for case in cases:
        said.append(f"{case.demand.service}: visits as of {case.behaviour.basis}")
        if case.untold:
            said[-1] += (
                f"; high and low: a visit to this one is {assume.services_differ:g} times as heavy, or as light "
                f"({assume.file}; unsourced); no middle of bytes, as nobody here shows how heavy it is"
            )
        if case.demand.widgets.any():
            each = "no allowed one tells their size: left out" if case.widget is None else f"{case.widget:,.0f} B each"
            said.append(f"{case.demand.service}: {case.demand.widgets.sum():,.0f} denied widgets would load: {each}")
    return tuple(said)
