"""The hashes of many sketches into one table of distinct pairs of owner and hash."""

from __future__ import annotations

import numpy as np

from proxyscan.kernels.bits import Array, kernel
from proxyscan.kernels.combinations import number_of


@kernel
def add_hashes(
    first: int,
    owners: Array,
    begins: Array,
    ends: Array,
    words: Array,
    key: Array,
    keys: Array,
    slots: Array,
    used: Array,
) -> int:
    """Enter the words from `begins` to `ends` of each sketch from `first` on, paired with its owner.

    Return the sketch before which the table must grow, or the number of sketches.
    """
    for row in range(first, len(owners)):
        if used[0] + ends[row] - begins[row] > len(keys):
            return row
        key[0] = owners[row]
        for place in range(begins[row], ends[row]):
            key[1] = np.int64(words[place])
            number_of(key, keys, slots, used)
    return len(owners)
