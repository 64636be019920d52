"""What the fields of a line become: numbers, codes and spans, as `proxyscan.layouts.read` says."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from proxyscan.kernels.bits import Array, Scalar, inner, part, step
from proxyscan.kernels.kinds import (
    ADDRESS,
    CLOCK,
    COLUMN,
    DATE,
    DATED,
    INTEGER,
    KIND,
    NOTHING,
    PATH,
    PATHS,
    PORTS,
    SCALE,
    SCALED,
    SCHEME,
    SECONDS,
    SIGN,
    URL,
    WORD,
    ZONE,
)
from proxyscan.kernels.narrowing import narrowed, path_end
from proxyscan.kernels.numbers import (
    EXPECTED,
    LAST_REASON,
    MISSING,
    NULL,
    integer,
    moment,
    seconds,
)
from proxyscan.kernels.spans import put_span
from proxyscan.kernels.times import FIRST_TIME, spelled, told
from proxyscan.kernels.urls import (
    HOST_BEGIN,
    PATH_BEGIN,
    PATH_END,
    PORT,
    SCHEME_BEGIN,
    split,
)
from proxyscan.kernels.words import same_bytes

FITS: Final = NULL


class Sink(NamedTuple):
    """Where the values of a block's lines go.

    `fields`: a row for each field. `nulls` and `null_spans`: the words for "the log does not say", `longest` the
    most bytes that one has. `parts`: room for the parts of a URL. `times`: columns of ``time`` and ``naive``,
    -1 for none, whether a line must have a time, and when the log was written. The next three are None for a layout
    that lacks what they stand for: `stamped` for times of one spelling, `dated` for times of several ones, `parted` for
    parts of values, addresses with ports, paths of their own and seconds with decimals.
    """

    fields: Array
    nulls: Array
    null_spans: Array
    longest: int
    parts: Array
    times: Array
    stamped: Array | None
    dated: Array | None
    parted: Array | None
    offsets: Array
    numbers: Array
    words: Array
    spans: Array
    rejects: Array


@inner
def is_null_word(buffer: Array, begin: int, end: int, nulls: Array, null_spans: Array) -> bool:
    """Tell whether a text is a word that says nothing."""
    length = end - begin
    for index in range(len(null_spans)):
        if null_spans[index, 1] == length and same_bytes(buffer, begin, nulls, null_spans[index, 0], length):
            return True
    return False


@part
def is_null(buffer: Array, begin: int, end: int, longest: int, nulls: Array, null_spans: Array) -> bool:
    """Tell whether a text is empty or a word that says nothing; `longest`: the most bytes that such a word has."""
    if end - begin > longest:
        return False
    return end <= begin or is_null_word(buffer, begin, end, nulls, null_spans)


@part
def seconds_of(buffer: Array, begin: int, end: int, parted: Array | None) -> Scalar:
    """Return seconds with decimals as milliseconds, or why they are none."""
    return np.int64(NULL) if parted is None else seconds(buffer, begin, end)


@part
def put_word(begin: int, end: int, column: int, row: int, words: Array) -> None:
    """Put begin and end of a word into a column that has none yet."""
    if column >= 0 and begin >= 0 and words[column, row, 0] < 0:
        words[column, row, 0] = begin
        words[column, row, 1] = end


@part
def put_path(buffer: Array, begin: int, end: int, column: int, row: int, spans: Array) -> None:
    """Put a path into a column that has none yet."""
    if column >= 0 and begin >= 0 and spans[column, row, 0] < 0:
        put_span(buffer, begin, end, row, spans[column])


@part
def put_number(value: int, column: int, row: int, numbers: Array) -> None:
    """Put a number into a column that has none yet."""
    if column >= 0 and numbers[column, row] == NULL:
        numbers[column, row] = value


@step
def fill(buffer: Array, marks: Array, row: int, sink: Sink) -> Scalar:
    """Fill in the values of one line's fields and return `FITS`, or why the line is a reject.

    The row must hold nulls. Parts are handed the arrays that they need: all of `sink` takes long to compile.
    """
    fields, parts = sink.fields, sink.parts
    nulls, null_spans, longest = sink.nulls, sink.null_spans, sink.longest
    numbers, words, spans = sink.numbers, sink.words, sink.spans
    zoned, local, midnight, since, ahead = NULL, NULL, NULL, NULL, NULL
    for index in range(len(fields)):
        kind = fields[index, KIND]
        begin = int(marks[index, 0])
        end = int(marks[index, 1])
        if kind == NOTHING or begin < 0 or is_null(buffer, begin, end, longest, nulls, null_spans):
            continue
        if kind == ADDRESS or fields[index, SIGN] >= 0:
            begin, end = narrowed(buffer, begin, end, kind, fields[index], sink.parted)
            if begin < 0 or is_null(buffer, begin, end, longest, nulls, null_spans):
                continue
        column = fields[index, COLUMN]
        if kind in (WORD, ADDRESS):
            put_word(begin, end, column, row, words)
        elif kind == INTEGER:
            value = integer(buffer, begin, end)
            if value <= LAST_REASON:
                return value + index if value == EXPECTED else value
            scale = fields[index, SCALE]
            if scale != 1:
                value = -(-value // scale) if value < 0 else value // scale
            put_number(value, column, row, numbers)
        elif kind == URL:
            split(buffer, begin, end, parts)
            for first in (SCHEME_BEGIN, HOST_BEGIN):
                begin, end = parts[first], parts[first + 1]
                if begin >= 0 and not is_null(buffer, begin, end, longest, nulls, null_spans):
                    put_word(begin, end, fields[index, SCHEME if first == SCHEME_BEGIN else COLUMN], row, words)
            if parts[PORT] >= 0:
                put_number(parts[PORT], fields[index, PORTS], row, numbers)
            put_path(buffer, parts[PATH_BEGIN], parts[PATH_END], fields[index, PATHS], row, spans)
        elif kind == SCALED:
            value = moment(integer(buffer, begin, end), fields[index, SCALE])
            if value < 0:
                return value + index if value == EXPECTED else value
            zoned = value if zoned == NULL else zoned + value
        elif kind == PATH:
            put_path(buffer, begin, path_end(buffer, begin, end, sink.parted), column, row, spans)
        elif kind == SECONDS:
            value = seconds_of(buffer, begin, end, sink.parted)
            if value <= LAST_REASON:
                return value + index if value == EXPECTED else value
            put_number(value, column, row, numbers)
        else:
            if kind < DATED:
                value, its_ahead = told_by(buffer, begin, end, kind, sink.stamped)
            else:
                value, its_ahead = spelled_by(buffer, begin, end, kind, sink.times[3], sink.dated)
            if value < FIRST_TIME:
                return value
            if kind == DATE:
                midnight = value if midnight == NULL else midnight
            elif kind == CLOCK:
                since = value if since == NULL else since
            elif kind == ZONE:
                ahead = its_ahead if ahead == NULL else ahead
            elif its_ahead == NULL:
                local = value if local == NULL else local
            else:
                zoned = value if zoned == NULL else zoned
    return put_time(zoned, local, midnight, since, ahead, row, sink.times, numbers)


@part
def told_by(buffer: Array, begin: int, end: int, kind: int, stamped: Array | None) -> tuple[Scalar, Scalar]:
    """Return what a text says of the time; for a layout without such fields, whose `stamped` is None, nothing."""
    if stamped is None:
        return np.int64(0), np.int64(NULL)
    return told(buffer, begin, end, kind)


@part
def spelled_by(
    buffer: Array, begin: int, end: int, kind: int, written: int, dated: Array | None
) -> tuple[Scalar, Scalar]:
    """Return what a text says of the time; for a layout without such fields, whose `dated` is None, nothing."""
    if dated is None:
        return np.int64(0), np.int64(NULL)
    return spelled(buffer, begin, end, kind, written)


@part
def put_time(
    zoned: int, local: int, midnight: int, since: int, ahead: int, row: int, times: Array, numbers: Array
) -> Scalar:
    """Put the time of a line, of all that its fields say of it, and return `FITS`, or why the line is a reject."""
    naive = 0
    if zoned == NULL and times[2]:
        if local == NULL and midnight != NULL and since != NULL:
            local = midnight + since
        if local == NULL:
            return MISSING
        naive = 1 if ahead == NULL else 0
        zoned = moment(local if ahead == NULL else local - ahead, 1)
        if zoned < 0:
            return zoned
    if times[0] >= 0:
        numbers[times[0], row] = zoned
    if times[1] >= 0:
        numbers[times[1], row] = naive
    return FITS


@inner
def empty(row: int, numbers: Array, words: Array, spans: Array) -> None:
    """Put nulls into a row in which a reject left its values."""
    for column in range(len(numbers)):
        numbers[column, row] = NULL
    for column in range(len(words)):
        words[column, row, 0] = -1
    for column in range(len(spans)):
        spans[column, row] = -1
