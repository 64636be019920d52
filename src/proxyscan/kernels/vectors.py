"""What the processor does with 64 bytes at once, as LLVM instructions for Numba; imported only to compile.

LLVM lowers the comparisons to AVX-512, AVX2, SSE2 or NEON, whichever the machine has.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
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


def note_edges(typing: Llvm, bits: Llvm, place: Llvm, edges: Llvm, count: Llvm) -> Llvm:
    """Note the places of the lowest 16 set bits in contiguous `edges` from `count` on; where fewer are set, anything.

    One instruction packs them where the processor has it (AVX-512 VBMI2); else LLVM would make a loop over all 64.
    """

    def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
        first, packs = ir.IntType(32), "avx512vbmi2" in _features()
        array = context.make_array(signature.args[2])(context, builder, args[2])
        numbers = _packed(builder, args[0]) if packs else _lowest(builder, args[0])
        unset = ir.Constant(EDGES, ir.Undefined)
        place = builder.insert_element(unset, builder.trunc(args[1], first), ir.Constant(first, 0))
        places = builder.add(numbers, builder.shuffle_vector(place, unset, ir.Constant(EDGES, [0] * 16)))
        target = builder.bitcast(builder.gep(array.data, [args[3]]), EDGES.as_pointer())
        builder.store(places, target).align = 1
        return context.get_dummy_value()

    return types.void(types.uint64, types.int64, edges, types.int64), generate


EDGES: Final = ir.VectorType(ir.IntType(32), 16)


def _packed(builder: Llvm, bits: Llvm) -> Llvm:
    truths = ir.VectorType(ir.IntType(1), 64)
    name, type_ = "llvm.experimental.vector.compress.v64i8", ir.FunctionType(BYTES, [BYTES, truths, BYTES])
    unset = ir.Constant(BYTES, ir.Undefined)
    numbers = ir.Constant(BYTES, [*range(64)])
    packed = builder.call(
        builder.module.declare_intrinsic(name, (), type_), [numbers, builder.bitcast(bits, truths), unset]
    )
    first = ir.Constant(ir.VectorType(ir.IntType(32), 16), [*range(16)])
    return builder.zext(builder.shuffle_vector(packed, unset, first), EDGES)


def _lowest(builder: Llvm, bits: Llvm) -> Llvm:
    long, numbers = ir.IntType(64), ir.Constant(EDGES, ir.Undefined)
    for each in range(16):
        number = builder.trunc(builder.cttz(bits, ir.Constant(ir.IntType(1), 0)), ir.IntType(32))
        numbers = builder.insert_element(numbers, number, ir.Constant(ir.IntType(32), each))
        bits = builder.and_(bits, builder.sub(bits, ir.Constant(long, 1)))
    return numbers


def _features() -> set[str]:
    return {name for name, there in get_host_cpu_features().items() if there}


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
