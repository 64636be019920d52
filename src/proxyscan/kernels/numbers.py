"""Integers and times out of bytes, with the limits of `proxyscan.layouts.read`."""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import Array, Scalar, digits_end, inner, load_8, part

NULL: Final = np.iinfo(np.int64).min
LAST_TIME: Final = 253_402_300_800_000

TOO_LARGE: Final = NULL + 1
OUT_OF_RANGE: Final = NULL + 2
NO_NUMBER: Final = NULL + 3
NO_TIME: Final = NULL + 4
MISSING: Final = NULL + 5
MISFIT: Final = NULL + 6
NO_YEAR: Final = NULL + 7
EXPECTED: Final = NULL + 64
LAST_REASON: Final = NULL + 4096
"""Results that say why the line is a reject; no integer of 18 digits is among them.

`EXPECTED` plus a field's number: that field holds no number.
"""

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
def digits(buffer: Array, place: int, end: int) -> Scalar:
    """Return the number that up to 18 digits write; 0 for none."""
    count = end - place
    if 0 < count < 8:
        return eight_digits(load_8(buffer, place) << np.uint64(64 - 8 * count))
    value = np.int64(0)
    while end - place >= 8:
        value = value * 100_000_000 + eight_digits(load_8(buffer, place))
        place += 8
    while place < end:
        value = value * 10 + (np.int64(buffer[place]) - 48)
        place += 1
    return value


@part
def integer(buffer: Array, place: int, end: int) -> Scalar:
    """Return the value of ``-?[0-9]+``, `TOO_LARGE`, or `EXPECTED` for what is no number."""
    negative = buffer[place] == 45
    if negative:
        place += 1
    if place >= end or digits_end(buffer, place) < end:
        return EXPECTED
    if end - place > LONGEST_INTEGER:
        return TOO_LARGE
    value = digits(buffer, place, end)
    return -value if negative else value


@inner
def seconds(buffer: Array, place: int, end: int) -> Scalar:
    """Return seconds with decimals as milliseconds, `TOO_LARGE`, or `EXPECTED` for what is no number."""
    negative = buffer[place] == 45
    if negative:
        place += 1
    point = min(digits_end(buffer, place), end)
    if point <= place:
        return EXPECTED
    too_large = point - place > LONGEST_INTEGER - 3
    value = 0 if too_large else digits(buffer, place, point) * 1000
    place = point
    if place < end and buffer[place] == 46:
        place = min(digits_end(buffer, point + 1), end)
        value += thousandths(buffer, point + 1, place)
    if place < end and (buffer[place] | 32) == 101:  # e-05
        power = place + 2
        if end - power < 1 or end - power > 2 or buffer[place + 1] != 45 or digits_end(buffer, power) < end:
            return EXPECTED
        for _ in range(min(digits(buffer, power, end), 19)):
            value //= 10
        place = end
    if place < end:
        return EXPECTED
    if too_large:
        return TOO_LARGE
    return -value if negative else value


@part
def thousandths(buffer: Array, place: int, end: int) -> Scalar:
    """Return the first three decimals, missing ones as 0."""
    value: Scalar = 0
    for index in range(3):
        value *= 10
        if place + index < end:
            value += np.int64(buffer[place + index]) - 48
    return value


@part
def moment(value: int, scale: int) -> int:
    """Return `value` times `scale` in milliseconds, or why it is no time; NULL is out of range."""
    if value in (TOO_LARGE, EXPECTED):
        return value
    if value < 0 or value >= LAST_TIME or value * scale >= LAST_TIME:
        return OUT_OF_RANGE
    return value * scale


@inner
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
    return whole + thousandths(buffer, point + 1, end)


@inner
def epoch(buffer: Array, place: int, end: int) -> Scalar:
    """Return a time in the unit that its digits tell, as milliseconds, or why it is no time."""
    point = min(digits_end(buffer, place), end)
    count = point - place
    if count < 12:
        return fixed(buffer, place, end)
    if count > 20 or (point < end and (buffer[point] != 46 or digits_end(buffer, point + 1) < end)):
        return NO_NUMBER
    return moment(digits(buffer, place, point - 3 * ((count - 12) // 3)), 1)
