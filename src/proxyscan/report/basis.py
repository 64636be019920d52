"""What all sections of a report rest on, computed once: then only its sums are read, not a year's summary."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from proxyscan import schema
from proxyscan.coverage import Coverage
from proxyscan.grain import SOCIAL
from proxyscan.report.coarse import coarse
from proxyscan.report.period import Span, span
from proxyscan.shares import UNWEIGHED, gaps, peaks_of, social
from proxyscan.summary import Summary

SIDES: Final = {"allowed": "allowed", "allowed, perhaps": "allowed", "denied": "denied"}
"""What logs may lack → the column that is then not known where it is 0."""

OF_ALLOWED: Final = frozenset({"bytes", "cached", "share"})
"""The columns that say something of allowed requests alone."""

EACH: Final = pd.Timedelta(milliseconds=schema.INTERVAL_MS)
COUNTS: Final = ("allowed", "denied")
WEIGHTS: Final = {"bytes": "allowed", "all_bytes": "all_allowed"}
"""The columns of bytes, and of whose requests they are."""


@dataclass(frozen=True)
class Basis:
    """The figures of a summary that several sections need.

    `flat`, `grouped`: the summary by service and kind; by group, and social media or not. `totals`: as
    `proxyscan.shares.social` gives them. `lacking`: as `proxyscan.shares.gaps`; `unknown`: the columns that the log
    cannot fill for want of one side. `times`: sums per interval (see `intervals`); `rates`: as
    `proxyscan.shares.peaks`. `line`: what the line carries, bit/s, where that is known.
    """

    grouped: Summary
    flat: Summary
    totals: pd.DataFrame
    lacking: Mapping[str, tuple[str, ...]]
    unknown: frozenset[str]
    times: pd.DataFrame
    rates: Mapping[str, dict[str, float] | None]
    period: Span | None
    zone: tzinfo
    line: float | None

    @property
    def coverage(self) -> Coverage:
        """What was read."""
        return self.flat.coverage


def basis(summary: Summary, zone: tzinfo, line: float | None) -> Basis:
    """Return what the sections of a report on a summary rest on."""
    flat, groups, found = coarse(summary, "service", "kind"), coarse(summary, "group", SOCIAL), summary.traffic()
    totals, lacking = social(flat), gaps(flat)
    unknown = unknown_columns(totals, lacking)
    unknown |= OF_ALLOWED if "allowed" in unknown else frozenset()
    unweighed = any(each in lacking for each in UNWEIGHED)
    times = intervals(found, unknown, unweighed)
    rates = dict.fromkeys(("all", "social")) if unweighed else peaks_of(found)
    return Basis(groups, flat, totals, lacking, unknown, times, rates, span(summary.coverage, found, zone), zone, line)


def unknown_columns(totals: pd.DataFrame, lacking: Container[str]) -> frozenset[str]:
    """Return the columns that hold nothing because the log lacks that side."""
    return frozenset(column for side, column in SIDES.items() if side in lacking and not totals.loc["all", column])


def intervals(traffic: pa.Table, unknown: Container[str] = (), unweighed: bool = False) -> pd.DataFrame:
    """Return sums per interval, from the first to the last, all of them; `traffic` as `proxyscan.traffic` makes it.

    `requests`: all, of any outcome; `allowed`, `denied`: for social media; `bytes`: of social media, allowed, over
    the line; `all_bytes`: of everything. Those that are not known are null.
    """
    kept = traffic.filter(pc.is_valid(traffic["requests"]))
    sums: pd.DataFrame = kept.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get).set_index("interval")
    for weight, allowed in WEIGHTS.items():
        sums[weight] = sums[weight].fillna(0).where(sums[weight].notna() | sums[allowed].isna())
    found = sums[["requests", *COUNTS, *WEIGHTS]].fillna(dict.fromkeys(COUNTS, 0))
    if len(found):
        found = found.reindex(pd.date_range(found.index.min(), found.index.max(), freq=EACH), fill_value=0)
    weightless = unweighed or (sums["all_allowed"].notna().any() and kept["all_bytes"].null_count == len(kept))
    found[[name for name in COUNTS if name in unknown] + [*WEIGHTS] * bool(weightless)] = pd.NA
    return found
