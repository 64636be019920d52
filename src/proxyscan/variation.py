"""Whether two sets of days differ by more than days do: a bootstrap over days.

Method: percentile bootstrap of the difference of the means of days, weekdays and weekends apart, widened for few
days (the "expanded percentile interval": Hesterberg, What Teachers Should Know About the Bootstrap, The American
Statistician 69, 2015). Quantiles of Student's t: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any, Final

import numpy as np

RESAMPLES: Final = 5000
SEED: Final = 1
CHANCE: Final = 0.05
"""Part of the differences that are called one although days differ as much."""

COLUMNS: Final = 64
"""Columns whose resampled means are held at once."""


@dataclass(frozen=True)
class Stratum:
    """Days of one sort before and after (a row each, a column for each thing that is compared), and their weight."""

    before: Any
    after: Any
    weight: float


@dataclass(frozen=True)
class Difference:
    """Means before and after, their difference and the interval that it lies in, an array each."""

    before: Any
    after: Any
    low: Any
    high: Any


def difference(strata: Sequence[Stratum]) -> Difference:
    """Return the difference of the weighted means of days, after less before; the weights sum to one.

    Every column is resampled with the same days, always the same ones.
    """
    before = sum(each.weight * each.before.mean(axis=0) for each in strata)
    after = sum(each.weight * each.after.mean(axis=0) for each in strata)
    rng = np.random.default_rng(SEED)
    shares = [(_shares(rng, len(each.before)), _shares(rng, len(each.after))) for each in strata]
    level = _level(strata)
    bounds = [
        _bounds([_columns(each, slice(start, start + COLUMNS)) for each in strata], shares, level)
        for start in range(0, strata[0].before.shape[1], COLUMNS)
    ]
    low, high = np.concatenate(bounds, axis=1) if bounds else np.empty((2, 0))
    return Difference(before, after, after - before + low, after - before + high)


def _columns(stratum: Stratum, chosen: slice) -> Stratum:
    return Stratum(stratum.before[:, chosen], stratum.after[:, chosen], stratum.weight)


def _shares(rng: np.random.Generator, days: int) -> Any:
    """Return, a row for each resample, how much more or less than its due each day counts in it.

    Few days seem to differ less than they do, by sqrt((n - 1) / n); this is made good.
    """
    drawn = rng.multinomial(days, np.full(days, 1 / days), RESAMPLES)
    return (drawn - 1) / days * sqrt(days / max(days - 1, 1))


def _level(strata: Sequence[Stratum]) -> float:
    """Return the part of the resamples below the interval: that of a t of as many degrees as the fewer days give."""
    freedom = min(sum(len(each.before) - 1 for each in strata), sum(len(each.after) - 1 for each in strata))
    return NormalDist().cdf(-student(1 - CHANCE / 2, max(freedom, 1)))


def _bounds(strata: Sequence[Stratum], shares: Sequence[tuple[Any, Any]], level: float) -> Any:
    """Return how far below and above the difference the interval reaches, for each column."""
    moved = sum(
        each.weight * (after @ each.after - before @ each.before)
        for each, (before, after) in zip(strata, shares, strict=True)
    )
    return np.quantile(moved, [level, 1 - level], axis=0)


def student(part: float, freedom: int) -> float:
    """Return the quantile of Student's t; within 1 % from three degrees of freedom on.

    >>> round(student(0.975, 4), 2), round(student(0.975, 30), 2)
    (2.78, 2.04)
    """
    z = NormalDist().inv_cdf(part)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return float(sum(term / freedom**power for power, term in enumerate(terms)))
