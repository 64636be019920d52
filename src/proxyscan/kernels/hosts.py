"""Many hosts at a glance: which are names in canonical form, and which cannot be in a catalogue."""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import Array, Scalar, kernel, part

LONGEST: Final = 253
LONGEST_LABEL: Final = 63
"""Bytes of a name, and of a label of it, at most (RFC 1035, 2.3.4)."""

DOT: Final = np.uint8(46)
FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)

END_BITS: Final = 18
"""Bits of a number for a host's last two labels: so many that few hosts share one by chance."""


@part
def is_plain(byte: Scalar) -> Scalar:
    """Tell whether a byte is one of ``a-z0-9_-``."""
    return 97 <= byte <= 122 or 48 <= byte <= 57 or byte == 95 or byte == 45


@kernel
def look_over(text: Array, stops: Array, plain: Array, ends: Array) -> None:
    """Tell which hosts are plain, and fill in a number for the last two labels of each.

    `stops`: where each host ends in `text`; it begins where the one before it ends. A plain host has labels of
    ``a-z0-9_-`` with dots between them, of which the last one begins with no digit and no ``-``.
    """
    start = 0
    for host in range(len(stops)):
        stop = stops[host]
        before, label = start, start  # where the last two labels begin
        good = stop - start <= LONGEST
        for place in range(start, stop):
            if text[place] == DOT:
                good &= 0 < place - label <= LONGEST_LABEL
                before, label = label, place + 1
            else:
                good &= is_plain(text[place])
        good &= 0 < stop - label <= LONGEST_LABEL
        plain[host] = good and (text[label] >= 97 or text[label] == 95)
        value = FACTOR
        for place in range(before, stop):
            value = (value ^ np.uint64(text[place])) * FACTOR
        ends[host] = value >> np.uint64(64 - END_BITS)
        start = stop
