"""What was counted, cut by time: one portion after the other is brought together, in little memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np

T = TypeVar("T")

MOST_SAMPLED: Final = 1 << 15
"""Times, about, that tell where portions end."""


def portions(items: list[T], times: Sequence[Any], count: int) -> Iterator[list[tuple[T, Any]]]:
    """Yield about `count` portions of items, each of which has an array of times, in the order of time.

    A portion is the items that are in it, and for each of them the places of its times that are. The same times are in
    the same portion; portions have about the same number of times. `items` is emptied: each is let go once no later
    portion has any of it.

    >>> [[(name, found.tolist()) for name, found in each] for each in portions(["a", "b"], [[3, 1, 1], [2, 4]], 2)]
    [[('a', [1, 2])], [('a', [0]), ('b', [0, 1])]]
    """
    step = sum(map(len, times)) // MOST_SAMPLED + 1
    sample = np.sort(np.concatenate([each[::step] for each in times]))
    ends = sample[np.arange(1, count) * len(sample) // count]
    left = [(item, _cut(each, ends)) for item, each in zip(items, times, strict=True)]
    items.clear()
    for number in range(count):
        if chosen := [(item, cut.portion(number)) for item, cut in left if cut.bounds[number] < cut.bounds[number + 1]]:
            yield chosen
        left = [(item, cut) for item, cut in left if cut.bounds[number + 1] < cut.bounds[-1]]


class Cut(NamedTuple):
    """The places of times, portion after portion, and where each portion begins and ends among them."""

    places: Any
    bounds: list[int]

    def portion(self, number: int) -> Any:
        """Return the places of one portion, in their order."""
        return self.places[self.bounds[number] : self.bounds[number + 1]]


def _cut(times: Any, ends: Any) -> Cut:
    numbers = np.searchsorted(ends, times, side="right").astype(np.min_scalar_type(len(ends)))
    bounds = np.bincount(numbers, minlength=len(ends) + 1).cumsum()
    return Cut(np.argsort(numbers, kind="stable"), [0, *bounds.tolist()])
