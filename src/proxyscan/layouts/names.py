"""The names that a layout knows as the hash table of `proxyscan.kernels.keys`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import numpy as np

from proxyscan.kernels.keys import FACTOR, OTHER, Keys

ALL_BITS: Final = (1 << 64) - 1
FREQUENT: Final = b"-_.:/= \"'0123456789etaoinsrhldcumfpgwybvkxjqz"
"""Bytes in the order in which logs are full of them, roughly."""


class Name(NamedTuple):
    """A name of the object number `node` (0: of the line itself), its fields, and the object it leads to (-1)."""

    node: int
    text: bytes
    first: int
    fields: int
    child: int = -1


def hash_name(text: bytes, node: int) -> int:
    """Return the hash that `find_key` computes."""
    head = int.from_bytes(text[:8], "little")
    if len(text) < 8:
        value = head << (64 - 8 * len(text)) if text else 0
    else:
        value = head ^ (int.from_bytes(text[-8:], "little") * OTHER & ALL_BITS)
    return (value ^ (len(text) + 256 * node)) * FACTOR & ALL_BITS


def key_table(names: Iterable[Name]) -> Keys:
    """Return the table of some names; of equal ones the first counts."""
    known = list({(name.node, name.text): name for name in reversed(list(names))}.values())[::-1]
    slots = np.full(max(16, 1 << (4 * len(known)).bit_length()), -1, np.int32)
    text = bytearray()
    rows = np.empty((len(known), 6), np.int64)
    for number, name in enumerate(known):
        rows[number] = (name.node, len(text), len(name.text), name.first, name.fields, name.child)
        text += name.text
        slot = hash_name(name.text, name.node) >> 40 & (len(slots) - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot] = number
    return Keys(slots, rows, as_bytes(bytes(text) + bytes(8)))


def as_bytes(text: bytes) -> Any:
    """Return a text as an array."""
    return np.frombuffer(text, np.uint8)


def rare_place(text: bytes) -> int:
    """Return where in a text the byte stands that logs hold most seldom.

    >>> rare_place(b'subtype="webfilter"')
    2
    """
    ranks = [FREQUENT.find(byte) if byte in FREQUENT else len(FREQUENT) for byte in text.lower()]
    return ranks.index(max(ranks)) if ranks else 0
