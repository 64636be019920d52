"""Where the fields of a line are: one matcher interprets the program of any template.

A program has one row for each piece: what it is, the number of its field, a byte or a place in `literals`,
and the row at which its segment ends. A segment runs from a text field up to the next one. The rules are
those of `proxyscan.layouts.template`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import (
    U0,
    Array,
    Scalar,
    digits_end,
    equal_bits,
    find,
    find_either,
    lowest_bit,
    part,
    range_bits,
)

LITERAL: Final = 0
INT: Final = 1
CODE: Final = 2
CLF: Final = 3
WORD: Final = 4
TEXT: Final = 5

CLF_LENGTH: Final = 26
CLF_SHAPE: Final = np.frombuffer(b"00/aaa/0000:00:00:00 +0000", np.uint8)

BLANK: Final = np.uint8(32)
CAPITAL_A, CAPITAL_Z = np.uint8(65), np.uint8(90)
DIGIT_0, DIGIT_9 = np.uint8(48), np.uint8(57)
UNDERSCORE: Final = np.uint8(95)


@part
def after_blanks(buffer: Array, place: int, end: int) -> int:
    """Return the first place from `place` on that holds no blank."""
    while place < end and buffer[place] == BLANK:
        place += 1
    return place


@part
def after_literal(buffer: Array, place: int, end: int, literals: Array, first: int, last: int) -> int:
    """Return where a literal ends that stands at `place`, or -1; its blanks stand for one or more."""
    for index in range(first, last):
        if place >= end or buffer[place] != literals[index]:
            return -1
        place += 1
        if literals[index] == BLANK:
            place = after_blanks(buffer, place, end)
    return place


@part
def after_code(buffer: Array, place: int, end: int) -> Scalar:
    """Return the first place from `place` on that holds no capital, digit or ``_``."""
    while place < end:
        bits = range_bits(buffer, place, CAPITAL_A, CAPITAL_Z) | range_bits(buffer, place, DIGIT_0, DIGIT_9)
        others = ~(bits | equal_bits(buffer, place, UNDERSCORE))
        if others != U0:
            return min(place + lowest_bit(others), end)
        place += 64
    return end


@part
def is_clf(buffer: Array, place: int, end: int) -> bool:
    """Tell whether a time in the common log format stands at `place`."""
    if end - place < CLF_LENGTH:
        return False
    for index in range(CLF_LENGTH):
        byte = buffer[place + index]
        shape = CLF_SHAPE[index]
        if shape == 48:
            if byte < 48 or byte > 57:
                return False
        elif shape == 97:
            if (byte | 32) < 97 or (byte | 32) > 122:
                return False
        elif shape == 43:
            if byte != 43 and byte != 45:
                return False
        elif byte != shape:
            return False
    return True


@part
def fit(buffer: Array, place: int, end: int, program: Array, literals: Array, row: int, last: int, marks: Array) -> int:
    """Fit the pieces from `row` to `last` at `place`, none of them a text; return where they end, or -1."""
    while row < last:
        kind = program[row, 0]
        if kind == LITERAL:
            place = after_literal(buffer, place, end, literals, program[row, 1], program[row, 2])
            if place < 0:
                return -1
        else:
            if kind == INT:
                place = after_blanks(buffer, place, end)
            begin = place
            if kind == WORD:
                place = find_either(buffer, place, end, BLANK, np.uint8(program[row, 2]))
            elif kind == INT:
                first = place + 1 if buffer[place] == 45 else place
                place = digits_end(buffer, first)
            elif kind == CODE:
                place = after_code(buffer, place, end)
            elif is_clf(buffer, place, end):
                place += CLF_LENGTH
            if place == begin:
                return -1
            field = program[row, 1]
            marks[field, 0] = begin
            marks[field, 1] = place
        row += 1
    return place


@part
def at_end(buffer: Array, place: int, end: int, tail: bool) -> bool:
    """Tell whether the line may end at `place`: nothing follows, or a header dump where `tail` allows it."""
    if place == end:
        return True
    return tail and end - place >= 3 and buffer[place] == 32 and buffer[place + 1] == 91 and buffer[end - 1] == 93


@part
def last_text_end(buffer: Array, place: int, end: int, tail: bool) -> int:
    """Return where a text that is the last piece ends."""
    if not tail or place == end or buffer[end - 1] != 93:
        return end
    while not at_end(buffer, place, end, tail):
        place = find(buffer, place + 1, end, BLANK)
    return place


@part
def match(buffer: Array, place: int, end: int, program: Array, literals: Array, tail: bool, marks: Array) -> bool:
    """Fill in begin and end of each field of the line and tell whether the line fits."""
    row: Scalar = np.int64(0)
    rows = len(program)
    while row < rows:
        stop = program[row, 3]
        if program[row, 0] != TEXT:
            place = fit(buffer, place, end, program, literals, row, stop, marks)
            if place < 0 or (stop == rows and not at_end(buffer, place, end, tail)):
                return False
        else:
            field = program[row, 1]
            marks[field, 0] = place
            if row + 1 == rows:
                marks[field, 1] = last_text_end(buffer, place, end, tail)
                return True
            lead = np.uint8(program[row, 2])
            while True:
                place = find(buffer, place, end, lead)
                if place == end:
                    return False
                after = fit(buffer, place, end, program, literals, row + 1, stop, marks)
                if after >= 0 and (stop < rows or at_end(buffer, after, end, tail)):
                    break
                place += 1
                if lead == BLANK:  # from any blank of a run the rest begins at the same place
                    place = after_blanks(buffer, place, end)
            marks[field, 1] = place
            place = after
        row = stop
    return True
