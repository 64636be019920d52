"""Where the lines of a block begin and end."""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import U0, U1, Array, below, equal_bits, kernel, lowest_bit, part

NEWLINE: Final = np.uint8(10)
RETURN: Final = 13


@kernel
def line_spans(buffer: Array, size: int, starts: Array, ends: Array) -> int:
    """Fill in begin and end of each line, without its line end, and return how many lines there are."""
    count = 0
    start = 0
    for place in range(0, size, 64):
        bits = equal_bits(buffer, place, NEWLINE) & below(size - place)
        while bits != U0:
            end = place + lowest_bit(bits)
            starts[count] = start
            ends[count] = end - 1 if end > start and buffer[end - 1] == RETURN else end
            count += 1
            start = end + 1
            bits &= bits - U1
    if start < size:
        starts[count] = start
        ends[count] = size - 1 if buffer[size - 1] == RETURN else size
        count += 1
    return count


@part
def is_blank(buffer: Array, place: int, end: int) -> bool:
    """Tell whether a line holds blanks, tabs, carriage returns and NULs only."""
    while place < end:
        byte = buffer[place]
        if byte != 32 and byte != 9 and byte != 13 and byte != 0:
            return False
        place += 1
    return True


@part
def stands_at(buffer: Array, place: int, end: int, text: Array) -> bool:
    """Tell whether a text stands at `place`."""
    count = len(text)
    if end - place < count:
        return False
    same = 0
    while same < count and buffer[place + same] == text[same]:
        same += 1
    return same == count
