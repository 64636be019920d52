"""The summing of requests by their keys: five-minute intervals, hosts, and who was there in which hour.

Every kernel goes over the rows from `first` on and returns the row before which its table must grow, or the
number of rows. A key is two integers, packed by `what` and the `SHIFT`s below.
"""

from __future__ import annotations

from math import floor
from typing import Final

import numpy as np

from proxyscan.kernels.bits import Array, Scalar, kernel, part
from proxyscan.kernels.combinations import number_of
from proxyscan.kernels.numbers import NULL

REQUESTS: Final = 2
DOWN: Final = 3
UP: Final = 4
CACHED: Final = 5
DURATION: Final = 6
KNOWN: Final = 7
BEHIND: Final = 6
"""Columns of `keys` behind the key: the sums, and a bit for each of them of which some request said a value."""

WHEN_SHIFT: Final = 32
"""The first integer of a key: an interval, an hour, or a day above the code of a host."""

CLASS_SHIFT: Final = 8
"""The second integer of a key: a class above an outcome."""


SIX: Final = np.uint64(6)
LOW_SIX: Final = np.uint64(63)
ONE: Final = np.uint64(1)


@part
def what(class_: int, outcome: int) -> Scalar:
    """Return the second integer of a key."""
    return np.int64(class_) << CLASS_SHIFT | np.int64(outcome)


@part
def add(keys: Array, number: int, column: int, value: int) -> None:
    """Add a value to a sum; `NULL` adds nothing."""
    if value != NULL:
        keys[number, column] += value
        keys[number, KNOWN] |= 1 << column


@part
def portion(whole: int, begin: int, end: int, length: int) -> Scalar:
    """Return what comes of `whole` between two moments of a transfer that is even over its `length`.

    It is what has come by `end` less what had come by `begin`, so that the portions sum to the whole.
    """
    if whole == NULL:
        return NULL
    by_end = whole if end >= length else np.int64(floor(whole * (end / length)))
    return by_end if begin == 0 else by_end - np.int64(floor(whole * (begin / length)))


@kernel
def add_intervals(
    first: int,
    time: Array,
    duration: Array,
    down: Array,
    up: Array,
    cached: Array,
    classes: Array,
    outcome: Array,
    interval_ms: int,
    longest: int,
    key: Array,
    keys: Array,
    slots: Array,
    used: Array,
) -> int:
    """Add each request to the interval in which it ended, its bytes to all intervals that it lasted.

    Bytes of a transaction of more than `longest` intervals fall into the last ones of them.
    """
    for row in range(first, len(time)):
        end = time[row]
        start = end - (duration[row] if duration[row] != NULL else 0)
        last = end // interval_ms
        interval = last
        if down[row] > 0 or up[row] > 0:
            interval = max(start // interval_ms, last - longest + 1)
            start = max(start, interval * interval_ms)
        if used[0] + last - interval + 1 > len(keys):
            return row
        key[1] = what(classes[row], outcome[row])
        while interval <= last:
            key[0] = interval
            number = number_of(key, keys, slots, used)
            begins = max(interval * interval_ms - start, 0)
            ends = min((interval + 1) * interval_ms, end) - start
            came = portion(down[row], begins, ends, end - start)
            add(keys, number, DOWN, came)
            add(keys, number, UP, portion(up[row], begins, ends, end - start))
            if cached[row] >= 0 and came != NULL:
                add(keys, number, CACHED, came if cached[row] > 0 else 0)
            if interval == last:
                add(keys, number, REQUESTS, 1)
                add(keys, number, DURATION, duration[row])
            else:
                add(keys, number, REQUESTS, 0)
            interval += 1
    return len(time)


@kernel
def add_hosts(
    first: int,
    time: Array,
    duration: Array,
    down: Array,
    up: Array,
    cached: Array,
    classes: Array,
    outcome: Array,
    hosts: Array,
    day_ms: int,
    key: Array,
    keys: Array,
    slots: Array,
    used: Array,
) -> int:
    """Add each request of a class other than 0 to the day in which it ended, its host, class and outcome."""
    for row in range(first, len(time)):
        if classes[row] == 0 or hosts[row] < 0:
            continue
        if used[0] == len(keys):
            return row
        key[0] = time[row] // day_ms << WHEN_SHIFT | np.int64(hosts[row])
        key[1] = what(classes[row], outcome[row])
        number = number_of(key, keys, slots, used)
        add(keys, number, REQUESTS, 1)
        add(keys, number, DOWN, down[row])
        add(keys, number, UP, up[row])
        if cached[row] >= 0 and down[row] != NULL:
            add(keys, number, CACHED, down[row] if cached[row] > 0 else 0)
        add(keys, number, DURATION, duration[row])
    return len(time)


@kernel
def add_contacts(
    first: int,
    time: Array,
    user: Array,
    client: Array,
    classes: Array,
    outcome: Array,
    outcome_classes: Array,
    hour_ms: int,
    present: Array,
    key: Array,
    keys: Array,
    slots: Array,
    used: Array,
) -> int:
    """Note who was there: a bit for each person in the row of `present` of the hour, class and class of outcome.

    A user's bit is twice its code, a client's, where no user is logged, twice its code and one more.
    `outcome_classes` gives the class of each outcome, -1 for outcomes that are no contact.
    """
    for row in range(first, len(time)):
        class_ = outcome_classes[outcome[row]]
        if class_ < 0 or (user[row] < 0 and client[row] < 0):
            continue
        if used[0] == len(keys):
            return row
        key[0] = time[row] // hour_ms
        key[1] = what(classes[row], class_)
        number = number_of(key, keys, slots, used)
        person = np.uint64(2 * user[row] if user[row] >= 0 else 2 * client[row] + 1)
        present[number, person >> SIX] |= ONE << (person & LOW_SIX)
    return len(time)


@kernel
def sum_rows(rows: Array, order: Array, columns: Array) -> int:
    """Put rows into `columns` in an order, those of the same key, which stand side by side, as one; return how many.

    `rows` are as the kernels above fill `keys`; `columns` has a row for each of their columns.
    """
    count = 0
    for place in range(len(order)):
        row = order[place]
        if count and rows[row, 0] == columns[0, count - 1] and rows[row, 1] == columns[1, count - 1]:
            for column in range(REQUESTS, KNOWN):
                columns[column, count - 1] += rows[row, column]
            columns[KNOWN, count - 1] |= rows[row, KNOWN]
            continue
        for column in range(KNOWN + 1):
            columns[column, count] = rows[row, column]
        count += 1
    return count
