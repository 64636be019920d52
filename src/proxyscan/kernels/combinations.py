"""Rows of integers to numbers: an open hash table of keys, which lives across blocks.

A key is a row of integers; the number of a key is its row in `keys`, in the order first seen. A hit counts
only when all integers are the same, so two keys never share a number. A row of `keys` may go on behind its key, with
what is summed by it: both are then in one place of the memory.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import Array, Scalar, kernel, part

FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
THRICE: Final = np.uint64(3 * 0x9E3779B97F4A7C15 & 2**64 - 1)
U17: Final = np.uint64(17)
U29: Final = np.uint64(29)
EMPTY: Final = -1
"""A slot that leads nowhere."""


@part
def hash_key(key: Array) -> Scalar:
    """Return a hash of a row of integers; no product waits for another one."""
    value, factor = np.uint64(0), FACTOR
    for index in range(len(key)):
        value ^= (np.uint64(key[index]) + factor) * factor
        factor += np.uint64(2) * FACTOR
    value ^= value >> U29
    return value * FACTOR


@part
def number_of(key: Array, keys: Array, slots: Array, used: Array) -> Scalar:
    """Return the number of a key, a new one if the table lacks it; there must be room for one more."""
    mask = np.uint64(len(slots) - 1)
    slot = (hash_key(key) >> U17) & mask
    while slots[slot] != EMPTY:
        number = slots[slot]
        same = True
        for index in range(len(key)):
            same = same and keys[number, index] == key[index]
        if same:
            return number
        slot = (slot + np.uint64(1)) & mask
    number = used[0]
    slots[slot] = number
    for index in range(len(key)):
        keys[number, index] = key[index]
    used[0] = number + 1
    return number


@part
def number_of_two(one: int, two: int, keys: Array, slots: Array, used: Array) -> Scalar:
    """Return the same for a key of two integers, without a loop over them."""
    mask = np.uint64(len(slots) - 1)
    value = (np.uint64(one) + FACTOR) * FACTOR ^ (np.uint64(two) + THRICE) * THRICE
    slot = ((value ^ value >> U29) * FACTOR >> U17) & mask
    while slots[slot] != EMPTY:
        number = np.uint64(slots[slot])
        if keys[number, 0] == one and keys[number, 1] == two:
            return number
        slot = (slot + np.uint64(1)) & mask
    number = np.uint64(used[0])
    slots[slot] = number
    keys[number, 0], keys[number, 1] = one, two
    used[0] += 1
    return number


@kernel
def fill_slots(keys: Array, width: int, slots: Array, used: int) -> None:
    """Enter the first `used` keys, of so many integers, into empty slots."""
    mask = np.uint64(len(slots) - 1)
    for number in range(used):
        slot = (hash_key(keys[number, :width]) >> U17) & mask
        while slots[slot] != EMPTY:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = number


@kernel
def number_rows(columns: Array, first: int, numbers: Array, key: Array, keys: Array, slots: Array, used: Array) -> int:
    """Fill in the number of each row of `columns` (a row of the array per column) from row `first` on.

    Return the row before which the table must grow, or the number of rows.
    """
    for row in range(first, len(numbers)):
        if used[0] == len(keys):
            return row
        for index in range(len(key)):
            key[index] = columns[index, row]
        numbers[row] = number_of(key, keys, slots, used)
    return len(numbers)


class Combinations:
    """The table: `slots` lead to rows of `keys`; the first `used[0]` of them are filled.

    `behind`: integers in a row behind its key, which begin as 0.
    """

    def __init__(self, width: int, room: int = 1 << 10, behind: int = 0) -> None:
        self.key = np.zeros(width, np.int64)
        self.keys = np.zeros((room, width + behind), np.int64)
        self.slots = _slots(room)
        self.used = np.zeros(1, np.int64)

    def __len__(self) -> int:
        return int(self.used[0])

    @property
    def table(self) -> tuple[Array, Array, Array, Array]:
        """What the kernels take: a place to work in, keys, slots, and how many are used."""
        return self.key, self.keys, self.slots, self.used

    def since(self, first: int) -> list[list[int]]:
        """Return the keys from number `first` on."""
        found: list[list[int]] = self.keys[first : len(self)].tolist()
        return found

    def grow(self, room: int = 0) -> None:
        """Make room for at least twice as many keys, and for `room` more than there are."""
        size = 2 * len(self.keys)
        while size < len(self) + room:
            size *= 2
        keys = np.zeros((size, self.keys.shape[1]), np.int64)
        keys[: len(self)] = self.keys[: len(self)]
        self.keys, self.slots = keys, _slots(size)
        fill_slots(self.keys, len(self.key), self.slots, len(self))

    def numbers(self, columns: Array) -> Array:
        """Return the number of each row of columns, an array of shape (width, rows)."""
        numbers = np.empty(columns.shape[1], np.int64)
        row = number_rows(columns, 0, numbers, *self.table)
        while row < len(numbers):
            self.grow()
            row = number_rows(columns, row, numbers, *self.table)
        return numbers


def _slots(room: int) -> Array:
    """Return free slots for so many keys: a power of two, as the kernels need, and at least twice as many."""
    return np.full(1 << (2 * room - 1).bit_length(), EMPTY, np.int32)
