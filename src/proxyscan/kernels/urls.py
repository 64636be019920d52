"""The parts of a URL, as `proxyscan.layouts.url` splits it."""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import (
    U0,
    U1,
    Array,
    Scalar,
    below,
    digits_end,
    equal_bits,
    find,
    find_either,
    lowest_bit,
    part,
)
from proxyscan.kernels.numbers import digits

SCHEME_BEGIN: Final = 0
SCHEME_END: Final = 1
HOST_BEGIN: Final = 2
HOST_END: Final = 3
PORT: Final = 4
PATH_BEGIN: Final = 5
PATH_END: Final = 6
"""Places in `parts`; begins, ends and the port are -1 for a part that is absent."""

COLON: Final = np.uint8(58)
SLASH: Final = np.uint8(47)
QUERY: Final = np.uint8(63)
HASH: Final = np.uint8(35)
AT: Final = np.uint8(64)
OPEN: Final = np.uint8(91)


def _scheme_bytes() -> Array:
    table = np.zeros(256, np.bool_)
    table[list(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+._-")] = True
    return table


IN_SCHEME: Final = _scheme_bytes()


@part
def scheme_end(buffer: Array, place: int, end: int) -> int:
    """Return where a letter and the scheme bytes behind it end; `place` when there is no letter."""
    if place == end or (buffer[place] | 32) < 97 or (buffer[place] | 32) > 122:
        return place
    while place < end and IN_SCHEME[buffer[place]]:
        place += 1
    return place


@part
def authority_end(buffer: Array, place: int, end: int) -> Scalar:
    """Return where ``/``, ``?`` or ``#`` first stands, `end` if none does."""
    while place < end:
        bits = equal_bits(buffer, place, SLASH) | equal_bits(buffer, place, QUERY) | equal_bits(buffer, place, HASH)
        if bits != U0:
            return min(place + lowest_bit(bits), end)
        place += 64
    return end


@part
def after_last_at(buffer: Array, place: int, end: int) -> int:
    """Return the place behind the last ``@``; `place` when there is none."""
    while True:
        at = find(buffer, place, end, AT)
        if at == end:
            return place
        place = at + 1


@part
def host_end(buffer: Array, place: int, end: int) -> Scalar:
    """Return where the host ends that begins at `place`; more than one colon is an IPv6 address."""
    if place < end and buffer[place] == 91:
        close = find(buffer, place, end, np.uint8(93))
        return close + 1 if close < end else place
    if end - place <= 64:
        bits = equal_bits(buffer, place, COLON) & below(end - place)
        return end if bits == U0 or bits & (bits - U1) != U0 else place + lowest_bit(bits)
    colon = find(buffer, place, end, COLON)
    if colon == end or find(buffer, colon + 1, end, COLON) < end:
        return end
    return colon


@part
def port_number(buffer: Array, place: int, end: int) -> Scalar:
    """Return the port that one to five digits write; -1 for anything else."""
    if place >= end or end - place > 5 or digits_end(buffer, place) < end:
        return -1
    port = digits(buffer, place, end)
    return port if port <= 65535 else -1


@part
def is_opaque(buffer: Array, colon: int, end: int) -> bool:
    """Tell ``error:words`` from ``host:port``."""
    if colon >= end or buffer[colon] != COLON:
        return False
    start = colon + 1
    end = authority_end(buffer, start, end)
    if find_either(buffer, start, end, COLON, AT) < end:
        return False
    return start == end or digits_end(buffer, start) < end


@part
def split(buffer: Array, place: int, end: int, parts: Array) -> None:
    """Fill in the parts of the URL from `place` to `end`."""
    for index in range(7):
        parts[index] = -1
    start = place
    after = scheme_end(buffer, place, end)
    has_scheme = after > place
    if has_scheme and end - after >= 3 and buffer[after] == 58 and buffer[after + 1] == 47 and buffer[after + 2] == 47:
        parts[SCHEME_BEGIN] = place
        parts[SCHEME_END] = after
        start = after + 3
    elif place < end and buffer[place] == 47:
        parts[PATH_BEGIN] = place
        parts[PATH_END] = find_either(buffer, place, end, QUERY, HASH)
        return
    elif has_scheme and is_opaque(buffer, after, end):
        parts[SCHEME_BEGIN] = place
        parts[SCHEME_END] = after
        return
    stop = authority_end(buffer, start, end)
    start = after_last_at(buffer, start, stop)
    behind = host_end(buffer, start, stop)
    if behind > start:
        parts[HOST_BEGIN] = start
        parts[HOST_END] = behind
        if behind < stop and buffer[behind] == COLON:
            parts[PORT] = port_number(buffer, behind + 1, stop)
    if stop < end and buffer[stop] == 47:
        parts[PATH_BEGIN] = stop
        parts[PATH_END] = find_either(buffer, stop, end, QUERY, HASH)
