"""Text to code: one open hash table for all vocabularies, which lives across blocks.

A hit counts only when vocabulary, length and all bytes are the same, so two words never share a code. Nearly all words
are so short that a slot of the table holds all of their bytes; these are told apart without a branch on their length.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from proxyscan.kernels.bits import (
    U0,
    U1,
    Array,
    Scalar,
    copy_32,
    hash_32,
    inner,
    kernel,
    load_8,
    lowest_bit,
    part,
    prefetch,
    same_32,
)

BATCH: Final = 1 << 11
"""Rows whose columns are encoded in turn, since their bytes fit into the processor's nearer caches."""

MANY: Final = 1 << 9
"""Words of a vocabulary whose slots the processor's nearest cache does not hold."""

WHOLE: Final = 32
"""Bytes of the longest word that a slot holds whole."""

FACTOR: Final = np.uint64(0xE7037ED1A0B428DB)
U32: Final = np.uint64(32)

SIZE: Final = 4
HASH: Final = 5
CODE: Final = 6
BEGIN: Final = 7
WIDTH: Final = 8
"""Columns of `slots`, behind four with a word's first bytes: its length and, 32 bits higher, its vocabulary and 1 more,
so that this is 0 in free slots only; its hash; its code; where it begins in `store`. A slot fills a line of the cache.
"""

LINE: Final = 64
"""Bytes of a line of the cache."""

ABSENT: Final = np.uint64(0xFFFFFFFF)
"""As long is a word that is not there; its code is -1."""

WORDS_USED: Final = 0
BYTES_USED: Final = 1
"""Places in `used`; behind them the number of words of each vocabulary."""
FIRST_COUNT: Final = 2


@part
def hash_of(buffer: Array, place: int, length: int, size: Scalar) -> Scalar:
    """Return a hash of a word; no product waits for another one unless it is long."""
    value = hash_32(buffer, place, length) + size * FACTOR
    if length > WHOLE:
        end = place + length - 8
        place += WHOLE
        while place < end:
            value = mixed(value, load_8(buffer, place))
            place += 8
        value = mixed(value, load_8(buffer, end))
    return value


@part
def mixed(value: Scalar, more: Scalar) -> Scalar:
    """Return a hash with eight more bytes in it."""
    value = (value ^ more) * FACTOR
    return value ^ value >> U32


@part
def same_bytes(buffer: Array, place: int, other: Array, begin: Scalar, length: int) -> Scalar:
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


@part
def look(buffer: Array, spans: Array, row: Scalar, vocabulary: int) -> Scalar:
    """Return where a word begins, its length, its size as in `slots`, and its hash."""
    begin: Scalar = np.int64(spans[row, 0])
    absent = begin >> 63
    length: Scalar = (np.int64(spans[row, 1]) - begin) & ~absent
    size = np.uint64(vocabulary + 1) << U32 | np.uint64(length) | np.uint64(absent) & ABSENT
    place = begin & ~absent
    return place, length, size, hash_of(buffer, place, length, size)


@part
def first_slot(hash: Scalar, slots: Array) -> Scalar:
    """Return the slot at which the search for a word begins; there are a power of two of them."""
    return hash >> np.uint64(64 - lowest_bit(np.uint64(len(slots))))


@part
def find_codes(
    buffer: Array, spans: Array, row: Scalar, stop: Scalar, vocabulary: int, table: Table, codes: Array
) -> Scalar:
    """Fill in the codes of a column's words from a row on; return the row of the first new word, `stop` for none."""
    slots, _, store, _ = table
    while row < stop:
        place, length, size, hash = look(buffer, spans, row, vocabulary)
        slot = first_slot(hash, slots)
        while (
            slots[slot, SIZE] != size
            or not same_32(buffer, place, length, slots, slot)
            or (length > WHOLE and not same_bytes(buffer, place, store, np.int64(slots[slot, BEGIN]), length))
        ):
            if slots[slot, SIZE] == U0:
                return row
            slot = (slot + U1) & np.uint64(len(slots) - 1)
        codes[row] = slots[slot, CODE]
        row += U1
    return row


@part
def fetch_slots(buffer: Array, spans: Array, rows: Scalar, vocabulary: int, slots: Array) -> None:
    """Have the slots fetched at which the search for each word begins: to wait for one after the other takes longer."""
    row = U0
    while row < rows:
        prefetch(slots, first_slot(look(buffer, spans, row, vocabulary)[3], slots))
        row += U1


@inner
def insert(buffer: Array, spans: Array, row: Scalar, vocabulary: int, table: Table) -> bool:
    """Put a new word into the table; tell whether there was room."""
    slots, entries, store, used = table
    place, length, size, hash = look(buffer, spans, row, vocabulary)
    entry, begin = used[WORDS_USED], used[BYTES_USED]
    if entry == len(entries) or begin + length + 8 > len(store):
        return False
    slot = first_slot(hash, slots)
    while slots[slot, SIZE] != U0:
        slot = (slot + U1) & np.uint64(len(slots) - 1)
    copy_32(buffer, place, length, slots, slot)
    slots[slot, SIZE] = size
    slots[slot, HASH] = hash
    slots[slot, CODE] = used[FIRST_COUNT + vocabulary]
    slots[slot, BEGIN] = begin
    if size & ABSENT == ABSENT:
        slots[slot, CODE] = ~U0
        return True
    for index in range(length):
        store[begin + index] = buffer[place + index]
    entries[entry, 0] = begin
    entries[entry, 1] = size
    used[WORDS_USED] = entry + 1
    used[BYTES_USED] = begin + length
    used[FIRST_COUNT + vocabulary] += 1
    return True


@part
def encode_rows(
    buffer: Array,
    spans: Array,
    begin: int,
    vocabularies: Array,
    table: Table,
    codes: Array,
    first: int,
    count: int,
) -> Scalar:
    """Fill in the codes of so many rows, from `first` on, of which the words are in rows of `spans` from `begin` on.

    `spans` and `codes` have a row for each column; `vocabularies` says whose words are in it. A word that begins at -1
    is absent, and its code -1. Return -1, or the length of a word for which the table must grow.
    """
    rows = np.uint64(count)
    for column in range(len(codes)):
        words, found = spans[column, begin : begin + count], codes[column, first : first + count]
        row = U0
        if table.used[FIRST_COUNT + vocabularies[column]] > MANY:
            fetch_slots(buffer, words, rows, vocabularies[column], table.slots)
        while row < rows:
            row = find_codes(buffer, words, row, rows, vocabularies[column], table, found)
            if row < rows and not insert(buffer, words, row, vocabularies[column], table):
                return np.int64(words[row, 1] - words[row, 0]) if words[row, 0] >= 0 else np.int64(0)
    return np.int64(-1)


@kernel
def encode(buffer: Array, spans: Array, vocabularies: Array, state: Array, table: Table, codes: Array) -> bool:
    """Fill in the codes of all columns from row `state[0]` on; tell whether the table must grow for a word.

    The arguments are those of `encode_rows`. `state[1]`: the length of the word.
    """
    first = state[0]
    while first < codes.shape[1]:
        count = min(BATCH, codes.shape[1] - first)
        length = encode_rows(buffer, spans, first, vocabularies, table, codes, first, count)
        if length >= 0:
            state[0], state[1] = first, length
            return True
        first += count
    return False


@kernel
def fill_slots(slots: Array, old_slots: Array) -> None:
    """Put the words of a table into a larger, empty one."""
    for old in range(len(old_slots)):
        if old_slots[old, SIZE] != U0:
            slot = first_slot(old_slots[old, HASH], slots)
            while slots[slot, SIZE] != U0:
                slot = (slot + U1) & np.uint64(len(slots) - 1)
            for column in range(WIDTH):
                slots[slot, column] = old_slots[old, column]


def free_slots(count: int) -> Array:
    """Return free slots, each in a line of the cache. They are written: a page that is read first is got twice."""
    room = np.full((count + 1) * WIDTH, U0)
    first = -room.ctypes.data % LINE // room.itemsize
    return room[first : first + count * WIDTH].reshape(count, WIDTH)


class Words:
    """A table that grows."""

    def __init__(self, vocabularies: int, slots: int = 1 << 12) -> None:
        self.slots = free_slots(slots)
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
        state = np.zeros(2, np.int64)
        while encode(buffer, spans, vocabularies, state, self.table, codes):
            self.grow(int(state[1]))
        return codes

    def grow(self, size: int) -> None:
        """Make room for twice as many words and bytes, and for `size` bytes more."""
        if self.used[WORDS_USED] == len(self.entries):
            slots = free_slots(4 * len(self.slots))
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
            for begin, size, number in zip(
                begins, (sizes & int(ABSENT)).tolist(), ((sizes >> 32) - 1).tolist(), strict=True
            ):
                found[number].append(store[begin : begin + size])
        return found
