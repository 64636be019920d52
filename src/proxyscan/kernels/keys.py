"""The names that a layout knows, found by an open hash table: keys of pairs, members of JSON objects."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from proxyscan.kernels.bits import Array, Scalar, find, load_8, part
from proxyscan.kernels.words import same_bytes

FACTOR: Final = 0x9E3779B97F4A7C15
OTHER: Final = 0xC2B2AE3D27D4EB4F

NODE: Final = 0
BEGIN: Final = 1
LENGTH: Final = 2
FIRST: Final = 3
COUNT: Final = 4
CHILD: Final = 5
"""Columns of `rows`: the object that a name belongs to, its text, its fields, and the object that it leads to (-1)."""


class Keys(NamedTuple):
    """`slots` lead to `rows` (-1: to none), these to bytes in `text`."""

    slots: Array
    rows: Array
    text: Array


@part
def find_key(buffer: Array, begin: int, end: int, node: int, keys: Keys) -> Scalar:
    """Return the row of a name, -1 for one that is not known."""
    length = end - begin
    if length < 8:
        value = load_8(buffer, begin) << np.uint64(64 - 8 * length) if length > 0 else np.uint64(0)
    else:
        value = load_8(buffer, begin) ^ (load_8(buffer, end - 8) * np.uint64(OTHER))
    value = (value ^ np.uint64(length + 256 * node)) * np.uint64(FACTOR)
    mask = np.uint64(len(keys.slots) - 1)
    slot = (value >> np.uint64(40)) & mask
    while keys.slots[slot] >= 0:
        row = keys.slots[slot]
        rows = keys.rows
        same = rows[row, NODE] == node and rows[row, LENGTH] == length
        if same and same_bytes(buffer, begin, keys.text, rows[row, BEGIN], length):
            return np.int64(row)
        slot = (slot + np.uint64(1)) & mask
    return np.int64(-1)


@part
def mark_key(marks: Array, keys: Keys, row: Scalar, begin: int, end: int) -> None:
    """Note where the value of a name is, for each of its fields."""
    first = keys.rows[row, FIRST]
    for field in range(first, first + keys.rows[row, COUNT]):
        marks[field, 0] = begin
        marks[field, 1] = end


@part
def is_open(marks: Array, keys: Keys, row: Scalar) -> Scalar:
    """Tell whether a name is known, has fields, and none of its values was found yet."""
    return row >= 0 and keys.rows[row, COUNT] > 0 and marks[keys.rows[row, FIRST], 0] < 0


@part
def clear(marks: Array) -> None:
    """Mark all fields as absent."""
    for field in range(len(marks)):
        marks[field, 0] = -1


@part
def has_all(marks: Array, needs: Array, lacks: Array, some: Array) -> bool:
    """Tell whether the fields `needs` were found, one of `some` where these are any, and none of `lacks`."""
    for index in range(len(lacks)):
        if marks[lacks[index], 0] >= 0:
            return False
    for index in range(len(needs)):
        if marks[needs[index], 0] < 0:
            return False
    for index in range(len(some)):
        if marks[some[index], 0] >= 0:
            return True
    return len(some) == 0


@part
def holds(buffer: Array, place: int, end: int, text: Array, rare: int) -> Scalar:
    """Return where a text first stands from `place` on, -1 for nowhere; `rare` is its byte that is seldom written."""
    count = len(text)
    if count == 0:
        return place
    while place <= end - count:
        stop = end - count + rare + 1
        found = find(buffer, place + rare, stop, text[rare])
        if found >= stop:
            return -1
        place = found - rare
        index = 0
        while index < count and buffer[place + index] == text[index]:
            index += 1
        if index == count:
            return place
        place += 1
    return -1
