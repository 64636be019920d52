"""The summing of requests by their keys: five-minute intervals, hosts, and who was there in which hour.

Every kernel goes over the rows from `first` on and returns the row before which its table must grow, or the
number of rows. A key is two integers, packed by `what` and the `SHIFT`s below.
"""

from __future__ import annotations

from math import floor
from typing import Final

import numpy as np

from proxyscan.kernels.bits import U0, U1, Array, Scalar, inner, kernel, part
from proxyscan.kernels.combinations import number_of_two
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

GROUP_SHIFT: Final = 32
"""A class may have a group above it, by which intervals and hosts are told apart; persons have theirs."""

CLASS_MASK: Final = (1 << GROUP_SHIFT) - 1

SIX: Final = np.uint64(6)
LOW_SIX: Final = np.uint64(63)
ONE: Final = np.uint64(1)


@part
def what(class_: int, outcome: int) -> Scalar:
    """Return the second integer of a key."""
    return np.int64(class_) << CLASS_SHIFT | np.int64(outcome)


@part
def add(keys: Array, number: Scalar, requests: int, down: int, up: int, cached: int, duration: int) -> None:
    """Add values to the sums of a key; `NULL` adds nothing."""
    known: Scalar = 1 << REQUESTS
    keys[number, REQUESTS] += requests
    if down != NULL:
        keys[number, DOWN] += down
        known |= 1 << DOWN
        if cached >= 0:
            keys[number, CACHED] += down if cached > 0 else 0
            known |= 1 << CACHED
    if up != NULL:
        keys[number, UP] += up
        known |= 1 << UP
    if duration != NULL:
        keys[number, DURATION] += duration
        known |= 1 << DURATION
    keys[number, KNOWN] |= known


@part
def portion(whole: int, begin: int, end: int, length: int) -> Scalar:
    """Return what comes of `whole` between two moments of a transfer that is even over its `length`.

    It is what has come by `end` less what had come by `begin`, so that the portions sum to the whole.
    """
    if whole == NULL:
        return NULL
    by_end = whole if end >= length else np.int64(floor(whole * (end / length)))
    return by_end if begin == 0 else by_end - np.int64(floor(whole * (begin / length)))


@inner
def spread(
    start: int,
    end: int,
    duration: int,
    down: int,
    up: int,
    cached: int,
    what: int,
    interval_ms: int,
    longest: int,
    keys: Array,
    slots: Array,
    used: Array,
) -> bool:
    """Add a request that began in another interval than it ended in to all of them, if there is room for their keys."""
    last = end // interval_ms
    interval = max(start // interval_ms, last - longest + 1)
    start = max(start, interval * interval_ms)
    if used[0] + last - interval + 1 > len(keys):
        return False
    while interval <= last:
        number = number_of_two(interval, what, keys, slots, used)
        begins = max(interval * interval_ms - start, 0)
        ends = min((interval + 1) * interval_ms, end) - start
        came = portion(down, begins, ends, end - start)
        sent = portion(up, begins, ends, end - start)
        ended = interval == last
        add(keys, number, 1 if ended else 0, came, sent, cached, duration if ended else NULL)
        interval += 1
    return True


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
) -> Scalar:
    """Add each request to the interval in which it ended, its bytes to all intervals that it lasted.

    Bytes of a transaction of more than `longest` intervals fall into the last ones of them. Requests mostly lie
    within the interval of the one before.
    """
    interval, begin = 0, 0
    for row in range(np.uint64(first), np.uint64(len(time))):
        end, lasted = time[row], duration[row]
        if not begin <= end < begin + interval_ms:
            interval = end // interval_ms
            begin = interval * interval_ms
        start = end - (lasted if lasted != NULL else 0)
        key_what = what(classes[row], outcome[row])
        if start < begin and (down[row] > 0 or up[row] > 0):
            values = start, end, lasted, down[row], up[row], cached[row], key_what
            if not spread(*values, interval_ms, longest, keys, slots, used):
                return np.int64(row)
            continue
        if used[0] == len(keys):
            return np.int64(row)
        number = number_of_two(interval, key_what, keys, slots, used)
        add(keys, number, 1, down[row], up[row], cached[row], lasted)
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
) -> Scalar:
    """Add each request of a class other than 0 to the day in which it ended, its host, class and outcome."""
    for row in range(np.uint64(first), np.uint64(len(time))):
        if classes[row] & CLASS_MASK == 0 or hosts[row] < 0:
            continue
        if used[0] == len(keys):
            return np.int64(row)
        when = time[row] // day_ms << WHEN_SHIFT | np.int64(hosts[row])
        number = number_of_two(when, what(classes[row], outcome[row]), keys, slots, used)
        add(keys, number, 1, down[row], up[row], cached[row], duration[row])
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
) -> Scalar:
    """Note who was there: a bit for each person in the row of `present` of the hour, class and class of outcome.

    A user's bit is twice its code, a client's, where no user is logged, twice its code and one more.
    `outcome_classes` gives the class of each outcome, -1 for outcomes that are no contact.
    """
    hour, begin = 0, 0
    for row in range(np.uint64(first), np.uint64(len(time))):
        class_ = outcome_classes[np.uint64(outcome[row])]
        code = np.int64(user[row])
        person = 2 * code if code >= 0 else 2 * np.int64(client[row]) + 1
        if class_ < 0 or person < 0:
            continue
        if used[0] == len(keys):
            return np.int64(row)
        if not begin <= time[row] < begin + hour_ms:
            hour = time[row] // hour_ms
            begin = hour * hour_ms
        number = number_of_two(hour, what(classes[row] & CLASS_MASK, class_), keys, slots, used)
        bit = np.uint64(person)
        present[np.uint64(number), bit >> SIX] |= ONE << (bit & LOW_SIX)
    return len(time)


@kernel
def sum_rows(rows: Array, order: Array, columns: Array) -> Scalar:
    """Put rows into `columns` in an order, those of the same key, which stand side by side, as one; return how many.

    `rows` are as the kernels above fill `keys`; `columns` has a row for each of their columns.
    """
    count, place = U0, U0
    while place < np.uint64(len(order)):
        row, last = np.uint64(order[place]), count - U1
        place += U1
        if count > U0 and rows[row, 0] == columns[0, last] and rows[row, 1] == columns[1, last]:
            for column in range(REQUESTS, KNOWN):
                columns[column, last] += rows[row, column]
            columns[KNOWN, last] |= rows[row, KNOWN]
            continue
        for column in range(KNOWN + 1):
            columns[column, count] = rows[row, column]
        count += U1
    return np.int64(count)
