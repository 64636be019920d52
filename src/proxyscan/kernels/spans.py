"""Spans of a block's bytes: how they begin, and their copies one behind the other."""

from __future__ import annotations

import numpy as np

from proxyscan.kernels.bits import U0, Array, Scalar, kernel, load_8


@kernel
def copy_spans(data: Array, spans: Array, offsets: Array, texts: Array) -> None:
    """Copy the bytes of each span into `texts` and fill in where each begins and the last one ends.

    A span that begins at -1 is absent and takes no bytes.
    """
    place = 0
    for row in range(len(spans)):
        offsets[row] = place
        if spans[row, 0] >= 0:
            for index in range(spans[row, 0], spans[row, 1]):
                texts[place] = data[index]
                place += 1
    offsets[len(spans)] = place


@kernel
def begin_with(data: Array, spans: Array, prefix: Array, fits: Array) -> None:
    """Tell of each span whether it begins with `prefix`; an absent one, which begins at -1, does not.

    `prefix` goes on for 8 bytes that do not count. Most spans differ in their first 8 bytes, seen with one look.
    """
    size = len(prefix) - 8
    head = np.uint64(64 - 8 * min(size, 8))
    first = load_8(prefix, 0) << head if size > 0 else U0
    for row in range(len(spans)):
        begin: Scalar = np.int64(spans[row, 0])
        same = begin >= 0 and spans[row, 1] - begin >= size
        if same and size > 0 and begin + 8 <= len(data):
            same = load_8(data, begin) << head == first
        if same:
            for index in range(size):
                same = same and data[begin + index] == prefix[index]
        fits[row] = same
