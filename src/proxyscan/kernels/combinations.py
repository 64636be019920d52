"""Rows of integers to numbers: an open hash table of keys, which lives across blocks.

A key is a row of integers; the number of a key is its row in `keys`, in the order first seen. A hit counts
only when all integers are the same, so two keys never share a number. A row of `keys` may go on behind its key, with
what is summed by it: both are then in one place of the memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from proxyscan.kernels.bits import U0, U1, Array, Scalar, bytes_at, codes_at, kernel, numbers_at, part

FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
THRICE: Final = np.uint64(3 * 0x9E3779B97F4A7C15 & 2**64 - 1)
U17: Final = np.uint64(17)
U29: Final = np.uint64(29)
WHOLE: Final = 64
"""Bits of an integer."""

BATCH: Final = 1 << 9
"""Rows of which the keys are made before they are looked up."""

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


@part
def find_numbers(columns: Array, row: Scalar, numbers: Array, keys: Array, slots: Array) -> Scalar:
    """Fill in the number of each row of `columns` from a row on; return the first row with a new key."""
    last = np.uint64(len(slots) - 1)
    while row < np.uint64(len(numbers)):
        slot = (hash_key(columns[:, row]) >> U17) & last
        while True:
            if slots[slot] == EMPTY:
                return row
            number = np.uint64(slots[slot])
            other, index = np.int64(0), U0
            while index < np.uint64(len(columns)):
                other |= keys[number, index] ^ columns[index, row]
                index += U1
            if other == 0:
                break
            slot = (slot + U1) & last
        numbers[row] = number
        row += U1
    return row


@part
def put(values: Array, mask: Scalar, shift: Scalar, keys: Array) -> None:
    """Enter bits of a column's values into an integer of the keys of some rows."""
    row, rows = U0, np.uint64(len(values))
    while row < rows:
        keys[row] |= (np.int64(values[row]) & mask) << shift
        row += U1


@part
def pack(sources: Array, first: int, count: int, keys: Array) -> None:
    """Fill in the keys of some rows, a row of `keys` for each integer."""
    keys[:, :count] = 0
    for source in range(len(sources)):
        address, size, mask, shift, integer = sources[source]
        if size == 8:
            put(numbers_at(address + 8 * first, count), mask, shift, keys[integer])
        elif size == 4:
            put(codes_at(address + 4 * first, count), mask, shift, keys[integer])
        else:
            put(bytes_at(address + first, count), mask, shift, keys[integer])


@kernel
def number_rows(
    sources: Array, first: int, numbers: Array, batch: Array, key: Array, keys: Array, slots: Array, used: Array
) -> Scalar:
    """Fill in the number of each row from row `first` on.

    Return the row before which the table must grow, or the number of rows. `sources`: of each column its address, the
    bytes of a value, and its place, see `Combinations.numbered`. `batch`: room for the keys of some rows, which are
    looked up while the nearest cache still has them.
    """
    while first < len(numbers):
        count = min(len(numbers) - first, batch.shape[1])
        pack(sources, first, count, batch)
        row, rows = U0, np.uint64(count)
        while row < rows:
            row = find_numbers(batch, row, numbers[first : first + count], keys, slots)
            if row < rows:
                if used[0] == len(keys):
                    return first + np.int64(row)
                for index in range(len(key)):
                    key[index] = batch[index, row]
                number_of(key, keys, slots, used)
        first += count
    return first


class Combinations:
    """The table: `slots` lead to rows of `keys`; the first `used[0]` of them are filled.

    `behind`: integers in a row behind its key, which begin as 0.
    """

    def __init__(self, width: int, room: int = 1 << 10, behind: int = 0) -> None:
        self.key = np.zeros(width, np.int64)
        self.keys = np.zeros((room, width + behind), np.int64)
        self.slots = _slots(room)
        self.used = np.zeros(1, np.int64)
        self._batch = np.empty((width, BATCH), np.int64)

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
        places = np.array([(-1, 0, integer) for integer in range(len(columns))], np.int64)
        return self.numbered([*np.ascontiguousarray(columns, np.int64)], places, columns.shape[1])

    def numbered(self, columns: Sequence[Array], places: Array, rows: int) -> Array:
        """Return the number of each of so many rows of columns, which must not be strided.

        `places`: of each column the bits that count, by how many they are shifted, and in which integer of the key.
        """
        found = [(each.__array_interface__["data"][0], each.itemsize) for each in columns]
        sources = np.hstack([np.array(found, np.int64).reshape(-1, 2), places])
        numbers = np.empty(rows, np.int64)
        row = number_rows(sources, 0, numbers, self._batch, *self.table)
        while row < len(numbers):
            self.grow()
            row = number_rows(sources, row, numbers, self._batch, *self.table)
        return numbers


class Packed:
    """Combinations of columns of integers or truths, several of which share an integer of a key.

    `bits`: of each column how many tell its values apart, `WHOLE` for any; the value -1 has all of them set.
    """

    def __init__(self, bits: Sequence[int]) -> None:
        self.bits = tuple(bits)
        self._places = np.zeros((len(bits), 3), np.int64)
        integer, shift = 0, 0
        for place, each in zip(self._places, bits, strict=True):
            if shift + each > WHOLE:
                integer, shift = integer + 1, 0
            place[:] = -1 if each == WHOLE else (1 << each) - 1, shift, integer
            shift += each
        self._known = Combinations(integer + 1)

    def numbers(self, columns: Sequence[Array], rows: int) -> Array:
        """Return the number of each of so many rows of columns."""
        return self._known.numbered([*map(np.ascontiguousarray, columns)], self._places, rows)

    def since(self, first: int) -> list[list[int]]:
        """Return the values of the combinations from number `first` on."""
        every, shift, integer = self._places.T
        values = self._known.keys[first : len(self._known)][:, integer] >> shift & every
        found: list[list[int]] = np.where(values == every, -1, values).tolist()
        return found


def _slots(room: int) -> Array:
    """Return free slots for so many keys: a power of two, as the kernels need.

    At least four times as many: nearly each search then ends at its first slot, as the processor expects.
    """
    return np.full(1 << (4 * room - 1).bit_length(), EMPTY, np.int32)
