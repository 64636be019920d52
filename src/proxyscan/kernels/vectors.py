"""What the processor does with 64 bytes at once, as LLVM instructions for Numba; imported only to compile.

LLVM lowers the comparisons to AVX-512, AVX2, SSE2 or NEON, whichever the machine has.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from llvmlite import ir
from numba import types

Llvm: TypeAlias = Any
"""What Numba hands to an intrinsic; it ships no types."""


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


def equal_bits(typing: Llvm, buffer: Llvm, place: Llvm, byte: Llvm) -> Llvm:
    """Return the 64 bits that tell which of the bytes from `place` on equal `byte` (the lowest bit first)."""

    def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
        loaded = _load(context, builder, signature, args, BYTES)
        return builder.bitcast(builder.icmp_unsigned("==", loaded, _everywhere(builder, args[2])), ir.IntType(64))

    return types.uint64(buffer, types.int64, types.uint8), generate


def range_bits(typing: Llvm, buffer: Llvm, place: Llvm, low: Llvm, high: Llvm) -> Llvm:
    """Return the 64 bits that tell which of the bytes from `place` on are from `low` to `high`."""

    def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
        loaded = _load(context, builder, signature, args, BYTES)
        above = builder.sub(loaded, _everywhere(builder, args[2]))
        span = _everywhere(builder, builder.sub(args[3], args[2]))
        return builder.bitcast(builder.icmp_unsigned("<=", above, span), ir.IntType(64))

    return types.uint64(buffer, types.int64, types.uint8, types.uint8), generate


def load_8(typing: Llvm, buffer: Llvm, place: Llvm) -> Llvm:
    """Return the 8 bytes from `place` on, the first one lowest."""

    def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
        return _load(context, builder, signature, args, ir.IntType(64))

    return types.uint64(buffer, types.int64), generate


def lowest_bit(typing: Llvm, bits: Llvm) -> Llvm:
    """Return the number of the lowest set bit; 64 when none is set."""

    def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
        long, flag = ir.IntType(64), ir.IntType(1)
        count = builder.module.declare_intrinsic("llvm.cttz", [long], ir.FunctionType(long, [long, flag]))
        return builder.call(count, [args[0], ir.Constant(flag, 0)])

    return types.int64(types.uint64), generate


def count_bits(typing: Llvm, bits: Llvm) -> Llvm:
    """Return how many bits are set."""

    def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
        long = ir.IntType(64)
        count = builder.module.declare_intrinsic("llvm.ctpop", [long], ir.FunctionType(long, [long]))
        return builder.call(count, [args[0]])

    return types.int64(types.uint64), generate


def prefetch(typing: Llvm, rows: Llvm, row: Llvm) -> Llvm:
    """Fetch the row of an array of two dimensions, as it will be read soon; says nothing where there is none."""

    def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        bytes_, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        stride = builder.extract_value(array.strides, 0)
        place = builder.gep(builder.bitcast(array.data, bytes_), [builder.mul(args[1], stride)])
        fetch = builder.module.declare_intrinsic(
            "llvm.prefetch", [bytes_], ir.FunctionType(ir.VoidType(), [bytes_, number, number, number])
        )
        builder.call(fetch, [place, number(0), number(3), number(1)])  # to read, near, data
        return context.get_dummy_value()

    return types.void(rows, types.uint64), generate
