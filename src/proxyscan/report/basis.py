"""What all sections of a report rest on, computed once: a year's summary is read twice, then only its sums are."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

import pandas as pd

from proxyscan import schema
from proxyscan.coverage import Coverage
from proxyscan.report.coarse import coarse, timed
from proxyscan.report.period import Span, span
from proxyscan.shares import UNWEIGHED, gaps, peaks, social
from proxyscan.summary import Summary

SIDES: Final = {"allowed": "allowed", "allowed, perhaps": "allowed", "denied": "denied"}
"""What logs may lack → the column that is then not known where it is 0."""

OF_ALLOWED: Final = frozenset({"bytes", "cached", "share"})
"""The columns that say something of allowed requests alone."""

EACH: Final = pd.Timedelta(milliseconds=schema.INTERVAL_MS)
COUNTS: Final = ("allowed", "denied")
WEIGHTS: Final = ("bytes", "all_bytes")


@dataclass(frozen=True)
class Basis:
    """The figures of a summary that several sections need.

    `grouped`, `flat`: the summary by group, service and kind, and without the groups. `totals`: as
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
    grouped, hours = coarse(summary, "group", "service", "kind"), timed(summary)
    flat = coarse(grouped, "service", "kind")
    totals, lacking = social(flat), gaps(flat)
    unknown = unknown_columns(totals, lacking)
    unknown |= OF_ALLOWED if "allowed" in unknown else frozenset()
    times = intervals(hours, unknown, any(each in lacking for each in UNWEIGHED))
    found = span(hours, zone)
    return Basis(grouped, flat, totals, lacking, unknown, times, peaks(hours), found, zone, line)


def unknown_columns(totals: pd.DataFrame, lacking: Container[str]) -> frozenset[str]:
    """Return the columns that hold nothing because the log lacks that side."""
    return frozenset(column for side, column in SIDES.items() if side in lacking and not totals.loc["all", column])


def intervals(hours: Summary, unknown: Container[str] = (), unweighed: bool = False) -> pd.DataFrame:
    """Return sums per interval, from the first to the last, all of them; `hours` as `timed` makes it.

    `requests`: all, of any outcome; `allowed`, `denied`: for social media; `bytes`: of social media, allowed, over
    the line; `all_bytes`: of everything. Those that are not known are null.
    """
    rows = hours.to_pandas()
    rows["class"] = rows["outcome"].map(schema.OUTCOME_CLASS)
    rows = rows[rows["class"] != "setup"]
    asked, allowed = rows["kind"].notna(), rows["class"] == "allowed"
    line = (rows["bytes_down"] - rows["bytes_down_cached"].fillna(0)).where(allowed, 0)
    counts = {name: rows["requests"].where(asked & (rows["class"] == name), 0) for name in COUNTS}
    sums = pd.DataFrame({"requests": rows["requests"], **counts, "bytes": line.where(asked, 0), "all_bytes": line})
    found = sums.groupby(rows["interval"]).sum(min_count=1)
    every = pd.date_range(found.index.min(), found.index.max(), freq=EACH) if len(found) else found.index
    found = found.reindex(every, fill_value=0).astype("Int64")
    weightless = unweighed or (allowed.any() and line[allowed].isna().all())
    found[[name for name in COUNTS if name in unknown] + [*WEIGHTS] * bool(weightless)] = pd.NA
    return found
