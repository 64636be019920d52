"""Spans of a block's bytes: how they begin, and their copies one behind the other."""

from __future__ import annotations

from proxyscan.kernels.bits import Array, kernel


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
    """Tell of each span whether it begins with `prefix`; an absent one, which begins at -1, does not."""
    for row in range(len(spans)):
        begin = spans[row, 0]
        same = begin >= 0 and spans[row, 1] - begin >= len(prefix)
        for index in range(len(prefix)):
            same = same and data[begin + index] == prefix[index]
        fits[row] = same
