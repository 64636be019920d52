"""Where the values of a delimited line are, by the rules of `proxyscan.layouts.delimited`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from proxyscan.kernels.bits import Array, find, part
from proxyscan.kernels.fields import BLANK, CLF_LENGTH, after_blanks, is_clf
from proxyscan.kernels.quotes import QUOTE, UNQUOTED, closing, unescape


class Values(NamedTuple):
    """A delimited layout whose columns are known.

    `columns`: for each value of a line the first of its fields and how many it has. `absent`: fields that no
    value has. `least` and `most`: how many values a line has.
    """

    columns: Array
    absent: Array
    separator: int
    quote: int
    least: int
    most: int


@part
def mark(marks: Array, columns: Array, column: int, begin: int, end: int) -> None:
    """Note where the value of a column is, for each of its fields."""
    first = columns[column, 0]
    for field in range(first, first + columns[column, 1]):
        marks[field, 0] = begin
        marks[field, 1] = end


@part
def is_stamp(buffer: Array, place: int, end: int) -> bool:
    """Tell whether a time in brackets stands at `place`."""
    close = place + CLF_LENGTH + 1
    if buffer[place] != 91 or close >= end or buffer[close] != 93 or not is_clf(buffer, place + 1, close):
        return False
    return close + 1 == end or buffer[close + 1] == BLANK


@part
def split_values(buffer: Array, place: int, end: int, values: Values, marks: Array) -> bool:
    """Fill in begin and end of each field of the line and tell whether the line fits."""
    columns, separator, quote = values.columns, np.uint8(values.separator), values.quote
    runs = separator == BLANK
    known = len(columns)
    column = 0
    if runs:
        place = after_blanks(buffer, place, end)
    while place < end or not runs:
        opening = after_blanks(buffer, place, end) if buffer[place] == BLANK else place
        if quote != UNQUOTED and opening < end and buffer[opening] == QUOTE:
            begin = opening + 1
            stop, escaped = closing(buffer, begin, end, separator, quote)
            if stop < 0:
                return False
            place = stop + 1
            if escaped and column < known and columns[column, 1] > 0:
                stop = unescape(buffer, begin, stop, quote)
        elif runs and is_stamp(buffer, place, end):
            begin = place + 1
            stop = begin + CLF_LENGTH
            place = stop + 1
        else:
            begin = place
            stop = find(buffer, place, end, separator)
            place = stop
        if column < known:
            mark(marks, columns, column, begin, stop)
        column += 1
        if place >= end:
            break
        place = after_blanks(buffer, place, end) if runs else place + 1
    for later in range(column, known):
        mark(marks, columns, later, -1, -1)
    for index in range(len(values.absent)):
        marks[values.absent[index], 0] = -1
    return values.least <= column <= values.most
