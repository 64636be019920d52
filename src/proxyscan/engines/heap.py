"""The heap of this process: what is freed is used again while it works, and goes back to the system in between.

A log is read in large arrays, one after the other, and would get many of their pages anew from the system: glibc adapts
its thresholds to the largest array only, and not to several side by side. Dask starts its workers with
`MALLOC_TRIM_THRESHOLD_` set, and glibc then returns every large array as soon as it is freed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CDLL
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

import pyarrow as pa

FORCED: Final = "MALLOC_TRIM_THRESHOLD_"
"""Where it is set, glibc no longer adapts its thresholds to what a process needs."""

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt(3): `M_TRIM_THRESHOLD`, `M_MMAP_THRESHOLD`, in bytes."""

AS_ADAPTED: Final = {TRIM_THRESHOLD: 64 << 20, MMAP_THRESHOLD: 32 << 20}
"""How far glibc lets them grow where it adapts them (mallopt(3), `DEFAULT_MMAP_THRESHOLD_MAX`)."""

MMAP_DEFAULT: Final = 128 << 10
"""What `M_MMAP_THRESHOLD` is where nobody says anything."""

LARGE: Final = 1 << 18
"""Bytes from which an array gets pages of its own while memory is given back; to get and return them takes time."""

_lock: Final = Lock()
_inside: list[None] = []


@contextmanager
def keeping() -> Iterator[None]:
    """Let freed memory stay with this process while one of its threads is inside; then also, unless Dask forbids it."""
    if not hasattr(CDLL(None), "mallopt"):
        yield
        return
    with _lock:
        _inside.append(None)
        _set(AS_ADAPTED)
    try:
        yield
    finally:
        with _lock:
            _inside.pop()
            if not _inside and FORCED in _environment():
                _set(_as_started())


@contextmanager
def giving_back() -> Iterator[None]:
    """Give back to the system what was freed, before and after, and meanwhile each large array at once."""
    release()
    if not hasattr(CDLL(None), "mallopt"):
        yield
        return
    _set({**AS_ADAPTED, MMAP_THRESHOLD: LARGE})
    try:
        yield
    finally:
        with _lock:
            _set(_as_started() if FORCED in _environment() and not _inside else AS_ADAPTED)
        release()


def release() -> None:
    """Give back to the system what threads have freed; glibc alone would keep it for them."""
    pa.default_memory_pool().release_unused()
    if hasattr(CDLL(None), "malloc_trim"):
        CDLL(None).malloc_trim(0)


@cache
def _environment() -> dict[str, str]:
    """Return the environment that this process began with, as glibc read it; Dask changes `os.environ` later on."""
    own = Path("/proc/self/environ")
    entries = own.read_text(errors="replace").split("\0") if own.exists() else []
    return {name: value for name, _, value in (entry.partition("=") for entry in entries)}


def _as_started() -> dict[int, int]:
    """Return the thresholds that the environment gave this process."""
    mmap = _environment().get("MALLOC_MMAP_THRESHOLD_", MMAP_DEFAULT)
    return {TRIM_THRESHOLD: int(_environment()[FORCED]), MMAP_THRESHOLD: int(mmap)}


def _set(thresholds: dict[int, int]) -> None:
    for parameter, size in thresholds.items():
        CDLL(None).mallopt(parameter, size)
