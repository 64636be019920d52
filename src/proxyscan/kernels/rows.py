"""From lines to columns: one kernel a layout finds the fields of each line, and what they share fills the columns.

The first run on a machine compiles only the kernel of its layout.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from proxyscan.kernels.bits import Array, Scalar, kernel, part, step
from proxyscan.kernels.delimited import Values, split_values
from proxyscan.kernels.fields import match
from proxyscan.kernels.lines import is_blank, stands_at
from proxyscan.kernels.members import Members, find_members
from proxyscan.kernels.numbers import MISFIT
from proxyscan.kernels.pairs import Pairs, find_pairs
from proxyscan.kernels.values import FITS, Sink, empty, fill

LINE: Final = 0
ROWS: Final = 1
REJECTS: Final = 2
SKIPPED: Final = 3
"""Places in `state`: the next line, and how many rows, rejects and skipped lines there are so far."""

DONE: Final = 0
HEADER: Final = 1
"""Why a kernel stops: all lines are read; the line before the next is a header."""


class Lines(NamedTuple):
    """The lines of a block: `starts`, and `begins` and `ends` of the product's own text, without a wrapper.

    `stamps`: begin and end of the wrapper's time, empty where that is not wanted; it is the last field. `comment`
    and `header`: what lines begin with that are no requests, None where there are no such lines.
    """

    buffer: Array
    starts: Array
    begins: Array
    ends: Array
    stamps: Array
    comment: Array | None
    header: Array | None


class Pieces(NamedTuple):
    """A template: see `proxyscan.kernels.fields`. `shared`: fields that are where another one is, and that one."""

    program: Array
    literals: Array
    shared: Array
    tail: bool


@part
def stands_there(buffer: Array, place: int, end: int, text: Array | None) -> bool:
    """Tell whether a text stands at `place`; Numba leaves out what a None rules out."""
    return False if text is None else stands_at(buffer, place, end, text)


@part
def stop_at(
    buffer: Array, begins: Array, ends: Array, comment: Array | None, header: Array | None, state: Array
) -> int:
    """Go past blank lines and comments to the next line to be read; return why that is none, or -1."""
    while state[LINE] < len(begins):
        line = state[LINE]
        begin: Scalar = np.int64(begins[line])
        end: Scalar = np.int64(ends[line])
        if stands_there(buffer, begin, end, header):
            state[LINE] += 1
            state[SKIPPED] += 1
            return HEADER
        if not is_blank(buffer, begin, end) and not stands_there(buffer, begin, end, comment):
            return -1
        state[LINE] += 1
        state[SKIPPED] += 1
    return DONE


@part
def mark_stamp(line: int, stamps: Array, marks: Array) -> None:
    """Note where the wrapper's time is, where it is wanted: it is the last field."""
    if len(stamps):
        for side in range(2):
            marks[len(marks) - 1, side] = stamps[line, side]


@step
def conclude(reason: Scalar, lines: Lines, state: Array, sink: Sink) -> None:
    """Make a row or a reject of the next line."""
    line, row, rejected = state[LINE], state[ROWS], state[REJECTS]
    if reason == FITS:
        sink.offsets[row] = lines.starts[line]
        state[ROWS] = row + 1
    else:
        sink.rejects[rejected, 0] = line
        sink.rejects[rejected, 1] = reason
        state[REJECTS] = rejected + 1
        empty(row, sink.numbers, sink.words, sink.spans)
    state[LINE] = line + 1


@kernel
def read_template(lines: Lines, state: Array, marks: Array, pieces: Pieces, sink: Sink) -> int:
    """Read lines of a template from `state` on, and return why it stops. `marks`: a row for each field."""
    while True:
        stop = stop_at(lines.buffer, lines.begins, lines.ends, lines.comment, lines.header, state)
        if stop >= 0:
            return stop
        line = state[LINE]
        begin: Scalar = np.int64(lines.begins[line])
        end: Scalar = np.int64(lines.ends[line])
        fits = match(lines.buffer, begin, end, pieces.program, pieces.literals, pieces.tail, marks)
        for index in range(len(pieces.shared)):
            for side in range(2):
                marks[pieces.shared[index, 0], side] = marks[pieces.shared[index, 1], side]
        mark_stamp(line, lines.stamps, marks)
        reason = fill(lines.buffer, marks, state[ROWS], sink) if fits else MISFIT
        conclude(reason, lines, state, sink)


@kernel
def read_delimited(lines: Lines, state: Array, marks: Array, values: Values, sink: Sink) -> int:
    """Read lines of values from `state` on, and return why it stops. `marks`: a row for each field."""
    while True:
        stop = stop_at(lines.buffer, lines.begins, lines.ends, lines.comment, lines.header, state)
        if stop >= 0:
            return stop
        line = state[LINE]
        begin: Scalar = np.int64(lines.begins[line])
        end: Scalar = np.int64(lines.ends[line])
        fits = split_values(lines.buffer, begin, end, values, marks)
        mark_stamp(line, lines.stamps, marks)
        reason = fill(lines.buffer, marks, state[ROWS], sink) if fits else MISFIT
        conclude(reason, lines, state, sink)


@kernel
def read_pairs(lines: Lines, state: Array, marks: Array, pairs: Pairs, sink: Sink) -> int:
    """Read lines of pairs from `state` on, and return why it stops. `marks`: a row for each field."""
    while True:
        stop = stop_at(lines.buffer, lines.begins, lines.ends, lines.comment, lines.header, state)
        if stop >= 0:
            return stop
        line = state[LINE]
        begin: Scalar = np.int64(lines.begins[line])
        end: Scalar = np.int64(lines.ends[line])
        fits = find_pairs(lines.buffer, begin, end, pairs, marks)
        mark_stamp(line, lines.stamps, marks)
        reason = fill(lines.buffer, marks, state[ROWS], sink) if fits else MISFIT
        conclude(reason, lines, state, sink)


@kernel
def read_members(lines: Lines, state: Array, marks: Array, members: Members, sink: Sink) -> int:
    """Read lines of JSON from `state` on, and return why it stops. `marks`: a row for each field."""
    while True:
        stop = stop_at(lines.buffer, lines.begins, lines.ends, lines.comment, lines.header, state)
        if stop >= 0:
            return stop
        line = state[LINE]
        begin: Scalar = np.int64(lines.begins[line])
        end: Scalar = np.int64(lines.ends[line])
        fits = find_members(lines.buffer, begin, end, members, marks)
        mark_stamp(line, lines.stamps, marks)
        reason = fill(lines.buffer, marks, state[ROWS], sink) if fits else MISFIT
        conclude(reason, lines, state, sink)
