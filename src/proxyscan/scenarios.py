"""What may become of a service that is unblocked: how many visits, of how many people, in three scenarios.

Low: those who were denied come once on each day they tried. Middle: more follow, and come more often than they tried.
High: they come and stay as those do who are allowed, and as many of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from proxyscan.assumptions import Assumptions
from proxyscan.demand import PER_HOUR, Behaviour, Demand, Facts, behaviour, demand, widget_bytes

SCENARIOS: Final = ("low", "middle", "high")

HALF_WAY: Final = 0.5
FEW: Final = 20
"""How far the middle goes from what people tried to what the allowed do: if these are many, and half as far if few."""

Figures = tuple[float, float, float]
"""A figure of each scenario."""


@dataclass(frozen=True)
class Case:
    """One service: who was denied, how the allowed behave; by scenario visits, users, and how heavy a visit is.

    `weights`: as a part of what the visit of an allowed person takes; `widget`: bytes of one, null where none tells.
    """

    demand: Demand
    behaviour: Behaviour
    visits: Figures
    users: Figures
    weights: Figures
    widget: float | None

    @property
    def untold(self) -> bool:
        """Whether nobody shows what a visit takes, but only those at other services, which may differ."""
        return self.weights[0] < self.weights[-1]


def case_of(facts: Facts, service: str, people: float, assume: Assumptions) -> Case | str:
    """Return the case of a service, or why there is none."""
    wanted = demand(facts, service)
    if wanted is None:
        return f"{service}: nobody was denied it"
    seen = behaviour(facts, wanted) or _assumed(wanted, assume)
    if seen is None:
        return f"{service}: nobody who was allowed it, or another {wanted.kind} service, long enough to learn from"
    often, stays = max(wanted.often, seen.often), max(wanted.stays, seen.stays)
    follow = wanted.users * (1 + assume.followers)
    most = min(max(follow, people * (seen.adoption or 0)), max(people, wanted.users))
    some = min(wanted.users * (1 + assume.followers / 2), most)
    users = wanted.users, some, most
    middle = some * wanted.often * wanted.stays * _keener(wanted, seen) ** _weight(seen)
    visits = wanted.user_days, middle, most * often * stays
    weights = (1 / assume.services_differ, 1.0, assume.services_differ) if seen.other else (1.0, 1.0, 1.0)
    return Case(wanted, seen, tuple(np.maximum.accumulate(visits)), users, weights, widget_bytes(facts, service))


def _keener(wanted: Demand, seen: Behaviour) -> float:
    """Return how many times more visits a head the allowed make than the denied tried; 1 or more in each of its parts.

    The parts: how many of a group come at all, on how many days, how often a day.
    """
    parts = [seen.often / wanted.often, seen.stays / wanted.stays]
    if seen.adoption and wanted.adoption:
        parts.append(seen.adoption / wanted.adoption)
    return float(np.prod(np.maximum(parts, 1)))


def _weight(seen: Behaviour) -> float:
    """Return how far the middle goes from what people tried to what the allowed do: half way if these are many."""
    return HALF_WAY * seen.users / (seen.users + FEW)


def _assumed(wanted: Demand, assume: Assumptions) -> Behaviour | None:
    """Return behaviour out of the table of assumptions: denied users come as often as they tried."""
    size = assume.visit_mb.get(wanted.kind)
    if size is None:
        return None
    profile = np.full((1, PER_HOUR), size * 1e6 / PER_HOUR)
    basis = f"an assumption of {assume.file}: {size:g} MB per visit"
    return Behaviour(
        basis, profile, np.ones(1), np.zeros(1, np.int64), wanted.often, wanted.stays, 0, None, None, False
    )
