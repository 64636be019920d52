"""Which class a request belongs to: by its host, and where that is not enough, by its path and day."""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import Array, kernel, part

SINCE: Final = 0
UNTIL: Final = 1
BEGIN: Final = 2
END: Final = 3
CLASS: Final = 4
WIDTH: Final = 5
"""Columns of `candidates`: first and last day (days since 1970), the path's pattern in `patterns`, the class."""

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


@kernel
def classify(
    hosts: Array,
    paths: Array,
    data: Array,
    time: Array,
    day_ms: int,
    plain: Array,
    first: Array,
    last: Array,
    candidates: Array,
    patterns: Array,
    classes: Array,
) -> None:
    """Fill in the class of each request.

    `hosts` are codes, -1 for none; `paths` begins and ends in `data`, no rows for a log without paths. `plain`
    gives the class of each host; where `first` and `last` of a host name rows of `candidates`, the first of
    these that fits the path and the day decides instead, class 0 when none does.
    """
    for row in range(len(hosts)):
        host = hosts[row]
        if host < 0:
            classes[row] = 0
            continue
        classes[row] = plain[host]
        if first[host] == last[host]:
            continue
        day = time[row] // day_ms
        begin = paths[row, 0] if len(paths) else -1
        end = paths[row, 1] if len(paths) else -1
        classes[row] = 0
        for candidate in range(first[host], last[host]):
            if day < candidates[candidate, SINCE] or day > candidates[candidate, UNTIL]:
                continue
            pattern = candidates[candidate, BEGIN]
            if pattern < 0 or fits(data, begin, end, patterns, pattern, candidates[candidate, END]):
                classes[row] = candidates[candidate, CLASS]
                break
