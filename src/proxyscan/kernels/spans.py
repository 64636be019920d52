"""Spans of a block's bytes: begin, end and head of each; how they begin, and their copies one behind the other.

A span's head is the number that its first four bytes are, the first one lowest. It is noted when the span is found:
later, when it is asked how the span begins, the processor's caches no longer hold the bytes.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import Array, Scalar, kernel, load_8, part

HEAD: Final = 2
"""Column of a span's head, behind begin and end."""


@part
def put_span(buffer: Array, begin: int, end: int, row: int, spans: Array) -> None:
    """Put begin, end and head of a span into a row; all are -1 for an absent one, which begins at -1."""
    head: Scalar = np.int64(-1)
    if begin >= 0:
        head = np.int64(load_8(buffer, begin)) & ((1 << 8 * min(end - begin, 4)) - 1)
    spans[row, 0] = begin
    spans[row, 1] = end
    spans[row, HEAD] = np.int32(head)


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

    `prefix` goes on for 8 bytes that do not count. Most spans differ in their heads.
    """
    size = len(prefix) - 8
    mask = np.int32((1 << 8 * min(size, 4)) - 1)
    head = np.int32(load_8(prefix, 0)) & mask
    for row in range(np.uint64(len(spans))):
        same = spans[row, HEAD] & mask == head
        if same:
            begin, end = spans[row, 0], spans[row, 1]
            same = begin >= 0 and end - begin >= size
            for index in range(size):
                same = same and data[begin + index] == prefix[index]
        fits[row] = same
