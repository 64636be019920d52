"""A column of values out of the places of one field in many lines, for values as they are usually written.

Each function fills in a value for every line, of whatever kind it is, and clears the line's mark in `usual` where that
is none of its kind.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import U0, Array, Scalar, below, equal_bits, find_either, load_8, lowest_bit, part
from proxyscan.kernels.numbers import LAST_TIME, NULL, eight_digits
from proxyscan.kernels.spans import put_span
from proxyscan.kernels.urls import AT, COLON, HASH, OPEN, QUERY, SLASH

DASH: Final = np.uint8(45)
THREE_BYTES: Final = np.uint64(0xFFFFFF)
SCHEME_END: Final = np.uint64(0x2F2F3A)
HTTP: Final = np.uint64(0x7074746800000000)
HTTPS: Final = np.uint64(0x7370747468000000)
"""``://``, ``http`` and ``https`` as loads of 8 bytes see them, the latter at the load's end."""

DIGITS: Final = np.uint64(0x3030303030303030)
TOO_HIGH: Final = np.uint64(0x7676767676767676)
TOP_BITS: Final = np.uint64(0x8080808080808080)


@part
def is_dash(buffer: Array, begin: Scalar, end: Scalar) -> Scalar:
    """Tell whether a text is ``-``."""
    return end - begin == 1 and buffer[np.uint64(begin)] == DASH


@part
def not_digits(chunk: Scalar) -> Scalar:
    """Return the top bits of those of eight bytes that are no digits, less 0x30 each."""
    return ((chunk + TOO_HIGH) | chunk) & TOP_BITS


@part
def number(buffer: Array, begin: Scalar, end: Scalar) -> Scalar:
    """Return the number that up to 16 digits write; `NULL` for anything else."""
    count = end - begin
    if count < 1 or count > 16:
        return np.int64(NULL)
    head = (load_8(buffer, begin) ^ DIGITS) << np.uint64(-8 * count & 63)
    if count <= 8:
        return np.int64(NULL) if not_digits(head) != U0 else eight_digits(head)
    tail = load_8(buffer, end - 8) ^ DIGITS
    if not_digits(head) | not_digits(tail) != U0:
        return np.int64(NULL)
    return eight_digits(head) * 100_000_000 + eight_digits(tail)


@part
def read_integers(buffer: Array, begins: Array, ends: Array, column: Array, usual: Array) -> None:
    """Fill in a column of integers, `NULL` for ``-``; negative ones are not usual."""
    for each in range(np.uint64(len(usual))):
        begin: Scalar = np.int64(begins[each])
        end: Scalar = np.int64(ends[each])
        value = number(buffer, begin, end)
        usual[each] &= value != NULL or is_dash(buffer, begin, end)
        column[each] = value


@part
def read_times(buffer: Array, begins: Array, ends: Array, scale: int, more: bool, column: Array, usual: Array) -> None:
    """Fill in a column of times in so many milliseconds each, or add them to what is there, with `more`."""
    limit, kept = np.uint64(LAST_TIME // scale), np.int64(1 if more else 0)
    for each in range(np.uint64(len(usual))):
        value = number(buffer, np.int64(begins[each]), np.int64(ends[each]))
        usual[each] &= np.uint64(value) < limit
        column[each] = value * scale + column[each] * kept


@part
def read_words(buffer: Array, begins: Array, ends: Array, column: Array) -> None:
    """Fill in a column of words; ``-`` says nothing."""
    for each in range(np.uint64(len(begins))):
        begin: Scalar = np.int64(begins[each])
        end: Scalar = np.int64(ends[each])
        column[each, 0] = -1 if is_dash(buffer, begin, end) else begin
        column[each, 1] = end


@part
def put(column: Array, each: int, begin: Scalar, end: Scalar) -> None:
    """Put begin and end of a text into a column."""
    column[each, 0] = begin
    column[each, 1] = end


@part
def split_address(
    buffer: Array, each: int, begin: Scalar, colon: Scalar, end: Scalar, scheme: Array, host: Array, path: Array
) -> Scalar:
    """Fill in the parts of ``http://host/path`` and tell whether it is usual: no port, no user, no other scheme."""
    size = colon - begin
    letters = load_8(buffer, begin) << np.uint64(64 - 8 * size) if 0 < size <= 8 else U0
    start = colon + 3
    ends = equal_bits(buffer, start, SLASH) | equal_bits(buffer, start, QUERY) | equal_bits(buffer, start, HASH)
    length = min(lowest_bit(ends), end - start)
    odd = equal_bits(buffer, start, COLON) | equal_bits(buffer, start, AT) | equal_bits(buffer, start, OPEN)
    odd &= below(length)
    stop = start + length
    put(scheme, each, begin, colon)
    put(host, each, start, stop)
    if stop < end and buffer[np.uint64(stop)] == SLASH:
        put_span(buffer, stop, find_either(buffer, stop, end, QUERY, HASH), each, path)
    else:
        put_span(buffer, -1, -1, each, path)
    return letters in (HTTP, HTTPS) and 1 < length < 64 and odd & below(length) == U0


@part
def read_urls(
    buffer: Array,
    begins: Array,
    ends: Array,
    scheme: Array,
    host: Array,
    port: Array,
    path: Array,
    room: Array,
    usual: Array,
) -> None:
    """Fill in the columns of a URL; usual are ``http://host/path``, and ``host:port`` within 64 bytes.

    Which of both a line has comes in no order, so the lines of either are gathered first, without a branch.
    """
    addresses, others = np.uint64(0), np.uint64(len(usual))
    each: Scalar
    for each in range(np.uint64(len(usual))):
        begin: Scalar = np.int64(begins[each])
        first = equal_bits(buffer, begin, COLON) & below(np.int64(ends[each]) - begin)
        colon = begin + lowest_bit(first)
        is_address = first != U0 and load_8(buffer, colon) & THREE_BYTES == SCHEME_END
        usual[each] &= first != U0
        others -= np.uint64(not is_address)
        at = addresses if is_address else others
        room[at, 0] = each
        room[at, 1] = colon
        addresses += np.uint64(is_address)
    for place in range(addresses):
        each = np.uint64(room[place, 0])
        begin, colon, end = np.int64(begins[each]), np.int64(room[place, 1]), np.int64(ends[each])
        usual[each] &= split_address(buffer, each, begin, colon, end, scheme, host, path)
        port[each] = NULL
    for place in range(addresses, np.uint64(len(usual))):
        each = np.uint64(room[place, 0])
        begin, colon, end = np.int64(begins[each]), np.int64(room[place, 1]), np.int64(ends[each])
        odd = equal_bits(buffer, begin, SLASH) | equal_bits(buffer, begin, QUERY) | equal_bits(buffer, begin, HASH)
        odd |= equal_bits(buffer, begin, AT) | equal_bits(buffer, begin, OPEN)
        digits = number(buffer, colon + 1, end) if end - colon <= 6 else np.int64(NULL)
        usual[each] &= odd & below(end - begin) == U0 and colon - begin > 1 and 0 <= digits <= 65535
        put(scheme, each, -1, -1)
        put(host, each, begin, colon)
        put_span(buffer, -1, -1, each, path)
        port[each] = digits
