"""Times out of bytes, in the shapes that `proxyscan.layouts.values` reads."""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import Array, Scalar, digits_end, inner, part
from proxyscan.kernels.fields import CLF_LENGTH, is_clf
from proxyscan.kernels.kinds import (
    ASCTIME,
    CLOCK,
    DATE,
    DATED,
    EPOCH,
    FIXED,
    INSTANT,
    SYSLOG,
    ZONE,
)
from proxyscan.kernels.numbers import NO_TIME, NO_YEAR, NULL, epoch, fixed, moment, thousandths

DAY: Final = 86_400_000
MINUTE: Final = 60_000

FIRST_TIME: Final = -100_000_000_000_000
"""Less than the year 1 in milliseconds since 1970, and more than any reason or `NULL`."""

BLANK: Final = 32
SLASH: Final = 47
COLON: Final = 58


@inner
def two(buffer: Array, place: int) -> Scalar:
    """Return the number that two digits write; what is no digit makes it a negative one."""
    if not (48 <= buffer[place] <= 57 and 48 <= buffer[place + 1] <= 57):
        return -10_000
    return (np.int64(buffer[place]) - 48) * 10 + np.int64(buffer[place + 1]) - 48


@inner
def month_number(buffer: Array, place: int) -> int:
    """Return the number of the month whose three letters stand at `place`, in any case; 0 for none."""
    names = b"janfebmaraprmayjunjulaugsepoctnovdec"
    for month in range(12):
        if (
            buffer[place] | 32 == names[3 * month]
            and buffer[place + 1] | 32 == names[3 * month + 1]
            and buffer[place + 2] | 32 == names[3 * month + 2]
        ):
            return month + 1
    return 0


@part
def month_days(year: int, month: int) -> int:
    """Return how many days a month has."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31


@part
def days_since_1970(year: int, month: int, day: int) -> int:
    """Return the days from 1970-01-01 to a date of the Gregorian calendar.

    Source: Howard Hinnant, https://howardhinnant.github.io/date_algorithms.html (days_from_civil).
    """
    year = year - 1 if month <= 2 else year
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


@inner
def day(year: Scalar, month: Scalar, number: Scalar) -> Scalar:
    """Return the midnight at which a day begins, as milliseconds; `NO_TIME` where there is no such day."""
    if month < 1 or month > 12 or year < 1 or number < 1:
        return NO_TIME
    if number > month_days(year, month):
        return NO_TIME
    return days_since_1970(year, month, number) * DAY


@inner
def date(buffer: Array, place: int, end: int) -> Scalar:
    """Return the midnight of ``2022-04-25`` (ten bytes, also with ``/``, ``.`` or ``:``), or `NO_TIME`."""
    sign = buffer[place + 4]
    if end - place < 10 or buffer[place + 7] != sign or (not 45 <= sign <= 47 and sign != COLON):
        return NO_TIME
    year = two(buffer, place) * 100 + two(buffer, place + 2)
    return day(year, two(buffer, place + 5), two(buffer, place + 8))


@inner
def named_date(buffer: Array, place: int, end: int) -> Scalar:
    """Return the midnight of ``25/Apr/2022`` (eleven bytes), or `NO_TIME`."""
    if end - place < 11 or buffer[place + 2] != SLASH or buffer[place + 6] != SLASH:
        return NO_TIME
    year = two(buffer, place + 7) * 100 + two(buffer, place + 9)
    return day(year, month_number(buffer, place + 3), two(buffer, place))


@inner
def spoken_date(buffer: Array, place: int, end: int) -> Scalar:
    """Return the midnight of ``Apr 25 2022`` (eleven bytes), or `NO_TIME`."""
    if end - place < 11 or buffer[place + 3] != BLANK or buffer[place + 6] != BLANK:
        return NO_TIME
    year = two(buffer, place + 7) * 100 + two(buffer, place + 9)
    return day(year, month_number(buffer, place), two(buffer, place + 4))


@inner
def clock(buffer: Array, place: int, end: int) -> tuple[Scalar, Scalar]:
    """Return the milliseconds since midnight of ``15:27:08.5`` and where it ends; `NO_TIME` for none."""
    if end - place < 8 or buffer[place + 2] != COLON or buffer[place + 5] != COLON:
        return NO_TIME, place
    hour, minute, second = two(buffer, place), two(buffer, place + 3), two(buffer, place + 6)
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59):
        return NO_TIME, place
    value = ((hour * 60 + minute) * 60 + second) * 1000
    place += 8
    if place < end and (buffer[place] == 46 or buffer[place] == 44):
        after = min(digits_end(buffer, place + 1), end)
        if after > place + 1:
            return value + thousandths(buffer, place + 1, after), after
    return value, place


@inner
def zone(buffer: Array, place: int, end: int) -> Scalar:
    """Return how many milliseconds ahead of UTC a zone is; `NULL` for what is none that is known."""
    length = end - place
    first = buffer[place]
    if length == 1:
        return 0 if first == 90 else NULL  # Z
    if length == 3:
        utc = first == 85 and buffer[place + 1] == 84 and buffer[place + 2] == 67
        gmt = first == 71 and buffer[place + 1] == 77 and buffer[place + 2] == 84
        return 0 if utc or gmt else NULL
    if (first != 43 and first != 45) or not (length == 5 or (length == 6 and buffer[place + 3] == COLON)):
        return NULL
    hours, minutes = two(buffer, place + 1), two(buffer, end - 2)
    if hours < 0 or minutes < 0 or hours * 60 + minutes >= 1440:
        return NULL
    ahead = (hours * 60 + minutes) * MINUTE
    return -ahead if first == 45 else ahead


@part
def dated(buffer: Array, place: int, end: int) -> tuple[Scalar, Scalar]:
    """Return the reading of the clock as milliseconds, and its zone or `NULL`; `NO_TIME` for no time."""
    named, spoken = buffer[place + 2] == SLASH, buffer[place + 3] == BLANK
    if named:
        midnight = named_date(buffer, place, end)
    elif spoken:
        midnight = spoken_date(buffer, place, end)
    else:
        midnight = date(buffer, place, end)
    place += 11 if named or spoken else 10
    if midnight == NO_TIME or place >= end:
        return NO_TIME, NULL
    between = buffer[place]
    if named or spoken:
        if between != (COLON if named else BLANK):
            return NO_TIME, NULL
    elif between not in (BLANK, 45, 84):
        return NO_TIME, NULL
    since, after = clock(buffer, place + 1, end)
    if since == NO_TIME:
        return NO_TIME, NULL
    if after == end:
        return midnight + since, NULL
    if buffer[after] == BLANK:
        after += 1
    ahead = zone(buffer, after, end)
    return (NO_TIME if ahead == NULL else midnight + since), ahead


@part
def clf(buffer: Array, place: int, end: int) -> Scalar:
    """Return a time such as ``23/Nov/2026:08:24:29 +0000`` as milliseconds, or why it is none."""
    if end - place != CLF_LENGTH or not is_clf(buffer, place, end):
        return NO_TIME
    midnight = named_date(buffer, place, end)
    since, _ = clock(buffer, place + 12, place + 20)
    ahead = zone(buffer, place + 21, end)
    if midnight == NO_TIME or since == NO_TIME or ahead == NULL:
        return NO_TIME
    return moment(midnight + since - ahead, 1)


@part
def asctime(buffer: Array, place: int, end: int) -> Scalar:
    """Return the reading of the clock in ``Mon Jun 20 15:29:11 2022`` as milliseconds, or `NO_TIME`."""
    if end - place != 24:
        return NO_TIME
    for index in range(3):
        if not 97 <= (buffer[place + index] | 32) <= 122:
            return NO_TIME
    for index in (3, 7, 10, 19):
        if buffer[place + index] != BLANK:
            return NO_TIME
    number = day_number(buffer, place + 8)
    year = two(buffer, place + 20) * 100 + two(buffer, place + 22)
    midnight = day(year, month_number(buffer, place + 4), number)
    since, _ = clock(buffer, place + 11, place + 19)
    return NO_TIME if midnight == NO_TIME or since == NO_TIME else midnight + since


@part
def yearless(buffer: Array, place: int, end: int, written: int) -> Scalar:
    """Return the reading of the clock in ``Jun 20 15:29:11`` in the last year before `written`, or why it is none."""
    if end - place < 15 or buffer[place + 3] != BLANK or buffer[place + 6] != BLANK:
        return NO_TIME
    for index in range(3):
        if not 97 <= (buffer[place + index] | 32) <= 122:
            return NO_TIME
    number = day_number(buffer, place + 4)
    since, after = clock(buffer, place + 7, end)
    if number < 0 or since == NO_TIME or after != end:
        return NO_TIME
    if written == 0:
        return NO_YEAR
    last = 1971 + written // (365 * DAY)
    for back in range(12):
        midnight = day(last - back, month_number(buffer, place), number)
        if midnight != NO_TIME and midnight + since <= written + DAY:
            return midnight + since
    return NO_TIME


@part
def day_number(buffer: Array, place: int) -> Scalar:
    """Return the number that two digits write, or a blank and a digit; negative for others."""
    if buffer[place] != BLANK:
        return two(buffer, place)
    return np.int64(buffer[place + 1]) - 48 if 48 <= buffer[place + 1] <= 57 else -1


@inner
def told(buffer: Array, begin: int, end: int, kind: int) -> tuple[Scalar, Scalar]:
    """Return what a text says of the time, and how many milliseconds its zone is ahead of UTC, `NULL` for no zone.

    A time with a zone is in UTC. What is below `FIRST_TIME` is why the line is a reject. `kind`: one before `DATED`.
    """
    value: Scalar = np.int64(0)
    ahead: Scalar = np.int64(NULL)
    after: Scalar = np.int64(end)
    if kind == DATE:
        value, after = date(buffer, begin, end), np.int64(begin + 10)
    elif kind == CLOCK:
        value, after = clock(buffer, begin, end)
    elif kind == ZONE:
        ahead = zone(buffer, begin, end)
    else:
        ahead = np.int64(0)
        if kind == FIXED:
            value = fixed(buffer, begin, end)
        else:
            value = epoch(buffer, begin, end) if kind == EPOCH else clf(buffer, begin, end)
    return (value if after == end else np.int64(NO_TIME)), ahead


@inner
def spelled(buffer: Array, begin: int, end: int, kind: int, written: int) -> tuple[Scalar, Scalar]:
    """Return the same as `told` of a text whose kind is `DATED` or one behind it."""
    value: Scalar = np.int64(0)
    ahead: Scalar = np.int64(NULL)
    if kind in (INSTANT, SYSLOG) and end - begin > 4 and buffer[begin + 4] in (45, 47, 58):
        kind = DATED
    if kind == DATED:
        value, ahead = dated(buffer, begin, end)
        if value != NO_TIME and ahead != NULL:
            value = moment(value - ahead, 1)
    elif kind == SYSLOG:
        value = yearless(buffer, begin, end, written)
    elif kind == ASCTIME:
        value = asctime(buffer, begin, end)
    else:
        value, ahead = epoch(buffer, begin, end), np.int64(0)
    return value, ahead
