"""Where a wrapper ends, as `proxyscan.layouts.wrapper` says."""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import Array, Scalar, find, find_either, kernel, part

SYSLOG: Final = 1
HOSTLESS: Final = 2
CRI: Final = 3

BSD: Final = np.frombuffer(b"Aaa 90 00:00:00 ", np.uint8)
ISO: Final = np.frombuffer(b"0000-00-00T00:00:00", np.uint8)

BLANK: Final = np.uint8(32)
COLON: Final = np.uint8(58)
BRACKET: Final = np.uint8(93)


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
def unwrap_lines(buffer: Array, starts: Array, ends: Array, wrapper: int, begins: Array, stamps: Array) -> None:
    """Fill in where each line's own text begins, and begin and end of the wrapper's time, -1 for none."""
    for line in range(len(starts)):
        start, end = int(starts[line]), int(ends[line])
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
        stamps[line, 0] = -1
        if after >= 0:
            stamps[line, 0] = time
            is_bsd = has_shape(buffer, time, end, BSD)
            stamps[line, 1] = time + len(BSD) - 1 if is_bsd else find(buffer, time, end, BLANK)
        elif wrapper == SYSLOG and place > start:
            after = place
        if after < 0:
            begins[line] = start
        else:
            while after < end and buffer[after] == BLANK:
                after += 1
            begins[line] = after
