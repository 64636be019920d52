"""Text to code: one open hash table for all vocabularies, which lives across blocks.

A hit counts only when vocabulary, length and all bytes are the same, so two words never share a code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from proxyscan.kernels.bits import U0, U1, Array, Scalar, inner, kernel, load_8, part

FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
U32: Final = np.uint64(32)

BEGIN: Final = 0
LENGTH: Final = 1
VOCABULARY: Final = 2
CODE: Final = 3
"""Columns of `entries`."""

WORDS_USED: Final = 0
BYTES_USED: Final = 1
"""Places in `used`; behind them the number of words of each vocabulary."""
FIRST_COUNT: Final = 2


@part
def hash_word(buffer: Array, place: int, length: int, vocabulary: int) -> Scalar:
    """Return a hash of a word in its vocabulary; never 0."""
    value = (np.uint64(length) << U32 | np.uint64(vocabulary + 1)) * FACTOR
    while length >= 8:
        value = (value ^ load_8(buffer, place)) * FACTOR
        value ^= value >> U32
        place += 8
        length -= 8
    if length > 0:
        value = (value ^ (load_8(buffer, place) << np.uint64(64 - 8 * length))) * FACTOR
        value ^= value >> U32
    return value | U1


@part
def same_bytes(buffer: Array, place: int, other: Array, begin: int, length: int) -> Scalar:
    """Tell whether `length` bytes of two buffers are the same."""
    while length >= 8:
        if load_8(buffer, place) != load_8(other, begin):
            return False
        place += 8
        begin += 8
        length -= 8
    if length == 0:
        return True
    return (load_8(buffer, place) ^ load_8(other, begin)) << np.uint64(64 - 8 * length) == U0


class Table(NamedTuple):
    """The table: `hashes` and `slots` lead to rows of `entries`, these to bytes in `store`; `used` counts."""

    hashes: Array
    slots: Array
    entries: Array
    store: Array
    used: Array


@inner
def insert(
    buffer: Array,
    place: int,
    end: int,
    vocabulary: int,
    value: Scalar,
    slot: Scalar,
    hashes: Array,
    slots: Array,
    entries: Array,
    store: Array,
    used: Array,
) -> Scalar:
    """Put a new word with the hash `value` into the free `slot` and return its code."""
    length = end - place
    entry = used[WORDS_USED]
    begin = used[BYTES_USED]
    code = used[FIRST_COUNT + vocabulary]
    hashes[slot] = value
    slots[slot] = entry
    entries[entry, BEGIN] = begin
    entries[entry, LENGTH] = length
    entries[entry, VOCABULARY] = vocabulary
    entries[entry, CODE] = code
    for index in range(length):
        store[begin + index] = buffer[place + index]
    used[WORDS_USED] = entry + 1
    used[BYTES_USED] = begin + length
    used[FIRST_COUNT + vocabulary] = code + 1
    return code


@part
def code_of(buffer: Array, place: int, end: int, vocabulary: int, table: Table) -> Scalar:
    """Return the code of a word, a new one if the vocabulary lacks it; -1 for nothing."""
    length = end - place
    if length == 0:
        return -1
    hashes, slots, entries, store, used = table
    value = hash_word(buffer, place, length, vocabulary)
    mask = np.uint64(len(hashes) - 1)
    slot = (value >> np.uint64(17)) & mask
    while hashes[slot] != U0:
        if hashes[slot] == value:
            entry = slots[slot]
            if (
                entries[entry, LENGTH] == length
                and entries[entry, VOCABULARY] == vocabulary
                and same_bytes(buffer, place, store, entries[entry, BEGIN], length)
            ):
                return entries[entry, CODE]
        slot = (slot + U1) & mask
    return insert(buffer, place, end, vocabulary, value, slot, hashes, slots, entries, store, used)


@kernel
def fill_slots(hashes: Array, slots: Array, old_hashes: Array, old_slots: Array) -> None:
    """Put the entries of a table into a larger, empty one."""
    mask = np.uint64(len(hashes) - 1)
    for old in range(len(old_hashes)):
        value = old_hashes[old]
        if value != U0:
            slot = (value >> np.uint64(17)) & mask
            while hashes[slot] != U0:
                slot = (slot + U1) & mask
            hashes[slot] = value
            slots[slot] = old_slots[old]


@part
def has_room(words: int, size: int, table: Table) -> Scalar:
    """Tell whether so many more words with so many bytes fit."""
    return table.used[WORDS_USED] + words <= len(table.entries) and table.used[BYTES_USED] + size + 8 <= len(
        table.store
    )


class Words:
    """A table that grows."""

    def __init__(self, vocabularies: int, slots: int = 1 << 12) -> None:
        self.hashes = np.zeros(slots, np.uint64)
        self.slots = np.zeros(slots, np.int32)
        self.entries = np.zeros((slots // 2, 4), np.int64)
        self.store = np.zeros(slots * 16, np.uint8)
        self.used = np.zeros(FIRST_COUNT + vocabularies, np.int64)

    @property
    def table(self) -> Table:
        """The arrays as they are now."""
        return Table(self.hashes, self.slots, self.entries, self.store, self.used)

    def grow(self, words: int, size: int) -> None:
        """Make room for so many more words with so many bytes, and at least as many as there are."""
        while self.used[WORDS_USED] + words > len(self.entries):
            hashes = np.zeros(4 * len(self.hashes), np.uint64)
            slots = np.zeros(len(hashes), np.int32)
            fill_slots(hashes, slots, self.hashes, self.slots)
            self.hashes, self.slots = hashes, slots
            self.entries = np.concatenate([self.entries, np.zeros((len(hashes) // 2 - len(self.entries), 4), np.int64)])
        if self.used[BYTES_USED] + size + 8 > len(self.store):
            self.store = np.concatenate([self.store, np.zeros(len(self.store) + size + 8, np.uint8)])

    def since(self, first: int) -> Iterator[tuple[int, bytes]]:
        """Yield vocabulary and bytes of the words from number `first` on, in the order first seen."""
        for begin, length, vocabulary, _ in self.entries[first : self.used[WORDS_USED]].tolist():
            yield vocabulary, self.store[begin : begin + length].tobytes()
