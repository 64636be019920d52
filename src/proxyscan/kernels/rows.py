"""From lines to columns: each line is matched, and its fields become numbers, codes and spans."""

from __future__ import annotations

from typing import Final

from proxyscan.kernels.bits import Array, kernel, part
from proxyscan.kernels.fields import match
from proxyscan.kernels.lines import is_blank
from proxyscan.kernels.numbers import NO_TIME, NULL, clf, fixed, integer, moment
from proxyscan.kernels.urls import (
    HOST_BEGIN,
    HOST_END,
    PATH_BEGIN,
    PATH_END,
    PORT,
    SCHEME_BEGIN,
    SCHEME_END,
    split,
)
from proxyscan.kernels.words import code_of, has_room

NOTHING: Final = 0
INTEGER: Final = 1
SCALED: Final = 2
FIXED: Final = 3
STAMP: Final = 4
URL: Final = 5
URL_HOST: Final = 6
WORD: Final = 7
"""What becomes of a field: the first column of `fields`. The others say where its values go, -1: nowhere.

INTEGER: column of numbers. SCALED: milliseconds of one unit. URL: columns of scheme, host, port and path,
vocabularies of scheme and host. URL_HOST and WORD: column of codes, vocabulary.
"""

FITS: Final = NULL
MISFIT: Final = NULL + 5
"""Why a line is a reject; the other reasons stand in `proxyscan.kernels.numbers`."""

LINE: Final = 0
ROWS: Final = 1
REJECTS: Final = 2
SKIPPED: Final = 3
"""Places in `state`: the next line, and how many rows, rejects and skipped lines there are so far."""


@part
def fill_row(
    buffer: Array,
    marks: Array,
    fields: Array,
    row: int,
    time_column: int,
    parts: Array,
    numbers: Array,
    codes: Array,
    spans: Array,
    hashes: Array,
    slots: Array,
    entries: Array,
    store: Array,
    used: Array,
) -> int:
    """Fill in the values of one line's fields and return `FITS`, or why the line is a reject."""
    time = 0
    for index in range(len(fields)):
        kind = fields[index, 0]
        begin = int(marks[index, 0])
        end = int(marks[index, 1])
        column = fields[index, 1]
        if kind == WORD:
            codes[column, row] = code_of(buffer, begin, end, fields[index, 2], hashes, slots, entries, store, used)
        elif kind == INTEGER:
            value = integer(buffer, begin, end)
            if NULL < value <= NO_TIME:
                return value
            if column >= 0:
                numbers[column, row] = value
        elif kind == SCALED:
            value = moment(integer(buffer, begin, end), column)
            if value < 0:
                return value
            time += value
        elif kind in (FIXED, STAMP):
            time = fixed(buffer, begin, end) if kind == FIXED else clf(buffer, begin)
            if time < 0:
                return time
        elif kind == URL:
            if end - begin == 1 and buffer[begin] == 45:
                end = begin
            split(buffer, begin, end, parts)
            if column >= 0:
                codes[column, row] = code_of(
                    buffer,
                    parts[SCHEME_BEGIN],
                    parts[SCHEME_END],
                    fields[index, 5],
                    hashes,
                    slots,
                    entries,
                    store,
                    used,
                )
            column = fields[index, 2]
            if column >= 0:
                codes[column, row] = code_of(
                    buffer,
                    parts[HOST_BEGIN],
                    parts[HOST_END],
                    fields[index, 6],
                    hashes,
                    slots,
                    entries,
                    store,
                    used,
                )
            column = fields[index, 3]
            if column >= 0:
                numbers[column, row] = parts[PORT] if parts[PORT] >= 0 else NULL
            column = fields[index, 4]
            if column >= 0:
                spans[column, row, 0] = parts[PATH_BEGIN]
                spans[column, row, 1] = parts[PATH_END]
        elif kind == URL_HOST:
            split(buffer, begin, end, parts)
            codes[column, row] = code_of(
                buffer,
                parts[HOST_BEGIN],
                parts[HOST_END],
                fields[index, 2],
                hashes,
                slots,
                entries,
                store,
                used,
            )
    if time_column >= 0:
        numbers[time_column, row] = time
    return FITS


@kernel
def read_rows(
    buffer: Array,
    starts: Array,
    begins: Array,
    ends: Array,
    state: Array,
    program: Array,
    literals: Array,
    tail: bool,
    fields: Array,
    marks: Array,
    parts: Array,
    time_column: int,
    offsets: Array,
    numbers: Array,
    codes: Array,
    spans: Array,
    rejects: Array,
    hashes: Array,
    slots: Array,
    entries: Array,
    store: Array,
    used: Array,
) -> bool:
    """Read lines from `state` on; return False where the table of words must grow before the next line.

    `marks` (a row for each field) and `parts` (seven numbers) are places to work in.
    """
    words = 2 * len(fields)
    line, row, rejected = state[LINE], state[ROWS], state[REJECTS]
    done = True
    while line < len(starts):
        start = int(starts[line])
        begin = int(begins[line])
        end = int(ends[line])
        if not has_room(words, end - start, entries, store, used):
            done = False
            break
        if is_blank(buffer, start, end):
            state[SKIPPED] += 1
        else:
            reason = MISFIT
            if match(buffer, begin, end, program, literals, tail, marks):
                reason = fill_row(
                    buffer,
                    marks,
                    fields,
                    row,
                    time_column,
                    parts,
                    numbers,
                    codes,
                    spans,
                    hashes,
                    slots,
                    entries,
                    store,
                    used,
                )
            if reason == FITS:
                offsets[row] = start
                row += 1
            else:
                rejects[rejected, 0] = line
                rejects[rejected, 1] = reason
                rejected += 1
        line += 1
    state[LINE], state[ROWS], state[REJECTS] = line, row, rejected
    return done
