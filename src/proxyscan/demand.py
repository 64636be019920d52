"""What a summary shows of those who are denied a service, and of those who are allowed it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from proxyscan import schema, sketch
from proxyscan.shares import UNWEIGHED, gaps
from proxyscan.summary import Summary, people, users_of_use

HOUR: Final = pd.Timedelta(hours=1)
PER_HOUR: Final = 3_600_000 // schema.INTERVAL_MS
WORKING: Final = 0.25
"""A day is a working day if it has this part of the requests of the median of the days that have any, or more."""

ENOUGH_VISITS: Final = 20
ENOUGH_USERS: Final = 3
ENOUGH_DAYS: Final = 2

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Behaviour:
    """How those behave who are allowed: `basis` says in words who they are.

    `profiles`: bytes per visit in each five minutes of an hour, a row for each hour in which there were `weights`
    visits; `days`: the day of each row. `often`: days of use per user; `stays`: visits per day of use.
    `users`: how many they are; `adoption`: the part of all users of their groups, null where groups are not told apart;
    `up`: bytes sent per visit; `other`: what they are allowed is another service of the kind.
    """

    basis: str
    profiles: Numbers
    weights: Numbers
    days: NDArray[np.int64]
    often: float
    stays: float
    users: float
    adoption: float | None
    up: float | None
    other: bool


@dataclass(frozen=True)
class Demand:
    """Who was denied at one service: `visits` per hour (a row per day, 24 columns), users, days of use.

    `widgets`: denied requests of other sites' pages per five minutes; `adoption`: the part of all users of the groups
    that are denied rather than allowed it, null where groups are not told apart.
    """

    service: str
    kind: str
    visits: Numbers
    users: float
    user_days: float
    widgets: Numbers
    adoption: float | None

    @property
    def often(self) -> float:
        """Days on which a denied user tried."""
        return self.user_days / self.users

    @property
    def stays(self) -> float:
        """Denied visits per day on which somebody tried."""
        return float(self.visits.sum() / self.user_days)


class Facts:
    """A summary by hours and days, as an estimate needs it. `groups`: those that are denied; empty: all."""

    def __init__(self, summary: Summary, groups: Collection[str] = ()) -> None:
        self.summary = summary
        self.groups = groups
        rows = summary.to_pandas()
        rows["side"] = rows["outcome"].map(schema.OUTCOME_CLASS)
        self.rows = rows[rows["side"].isin(["allowed", "denied"])]
        every = rows.loc[rows["requests"] > 0, "interval"]
        self.first, self.last = every.min().floor("D"), every.max()
        self.days = int((self.last.floor("D") - self.first) / pd.Timedelta(days=1)) + 1
        busy = rows.groupby(rows["interval"].dt.floor("D"))["requests"].sum()
        busy = busy[busy > 0]
        self.working = self.day_numbers(busy[busy >= WORKING * busy.median()].index)
        active = summary.active
        self.active = active.drop_columns("users").to_pandas().assign(people=sketch.estimates(active["users"]))

    @cached_property
    def used(self) -> pa.Table:
        """Sketches of who used social media."""
        return users_of_use(self.summary.users)

    @property
    def weighed(self) -> bool:
        """Tell whether the log has all bytes of what was allowed."""
        return not any(each in gaps(self.summary) for each in UNWEIGHED) and bool(self.line.sum() > 0)

    @cached_property
    def line(self) -> pd.Series[Any]:
        """Bytes over the line of each row."""
        rows = self.rows
        return (rows["bytes_down"] - rows["bytes_down_cached"].fillna(0)).where(rows["side"] == "allowed").fillna(0)

    def day_numbers(self, days: Any) -> NDArray[np.int64]:
        """Return how many days after the first one days are."""
        return np.asarray((pd.DatetimeIndex(days) - self.first) // pd.Timedelta(days=1), np.int64)

    def slots(self, rows: pd.DataFrame, values: Any) -> Numbers:
        """Return the sum of values per five minutes from the first day on."""
        place = (rows["interval"] - self.first) // pd.Timedelta(milliseconds=schema.INTERVAL_MS)
        inside = (place >= 0).to_numpy()
        size = self.days * 24 * PER_HOUR
        found: Numbers = np.bincount(place[inside], np.asarray(values, float)[inside], size)[:size].astype(float)
        return found

    def hours(self, active: pd.DataFrame) -> Numbers:
        """Return the visits per day and hour."""
        place = ((active["hour"] - self.first) // HOUR).to_numpy()
        inside = place >= 0
        counts = np.bincount(place[inside], active["people"].to_numpy()[inside], self.days * 24).astype(float)
        found: Numbers = counts[: self.days * 24].reshape(self.days, 24)
        return found

    def distinct(self, mask: Any, unit: str = "", keys: Sequence[str] = ()) -> float:
        """Return the sum of the distinct people of the sketches that are chosen, of each unit of time."""
        return float(people(self.used.filter(mask), keys, unit)["people"].sum())

    def everybody(self, groups: Collection[str]) -> float:
        """Return how many people of groups (empty: all) the log knows, whatever they asked for."""
        users = self.summary.users
        chosen = pc.is_in(users["outcome_class"], pa.array(["allowed", "denied"]))
        if groups:
            chosen = pc.and_(chosen, pc.is_in(users["group"], pa.array([*groups], pa.string())))
        return float(people(users.filter(chosen), [])["people"].sum())


def demand(facts: Facts, service: str) -> Demand | None:
    """Return who was denied at a service, None where nobody was."""
    active = facts.active[facts.active["service"] == service]
    active = active[active["group"].isin([*facts.groups])] if facts.groups else active
    denied = active[active["outcome_class"] == "denied"]
    if not len(denied):
        return None
    rows = facts.rows
    caused = rows[(rows["service"] == service) & (rows["label"] == "widget") & (rows["side"] == "denied")]
    caused = caused[caused["group"].isin([*facts.groups])] if facts.groups else caused
    users = denied_users(facts, [service])
    return Demand(
        service,
        denied["kind"].iloc[0],
        facts.hours(denied),
        users,
        denied_users(facts, [service], "day"),
        facts.slots(caused, caused["requests"]),
        _part(facts, _shut(active), users),
    )


def _shut(visits: pd.DataFrame) -> list[Any]:
    """Return the groups of which more visits were denied than allowed."""
    more = visits["people"].where(visits["outcome_class"] == "denied", -visits["people"])
    sums = more.groupby(visits["group"], dropna=False).sum()
    return [*sums.index[sums > 0]]


def denied_users(facts: Facts, services: Sequence[str], unit: str = "") -> float:
    """Return how many people were denied services, of each unit of time: distinct ones, whatever they asked for."""
    used = facts.used
    mask = pc.and_(_of(used, services), pc.equal(used["outcome_class"], "denied"))
    if facts.groups:
        mask = pc.and_(mask, pc.is_in(used["group"], pa.array([*facts.groups], pa.string())))
    return facts.distinct(mask, unit)


def behaviour(facts: Facts, wanted: Demand) -> Behaviour | None:
    """Return how those behave who are allowed: of the nearest there are, as `RUNGS` says; None for nobody."""
    active = facts.active
    allowed = active[active["outcome_class"] == "allowed"]
    here = (allowed["service"] == wanted.service).to_numpy()
    days = facts.day_numbers(allowed["hour"])
    denied = np.flatnonzero(wanted.visits.sum(axis=1))
    then = np.isin(days, denied)
    rungs = {
        f"those who were allowed {wanted.service} on the same days": here & then,
        f"those who were allowed {wanted.service} in the whole time": here,
        f"those who were allowed other services of the kind {wanted.kind}": (allowed["kind"] == wanted.kind).to_numpy(),
    }
    for basis, chosen in rungs.items():
        found = allowed[chosen]
        if found["people"].sum() >= ENOUGH_VISITS and len(np.unique(days[chosen])) >= ENOUGH_DAYS:
            told = _behaviour(facts, basis, found, np.unique(days[chosen]), not here[chosen].all())
            if told is not None:
                return told
    return None


def _behaviour(
    facts: Facts, basis: str, active: pd.DataFrame, days: NDArray[np.int64], other: bool
) -> Behaviour | None:
    services = sorted(active["service"].dropna().unique())
    visits = facts.hours(active).ravel()
    rows = facts.rows
    chosen = rows["service"].isin(services) & rows["label"].isin(["use", "asset"]) & (rows["side"] == "allowed")
    chosen &= np.isin(facts.day_numbers(rows["interval"]), days)
    taken = facts.slots(rows[chosen], facts.line[chosen]).reshape(-1, PER_HOUR)
    there = np.flatnonzero(visits)
    mask = pc.and_(_of(facts.used, services), pc.equal(facts.used["outcome_class"], "allowed"))
    mask = pc.and_(mask, _on(facts, facts.used["hour"], days))
    users = facts.distinct(mask, keys=["service"])
    user_days = facts.distinct(mask, "day", ["service"])
    if users < ENOUGH_USERS or not taken.sum():
        return None
    scale = taken.sum() / max(taken[there].sum(), 1)  # what came in hours without a visit belongs to the visits, too
    profiles = scale * taken[there] / visits[there, None]
    up = rows.loc[chosen, "bytes_up"].sum(min_count=1)
    total = float(visits.sum())
    return Behaviour(
        basis,
        profiles,
        visits[there],
        there // 24,
        user_days / users,
        total / user_days,
        users,
        _part(facts, [*active["group"].unique()], users) if len(services) == 1 else None,
        None if pd.isna(up) else float(up) / total,
        other,
    )


def _part(facts: Facts, groups: Collection[Any], users: float) -> float | None:
    """Return what part of the people of groups `users` are; None without groups."""
    if not len(groups) or any(pd.isna(group) for group in groups):
        return None
    return min(users / max(facts.everybody(groups), 1), 1)


def widget_bytes(facts: Facts, service: str) -> float | None:
    """Return the bytes of an allowed widget of a service, else of any; None where none was allowed."""
    rows = facts.rows
    widgets = (rows["label"] == "widget") & (rows["side"] == "allowed") & rows["kind"].notna()
    for chosen in (widgets & (rows["service"] == service), widgets):
        requests = rows.loc[chosen, "requests"].sum()
        if requests >= ENOUGH_VISITS:
            return float(facts.line[chosen].sum() / requests)
    return None


def _of(table: pa.Table, services: Sequence[str]) -> Any:
    return pc.is_in(table["service"], pa.array([*services], pa.string()))


def _on(facts: Facts, hours: Any, days: NDArray[np.int64]) -> Any:
    return pa.array(np.isin(facts.day_numbers(hours.to_pandas()), days))
