"""The short way to a line's fields where only blanks part them: as many tokens as the template has groups.

A group is what stands between two literals of blanks: one field, or fields with other literals between, such
as ``%Ss/%03>Hs``. A line with exactly one token for each group can be split in one way only; any other line,
such as one with blanks in the user's name, takes the long way, `proxyscan.kernels.fields.match`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import U1, Array, Scalar, below, count_bits, digits_end, equal_bits, lowest_bit, part
from proxyscan.kernels.fields import BLANK, CODE, INT, after_code, fit

FIRST: Final = 0
LAST: Final = 1
"""Columns of `groups`: the first row of a group in the program, and the row behind its last one."""

SPARE: Final = 16
"""Room behind the edges of a line: they are noted eight at a time, and the last may be that of the line."""

U63: Final = np.uint64(63)


@part
def note_edges(bits: Scalar, place: int, edges: Array, count: int) -> None:
    """Note where eight bits stand, the lowest first, without a branch; for those that are not there, anything."""
    for number in range(8):
        edges[count + number] = place + lowest_bit(bits)
        bits &= bits - U1


@part
def split_tokens(buffer: Array, place: int, end: int, edges: Array) -> Scalar:
    """Fill in where the tokens of a line begin and end, in turn; return how many edges that is, -1 for too many.

    `edges` has room for `SPARE` more than count. How many there are in 64 bytes differs from line to line: a loop over
    them would mislead the processor once for each 64 bytes.
    """
    most = len(edges) - SPARE
    count: Scalar = np.int64(0)
    before = U1  # was the byte before a blank?
    while place < end:
        blanks = equal_bits(buffer, place, BLANK) | ~below(end - place)
        bits = blanks ^ (blanks << U1 | before)
        before = blanks >> U63
        found = count_bits(bits)
        if count + found > most:
            return -1
        note_edges(bits, place, edges, count)
        for done in range(8, found, 8):
            for _ in range(8):
                bits &= bits - U1
            note_edges(bits, place, edges, count + done)
        count += found
        place += 64
    if count & 1:
        edges[count] = end
        count += 1
    return count


@part
def match_tokens(
    buffer: Array, place: int, end: int, program: Array, literals: Array, groups: Array, edges: Array, marks: Array
) -> bool:
    """Fill in begin and end of each field, if the line has one token for each group and each group fits."""
    if len(groups) == 0 or place == end or buffer[place] == BLANK or buffer[end - 1] == BLANK:
        return False
    if split_tokens(buffer, place, end, edges) != 2 * len(groups):
        return False
    for group in range(len(groups)):
        begin = edges[2 * group]
        stop = edges[2 * group + 1]
        row = groups[group, FIRST]
        if groups[group, LAST] - row > 1:
            if fit(buffer, begin, stop, program, literals, row, groups[group, LAST], marks) != stop:
                return False
            continue
        kind = program[row, 0]
        if kind == INT:
            first = begin + 1 if buffer[begin] == 45 else begin
            if digits_end(buffer, first) != stop:
                return False
        elif kind == CODE and after_code(buffer, begin, stop) != stop:
            return False
        field = program[row, 1]
        marks[field, 0] = begin
        marks[field, 1] = stop
    return True
