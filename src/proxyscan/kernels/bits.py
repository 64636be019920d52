"""Many bytes at once: loads of 8 bytes, and comparisons of 64 bytes that yield one bit a byte.

LLVM lowers the comparison to AVX-512, AVX2, SSE2 or NEON, whichever the machine has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias, TypeVar

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

PADDING: Final = 128
"""Bytes behind the last line that a kernel may load, but that mean nothing."""

Function = TypeVar("Function", bound=Callable[..., Any])

Array: TypeAlias = NDArray[Any]
Scalar: TypeAlias = Any
"""A number or truth in a kernel, whose NumPy type is no `int` or `bool` to a type checker."""

Llvm: TypeAlias = Any
"""What Numba hands to an intrinsic; it ships no types."""

U0: Final = np.uint64(0)
U1: Final = np.uint64(1)


UNCALLED: Final = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""Options of functions that only kernels call: the way in from Python would take as long to compile as they do."""


def kernel(function: Function) -> Function:
    """Compile a function on its first call; the result is kept on disk where a directory can be written.

    Kernels own no array (they are handed all of them), so Numba need not count references: with
    `_nrt` on, half of the time would go into counting at each call.
    """
    return _compiled(function, {"_nrt": False, "no_cfunc_wrapper": True})


def part(function: Function) -> Function:
    """Compile a function into each kernel that calls it: handing on arrays costs more than most parts do."""
    return _compiled(function, {"_nrt": False, "forceinline": True, **UNCALLED})


def inner(function: Function) -> Function:
    """Compile a function that only kernels call, and that is too large to be put into each of them."""
    return _compiled(function, {"_nrt": False, **UNCALLED})


def step(function: Function) -> Function:
    """Put the text of a function into the one kernel or part that calls it, before that is compiled."""
    return _compiled(function, {"_nrt": False, "inline": "always", **UNCALLED})


def _compiled(function: Function, options: dict[str, Any]) -> Function:
    try:
        compiled: Function = njit(nogil=True, cache=True, error_model="numpy", **options)(function)
    except RuntimeError:  # no directory for the cache
        compiled = njit(nogil=True, error_model="numpy", **options)(function)
    return compiled


def _load(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm, type_: Llvm) -> Llvm:
    array = context.make_array(signature.args[0])(context, builder, args[0])
    place = builder.gep(array.data, [args[1]])
    value = builder.load(builder.bitcast(place, type_.as_pointer()))
    value.align = 1
    return value


BYTES: Final = ir.VectorType(ir.IntType(8), 64)


def _everywhere(builder: Llvm, byte: Llvm) -> Llvm:
    """Return 64 times the same byte."""
    unset = ir.Constant(BYTES, ir.Undefined)
    first = builder.insert_element(unset, byte, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, unset, ir.Constant(ir.VectorType(ir.IntType(32), 64), [0] * 64))


def _equal_bits(typing: Llvm, buffer: Llvm, place: Llvm, byte: Llvm) -> Llvm:
    """Return the 64 bits that tell which of the bytes from `place` on equal `byte` (the lowest bit first)."""

    def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
        loaded = _load(context, builder, signature, args, BYTES)
        return builder.bitcast(builder.icmp_unsigned("==", loaded, _everywhere(builder, args[2])), ir.IntType(64))

    return types.uint64(buffer, types.int64, types.uint8), generate


def _range_bits(typing: Llvm, buffer: Llvm, place: Llvm, low: Llvm, high: Llvm) -> Llvm:
    """Return the 64 bits that tell which of the bytes from `place` on are from `low` to `high`."""

    def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
        loaded = _load(context, builder, signature, args, BYTES)
        above = builder.sub(loaded, _everywhere(builder, args[2]))
        span = _everywhere(builder, builder.sub(args[3], args[2]))
        return builder.bitcast(builder.icmp_unsigned("<=", above, span), ir.IntType(64))

    return types.uint64(buffer, types.int64, types.uint8, types.uint8), generate


def _load_8(typing: Llvm, buffer: Llvm, place: Llvm) -> Llvm:
    """Return the 8 bytes from `place` on, the first one lowest."""

    def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
        return _load(context, builder, signature, args, ir.IntType(64))

    return types.uint64(buffer, types.int64), generate


def _lowest_bit(typing: Llvm, bits: Llvm) -> Llvm:
    """Return the number of the lowest set bit; 64 when none is set."""

    def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
        long, flag = ir.IntType(64), ir.IntType(1)
        count = builder.module.declare_intrinsic("llvm.cttz", [long], ir.FunctionType(long, [long, flag]))
        return builder.call(count, [args[0], ir.Constant(flag, 0)])

    return types.int64(types.uint64), generate


equal_bits: Llvm = intrinsic(_equal_bits)
range_bits: Llvm = intrinsic(_range_bits)
load_8: Llvm = intrinsic(_load_8)
lowest_bit: Llvm = intrinsic(_lowest_bit)


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
