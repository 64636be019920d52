"""Codes of words → their letters, one word behind the other."""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import U0, U1, Array, Scalar, kernel, load_8, store_8

SPARE: Final = 8
"""Bytes behind letters, and behind what is written: words are copied by so many."""


@kernel
def write_words(codes: Array, begins: Array, letters: Array, ends: Array, written: Array) -> Scalar:
    """Write the word of each code, and where it ends; return how many bytes all have.

    `begins`: where each word begins in `letters`, and where the last one ends.
    """
    place, row, rows = np.int64(0), U0, np.uint64(len(codes))
    while row < rows:
        code = np.uint64(codes[row])
        begin, length = begins[code], begins[code + U1] - begins[code]
        for copied in range(0, length, SPARE):
            store_8(written, place + copied, load_8(letters, begin + copied))
        place += length
        ends[row] = place
        row += U1
    return place
