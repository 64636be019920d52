"""Two processors compile the kernels of a first run: another process begins with those that come last.

Numba compiles in one thread. What a log's layout needs to be read takes half of the time; what comes after that is the
same for all layouts, and so is known before a line is read.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from typing import Any, Final

import numpy as np

from proxyscan.kernels import combinations
from proxyscan.kernels.classes import classify
from proxyscan.kernels.presence import count_present, gather, list_present, write_sketches
from proxyscan.kernels.spans import begin_with
from proxyscan.kernels.sums import add_contacts, add_hosts, add_intervals, sum_rows
from proxyscan.kernels.texts import write_words
from proxyscan.kernels.words import Table, encode, fill_slots

TEXT: Final = np.frombuffer(b"", np.uint8)
BYTES: Final = np.empty(0, np.uint8)
FLAGS: Final = np.empty(0, np.bool_)
CODES: Final = np.empty(0, np.int32)
SPANS: Final = np.empty((0, 3), np.int32)
NUMBERS: Final = np.empty(0, np.int64)
TABLE: Final = np.empty((0, 2), np.int64)
BITS: Final = np.empty(0, np.uint64)
SLOTS: Final = np.empty((0, 2), np.uint64)
"""Arrays of the types of those that kernels are called with."""

_KEYS: Final = (NUMBERS, TABLE, CODES, NUMBERS)

CALLS: Final[tuple[tuple[Any, tuple[Any, ...]], ...]] = (
    (encode, (TEXT, np.empty((0, 0, 2), np.int32), NUMBERS, NUMBERS, Table(SLOTS, SLOTS, BYTES, NUMBERS), SPANS)),
    (fill_slots, (SLOTS, SLOTS)),
    (begin_with, (TEXT, SPANS, TEXT, FLAGS)),
    (combinations.number_rows, (TABLE, 0, NUMBERS, TABLE, NUMBERS, TABLE, CODES, NUMBERS)),
    (combinations.fill_slots, (TABLE, 0, CODES, 0)),
    (classify, (CODES, SPANS, TEXT, NUMBERS, 0, CODES, TABLE, TABLE, TEXT, NUMBERS, CODES)),
    (add_hosts, (0, *[NUMBERS] * 4, CODES, NUMBERS, CODES, CODES, 0, *_KEYS)),
    (add_intervals, (0, *[NUMBERS] * 4, CODES, NUMBERS, CODES, 0, 0, *_KEYS)),
    (add_contacts, (0, NUMBERS, CODES, CODES, NUMBERS, CODES, NUMBERS, 0, SLOTS, *_KEYS)),
    (count_present, (SLOTS, NUMBERS)),
    (list_present, (SLOTS, NUMBERS, CODES)),
    (sum_rows, (TABLE, NUMBERS, TABLE)),
    (write_words, (NUMBERS, NUMBERS, TEXT, CODES, BYTES)),
    (gather, (*[NUMBERS] * 3, CODES, NUMBERS, 0, BITS, TABLE, CODES)),
    (write_sketches, (NUMBERS, NUMBERS, CODES, BITS, 0, 0, BITS)),
)
"""Kernels that scans of any layout call, in about that order, each with arguments of the types it is called with."""


def compile_beside() -> None:
    """Compile the kernels of `CALLS` in another process; if it cannot, or ends too late, they are compiled in this one.

    It imports nothing from the working folder, and may outlive this process.
    """
    with suppress(OSError):  # no more processes may be begun
        subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


if __name__ == "__main__":
    for kernel, arguments in reversed(CALLS):
        kernel.prepare(*arguments)
