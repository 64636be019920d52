"""The short way to a line's fields where only blanks part them: as many tokens as the template has groups.

A group is what stands between two literals of blanks: one field, or fields with other literals between, such
as ``%Ss/%03>Hs``. A line with exactly one token for each group can be split in one way only; any other line,
such as one with blanks in the user's name, takes the long way, `proxyscan.kernels.fields.match`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import U0, U1, Array, below, digits_end, equal_bits, lowest_bit, part
from proxyscan.kernels.fields import BLANK, CODE, INT, after_code, fit

FIRST: Final = 0
LAST: Final = 1
"""Columns of `groups`: the first row of a group in the program, and the row behind its last one."""

U63: Final = np.uint64(63)


@part
def split_tokens(buffer: Array, place: int, end: int, tokens: Array) -> int:
    """Fill in begin and end of the tokens of a line; return how many there are, -1 for more than fit in."""
    most = len(tokens)
    begun = 0
    ended = 0
    before = U1  # was the byte before a blank?
    while place < end:
        inside = below(end - place)
        blanks = equal_bits(buffer, place, BLANK) | ~inside
        behind = blanks << U1 | before
        before = blanks >> U63
        begins = ~blanks & behind
        ends = blanks & ~behind
        while begins != U0:
            if begun == most:
                return -1
            tokens[begun, 0] = place + lowest_bit(begins)
            begun += 1
            begins &= begins - U1
        while ends != U0:
            tokens[ended, 1] = place + lowest_bit(ends)
            ended += 1
            ends &= ends - U1
        place += 64
    if ended < begun:
        tokens[ended, 1] = end
    return begun


@part
def match_tokens(
    buffer: Array, place: int, end: int, program: Array, literals: Array, groups: Array, tokens: Array, marks: Array
) -> bool:
    """Fill in begin and end of each field, if the line has one token for each group and each group fits."""
    if len(groups) == 0 or place == end or buffer[place] == BLANK or buffer[end - 1] == BLANK:
        return False
    if split_tokens(buffer, place, end, tokens) != len(groups):
        return False
    for group in range(len(groups)):
        begin = tokens[group, 0]
        stop = tokens[group, 1]
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
