"""The hashes of many sketches → the distinct ones of each owner."""

from __future__ import annotations

import numpy as np

from proxyscan.kernels.bits import Array, kernel


@kernel
def unite(
    first: int,
    owners: Array,
    begins: Array,
    ends: Array,
    words: Array,
    thetas: Array,
    slots: Array,
    stamps: Array,
    found: Array,
    counts: Array,
    used: Array,
) -> int:
    """Write into `found` the distinct words below its theta of each owner, whose rows stand together.

    The words of a row are from its begin to its end, sorted. `counts` tells how many each owner has, `used` how many
    are found. A slot holds a word of the owner in its stamp, so that none needs to be cleared for the next owner.
    Return the first row of the owner for whom the slots are too few, or the number of rows.
    """
    mask = np.uint64(len(slots) - 1)
    room = len(slots) // 2
    row = first
    while row < len(owners):
        begun, owner, start = row, owners[row], used[0]
        place = start
        while row < len(owners) and owners[row] == owner:
            for each in range(begins[row], ends[row]):
                word = words[each]
                if word >= thetas[owner]:
                    break
                slot = word & mask
                while stamps[slot] == owner and slots[slot] != word:
                    slot = (slot + np.uint64(1)) & mask
                if stamps[slot] != owner:
                    if place - start == room:
                        return begun
                    stamps[slot], slots[slot], found[place] = owner, word, word
                    place += 1
            row += 1
        counts[owner], used[0] = place - start, place
    return row
