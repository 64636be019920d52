"""Where the values of a line of pairs are, by the rules of `proxyscan.layouts.keyvalue`."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from proxyscan.kernels.bits import Array, Scalar, find, inner, part
from proxyscan.kernels.fields import BLANK, after_blanks
from proxyscan.kernels.keys import Keys, clear, find_key, has_all, holds, is_open, mark_key
from proxyscan.kernels.quotes import QUOTE, SLOPE, UNQUOTED, closing, unescape

PIPE: Final = np.uint8(124)
CEF: Final = 7
LEEF: Final = 5


class Pairs(NamedTuple):
    """A layout of pairs.

    `keys`: the known ones, with the row of the key ``""``, -1 for none. `signs`: which bytes a key may have. `text`:
    what must stand in the line, with its rare byte. `head`: how many ``|`` a head has, and `mark`, what it begins
    with; `pipes`: the first field of each of its columns, and how many it has. `needs`, `lacks`, `some`: fields, see
    `proxyscan.kernels.keys`.
    """

    keys: Keys
    before: int
    signs: Array
    assign: int
    separator: int
    quote: int
    only_known: bool
    text: Array
    rare: int
    head: int
    mark: Array
    pipes: Array
    needs: Array
    lacks: Array
    some: Array


@inner
def undo_cef(buffer: Array, begin: int, end: int) -> Scalar:
    """Undo CEF's escapes where they stand, and return where the text then ends."""
    begin = find(buffer, begin, end, SLOPE)
    into = begin
    while begin < end:
        byte = buffer[begin]
        if byte == SLOPE and begin + 1 < end:
            following = buffer[begin + 1]
            if following == 61 or following == 124 or following == 92:
                byte = following
                begin += 1
            elif following == 110 or following == 114:
                byte = np.uint8(10) if following == 110 else np.uint8(13)
                begin += 1
        buffer[into] = byte
        into += 1
        begin += 1
    return into


@inner
def after_head(buffer: Array, place: int, end: int, pairs: Pairs, marks: Array) -> Scalar:
    """Return where the head's columns end, each marked; -1 for a line without a head."""
    for column in range(pairs.head):
        begin = place
        while place < end and buffer[place] != PIPE:
            place += 2 if buffer[place] == SLOPE else 1
        if place >= end:
            return -1
        first = pairs.pipes[column, 0]
        if pairs.pipes[column, 1] > 0:
            stop = undo_cef(buffer, begin, place)
            for field in range(first, first + pairs.pipes[column, 1]):
                marks[field, 0] = begin
                marks[field, 1] = stop
        place += 1
    return place


@part
def hex_digit(byte: Scalar) -> Scalar:
    """Return the value of a hexadecimal digit, -1 for another byte."""
    if 48 <= byte <= 57:
        return np.int64(byte) - 48
    if 97 <= (byte | 32) <= 102:
        return np.int64(byte | 32) - 87
    return -1


@inner
def declared(buffer: Array, place: int, end: int, separator: Scalar) -> tuple[Scalar, Scalar]:
    """Return where the pairs of a LEEF 2.0 line begin, and the separator that it declares, if it does."""
    digits = place + 1 if buffer[place] == 48 else place
    if digits + 3 < end and buffer[digits] == 120 and buffer[digits + 3] == PIPE:
        high, low = hex_digit(buffer[digits + 1]), hex_digit(buffer[digits + 2])
        if high >= 0 and low >= 0:
            return digits + 4, 16 * high + low
    if place < end and buffer[place] == PIPE:
        return place + 1, separator
    if place + 1 < end and buffer[place + 1] == PIPE:
        return place + 2, np.int64(buffer[place])
    return place, separator


@part
def next_key(buffer: Array, place: int, end: int, first: int, pairs: Pairs) -> tuple[Scalar, Scalar, Scalar]:
    """Return begin, end and row of the next key that begins a pair between blanks; (end, end, -1) for none."""
    equal = find(buffer, place, end, np.uint8(pairs.assign))
    while equal < end:
        begin = equal
        while begin > place and pairs.signs[buffer[begin - 1]]:
            begin -= 1
        if begin < equal and (begin == first or buffer[begin - 1] == BLANK):
            row = find_key(buffer, begin, equal, 0, pairs.keys)
            if row >= 0 or not pairs.only_known:
                return begin, equal, row
        place = equal + 1
        equal = find(buffer, place, end, np.uint8(pairs.assign))
    return end, end, np.int64(-1)


@part
def between_blanks(buffer: Array, place: int, end: int, pairs: Pairs, marks: Array) -> None:
    """Mark the values of pairs with blanks between."""
    first = place
    begin = place
    row = np.int64(pairs.before)
    key_begin, key_end, key_row = next_key(buffer, place, end, first, pairs)
    named = False
    while True:
        if named and pairs.quote != UNQUOTED and begin < end and buffer[begin] == QUOTE:
            begin += 1
            stop, escaped = closing(buffer, begin, end, 32, pairs.quote)
            after = stop + 1
            if stop < 0:
                stop = end
                after = end
                escaped = True
            key_begin, key_end, key_row = next_key(buffer, after, end, first, pairs)
            if escaped and is_open(marks, pairs.keys, row):
                stop = unescape(buffer, begin, stop, pairs.quote)
        else:
            if named:
                key_begin, key_end, key_row = next_key(buffer, begin, end, first, pairs)
            stop = key_begin
            while stop > begin and buffer[stop - 1] == BLANK:
                stop -= 1
            if pairs.head == CEF and is_open(marks, pairs.keys, row):
                stop = undo_cef(buffer, begin, stop)
        if is_open(marks, pairs.keys, row):
            mark_key(marks, pairs.keys, row, begin, stop)
        if key_begin == end:
            return
        row = key_row
        begin = key_end + 1
        named = True


@part
def between_signs(buffer: Array, place: int, end: int, separator: Scalar, pairs: Pairs, marks: Array) -> None:
    """Mark the values of pairs with a separator between that is no blank."""
    first = place
    while place <= end:
        key = after_blanks(buffer, place, end)
        stop = key
        while stop < end and pairs.signs[buffer[stop]]:
            stop += 1
        named = key < stop < end and buffer[stop] == pairs.assign
        begin = stop + 1 if named else place
        row = find_key(buffer, key, stop, 0, pairs.keys) if named else np.int64(pairs.before if place == first else -1)
        if named and pairs.quote != UNQUOTED and begin < end and buffer[begin] == QUOTE:
            begin += 1
            stop, escaped = closing(buffer, begin, end, separator, pairs.quote)
            place = stop + 2
            if stop < 0:
                stop = end
                place = end + 1
                escaped = True
            if escaped and is_open(marks, pairs.keys, row):
                stop = unescape(buffer, begin, stop, pairs.quote)
        else:
            stop = find(buffer, begin, end, np.uint8(separator))
            place = stop + 1
            if pairs.head == CEF and is_open(marks, pairs.keys, row):
                stop = undo_cef(buffer, begin, stop)
        if is_open(marks, pairs.keys, row):
            mark_key(marks, pairs.keys, row, begin, stop)


@part
def find_pairs(buffer: Array, place: int, end: int, pairs: Pairs, marks: Array) -> bool:
    """Fill in begin and end of each field of the line and tell whether the line fits."""
    clear(marks)
    if holds(buffer, place, end, pairs.text, pairs.rare) < 0:
        return False
    separator = np.int64(pairs.separator)
    if pairs.head > 0:
        start = holds(buffer, place, end, pairs.mark, 0)
        place = after_head(buffer, start, end, pairs, marks) if start >= 0 else -1
        if place < 0:
            return False
        if pairs.head == LEEF and buffer[start + 5] == 50:
            place, separator = declared(buffer, place, end, separator)
    if separator == 32:
        between_blanks(buffer, place, end, pairs, marks)
    else:
        between_signs(buffer, place, end, separator, pairs, marks)
    return has_all(marks, pairs.needs, pairs.lacks, pairs.some)
