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
    U1,
    Array,
    Scalar,
    below,
    count_bits,
    equal_bits,
    kernel,
    lowest_bit,
    note_edges,
    part,
)
from proxyscan.kernels.column import read_integers, read_times, read_urls, read_words
from proxyscan.kernels.fields import BLANK, CODE, INT, after_code
from proxyscan.kernels.kinds import COLUMN, INTEGER, KIND, PATHS, PORTS, SCALE, SCALED, SCHEME, URL, WORD
from proxyscan.kernels.rows import Lines
from proxyscan.kernels.values import Sink
from proxyscan.kernels.words import Table, encode_rows

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

NEXT: Final = 0
LEFT: Final = 1
LENGTH: Final = 2
"""Places in the state of `read_tokens`."""

U63: Final = np.uint64(63)


class Tokens(NamedTuple):
    """A template whose groups are tokens: a step for each field, and room to work in.

    `vocabularies`: whose words are in each column of codes. `edges`: a row for each line of a chunk; in the first
    `wanted` columns its tokens begin and end in turn, in columns behind them the fields within tokens. `words`: begin
    and end of each column's words. `usual`: 1 for a line that went the short way so far. `room`: two numbers for each
    line.
    """

    steps: Array
    vocabularies: Array
    wanted: int
    edges: Array
    words: Array
    usual: Array
    room: Array


@part
def find_edges(buffer: Array, place: int, end: int, edges: Array, most: int) -> Scalar:
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
        fits = find_edges(buffer, begin, end, row, count) == count
        usual[each] = fits and row[0] == begin and row[count - 1] == end
        if not usual[each]:
            for edge in range(count):
                row[edge] = begin


@part
def divide(
    buffer: Array, lasts: Array, kind: int, behind: int, begins: Array, ends: Array, more: Array, usual: Array
) -> None:
    """Fill in where a field ends within its token, before the byte `behind`, and where the next one begins.

    None begins behind the token: how far those read that follow is told by the difference of end and begin.
    """
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
        more[each] = min(end + 1, last)


@part
def check_codes(buffer: Array, begins: Array, ends: Array, usual: Array) -> None:
    """Tell which fields hold capitals, digits and ``_`` only."""
    for each in range(np.uint64(len(usual))):
        begin: Scalar = np.int64(begins[each])
        end: Scalar = np.int64(ends[each])
        usual[each] &= after_code(buffer, begin, end) == end


@part
def hide(usual: Array, words: Array) -> None:
    """Make the words of lines that do not go the short way absent."""
    for each in range(np.uint64(len(usual))):
        if not usual[each]:
            for column in range(len(words)):
                words[column, each, 0] = -1


@kernel
def read_tokens(
    lines: Lines, tokens: Tokens, sink: Sink, table: Table, codes: Array, left: Array, state: Array
) -> bool:
    """Fill in the row of each line that goes the short way; tell whether the table must grow for a word.

    `state`: the line to begin with, how many of those before it are `left`, and the length of the word. The last row of
    numbers, words and spans takes what is not wanted: its column is -1. The codes of words are looked up while their
    bytes are still in the nearest cache.
    """
    buffer, steps, numbers, words = lines.buffer, tokens.steps, sink.numbers, tokens.words
    for first in range(state[NEXT], len(lines.begins), CHUNK):
        last = min(first + CHUNK, len(lines.begins))
        found = state[LEFT]
        usual, edges = tokens.usual[: last - first], tokens.edges[: last - first]
        split_lines(buffer, lines.begins[first:last], lines.ends[first:last], tokens.wanted, edges, usual)
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
                read_words(buffer, begins, ends, words[column, : last - first])
            elif kind == SCALED:
                read_times(buffer, begins, ends, field[SCALE], timed, numbers[sink.times[0], first:last], usual)
                timed = True
            elif kind == INTEGER or step[PIECE] == INT:
                read_integers(buffer, begins, ends, numbers[column, first:last], usual)
            elif kind == URL:
                scheme, host = words[field[SCHEME], : last - first], words[column, : last - first]
                port, path = numbers[field[PORTS], first:last], sink.spans[field[PATHS], first:last]
                read_urls(buffer, begins, ends, scheme, host, port, path, tokens.room, usual)
        for each in range(last - first):
            sink.offsets[first + each] = lines.starts[first + each]
            left[found] = first + each
            found += 1 - usual[each]
        hide(usual, words)
        length = encode_rows(buffer, words, 0, tokens.vocabularies, table, codes, first, last - first)
        if length >= 0:
            state[NEXT], state[LENGTH] = first, length
            return True
        state[LEFT] = found
    return False
