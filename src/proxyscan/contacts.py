"""Who was there: distinct users and clients per hour, group, class and class of outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from proxyscan import sketch
from proxyscan.engines.heap import release
from proxyscan.frozen import frozen
from proxyscan.kernels import presence as kernels
from proxyscan.kernels.combinations import Combinations
from proxyscan.kernels.sums import CLASS_SHIFT, GROUP_SHIFT, add_contacts
from proxyscan.portions import portions

MOST_PRESENT: Final = 1 << 17
"""Groups of 64 persons whose presence is kept as bits (1 MB); then they are folded into lists of persons."""

MOST_FOLDED: Final = 1 << 21
"""Contacts in runs that are kept apart; then each of them is kept once."""

MOST_GATHERED: Final = 1 << 18
"""Contacts that are gathered at a time, about."""

Known = Callable[[], tuple[Any, Any]]
"""Returns the hash and the group of each person."""


@frozen
class Run:
    """Contacts that were folded: keys, how many persons were there at each, and their numbers."""

    keys: Any
    counts: Any
    persons: Any

    def chosen(self, places: Any) -> Run:
        """Return the run with the keys at some places only, in their order."""
        if len(places) == len(self.keys):
            return self
        kept = np.zeros(len(self.keys), np.bool_)
        kept[places] = True
        return Run(self.keys[kept], self.counts[kept], self.persons[np.repeat(kept, self.counts)])


class Crowd:
    """The persons of several threads in the order of their groups and hashes, each once.

    `ranks` leads from each thread's numbers of persons to places in that order.
    """

    def __init__(self, known: Sequence[tuple[Any, Any]]) -> None:
        hashes, groups = (np.concatenate(each) for each in zip(*known, strict=True))
        order = np.lexsort((hashes, groups))
        hashes, groups = hashes[order], groups[order]
        fresh = np.append(True, (hashes[1:] != hashes[:-1]) | (groups[1:] != groups[:-1]))[: len(order)]
        places = np.empty(len(order), np.int32)
        places[order] = np.cumsum(fresh) - 1
        self.hashes, self.groups = hashes[fresh], groups[fresh]
        self.ranks = np.split(places, np.cumsum([len(each) for each, _ in known])[:-1])


@frozen
class Gathered:
    """Who was there, in the order of a crowd: of each key and group how many persons, and their ranks."""

    when: Any
    what: Any
    counts: Any
    ranks: Any


def gather(crowd: Crowd, runs: Sequence[list[Run]]) -> Iterator[Gathered]:
    """Yield the runs of all threads as one, a portion of the time after the other, and empty them meanwhile.

    Of each key and group as many persons are kept as a sketch needs.
    """
    each = [(run, ranks) for ranks, own in zip(crowd.ranks, runs, strict=True) for run in own]
    for own in runs:
        own.clear()
    count = sum(len(run.persons) for run, _ in each) // MOST_GATHERED + 1
    for chosen in portions(each, [run.keys[:, 0] for run, _ in each], count):
        yield _gathered(crowd, [(run.chosen(places), ranks) for (run, ranks), places in chosen])


def _gathered(crowd: Crowd, runs: Sequence[tuple[Run, Any]]) -> Gathered:
    table = Combinations(2)
    numbers = table.numbers(np.ascontiguousarray(np.concatenate([run.keys for run, _ in runs]).T))
    ends = np.cumsum(np.concatenate([run.counts for run, _ in runs]))
    begins = np.append(0, ends[:-1])
    ranks = np.concatenate([ranks[run.persons] for run, ranks in runs])
    order = np.argsort(numbers, kind="stable")
    bits = np.zeros(len(crowd.hashes) // 64 + 1, np.uint64)
    rows, kept = np.empty((len(ranks), 3), np.int64), np.empty(len(ranks), np.int32)
    lists = numbers[order], begins[order], ends[order]
    count = kernels.gather(*lists, ranks, crowd.groups, sketch.K + 1, bits, rows, kept)
    number, group, counts = rows[:count].T
    when, what = table.keys[number].T
    return Gathered(when, what | group << GROUP_SHIFT + CLASS_SHIFT, counts.copy(), kept[: counts.sum()].copy())


class Contacts:
    """Who was there: distinct users and clients per hour, class and class of outcome.

    `present` has a row for each key and a bit for each person, until `fold` makes a run of them.
    """

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self._thin = 0
        self._clear()

    def _clear(self) -> None:
        """Hold nothing, and have no room for anything until a new start."""
        self.keys, self.present = Combinations(2, 1), np.zeros((1, 0), np.uint64)

    def _start(self, width: int) -> None:
        room = max(MOST_PRESENT // width, 16)
        self.keys = Combinations(2, room)
        self.present = np.zeros((room, width), np.uint64)

    def add(self, columns: Sequence[Any], persons: int, known: Known) -> None:
        """Note the contacts of the rows; there are so many persons; `known` gives hash and group of each of them."""
        if persons > 64 * self.present.shape[1]:
            self.fold()
            self._start(persons // 32 + 1)
        kernel: Callable[..., int] = add_contacts
        rows, row, width = len(columns[0]), 0, self.present.shape[1]
        while (row := kernel(row, *columns, self.present, *self.keys.table)) < rows:
            self.fold()
            self._start(width)
        if sum(len(run.persons) for run in self.runs) > 2 * self._thin + MOST_FOLDED:
            self._thin_out(*known())

    def fold(self) -> None:
        """Turn the contacts so far into a run; no more come until a new start."""
        if count := len(self.keys):
            counts = np.empty(count, np.int64)
            persons = np.empty(kernels.count_present(self.present, counts), np.int32)
            kernels.list_present(self.present, counts, persons)
            self.runs.append(Run(self.keys.keys[:count].copy(), counts, _small(persons)))
        self._clear()

    def _thin_out(self, hashes: Any, groups: Any) -> None:
        """Keep each contact once, and no more of a key and group than a sketch needs."""
        release()
        crowd = Crowd([(hashes, groups)])
        persons = np.empty(len(crowd.hashes), np.int32)
        persons[crowd.ranks[0]] = np.arange(len(hashes), dtype=np.int32)
        mask = (1 << GROUP_SHIFT + CLASS_SHIFT) - 1
        self.runs = [
            Run(np.stack([found.when, found.what & mask], 1), found.counts, _small(persons[found.ranks]))
            for found in gather(crowd, [self.runs])
        ]
        self._thin = sum(len(run.persons) for run in self.runs)
        release()


def _small(persons: Any) -> Any:
    """Return numbers of persons in half of the memory, where all are that small."""
    return persons.astype(np.uint16) if persons.max(initial=0) <= np.iinfo(np.uint16).max else persons
