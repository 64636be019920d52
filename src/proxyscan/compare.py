"""Two periods side by side, per service: what changed by more than days do, for who unblocks a service on trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from proxyscan.days import ALL, MEASURES, SOCIAL, Days, as_columns, days_of
from proxyscan.summary import Summary
from proxyscan.variation import CHANCE, RESAMPLES, SEED, Stratum, difference

MIN_DAYS: Final = 4
"""Fewer days of a sort in either period do not tell how much days vary."""

WEIGHTS: Final = {False: 5.0, True: 2.0}
"""Weekdays and days of a weekend in a week."""

METHOD: Final = (
    f"percentile bootstrap of the difference of the means of days, weekdays and weekends apart ({RESAMPLES} resamples, "
    f"seed {SEED}), widened for few days; {1 - CHANCE:.0%} interval"
)


@dataclass(frozen=True)
class Period:
    """The days of one side. `partial`: days left out, because the log begins or ends in the midst of them.

    `lacking`: measures that its logs cannot give.
    """

    first: date | None
    last: date | None
    weekdays: int
    weekends: int
    partial: tuple[date, ...]
    lacking: tuple[str, ...]

    @property
    def days(self) -> int:
        """Days with requests."""
        return self.weekdays + self.weekends


@dataclass(frozen=True)
class Comparison:
    """What changed between two periods.

    `rows`: per `service` and `kind` (also "all social media", "all traffic") and `measure` (`proxyscan.days.MEASURES`)
    the mean of a day `before` and `after`, their `difference`, the interval that it lies in (`low`, `high`), and the
    `verdict`: "more" or "less" where that exceeds the usual variation of days, "usual" where not; null where it
    cannot be told. `compared`: the sorts of days of which both periods hold at least `min_days`.
    """

    before: Period
    after: Period
    min_days: int
    compared: tuple[str, ...]
    rows: pd.DataFrame

    @property
    def tested(self) -> int:
        """Differences that have a verdict."""
        return int(self.rows["verdict"].notna().sum())

    @property
    def exceeding(self) -> int:
        """Differences that exceed the usual variation of days."""
        return int(self.rows["verdict"].isin(["more", "less"]).sum())

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain values; days as ISO dates."""
        rows = self.rows.astype(object).where(self.rows.notna(), None)
        return {
            "before": _plain(self.before),
            "after": _plain(self.after),
            "method": METHOD,
            "min_days": self.min_days,
            "compared": list(self.compared),
            "tested": self.tested,
            "exceeding": self.exceeding,
            "rows": rows.to_dict(orient="records"),
        }


def _plain(period: Period) -> dict[str, Any]:
    ends = {"first": period.first, "last": period.last}
    texts = {name: day.isoformat() if day else None for name, day in ends.items()}
    partial = [day.isoformat() for day in period.partial]
    return {**asdict(period), **texts, "partial": partial, "lacking": list(period.lacking), "days": period.days}


def compare(before: Summary, after: Summary, *, min_days: int = MIN_DAYS) -> Comparison:
    """Return what changed between two periods, per service, a mean day of each set against the other.

    Only days of a sort (weekdays, weekends) of which both periods have `min_days` are compared; where there are none,
    the means are given without a verdict.

    >>> import proxyscan
    >>> day = proxyscan.scan("sample_logs/squid_day.log")
    >>> proxyscan.compare(day, day).tested
    0
    """
    one, two = days_of(before), days_of(after)
    enough = [sort for sort in WEIGHTS if min(_count(one, sort), _count(two, sort)) >= max(min_days, 2)]
    sorts = enough or [sort for sort in WEIGHTS if _count(one, sort) and _count(two, sort)]
    subjects = list(dict.fromkeys([*one.subjects, *two.subjects]))
    subjects = [ALL, SOCIAL, *sorted(each for each in subjects if each not in (ALL, SOCIAL))]
    tables = [_measure(name, one, two, sorts, bool(enough), subjects) for name in MEASURES]
    names = tuple("weekends" if sort else "weekdays" for sort in enough)
    rows = pd.concat(tables, ignore_index=True)
    return Comparison(_period(one), _period(two), min_days, names, rows)


def _count(days: Days, weekend: bool) -> int:
    return int((days.weekend == weekend).sum())


def _period(days: Days) -> Period:
    first, last = (days.days[0].date(), days.days[-1].date()) if len(days.days) else (None, None)
    lacking = tuple(name for name in MEASURES if name in days.lacking)
    return Period(first, last, _count(days, False), _count(days, True), days.partial, lacking)


def _measure(
    name: str, one: Days, two: Days, sorts: Sequence[bool], enough: bool, subjects: list[tuple[str, str]]
) -> pd.DataFrame:
    """Return the rows of one measure."""
    table = pd.DataFrame(subjects, columns=["service", "kind"]).assign(measure=name)
    sides = [_values(name, days, subjects) for days in (one, two)]
    means = [_mean(values, days, sorts) for values, days in zip(sides, (one, two), strict=True)]
    table["before"], table["after"] = means
    table["difference"] = table["after"] - table["before"]
    table["low"], table["high"], table["verdict"] = np.nan, np.nan, None
    if enough and not {name} & (one.lacking | two.lacking):
        weights = {sort: WEIGHTS[sort] / sum(WEIGHTS[each] for each in sorts) for sort in sorts}
        found = difference(
            [Stratum(sides[0][one.weekend == sort], sides[1][two.weekend == sort], weights[sort]) for sort in sorts]
        )
        table["low"], table["high"] = found.low, found.high
        table["verdict"] = np.select([found.low > 0, found.high < 0], ["more", "less"], "usual")
    return table.assign(service=_no_blanks(table["service"]), kind=_no_blanks(table["kind"]))


def _no_blanks(names: pd.Series[Any]) -> pd.Series[Any]:
    return names.astype(object).where(names != "", None)


def _values(name: str, days: Days, subjects: list[tuple[str, str]]) -> Any:
    """Return a figure of each day (rows) of each subject; no number where the logs cannot give it."""
    if name in days.lacking:
        return np.full((len(days.days), len(subjects)), np.nan)
    return days.measure(name).reindex(columns=as_columns(subjects), fill_value=0).to_numpy()


def _mean(values: Any, days: Days, sorts: Sequence[bool]) -> Any:
    """Return the mean of a day, weekdays and weekends in the proportion of a week."""
    if not len(values):
        return np.full(values.shape[1], np.nan)
    if not sorts:
        return values.mean(axis=0)
    whole = sum(WEIGHTS[sort] for sort in sorts)
    return sum(WEIGHTS[sort] / whole * values[days.weekend == sort].mean(axis=0) for sort in sorts)
