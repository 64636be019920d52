"""What each five minutes carried: requests for social media, and the bytes of it and of all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa

from proxyscan import arrow, schema

TRAFFIC: Final = pa.schema(
    [
        ("interval", schema.TIME),  # start of five minutes
        ("requests", pa.int64()),  # of any outcome but `setup`
        ("all_allowed", pa.int64()),
        ("all_bytes", pa.int64()),  # to clients, of allowed requests, over the line
        ("allowed", pa.int64()),  # for social media, as those that follow
        ("denied", pa.int64()),
        ("bytes", pa.int64()),
    ]
)
"""A sum is null where there is no row of its sort; one of bytes also where no such row says a value."""


def traffic(intervals: pa.Table) -> pa.Table:
    """Return sums per interval, in their order, out of rows that tell outcomes apart, and social media by its kind."""
    starts, places = _numbered(arrow.integers(intervals["interval"].cast(pa.int64()), 0))
    columns = [arrow.numbers(starts).cast(schema.TIME)]
    for values, rows in _sorts(intervals):
        sums = np.bincount(places[rows], values[rows], len(starts))  # exact up to 9 PB in five minutes
        none = np.bincount(places[rows], minlength=len(starts)) == 0
        columns.append(arrow.numbers(sums.astype(np.int64), missing=none))
    return pa.table(columns, schema=TRAFFIC)


def _numbered(starts: Any) -> tuple[Any, Any]:
    """Return the distinct times, in their order, and which of them each one is."""
    if not len(starts):
        return starts, starts
    first = starts.min()
    places = (starts - first) // schema.INTERVAL_MS
    there = np.zeros(int(places.max()) + 1, np.bool_)
    there[places] = True
    return np.flatnonzero(there) * schema.INTERVAL_MS + first, (np.cumsum(there) - 1)[places]


def _sorts(intervals: pa.Table) -> Iterator[tuple[Any, Any]]:
    """Yield, for each sum of `TRAFFIC`, the values of all rows, and which rows are of its sort."""
    social = ~arrow.missing(intervals["kind"])
    setup, allowed, denied = (_of_class(intervals["outcome"], name) for name in ("setup", "allowed", "denied"))
    requests, down = intervals["requests"], intervals["bytes_down"]
    known = ~arrow.missing(down)
    counts = arrow.integers(requests, 0)
    line = arrow.integers(down, 0) - arrow.integers(intervals["bytes_down_cached"], 0)
    yield counts, ~setup
    yield counts, allowed
    yield line, allowed & known
    yield counts, allowed & social
    yield counts, denied & social
    yield line, allowed & known & social


def _of_class(outcomes: Any, name: str) -> Any:
    """Tell which outcomes are of a class."""
    import pyarrow.compute as pc

    words = arrow.texts([each for each in schema.OUTCOMES if schema.OUTCOME_CLASS[each] == name])
    return np.concatenate([np.empty(0, np.bool_), *(np.asarray(each) for each in pc.is_in(outcomes, words).chunks)])
