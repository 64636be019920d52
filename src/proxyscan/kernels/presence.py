"""Who was there: from bits of persons to lists of them, lists of many keys together, and their sketches."""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import U0, U1, Array, Scalar, count_bits, kernel, lowest_bit

NUMBER: Final = 0
GROUP: Final = 1
COUNT: Final = 2
"""Columns of `rows`: the number of a key, a group, and how many persons of it were there."""

SIX: Final = np.uint64(6)
LOW_SIX: Final = np.uint64(63)


@kernel
def count_present(present: Array, counts: Array) -> int:
    """Fill in how many bits each row of `present` has, and return how many all have."""
    total = 0
    for row in range(len(counts)):
        count: Scalar = 0
        for word in range(present.shape[1]):
            count += np.int64(count_bits(present[row, word]))
        counts[row] = count
        total += count
    return total


@kernel
def list_present(present: Array, counts: Array, persons: Array) -> None:
    """Fill in the numbers of the bits that are set, row by row."""
    place = 0
    for row in range(len(counts)):
        for word in range(present.shape[1]):
            bits = present[row, word]
            while bits != U0:
                persons[place] = 64 * word + np.int64(lowest_bit(bits))
                place += 1
                bits &= bits - U1


@kernel
def gather(
    numbers: Array,
    begins: Array,
    ends: Array,
    ranks: Array,
    groups: Array,
    most: int,
    bits: Array,
    rows: Array,
    kept: Array,
) -> int:
    """Bring together who was there at each key, and return how many rows that makes: one for each key and group.

    `numbers`: the key of each list, sorted; the list itself is what stands in `ranks` from begin to end. Ranks are in
    the order of `groups`. Of a row the `most` lowest ranks are put into `kept`, in their order and once each; `bits`
    is a place to work in, all 0.
    """
    row, place, first = -1, 0, 0
    while first < len(numbers):
        low: Scalar = len(bits)
        high: Scalar = -1
        last = first
        while last < len(numbers) and numbers[last] == numbers[first]:
            for index in range(begins[last], ends[last]):
                rank = np.uint64(ranks[index])
                at = np.int64(rank >> SIX)
                bits[at] |= U1 << (rank & LOW_SIX)
                low, high = min(low, at), max(high, at)
            last += 1
        fresh = True
        for word in range(low, high + 1):
            left = bits[word]
            bits[word] = U0
            while left != U0:
                one = 64 * word + np.int64(lowest_bit(left))
                left &= left - U1
                if fresh or rows[row, GROUP] != groups[one]:
                    row += 1
                    rows[row, NUMBER], rows[row, GROUP], rows[row, COUNT] = numbers[first], groups[one], 0
                    fresh = False
                if rows[row, COUNT] < most:
                    kept[place] = one
                    rows[row, COUNT] += 1
                    place += 1
        first = last
    return row + 1


@kernel
def write_sketches(begins: Array, counts: Array, ranks: Array, hashes: Array, k: int, first: int, words: Array) -> int:
    """Write a sketch for each list of `ranks`, one behind the other, and return how many words all are.

    `hashes`: of each rank, in their order. `first`: a sketch's first word where it holds all of its users; they are `k`
    at most, then comes theta, and the first word is greater by one.
    """
    place = 0
    for row in range(len(begins)):
        count, begin = counts[row], begins[row]
        partial = 1 if count > k else 0
        words[place] = np.uint64(first + partial)
        words[place + 1] = np.uint64(count - partial * (count - k))
        if partial:
            words[place + 2] = hashes[ranks[begin + k]]
        place += 2 + partial
        for index in range(begin, begin + min(count, k)):
            words[place] = hashes[ranks[index]]
            place += 1
    return place
