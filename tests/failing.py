"""Tasks that go wrong as their marker files say, for workers, which import them from here."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from proxyscan.dataset import Wanted, Written, write_split
from proxyscan.engines import Packed
from proxyscan.parse import Split
from proxyscan.spread import Scanned, Terms, scan_split


def scan_killing_once(marker: str, at: int, terms: Packed[Terms], split: Split) -> Scanned:
    """Count a split; the first worker that comes to the one at byte `at` is killed."""
    if split.start == at and _first_times(marker, 1):
        os.kill(os.getpid(), signal.SIGKILL)
    return scan_split(terms, split)


def scan_failing(marker: str, at: int, times: int, terms: Packed[Terms], split: Split) -> Scanned:
    """Count a split; the one at byte `at` fails so often."""
    if split.start == at and _first_times(marker, times):
        raise OSError(f"no answer from the disk at byte {at}")
    return scan_split(terms, split)


def joined_numbers(parts: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sorted(number for part in parts for number in part))


def process_of(_: int) -> int:
    return os.getpid()


def as_numbers(number: int) -> tuple[int, ...]:
    if number < 0:
        raise ValueError(f"{number} is below 0")
    return (number,)


def _first_times(marker: str, times: int) -> bool:
    """Tell whether this is one of the first calls with a marker, and remember it in a file of its own."""
    for number in range(times):
        try:
            Path(f"{marker}.{number}").touch(exist_ok=False)
        except FileExistsError:
            continue
        return True
    return False


def write_failing(marker: str, at: int, times: int, packed: Packed[Wanted], split: Split) -> Written:
    """Write a split; the one at byte `at` fails so often, when all of it is written."""
    if split.start == at and _first_times(marker, times):
        write_split(packed, split)
        raise OSError("no answer from the disk")
    return write_split(packed, split)
