"""The figures of each day, per service and in all: what the days of two periods are compared by.

Days are those of UTC, as in a store.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from proxyscan import schema, sketch
from proxyscan.shares import PERHAPS, SECONDS, UNWEIGHED, gaps
from proxyscan.summary import Summary

SOCIAL: Final = ("all social media", "")
ALL: Final = ("all traffic", "")
"""Names of what is counted beside single services."""

MEASURES: Final = {
    "allowed": ("allowed", PERHAPS),
    "denied": ("denied",),
    "users_allowed": ("allowed", PERHAPS),
    "users": ("allowed", PERHAPS, "denied"),
    "bytes": UNWEIGHED,
    "p95": UNWEIGHED,
    "max": UNWEIGHED,
}
"""What is counted of a day → what a log may lack so that it cannot be.

`users_allowed`, `users`: distinct users with an allowed, an allowed or denied contact by themselves (no widgets, no
media hosts). `bytes`: to clients, of allowed requests, over the line. `p95`, `max`: Mbit/s of the day's five minutes.
"""

A_DAY: Final = 24 * 3600 // SECONDS
SLACK: Final = pd.Timedelta(hours=1)
"""A day at an end of the log is whole if it begins, or ends, at most so much later or earlier than others do."""

OTHERS: Final = 2
"""Days with which one at an end of the log is compared, at least."""


@dataclass(frozen=True)
class Days:
    """The days of a summary with requests, without those that the log holds a part of (`partial`).

    `weekend`: of each day, whether it is a Saturday or Sunday.
    """

    summary: Summary
    days: pd.DatetimeIndex
    partial: tuple[date, ...]
    rows: pd.DataFrame

    @cached_property
    def weekend(self) -> Any:
        """Of each day, whether it is a Saturday or a Sunday."""
        return np.asarray(self.days.day_of_week >= 5)

    @cached_property
    def lacking(self) -> frozenset[str]:
        """The measures that these logs cannot give."""
        found = gaps(self.summary)
        lacking = {name for name, needs in MEASURES.items() if any(need in found for need in needs)}
        if not self.summary.users.num_rows:
            lacking |= {"users", "users_allowed"}
        if self.rows["line"].isna().all():
            lacking |= {"bytes", "p95", "max"}
        return frozenset(lacking)

    @cached_property
    def subjects(self) -> list[tuple[str, str]]:
        """What is compared: all traffic, all social media, each pair of service and kind (no service: "")."""
        pairs = self.rows.loc[self.rows["kind"].notna(), ["service", "kind"]].drop_duplicates().fillna("")
        return [ALL, SOCIAL, *sorted(pairs.itertuples(index=False, name=None))]

    def measure(self, name: str) -> pd.DataFrame:
        """Return a figure of each day (rows) of each subject (columns)."""
        if name.startswith("users"):
            return self._users(["allowed"] if name == "users_allowed" else ["allowed", "denied"])
        if name in ("p95", "max"):
            return self._rates[name]
        rows = self._chosen["allowed" if name == "bytes" else name]
        sums = rows.groupby(["day", "subject"])["line" if name == "bytes" else "requests"].sum()
        return self._full(sums)

    def _full(self, figures: pd.Series[Any]) -> pd.DataFrame:
        """Return figures by day and subject as a table, 0 where there are none."""
        table = figures.astype(float).unstack("subject") if len(figures) else pd.DataFrame()
        return table.reindex(index=self.days, columns=as_columns(self.subjects), fill_value=0).fillna(0)

    @cached_property
    def _chosen(self) -> dict[str, pd.DataFrame]:
        """The rows of allowed and of denied requests, once for each subject."""
        rows = self.rows[self.rows["day"].isin(self.days)]
        return {name: _by_subject(rows[rows["class"] == name]) for name in ("allowed", "denied")}

    def _users(self, classes: list[str]) -> pd.DataFrame:
        people = self.summary.users.to_pandas()
        chosen = people["outcome_class"].isin(classes) & ~people["label"].isin(["widget", "asset"])
        people = people[chosen].assign(day=lambda frame: frame["hour"].dt.floor("D"))
        grouped = _by_subject(people[people["day"].isin(self.days)]).groupby(["day", "subject"])["users"]
        return self._full(grouped.agg(lambda group: sketch.estimate(sketch.union(group))))

    @cached_property
    def _rates(self) -> dict[str, pd.DataFrame]:
        """The 95th percentile and the maximum of each day's five minutes, Mbit/s; empty ones count as 0."""
        rows = self._chosen["allowed"]
        sums = rows.groupby(["subject", "interval"])["line"].sum().astype(float)
        found: dict[str, dict[Any, Any]] = {"p95": {}, "max": {}}
        for subject, mine in sums.groupby(level="subject"):
            times = pd.DatetimeIndex(mine.index.get_level_values("interval"))
            grid = np.zeros((len(self.days), A_DAY))
            grid[self.days.get_indexer(times.floor("D")), _place(times)] = mine.to_numpy() * 8 / SECONDS / 1e6
            found["p95"][subject], found["max"][subject] = np.quantile(grid, 0.95, axis=1), grid.max(axis=1)
        columns = as_columns(self.subjects)
        empty = np.zeros(len(self.days))
        return {
            name: pd.DataFrame(np.column_stack([each.get(subject, empty) for subject in columns]), self.days, columns)
            for name, each in found.items()
        }


def as_columns(subjects: list[tuple[str, str]]) -> pd.Index[Any]:
    """Return subjects as columns of one level."""
    return pd.Index(subjects, tupleize_cols=False)


def _place(times: pd.DatetimeIndex) -> Any:
    """Return which of the five minutes of its day each time is."""
    return (times - times.floor("D")) // pd.Timedelta(seconds=SECONDS)


def days_of(summary: Summary) -> Days:
    """Return the days of a summary."""
    rows = summary.to_pandas()
    rows["class"] = rows["outcome"].map(schema.OUTCOME_CLASS)
    rows["day"] = rows["interval"].dt.floor("D")
    rows["line"] = rows["bytes_down"] - rows["bytes_down_cached"].fillna(0)
    rows = rows[rows["class"] != "setup"]
    spans = rows[rows["requests"] > 0].groupby("day")["interval"].agg(["min", "max"])
    partial = _partial(spans)
    whole = spans.index.difference(partial)
    return Days(summary, pd.DatetimeIndex(whole), tuple(day.date() for day in partial), rows)


def _partial(spans: pd.DataFrame) -> pd.DatetimeIndex:
    """Return the first and the last day, if the log begins or ends in the midst of them."""
    found = []
    for place, column, sign in ((0, "min", 1), (-1, "max", -1)):
        if len(spans) > OTHERS:
            day = spans.index[place]
            alike = pd.DatetimeIndex([each for each in spans.index.drop(day) if _weekend(each) == _weekend(day)])
            usual = (spans.loc[alike, column] - alike).median()
            short = sign * (spans.loc[day, column] - day - usual) > SLACK
            found += [day] if len(alike) >= OTHERS and short else []
    return pd.DatetimeIndex(found, tz="UTC").unique()


def _weekend(day: pd.Timestamp) -> bool:
    return day.day_of_week >= 5


def _by_subject(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with a `subject`, and again for all social media and for all traffic."""
    social = rows[rows["kind"].notna()]
    pairs = zip(social["service"].fillna(""), social["kind"], strict=True)
    parts = [(social, list(pairs)), (social, [SOCIAL] * len(social)), (rows, [ALL] * len(rows))]
    named = [part.assign(subject=pd.Series(names, part.index, dtype=object)) for part, names in parts]
    return pd.concat(named, ignore_index=True)
