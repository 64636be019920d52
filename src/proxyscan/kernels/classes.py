"""Which class a request belongs to: by its host, and where that is not enough, by its path and day."""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import U0, U1, Array, Scalar, inner, kernel, part, prefetch

SINCE: Final = 0
UNTIL: Final = 1
BEGIN: Final = 2
END: Final = 3
CLASS: Final = 4
WIDTH: Final = 5
"""Columns of `candidates`: first and last day (days since 1970), the path's pattern in `patterns`, the class."""

FIRST: Final = 0
LAST: Final = 1
OTHERWISE: Final = 2
"""Columns of `ways`: its first row of `candidates` and the one behind its last, and the class if none of them fits."""

AHEAD: Final = np.uint64(8)
"""Paths that are on their way into the nearest cache at a time."""

STAR: Final = np.uint8(42)
SLASH: Final = np.uint8(47)


@part
def fits(data: Array, place: int, end: int, patterns: Array, begin: int, stop: int) -> bool:
    """Tell whether a path is what a pattern says, or lies below it; ``*`` stands for bytes of one segment.

    After a mismatch the last ``*`` takes one byte more; earlier ones need not, as no ``*`` crosses a slash.
    """
    if place < 0:
        return False
    star = -1
    taken = 0
    at = begin
    while True:
        if at == stop and (place == end or data[place] == SLASH):
            return True
        if at < stop and patterns[at] == STAR:
            at += 1
            star, taken = at, place
        elif at < stop and place < end and patterns[at] == data[place]:
            at += 1
            place += 1
        else:
            if star < 0 or taken == end or data[taken] == SLASH:
                return False
            taken += 1
            at, place = star, taken


@inner
def class_of(way: Array, data: Array, begin: int, end: int, day: Scalar, candidates: Array, patterns: Array) -> Scalar:
    """Return the class of the first candidate of a way that fits a path and a day, else the way's own."""
    for candidate in range(way[FIRST], way[LAST]):
        if candidates[candidate, SINCE] <= day <= candidates[candidate, UNTIL]:
            pattern = candidates[candidate, BEGIN]
            if pattern < 0 or fits(data, begin, end, patterns, pattern, candidates[candidate, END]):
                return candidates[candidate, CLASS]
    return way[OTHERWISE]


@kernel
def classify(
    hosts: Array,
    paths: Array,
    data: Array,
    time: Array,
    day_ms: int,
    known: Array,
    ways: Array,
    candidates: Array,
    patterns: Array,
    classes: Array,
    unsure: Array,
) -> None:
    """Fill in the class of each request.

    `hosts` are codes, -1 for none; `paths` begins and ends in `data`, no rows for a log without paths. `known`
    gives the class of each host, or, less than 0, the row of `ways` by which it is found (-1 for the first): the first
    of these `candidates` that fits the path and the day decides, another class when none does. `unsure`: room for the
    rows of such hosts; few and far between, they are gathered first, without a branch, and their paths are fetched
    ahead into the nearest cache.
    """
    count = U0
    for row in range(np.uint64(len(hosts))):
        host = hosts[row]
        class_: Scalar = np.int64(known[np.uint64(host)]) if host >= 0 else 0
        classes[row] = class_
        unsure[count] = row
        count += np.uint64(class_ < 0)
    for place in range(count):
        unclear: Scalar = np.uint64(unsure[place])
        begin: Scalar = -1
        end: Scalar = -1
        if len(paths):
            prefetch(data, np.uint64(paths[np.uint64(unsure[min(place + AHEAD, count - U1)]), 0]))
            begin, end = paths[unclear, 0], paths[unclear, 1]
        way = ways[-1 - classes[unclear]]
        classes[unclear] = class_of(way, data, begin, end, time[unclear] // day_ms, candidates, patterns)
