"""Text to code: one open hash table for all vocabularies, which lives across blocks.

A hit counts only when vocabulary, length and all bytes are the same, so two words never share a code. Most words are
so short that a slot of the table holds all of their bytes.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from proxyscan.kernels.bits import U0, U1, Array, Scalar, inner, kernel, load_8, part, prefetch

MANY: Final = 1 << 12
"""Words of a vocabulary whose slots the processor's nearest caches do not hold."""

AHEAD: Final = 12
"""Rows by which slots are fetched before they are needed."""

SHORT: Final = 16
"""Bytes of the longest word that two loads of 8 bytes tell whole."""

FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
U17: Final = np.uint64(17)
U32: Final = np.uint64(32)

FRONT: Final = 0
BACK: Final = 1
SIZE: Final = 2
CODE: Final = 3
"""Columns of `slots`: of a short word all bytes, of a longer one a hash and where it begins in `store`; its length and,
32 bits higher, its vocabulary; its code and 1 more, 0 in a free slot. One line of the cache holds two slots.
"""

LENGTH: Final = 0xFFFFFFFF

WORDS_USED: Final = 0
BYTES_USED: Final = 1
"""Places in `used`; behind them the number of words of each vocabulary."""
FIRST_COUNT: Final = 2


@part
def front_of(buffer: Array, place: int, length: int) -> Scalar:
    """Return the first 8 bytes of a short word, of a longer one a hash."""
    if length <= 8:
        return load_8(buffer, place) << np.uint64(64 - 8 * length) if length > 0 else U0
    if length <= SHORT:
        return load_8(buffer, place)
    value = FACTOR
    end = place + length - 8
    while place < end:
        value = mixed(value, load_8(buffer, place))
        place += 8
    return mixed(value, load_8(buffer, end))


@part
def back_of(buffer: Array, place: int, length: int) -> Scalar:
    """Return the last 8 bytes of a short word of more than 8, for others 0."""
    back = load_8(buffer, place + max(length - 8, 0))
    return back if 8 < length <= SHORT else U0


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
def insert(buffer: Array, place: int, length: int, vocabulary: int, slot: Scalar, table: Table) -> None:
    """Put a new word into the free `slot`."""
    slots, entries, store, used = table
    entry = used[WORDS_USED]
    begin = used[BYTES_USED]
    code = used[FIRST_COUNT + vocabulary]
    size = size_of(vocabulary, length)
    slots[slot, FRONT] = front_of(buffer, place, length)
    slots[slot, BACK] = back_of(buffer, place, length) if length <= SHORT else np.uint64(begin)
    slots[slot, SIZE] = size
    slots[slot, CODE] = code + 1
    entries[entry, 0] = begin
    entries[entry, 1] = size
    for index in range(length):
        store[begin + index] = buffer[place + index]
    used[WORDS_USED] = entry + 1
    used[BYTES_USED] = begin + length
    used[FIRST_COUNT + vocabulary] = code + 1


@part
def size_of(vocabulary: int, length: int) -> Scalar:
    """Return length and vocabulary of a word as one number."""
    return np.uint64(vocabulary) << U32 | np.uint64(length)


@part
def slot_of(front: Scalar, back: Scalar, size: Scalar, slots: Array) -> Scalar:
    """Return the slot at which the search for a word begins; there are a power of two of them."""
    value = mixed(mixed(size * FACTOR, front), back)
    return (value >> U17) & np.uint64(len(slots) - 1)


@part
def find_slots(
    buffer: Array, spans: Array, column: int, first: int, vocabulary: int, slots: Array, found: Array
) -> None:
    """Fill in the slot at which the search for each word of a column begins, from a row on."""
    for row in range(first, found.shape[1]):
        place: Scalar = np.int64(spans[column, row, 0])
        length: Scalar = np.int64(spans[column, row, 1]) - place if place >= 0 else 0
        size = size_of(vocabulary, length)
        front = front_of(buffer, max(place, 0), length)
        found[0, row] = slot_of(front, back_of(buffer, max(place, 0), length), size, slots)
        found[1, row] = front


@part
def encode_column(
    buffer: Array, spans: Array, column: int, first: int, vocabulary: int, found: Array, table: Table, codes: Array
) -> int:
    """Fill in the codes of a column's words, from a row on; -1 for an absent one: it begins at -1.

    Return the row before which the table must grow, or the number of rows. Where a vocabulary has many words, all
    slots are looked for in `found` first, so that they are fetched before they are needed.
    """
    slots, entries, store, used = table
    rows: int = found.shape[1]
    many = used[FIRST_COUNT + vocabulary] > MANY
    if many:
        find_slots(buffer, spans, column, first, vocabulary, slots, found)
    for row in range(first, rows):
        if many and row + AHEAD < rows:
            prefetch(slots, found[0, row + AHEAD])
        place: Scalar = np.int64(spans[column, row, 0])
        if place < 0:
            codes[column, row] = -1
            continue
        length: Scalar = np.int64(spans[column, row, 1]) - place
        size = size_of(vocabulary, length)
        back = back_of(buffer, place, length)
        front = found[1, row] if many else front_of(buffer, place, length)
        slot = found[0, row] if many else slot_of(front, back, size, slots)
        while slots[slot, CODE] != U0:
            if slots[slot, FRONT] == front and slots[slot, SIZE] == size:
                begin: Scalar = np.int64(slots[slot, BACK])
                if slots[slot, BACK] == back if length <= SHORT else same_bytes(buffer, place, store, begin, length):
                    break
            slot = (slot + U1) & np.uint64(len(slots) - 1)
        if slots[slot, CODE] == U0:
            if used[WORDS_USED] == len(entries) or used[BYTES_USED] + length + 8 > len(store):
                return row
            insert(buffer, place, length, vocabulary, slot, table)
        codes[column, row] = slots[slot, CODE] - U1
    return rows


@kernel
def encode(
    buffer: Array, spans: Array, vocabularies: Array, state: Array, found: Array, table: Table, codes: Array
) -> bool:
    """Fill in the codes of all columns from `state` on, a column and a row; tell whether the table must grow.

    `spans` and `codes` have a row for each column; `vocabularies` says whose words are in it.
    """
    for column in range(state[0], len(spans)):
        state[1] = encode_column(buffer, spans, column, state[1], vocabularies[column], found, table, codes)
        if state[1] < found.shape[1]:
            state[0] = column
            return True
        state[1] = 0
    return False


@kernel
def fill_slots(slots: Array, old_slots: Array) -> None:
    """Put the words of a table into a larger, empty one."""
    for old in range(len(old_slots)):
        if old_slots[old, CODE] != U0:
            size = old_slots[old, SIZE]
            back = old_slots[old, BACK] if size & np.uint64(LENGTH) <= np.uint64(SHORT) else U0
            slot = slot_of(old_slots[old, FRONT], back, size, slots)
            while slots[slot, CODE] != U0:
                slot = (slot + U1) & np.uint64(len(slots) - 1)
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
        found = np.empty((2, rows), np.uint64)
        state = np.zeros(2, np.int64)
        while encode(buffer, spans, vocabularies, state, found, self.table, codes):
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
