"""Where the members of a JSON object are, by the rules of `proxyscan.layouts.jsonlines`."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from proxyscan.kernels.bits import Array, Scalar, find_either, inner, part
from proxyscan.kernels.keys import BEGIN, CHILD, LENGTH, NODE, Keys, clear, find_key, has_all, holds, is_open, mark_key
from proxyscan.kernels.pairs import hex_digit
from proxyscan.kernels.quotes import QUOTE, SLOPE

DEEPEST: Final = 32

VALUE: Final = 0
NAME: Final = 1
AFTER: Final = 2
"""What comes next in a line."""


class Members(NamedTuple):
    """A layout of JSON lines.

    `keys`: the known names, each in its object. `bare`: which bytes a value without quotes has. `nodes` and `counts`:
    room for the objects around a value, and for how many elements an array has so far (-1: it is an object). The
    others: see `proxyscan.kernels.pairs`.
    """

    keys: Keys
    bare: Array
    nodes: Array
    counts: Array
    text: Array
    rare: int
    needs: Array
    lacks: Array
    some: Array


@part
def after_space(buffer: Array, place: int, end: int) -> int:
    """Return the first place from `place` on that holds no white space."""
    while place < end and (buffer[place] == 32 or buffer[place] == 9 or buffer[place] == 13):
        place += 1
    return place


@part
def string_end(buffer: Array, place: int, end: int) -> tuple[Scalar, bool]:
    """Return where the string closes whose first byte stands at `place` (-1: nowhere), and whether it has escapes."""
    escaped = False
    while True:
        place = find_either(buffer, place, end, QUOTE, SLOPE)
        if place >= end:
            return -1, escaped
        if buffer[place] == QUOTE:
            return place, escaped
        escaped = True
        place += 2


@part
def code_unit(buffer: Array, place: int, end: int) -> int:
    r"""Return the number that ``\u`` at `place` and four digits write, -1 for none."""
    if end - place < 6 or buffer[place] != SLOPE or buffer[place + 1] != 117:
        return -1
    value = 0
    for index in range(2, 6):
        digit = hex_digit(buffer[place + index])
        if digit < 0:
            return -1
        value = 16 * value + digit
    return value


@part
def put_utf8(buffer: Array, into: int, code: int) -> int:
    """Write a character as UTF-8 and return where it ends."""
    if code < 0x80:
        buffer[into] = code
        return into + 1
    if code < 0x800:
        buffer[into] = 0xC0 | code >> 6
        buffer[into + 1] = 0x80 | code & 0x3F
        return into + 2
    if code < 0x10000:
        buffer[into] = 0xE0 | code >> 12
        buffer[into + 1] = 0x80 | code >> 6 & 0x3F
        buffer[into + 2] = 0x80 | code & 0x3F
        return into + 3
    buffer[into] = 0xF0 | code >> 18
    buffer[into + 1] = 0x80 | code >> 12 & 0x3F
    buffer[into + 2] = 0x80 | code >> 6 & 0x3F
    buffer[into + 3] = 0x80 | code & 0x3F
    return into + 4


@part
def short_escape(sign: Scalar) -> Scalar:
    """Return the byte that a backslash and a sign mean, -1 when they are no escape."""
    if sign == 34 or sign == 47 or sign == 92:
        return sign
    if sign == 98:
        return 8
    if sign == 102:
        return 12
    if sign == 110:
        return 10
    if sign == 114:
        return 13
    if sign == 116:
        return 9
    return -1


@inner
def undo_json(buffer: Array, begin: int, end: int) -> int:
    """Undo the escapes of a string where it stands, and return where it then ends."""
    into = begin
    while begin < end:
        if buffer[begin] != SLOPE:
            buffer[into] = buffer[begin]
            into += 1
            begin += 1
            continue
        code = code_unit(buffer, begin, end)
        if code >= 0:
            begin += 6
            low = code_unit(buffer, begin, end) if 0xD800 <= code < 0xDC00 else -1
            if 0xDC00 <= low < 0xE000:
                code = 0x10000 + ((code - 0xD800) << 10) + low - 0xDC00
                begin += 6
            elif 0xD800 <= code < 0xE000:
                code = 0xFFFD
            into = put_utf8(buffer, into, code)
        else:
            meant = short_escape(np.int64(buffer[begin + 1])) if begin + 1 < end else -1
            buffer[into] = buffer[begin] if meant < 0 else meant
            into += 1
            begin += 1 if meant < 0 else 2
    return into


@inner
def element(keys: Keys, node: int, number: int) -> Scalar:
    """Return the row of an array's element, -1 for one that is not known."""
    if node < 0:
        return np.int64(-1)
    for row in range(len(keys.rows)):
        if keys.rows[row, NODE] == node and keys.rows[row, LENGTH] > 0:
            place = keys.rows[row, BEGIN]
            last = place + keys.rows[row, LENGTH] - 1
            rest = number
            while last > place and rest >= 10 and keys.text[last] == 48 + rest % 10:
                rest //= 10
                last -= 1
            if last == place and rest < 10 and keys.text[last] == 48 + rest:
                return np.int64(row)
    return np.int64(-1)


@part
def is_no_value(buffer: Array, begin: int, end: int) -> Scalar:
    """Tell whether a bare value is ``null``."""
    if end - begin != 4:
        return False
    return buffer[begin] == 110 and buffer[begin + 1] == 117 and buffer[begin + 2] == 108 and buffer[begin + 3] == 108


@part
def find_members(buffer: Array, place: int, end: int, members: Members, marks: Array) -> bool:
    """Fill in begin and end of each field of the line and tell whether the line fits."""
    keys, nodes, counts = members.keys, members.nodes, members.counts
    clear(marks)
    if holds(buffer, place, end, members.text, members.rare) < 0:
        return False
    place = after_space(buffer, place, end)
    if place >= end or buffer[place] != 123:
        return False
    depth = -1
    row = np.int64(-1)
    state = VALUE
    while True:
        if place >= end:
            return False
        byte = buffer[place]
        if state == NAME:
            if byte != QUOTE:
                return False
            begin = place + 1
            stop, _ = string_end(buffer, begin, end)
            if stop < 0:
                return False
            row = find_key(buffer, begin, stop, nodes[depth], keys) if nodes[depth] >= 0 else np.int64(-1)
            place = after_space(buffer, stop + 1, end)
            if place >= end or buffer[place] != 58:
                return False
            place = after_space(buffer, place + 1, end)
            state = VALUE
        elif state == VALUE:
            state = AFTER
            if byte == QUOTE:
                begin = place + 1
                stop, escaped = string_end(buffer, begin, end)
                if stop < 0:
                    return False
                place = stop + 1
                if is_open(marks, keys, row):
                    if escaped:
                        stop = undo_json(buffer, begin, stop)
                    mark_key(marks, keys, row, begin, stop)
            elif byte == 123 or byte == 91:
                depth += 1
                if depth > DEEPEST:
                    return False
                if depth == 0:
                    nodes[0] = 0
                else:
                    nodes[depth] = keys.rows[row, CHILD] if row >= 0 else -1
                counts[depth] = 0 if byte == 91 else -1
                place = after_space(buffer, place + 1, end)
                if place < end and buffer[place] == byte + 2:  # ] or } closes at once
                    place += 1
                    depth -= 1
                elif byte == 91:
                    row = element(keys, nodes[depth], 0)
                    state = VALUE
                else:
                    state = NAME
            else:
                begin = place
                while place < end and members.bare[buffer[place]]:
                    place += 1
                if place == begin:
                    return False
                if is_open(marks, keys, row) and not is_no_value(buffer, begin, place):
                    mark_key(marks, keys, row, begin, place)
            if depth < 0:
                break
            if state == AFTER:
                place = after_space(buffer, place, end)
        else:
            is_array = counts[depth] >= 0
            if byte == 44:
                place = after_space(buffer, place + 1, end)
                state = NAME
                if is_array:
                    counts[depth] += 1
                    row = element(keys, nodes[depth], counts[depth])
                    state = VALUE
            elif byte == (93 if is_array else 125):
                depth -= 1
                place = after_space(buffer, place + 1, end)
                if depth < 0:
                    break
            else:
                return False
    if after_space(buffer, place, end) < end:
        return False
    return has_all(marks, members.needs, members.lacks, members.some)
