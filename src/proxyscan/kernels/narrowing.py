"""The part of a field's text that counts."""

from __future__ import annotations

import numpy as np

from proxyscan.kernels.bits import Array, Scalar, find_either, inner, part
from proxyscan.kernels.kinds import ADDRESS, NUMBER, SIGN
from proxyscan.kernels.urls import HASH, QUERY, host_end


@inner
def part_span(buffer: Array, begin: int, end: int, signs: int, number: int) -> tuple[Scalar, Scalar]:
    """Return begin and end of one of the parts into which `signs` divide a text; (-1, -1) when it has no such part."""
    stop = divider(buffer, begin, end, signs)
    for _ in range(number):
        if stop >= end:
            return -1, -1
        begin = stop + 1
        stop = divider(buffer, begin, end, signs)
    return begin, stop


@part
def divider(buffer: Array, place: int, end: int, signs: int) -> Scalar:
    """Return where one of the four bytes `signs` first stands from `place` on, `end` if none does."""
    one, two = find_either(buffer, place, end, np.uint8(signs), np.uint8(signs >> 8)), end
    if signs >> 16 != signs & 0xFFFF:
        two = find_either(buffer, place, one, np.uint8(signs >> 16), np.uint8(signs >> 24))
    return min(one, two)


@inner
def address_span(buffer: Array, begin: int, end: int) -> tuple[Scalar, Scalar]:
    """Return an address without its port, and without the brackets of IPv6."""
    stop = host_end(buffer, begin, end)
    if buffer[begin] == 91 and stop > begin:
        return begin + 1, stop - 1
    return begin, stop


@part
def narrowed(
    buffer: Array, begin: int, end: int, kind: int, field: Array, parted: Array | None
) -> tuple[Scalar, Scalar]:
    """Return the part of a value that counts, less the port of an address; (-1, -1) when there is none.

    Numba leaves out what a None rules out, here and below, and so does not compile it for a layout that lacks it.
    """
    if parted is None:
        return np.int64(begin), np.int64(end)
    if field[SIGN] >= 0:
        begin, end = part_span(buffer, begin, end, field[SIGN], field[NUMBER])
    if kind == ADDRESS and end > begin >= 0:
        begin, end = address_span(buffer, begin, end)
    return np.int64(begin), np.int64(end)


@part
def path_end(buffer: Array, begin: int, end: int, parted: Array | None) -> Scalar:
    """Return where a path ends, before its query."""
    return np.int64(end) if parted is None else find_either(buffer, begin, end, QUERY, HASH)
