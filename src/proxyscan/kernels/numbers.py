"""Integers and times out of bytes, with the limits of `proxyscan.layouts.read`."""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import Array, Scalar, load_8, part

NULL: Final = np.iinfo(np.int64).min
LAST_TIME: Final = 253_402_300_800_000

TOO_LARGE: Final = NULL + 1
OUT_OF_RANGE: Final = NULL + 2
NO_NUMBER: Final = NULL + 3
NO_TIME: Final = NULL + 4
"""Results that say why the line is a reject; no integer of 18 digits is among them."""

LONGEST_INTEGER: Final = 18


@part
def eight_digits(chunk: Scalar) -> Scalar:
    """Return the number that eight bytes write, digits or NULs, the first one lowest in `chunk`."""
    chunk = chunk & np.uint64(0x0F0F0F0F0F0F0F0F)
    chunk = (chunk * np.uint64(2561)) >> np.uint64(8)
    chunk = ((chunk & np.uint64(0x00FF00FF00FF00FF)) * np.uint64(6553601)) >> np.uint64(16)
    chunk = ((chunk & np.uint64(0x0000FFFF0000FFFF)) * np.uint64(42949672960001)) >> np.uint64(32)
    return np.int64(chunk)


@part
def digits(buffer: Array, place: int, end: int) -> int:
    """Return the number that up to 18 digits write; 0 for none."""
    value = 0
    while end - place >= 8:
        value = value * 100_000_000 + eight_digits(load_8(buffer, place))
        place += 8
    count = end - place
    if count > 0:
        scale = 1
        for _ in range(count):
            scale *= 10
        value = value * scale + eight_digits(load_8(buffer, place) << np.uint64(64 - 8 * count))
    return value


@part
def integer(buffer: Array, place: int, end: int) -> int:
    """Return the value of ``-?[0-9]+``, `NULL` for a lone ``-``, or `TOO_LARGE`."""
    negative = buffer[place] == 45
    if negative:
        place += 1
        if place == end:
            return NULL
    if end - place > LONGEST_INTEGER:
        return TOO_LARGE
    value = digits(buffer, place, end)
    return -value if negative else value


@part
def moment(value: int, scale: int) -> int:
    """Return `value` times `scale` in milliseconds, or why it is no time; NULL is out of range."""
    if value == TOO_LARGE:
        return TOO_LARGE
    if value < 0 or value >= LAST_TIME // scale:
        return OUT_OF_RANGE
    return value * scale


@part
def fixed(buffer: Array, place: int, end: int) -> Scalar:
    """Return seconds with decimals as milliseconds, or why they are no time."""
    point = place
    while point < end and buffer[point] != 46:
        if buffer[point] < 48 or buffer[point] > 57:
            return NO_NUMBER
        point += 1
    if point == place or point - place > LONGEST_INTEGER:
        return NO_NUMBER
    for index in range(point + 1, end):
        if buffer[index] < 48 or buffer[index] > 57:
            return NO_NUMBER
    whole: Scalar = moment(digits(buffer, place, point), 1000)
    if whole < 0:
        return whole
    scale = 100
    for index in range(point + 1, min(point + 4, end)):
        whole += (np.int64(buffer[index]) - 48) * scale
        scale //= 10
    return whole


@part
def two(buffer: Array, place: int) -> Scalar:
    """Return the number that two digits write."""
    return (np.int64(buffer[place]) - 48) * 10 + np.int64(buffer[place + 1]) - 48


@part
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


@part
def clf(buffer: Array, place: int) -> int:
    """Return a time such as ``23/Nov/2026:08:24:29 +0000`` as milliseconds, or why it is none."""
    day, year = two(buffer, place), two(buffer, place + 7) * 100 + two(buffer, place + 9)
    hour, minute, second = two(buffer, place + 12), two(buffer, place + 15), two(buffer, place + 18)
    month = month_number(buffer, place + 3)
    offset = two(buffer, place + 22) * 60 + two(buffer, place + 24)
    if month == 0 or year == 0 or day == 0 or hour > 23 or minute > 59 or second > 59 or offset >= 1440:
        return NO_TIME
    if day > month_days(year, month):
        return NO_TIME
    if buffer[place + 21] == 45:
        offset = -offset
    seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
    return moment(seconds * 1000, 1)
