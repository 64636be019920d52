"""Text to code: one open hash table for all vocabularies, which lives across blocks.

A hit counts only when vocabulary, length and all bytes are the same, so two words never share a code.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from proxyscan.kernels.bits import U0, U1, Array, Scalar, inner, kernel, load_8, part, prefetch

SMALL: Final = 1 << 12
"""Slots of a table that the processor's nearest cache holds."""

AHEAD: Final = 12
"""Rows by which slots are fetched before they are needed."""

FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
U17: Final = np.uint64(17)
U32: Final = np.uint64(32)

HASH: Final = 0
BEGIN: Final = 1
SIZE: Final = 2
CODE: Final = 3
"""Columns of `slots`: a word's hash (0: the slot is free), where it begins in `store`, its length and, 32 bits
higher, its vocabulary, and its code. All that a look-up reads of a slot lies within one line of the cache.
"""

LENGTH: Final = 0xFFFFFFFF

WORDS_USED: Final = 0
BYTES_USED: Final = 1
"""Places in `used`; behind them the number of words of each vocabulary."""
FIRST_COUNT: Final = 2


@part
def hash_word(buffer: Array, place: int, length: int, vocabulary: int) -> Scalar:
    """Return a hash of a word in its vocabulary; never 0. A word of 9 bytes and more ends in 8 of them."""
    value = (np.uint64(length) << U32 | np.uint64(vocabulary + 1)) * FACTOR
    if length <= 8:
        return mixed(value, load_8(buffer, place) << np.uint64(64 - 8 * length)) | U1
    end = place + length - 8
    while place < end:
        value = mixed(value, load_8(buffer, place))
        place += 8
    return mixed(value, load_8(buffer, end)) | U1


@part
def mixed(value: Scalar, more: Scalar) -> Scalar:
    """Return a hash with eight more bytes in it."""
    value = (value ^ more) * FACTOR
    return value ^ value >> U32


@part
def same_bytes(buffer: Array, place: int, other: Array, begin: int, length: int) -> Scalar:
    """Tell whether `length` bytes of two buffers are the same."""
    if length <= 8:
        difference = load_8(buffer, place) ^ load_8(other, begin)
        return length == 0 or difference << np.uint64(64 - 8 * length) == U0
    end = place + length - 8
    ahead = begin - place
    while place < end:
        if load_8(buffer, place) != load_8(other, place + ahead):
            return False
        place += 8
    return load_8(buffer, end) == load_8(other, end + ahead)


class Table(NamedTuple):
    """The table: `slots` lead from hashes to words, `store` has their bytes, `used` counts.

    `entries` has begin and size, as in `slots`, of each word in the order first seen.
    """

    slots: Array
    entries: Array
    store: Array
    used: Array


@inner
def insert(buffer: Array, place: int, length: int, vocabulary: int, value: Scalar, slot: Scalar, table: Table) -> None:
    """Put a new word with the hash `value` into the free `slot`."""
    slots, entries, store, used = table
    entry = used[WORDS_USED]
    begin = used[BYTES_USED]
    code = used[FIRST_COUNT + vocabulary]
    size = np.uint64(vocabulary) << U32 | np.uint64(length)
    slots[slot, HASH] = value
    slots[slot, BEGIN] = begin
    slots[slot, SIZE] = size
    slots[slot, CODE] = code
    entries[entry, 0] = begin
    entries[entry, 1] = size
    for index in range(length):
        store[begin + index] = buffer[place + index]
    used[WORDS_USED] = entry + 1
    used[BYTES_USED] = begin + length
    used[FIRST_COUNT + vocabulary] = code + 1


@part
def slot_of(value: Scalar, slots: Array) -> Scalar:
    """Return the slot at which the search for a hash begins; there are a power of two of them."""
    return (value >> U17) & np.uint64(len(slots) - 1)


@part
def hash_column(buffer: Array, spans: Array, column: int, first: int, vocabulary: int, values: Array) -> None:
    """Fill in the hash of each word of a column from a row on; 0 for one that is absent: it begins at -1."""
    for row in range(first, len(values)):
        place: Scalar = np.int64(spans[column, row, 0])
        length: Scalar = np.int64(spans[column, row, 1]) - place
        values[row] = hash_word(buffer, place, length, vocabulary) if place >= 0 else U0


@part
def encode_column(
    buffer: Array, spans: Array, column: int, first: int, vocabulary: int, values: Array, table: Table, codes: Array
) -> int:
    """Fill in the codes of a column's words by their hashes `values`, from a row on; -1 for an absent one.

    Return the row before which the table must grow, or the number of rows. This is a loop of its own, behind that of
    the hashes, so that the slots of a table larger than the cache are fetched before they are needed.
    """
    slots, entries, store, used = table
    rows = len(values)
    far = len(slots) > SMALL
    for row in range(first, rows):
        value = values[row]
        if far and row + AHEAD < rows:
            prefetch(slots, slot_of(values[row + AHEAD], slots))
        if value == U0:
            codes[column, row] = -1
            continue
        place: Scalar = np.int64(spans[column, row, 0])
        length: Scalar = np.int64(spans[column, row, 1]) - place
        size = np.uint64(vocabulary) << U32 | np.uint64(length)
        slot = slot_of(value, slots)
        while slots[slot, HASH] != U0:
            begin: Scalar = np.int64(slots[slot, BEGIN])
            if (
                slots[slot, HASH] == value
                and slots[slot, SIZE] == size
                and same_bytes(buffer, place, store, begin, length)
            ):
                break
            slot = (slot + U1) & np.uint64(len(slots) - 1)
        if slots[slot, HASH] == U0:
            if used[WORDS_USED] == len(entries) or used[BYTES_USED] + length + 8 > len(store):
                return row
            insert(buffer, place, length, vocabulary, value, slot, table)
        codes[column, row] = slots[slot, CODE]
    return rows


@kernel
def encode(
    buffer: Array, spans: Array, vocabularies: Array, state: Array, values: Array, table: Table, codes: Array
) -> bool:
    """Fill in the codes of all columns from `state` on, a column and a row; tell whether the table must grow.

    `spans` and `codes` have a row for each column; `vocabularies` says whose words are in it.
    """
    for column in range(state[0], len(spans)):
        vocabulary = vocabularies[column]
        hash_column(buffer, spans, column, state[1], vocabulary, values)
        state[1] = encode_column(buffer, spans, column, state[1], vocabulary, values, table, codes)
        if state[1] < len(values):
            state[0] = column
            return True
        state[1] = 0
    return False


@kernel
def fill_slots(slots: Array, old_slots: Array) -> None:
    """Put the words of a table into a larger, empty one."""
    mask = np.uint64(len(slots) - 1)
    for old in range(len(old_slots)):
        if old_slots[old, HASH] != U0:
            slot = (old_slots[old, HASH] >> U17) & mask
            while slots[slot, HASH] != U0:
                slot = (slot + U1) & mask
            for column in range(4):
                slots[slot, column] = old_slots[old, column]


class Words:
    """A table that grows."""

    def __init__(self, vocabularies: int, slots: int = 1 << 12) -> None:
        self.slots = np.zeros((slots, 4), np.uint64)
        self.entries = np.zeros((slots // 2, 2), np.uint64)
        self.store = np.zeros(slots * 16, np.uint8)
        self.used = np.zeros(FIRST_COUNT + vocabularies, np.int64)

    @property
    def table(self) -> Table:
        """The arrays as they are now."""
        return Table(self.slots, self.entries, self.store, self.used)

    def codes(self, buffer: Array, spans: Array, rows: int, vocabularies: Array) -> Array:
        """Return the codes of words in a padded buffer, new ones for those not seen before; a row for each column.

        `spans`: begin and end of the words of each column, of which so many rows count. `vocabularies`: one a column.
        """
        codes = np.empty((len(spans), rows), np.int32)
        values = np.empty(rows, np.uint64)
        state = np.zeros(2, np.int64)
        while encode(buffer, spans, vocabularies, state, values, self.table, codes):
            begin, end = spans[state[0], state[1]]
            self._grow(int(end - begin))
        return codes

    def _grow(self, size: int) -> None:
        """Make room for twice as many words and bytes, and for `size` bytes more."""
        if self.used[WORDS_USED] == len(self.entries):
            slots = np.zeros((4 * len(self.slots), 4), np.uint64)
            fill_slots(slots, self.slots)
            more = np.zeros((len(slots) // 2 - len(self.entries), 2), np.uint64)
            self.slots, self.entries = slots, np.concatenate([self.entries, more])
        if self.used[BYTES_USED] + size + 8 > len(self.store):
            self.store = np.concatenate([self.store, np.zeros(len(self.store) + size + 8, np.uint8)])

    def since(self, first: int) -> list[list[bytes]]:
        """Return the words from number `first` on by their vocabularies, each in the order first seen."""
        found: list[list[bytes]] = [[] for _ in self.used[FIRST_COUNT:]]
        fresh = self.entries[first : self.used[WORDS_USED]]
        if len(fresh):
            start = int(fresh[0, 0])
            store = self.store[start : self.used[BYTES_USED]].tobytes()
            begins = (fresh[:, 0].astype(np.int64) - start).tolist()
            sizes = fresh[:, 1].astype(np.int64)
            for begin, size, number in zip(begins, (sizes & LENGTH).tolist(), (sizes >> 32).tolist(), strict=True):
                found[number].append(store[begin : begin + size])
        return found
