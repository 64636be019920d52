"""Where a wrapper ends, as `proxyscan.layouts.wrapper` says."""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import Array, Scalar, find, find_either, kernel, part
from proxyscan.kernels.members import Members, after_space, find_members

SYSLOG: Final = 1
HOSTLESS: Final = 2
CRI: Final = 3
LEAD: Final = 4

BSD: Final = np.frombuffer(b"Aaa 90 00:00:00 ", np.uint8)
ISO: Final = np.frombuffer(b"0000-00-00T00:00:00", np.uint8)

BLANK: Final = np.uint8(32)
COLON: Final = np.uint8(58)
BRACKET: Final = np.uint8(93)
BRACE: Final = np.uint8(123)
COMMA: Final = np.uint8(44)
FEED: Final = np.uint8(10)
RETURN: Final = np.uint8(13)


@part
def has_shape(buffer: Array, place: int, end: int, shape: Array) -> bool:
    """Tell whether a text of this shape stands at `place`: A a capital, a a small letter, 0 a digit, 9 or a blank."""
    if end - place < len(shape):
        return False
    for index in range(len(shape)):
        byte, wanted = buffer[place + index], shape[index]
        digit = 48 <= byte <= 57
        if wanted == 65:
            fits = 65 <= byte <= 90
        elif wanted == 97:
            fits = 97 <= byte <= 122
        elif wanted == 48:
            fits = digit
        elif wanted == 57:
            fits = digit or byte == BLANK
        else:
            fits = byte == wanted
        if not fits:
            return False
    return True


@part
def after_priority(buffer: Array, place: int, end: int) -> int:
    """Return where ``<166>`` ends, `place` when it does not stand there."""
    digit = place + 1
    if place >= end or buffer[place] != 60:
        return place
    while digit < end and digit - place <= 3 and 48 <= buffer[digit] <= 57:
        digit += 1
    return digit + 1 if digit > place + 1 and digit < end and buffer[digit] == 62 else place


@part
def after_word(buffer: Array, place: int, end: int) -> Scalar:
    """Return the place behind a word and one blank, -1 when there is no word with a blank behind."""
    blank = find(buffer, place, end, BLANK)
    return blank + 1 if place < blank < end else -1


@part
def after_tag(buffer: Array, place: int, end: int) -> Scalar:
    """Return the place behind ``tag: ``, -1 when it does not stand there."""
    colon = find_either(buffer, place, end, COLON, BLANK)
    if colon == place or colon + 1 >= end or buffer[colon] != COLON or buffer[colon + 1] != BLANK:
        return -1
    return colon + 2


@part
def after_new(buffer: Array, place: int, end: int) -> Scalar:
    """Return where a header of RFC 5424 ends that goes on at `place` behind its number, -1 for none."""
    if end - place < 2 or buffer[place] != 49 or buffer[place + 1] != BLANK:
        return -1
    place += 2
    for _ in range(5):
        place = after_word(buffer, place, end)
        if place < 0:
            return -1
    if place >= end:
        return -1
    if buffer[place] == 91:
        place = find(buffer, place, end, BRACKET)
    elif buffer[place] != 45:
        return -1
    if place + 1 >= end or buffer[place + 1] != BLANK:
        return -1
    place += 2
    if end - place >= 3 and buffer[place] == 0xEF and buffer[place + 1] == 0xBB and buffer[place + 2] == 0xBF:
        place += 3
    return place


@part
def after_old(buffer: Array, place: int, end: int) -> Scalar:
    """Return where a header of RFC 3164 ends that goes on at `place`, or one with a time of RFC 3339; -1 for none."""
    if has_shape(buffer, place, end, BSD):
        host_end = after_word(buffer, place + len(BSD), end)
        tag_end = after_tag(buffer, host_end, end) if host_end >= 0 else -1
        return tag_end if tag_end >= 0 else host_end
    if has_shape(buffer, place, end, ISO):
        host = after_word(buffer, place, end)
        tag = after_word(buffer, host, end) if host >= 0 else -1
        return after_tag(buffer, tag, end) if tag >= 0 else -1
    return -1


@part
def after_cri(buffer: Array, place: int, end: int) -> Scalar:
    """Return where the prefix of a container runtime ends, -1 for none."""
    if not has_shape(buffer, place, end, ISO):
        return -1
    place = after_word(buffer, place, end)
    if place < 0 or end - place < 8:
        return -1
    for index in range(4):
        if buffer[place + index] != b"stdo"[index] and buffer[place + index] != b"stde"[index]:
            return -1
    out = buffer[place + 3] == 111 and buffer[place + 4] == 117 and buffer[place + 5] == 116
    err = buffer[place + 3] == 101 and buffer[place + 4] == 114 and buffer[place + 5] == 114
    full = buffer[place + 7] == 70 or buffer[place + 7] == 80
    return place + 8 if (out or err) and buffer[place + 6] == BLANK and full else -1


@kernel
def unwrap_lines(buffer: Array, begins: Array, ends: Array, wrapper: int, stamps: Array) -> None:
    """Move each line's begin to that of its own text, and fill in begin and end of the wrapper's time."""
    for line in range(len(begins)):
        start, end = int(begins[line]), int(ends[line])
        if wrapper == LEAD:
            brace = find(buffer, start, end, BRACE)
            if brace + 1 < end and buffer[brace + 1] == 34:
                begins[line] = brace
            continue
        place = after_priority(buffer, start, end) if wrapper != CRI else start
        time = place
        after: Scalar = -1
        if wrapper == SYSLOG and place > start:
            after = after_new(buffer, place, end)
            time = place + 2 if after >= 0 else place
        if after < 0 and wrapper != CRI:
            if start < time < end and buffer[time] == BLANK:
                time += 1
            if wrapper == SYSLOG:
                after = after_old(buffer, time, end)
            elif has_shape(buffer, time, end, BSD):
                after = time + len(BSD)
        elif wrapper == CRI:
            after = after_cri(buffer, time, end)
        if after >= 0:
            stamps[line, 0] = time
            is_bsd = has_shape(buffer, time, end, BSD)
            stamps[line, 1] = time + len(BSD) - 1 if is_bsd else find(buffer, time, end, BLANK)
        elif wrapper == SYSLOG and place > start:
            after = place
        if after >= 0:
            while after < end and buffer[after] == BLANK:
                after += 1
            begins[line] = after


@part
def put_bytes(buffer: Array, begin: int, end: int) -> Scalar:
    """Write the bytes that an array of numbers means over its first one; return where they end, -1 for none."""
    place, into = begin, begin
    while True:
        value, digits = 0, 0
        while place < end and digits < 3 and 48 <= buffer[place] <= 57:
            value = 10 * value + buffer[place] - 48
            digits += 1
            place += 1
        place = after_space(buffer, place, end)
        if digits == 0 or value > 255 or place >= end:
            return -1
        sign = buffer[place]
        buffer[into] = value
        into += 1
        if sign == BRACKET:
            return into
        if sign != COMMA:
            return -1
        place = after_space(buffer, place + 1, end)


@part
def without_end(buffer: Array, begin: int, end: int) -> Scalar:
    """Return where a line ends without its own line end, -1 for a text of several lines."""
    if end > begin and buffer[end - 1] == FEED:
        end -= 1
    if end > begin and buffer[end - 1] == RETURN:
        end -= 1
    return end if find(buffer, begin, end, FEED) == end else -1


@kernel
def unwrap_objects(
    buffer: Array, plain: Array, begins: Array, ends: Array, members: Members, marks: Array, stamps: Array
) -> None:
    """Do as `unwrap_lines` does where each line is an object, and move its end; escapes are undone in `buffer`.

    `plain`: the bytes as they were, to which lines without a wrapper return. `marks`: three rows, for the fields of
    `proxyscan.layouts.wrapper.OBJECTS`.
    """
    for line in range(len(begins)):
        start, end = int(begins[line]), int(ends[line])
        begin: Scalar = -1
        stop: Scalar = -1
        if find_members(buffer, start, end, members, marks):
            begin, stop = marks[0, 0], marks[0, 1]
            if begin < 0 <= marks[1, 0]:
                begin = marks[1, 0]
                stop = put_bytes(buffer, begin, end)
        if begin >= 0 and stop >= 0:
            stop = without_end(buffer, begin, stop)
        if begin < 0 or stop < 0:
            for place in range(start, end):
                buffer[place] = plain[place]
            continue
        begins[line] = begin
        ends[line] = stop
        buffer[stop] = FEED  # digits are read up to what is none, and behind undone escapes stand old bytes
        if marks[2, 0] >= 0:
            stamps[line, 0] = marks[2, 0]
            stamps[line, 1] = marks[2, 1]
