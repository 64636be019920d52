"""The short way from lines to columns where only blanks part the fields: one field of many lines after the other.

A group is what stands between two literals of blanks: one field, or fields with one byte between each two of them, such
as ``%Ss/%03>Hs``. A line with exactly one token for each group can be split in one way only. Any other line, such as
one with blanks in the user's name, and one with a value that is seldom written, is left to the long way,
`proxyscan.kernels.rows.read_template`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from proxyscan.kernels.bits import (
    U0,
    U1,
    Array,
    Scalar,
    below,
    count_bits,
    equal_bits,
    kernel,
    load_8,
    lowest_bit,
    note_edges,
    part,
)
from proxyscan.kernels.fields import BLANK, CODE, INT, after_code
from proxyscan.kernels.kinds import COLUMN, INTEGER, KIND, PATHS, PORTS, SCALE, SCALED, SCHEME, URL, WORD
from proxyscan.kernels.numbers import LAST_TIME, NULL, eight_digits
from proxyscan.kernels.rows import Lines
from proxyscan.kernels.urls import AT, COLON, HASH, OPEN, QUERY, SLASH
from proxyscan.kernels.values import Sink

CHUNK: Final = 256
"""Lines whose fields are looked at together: what is to be done is told once for all of them."""

FROM: Final = 0
TO: Final = 1
LAST: Final = 2
BEHIND: Final = 3
PIECE: Final = 4
VALUE: Final = 5
"""Columns of `steps`: those of `edges` in which a field begins, in which it ends, and in which its token ends; the byte
behind it within its token, -1 for none; the kind of the piece; from `VALUE` on the field's row of `Sink.fields`.
"""

MOST: Final = 16
"""Edges in 64 bytes of a usual line, and room behind the edges of a line: so many are noted at a time."""

DASH: Final = np.uint8(45)
U63: Final = np.uint64(63)
THREE_BYTES: Final = np.uint64(0xFFFFFF)
SCHEME_END: Final = np.uint64(0x2F2F3A)
HTTP: Final = np.uint64(0x7074746800000000)
HTTPS: Final = np.uint64(0x7370747468000000)
"""``://``, ``http`` and ``https`` as loads of 8 bytes see them, the latter at the load's end."""

DIGITS: Final = np.uint64(0x3030303030303030)
TOO_HIGH: Final = np.uint64(0x7676767676767676)
TOP_BITS: Final = np.uint64(0x8080808080808080)


class Tokens(NamedTuple):
    """A template whose groups are tokens: a step for each field, and room to work in.

    `edges`: a row for each line of a chunk; in the first `most` columns its tokens begin and end in turn, in columns
    behind them the fields within tokens. `usual`: 1 for a line that went the short way so far. `room`:
    two numbers for each line.
    """

    steps: Array
    most: int
    edges: Array
    usual: Array
    room: Array


@part
def split(buffer: Array, place: int, end: int, edges: Array, most: int) -> Scalar:
    """Fill in where the tokens of a line begin and end, in turn; return how many edges that is, 0 for too many.

    How many there are in 64 bytes differs from line to line: a loop over them would mislead the processor each time.
    """
    count: Scalar = np.int64(0)
    before = U1  # was the byte before a blank?
    while place < end:
        blanks = equal_bits(buffer, place, BLANK) | ~below(end - place)
        bits = blanks ^ (blanks << U1 | before)
        before = blanks >> U63
        found = count_bits(bits)
        if found > MOST or count + found > most:
            return np.int64(0)
        note_edges(bits, place, edges, count)
        count += found
        place += 64
    if count & 1:
        edges[np.uint64(count)] = end
        count += 1
    return count


@part
def split_lines(buffer: Array, begins: Array, ends: Array, count: int, edges: Array, usual: Array) -> None:
    """Fill in the edges of each line, and tell which have as many as they should, and no blank at either end."""
    for each in range(np.uint64(len(begins))):
        begin: Scalar = np.int64(begins[each])
        end: Scalar = np.int64(ends[each])
        row = edges[each]
        fits = split(buffer, begin, end, row, count) == count
        usual[each] = fits and row[0] == begin and row[count - 1] == end


@part
def divide(
    buffer: Array, lasts: Array, kind: int, behind: int, begins: Array, ends: Array, more: Array, usual: Array
) -> None:
    """Fill in where a field ends within its token, before the byte `behind`, and where the next one begins."""
    byte = np.uint8(behind)
    for each in range(np.uint64(len(usual))):
        begin: Scalar = np.int64(begins[each])
        last: Scalar = np.int64(lasts[each])
        if kind == CODE:
            end = after_code(buffer, begin, last)
        else:
            end = min(begin + lowest_bit(equal_bits(buffer, begin, byte)), last)
        usual[each] &= begin < end and end + 1 < last and buffer[np.uint64(end)] == byte
        ends[each] = end
        more[each] = end + 1


@part
def check_codes(buffer: Array, begins: Array, ends: Array, usual: Array) -> None:
    """Tell which fields hold capitals, digits and ``_`` only."""
    for each in range(np.uint64(len(usual))):
        begin: Scalar = np.int64(begins[each])
        end: Scalar = np.int64(ends[each])
        usual[each] &= after_code(buffer, begin, end) == end


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
def path_end(buffer: Array, place: Scalar, end: Scalar) -> Scalar:
    """Return where ``?`` or ``#`` first stands from `place` on, `end` if none does."""
    while place < end:
        bits = equal_bits(buffer, place, QUERY) | equal_bits(buffer, place, HASH)
        if bits != U0:
            return min(place + lowest_bit(bits), end)
        place += 64
    return end


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
    odd = (equal_bits(buffer, start, COLON) | equal_bits(buffer, start, AT) | equal_bits(buffer, start, OPEN)) & below(
        length
    )
    stop = start + length
    put(scheme, each, begin, colon)
    put(host, each, start, stop)
    if stop < end and buffer[np.uint64(stop)] == SLASH:
        put(path, each, stop, path_end(buffer, stop, end))
    else:
        put(path, each, -1, -1)
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
        put(path, each, -1, -1)
        port[each] = digits


@kernel
def read_tokens(lines: Lines, tokens: Tokens, sink: Sink, left: Array) -> int:
    """Fill in the row of each line that goes the short way; put the others' numbers into `left`, return how many.

    The last row of numbers, words and spans takes what is not wanted: its column is -1.
    """
    buffer, steps, numbers, words = lines.buffer, tokens.steps, sink.numbers, sink.words
    found = 0
    for first in range(0, len(lines.begins), CHUNK):
        last = min(first + CHUNK, len(lines.begins))
        usual, edges = tokens.usual[: last - first], tokens.edges[: last - first]
        split_lines(buffer, lines.begins[first:last], lines.ends[first:last], tokens.most, edges, usual)
        timed = False
        for index in range(len(steps)):
            step, field = steps[index], steps[index, VALUE:]
            begins, ends = edges[:, step[FROM]], edges[:, step[TO]]
            kind, column = field[KIND], field[COLUMN]
            if step[BEHIND] >= 0:
                lasts, more = edges[:, step[LAST]], edges[:, step[TO] + 1]
                divide(buffer, lasts, step[PIECE], step[BEHIND], begins, ends, more, usual)
            elif step[PIECE] == CODE:
                check_codes(buffer, begins, ends, usual)
            if kind == WORD:
                read_words(buffer, begins, ends, words[column, first:last])
            elif kind == SCALED:
                read_times(buffer, begins, ends, field[SCALE], timed, numbers[sink.times[0], first:last], usual)
                timed = True
            elif kind == INTEGER or step[PIECE] == INT:
                read_integers(buffer, begins, ends, numbers[column, first:last], usual)
            elif kind == URL:
                scheme, host = words[field[SCHEME], first:last], words[column, first:last]
                port, path = numbers[field[PORTS], first:last], sink.spans[field[PATHS], first:last]
                read_urls(buffer, begins, ends, scheme, host, port, path, tokens.room, usual)
        for each in range(last - first):
            sink.offsets[first + each] = lines.starts[first + each]
            left[found] = first + each
            found += 1 - usual[each]
    return found
