"""Many bytes at once: loads of 8 bytes, and comparisons of 64 bytes that yield one bit a byte."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from proxyscan.kernels.machine import inner, intrinsic, kernel, part, step

__all__ = ["inner", "kernel", "part", "step"]

PADDING: Final = 128
"""Bytes behind the last line that a kernel may load, but that mean nothing."""

Array: TypeAlias = NDArray[Any]
Scalar: TypeAlias = Any
"""A number or truth in a kernel, whose NumPy type is no `int` or `bool` to a type checker."""

U0: Final = np.uint64(0)
U1: Final = np.uint64(1)

equal_bits = intrinsic("equal_bits")
range_bits = intrinsic("range_bits")
load_8 = intrinsic("load_8")
store_8 = intrinsic("store_8")
hash_32 = intrinsic("hash_32")
same_32 = intrinsic("same_32")
copy_32 = intrinsic("copy_32")
lowest_bit = intrinsic("lowest_bit")
count_bits = intrinsic("count_bits")
bytes_at = intrinsic("bytes_at")
codes_at = intrinsic("codes_at")
numbers_at = intrinsic("numbers_at")
prefetch = intrinsic("prefetch")
note_edges = intrinsic("note_edges")


@part
def below(count: int) -> Scalar:
    """Return a mask of the lowest `count` bits; all 64 for 64 and more."""
    if count >= 64:
        return ~np.uint64(0)
    return (np.uint64(1) << np.uint64(count)) - np.uint64(1)


@part
def find(buffer: Array, place: int, end: int, byte: Scalar) -> Scalar:
    """Return where `byte` first stands from `place` on, `end` if it does not stand before `end`."""
    while place < end:
        bits = equal_bits(buffer, place, byte)
        if bits != U0:
            return min(place + lowest_bit(bits), end)
        place += 64
    return end


@part
def find_either(buffer: Array, place: int, end: int, one: Scalar, other: Scalar) -> Scalar:
    """Return where one of two bytes first stands from `place` on, `end` if none stands before `end`."""
    while place < end:
        bits = equal_bits(buffer, place, one) | equal_bits(buffer, place, other)
        if bits != U0:
            return min(place + lowest_bit(bits), end)
        place += 64
    return end


@part
def digits_end(buffer: Array, place: int) -> Scalar:
    """Return where the digits that begin at `place` end; a line's end is no digit."""
    while True:
        value = load_8(buffer, place) ^ np.uint64(0x3030303030303030)
        other = ((value + np.uint64(0x7676767676767676)) | value) & np.uint64(0x8080808080808080)
        if other != U0:
            return place + (lowest_bit(other) >> 3)
        place += 8
