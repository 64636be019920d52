"""Who was there: distinct users and clients per hour, group, class and class of outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np

from proxyscan import sketch
from proxyscan.kernels import sums as kernels
from proxyscan.kernels.combinations import Combinations

GROUP_SHIFT: Final = 32
"""A group stands above the class that the kernels are given."""

MOST_PRESENT: Final = 1 << 17
"""Groups of 64 persons whose presence is kept as bits (1 MB); then they are folded into hashes of users."""

MOST_FOLDED: Final = 1 << 20
"""Contacts in runs that are kept apart; then each of them is kept once."""

Known = Callable[[], tuple[Any, Any]]
"""Returns the hash and the group of each person."""


@dataclass(frozen=True)
class Run:
    """Contacts that were folded: each the key's two integers, and the hash of the person."""

    when: Any
    what: Any
    hashes: Any

    @classmethod
    def of(cls, runs: Sequence[Run]) -> Run:
        """Return runs as one."""
        return cls(*(np.concatenate([getattr(run, each.name) for run in runs]) for each in fields(cls)))

    def keys(self) -> tuple[Any, Any]:
        """Return the distinct keys, a column each, and the number of each contact's key."""
        table = Combinations(2)
        numbers = table.numbers(np.stack([self.when, self.what]))
        return table.keys[: len(table)].T, numbers

    def thinned(self) -> Run:
        """Return each contact once, of each key as many as a sketch needs."""
        (when, what), numbers = self.keys()
        owners, hashes = sketch.distinct(numbers, self.hashes)
        return Run(when[owners], what[owners], hashes)


class Contacts:
    """Who was there: distinct users and clients per hour, class and class of outcome.

    `present` has a row for each key and a bit for each person, until `fold` makes a run of them.
    """

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self._thin = 0
        self._start(1)

    def _start(self, width: int) -> None:
        room = max(MOST_PRESENT // width, 16)
        self.keys = Combinations(2, room)
        self.present = np.zeros((room, width), np.uint64)

    def add(self, columns: Sequence[Any], persons: int, known: Known) -> None:
        """Note the contacts of the rows; there are so many persons; `known` gives hash and group of each of them."""
        if persons > 64 * self.present.shape[1]:
            self.fold(known)
            self._start(persons // 32 + 1)
        kernel: Callable[..., int] = kernels.add_contacts
        rows, row = len(columns[0]), 0
        while (row := kernel(row, *columns, self.present, *self.keys.table)) < rows:
            self.fold(known)

    def fold(self, known: Known) -> None:
        """Turn the contacts so far into a run, and the runs into one when they have become many."""
        if count := len(self.keys):
            hashes, groups = known()
            bits = np.unpackbits(self.present[:count].view(np.uint8), axis=1, bitorder="little")
            keys, persons = np.nonzero(bits)
            when, what = self.keys.keys[keys].T
            self.runs.append(Run(when, what | groups[persons] << GROUP_SHIFT + kernels.CLASS_SHIFT, hashes[persons]))
        if sum(len(run.when) for run in self.runs) > 2 * self._thin + MOST_FOLDED:
            self.runs = [Run.of(self.runs).thinned()]
            self._thin = len(self.runs[0].when)
        self._start(self.present.shape[1])
