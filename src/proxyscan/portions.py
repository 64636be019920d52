"""What was counted, cut by time: one portion after the other is brought together, in little memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


def portions(items: list[T], times: Sequence[Any], count: int) -> Iterator[list[tuple[T, Any]]]:
    """Yield about `count` portions of items, each of which has an array of times, in the order of time.

    A portion is the items that are in it, and for each of them which of its times are. The same times are in the same
    portion; portions have about the same number of times. `items` is emptied: each is let go once no later portion
    has any of it.

    >>> [[(name, found.tolist()) for name, found in each] for each in portions(["a", "b"], [[3, 1, 1], [2, 4]], 2)]
    [[('a', [False, True, True])], [('a', [True, False, False]), ('b', [True, True])]]
    """
    together = np.sort(np.concatenate(times))
    ends = together[np.arange(1, count) * len(together) // count]
    left = [(item, np.searchsorted(ends, each, side="right")) for item, each in zip(items, times, strict=True)]
    items.clear()
    for number in range(len(ends) + 1):
        if chosen := [(item, places == number) for item, places in left if (places == number).any()]:
            yield chosen
        left = [(item, places) for item, places in left if places.max(initial=0) > number]
