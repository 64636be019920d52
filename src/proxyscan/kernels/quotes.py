"""Quoted values, by the rules of `proxyscan.layouts.quotes`."""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import Array, Scalar, find, find_either, inner, part

UNQUOTED: Final = 0
DOUBLED: Final = 1
BACKSLASH: Final = 2
"""How quotes are written inside quotes."""

QUOTE: Final = np.uint8(34)
SLOPE: Final = np.uint8(92)


@part
def closing(buffer: Array, place: int, end: int, separator: Scalar, quote: int) -> tuple[Scalar, bool]:
    """Return where the value closes whose first byte stands at `place` (-1: nowhere), and whether it has escapes."""
    escaped = False
    while True:
        place = find(buffer, place, end, QUOTE) if quote == DOUBLED else find_either(buffer, place, end, QUOTE, SLOPE)
        if place >= end:
            return -1, escaped
        following = buffer[place + 1]
        if buffer[place] == SLOPE:
            known = place + 1 < end and following in (QUOTE, SLOPE)
            escaped |= known
            place += 2 if known else 1
        elif quote == DOUBLED and place + 1 < end and following == QUOTE:
            escaped = True
            place += 2
        elif place + 1 == end or following == separator:
            return place, escaped
        else:
            place += 1


@inner
def unescape(buffer: Array, begin: int, end: int, quote: int) -> int:
    """Undo a quoted value's escapes where it stands, and return where it then ends."""
    sign = QUOTE if quote == DOUBLED else SLOPE
    into = begin
    while begin < end:
        if buffer[begin] == sign and begin + 1 < end and (buffer[begin + 1] == QUOTE or buffer[begin + 1] == sign):
            begin += 1
        buffer[into] = buffer[begin]
        into += 1
        begin += 1
    return into
