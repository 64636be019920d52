"""What the processor does with 64 bytes at once, as LLVM instructions for Numba; imported only to compile.

LLVM lowers the comparisons to AVX-512, AVX2, SSE2 or NEON, whichever the machine has.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import types
from numba.np.arrayobj import populate_array

Llvm: TypeAlias = Any
"""What Numba hands to an intrinsic; it ships no types."""


def _load(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm, type_: Llvm) -> Llvm:
    array = context.make_array(signature.args[0])(context, builder, args[0])
    place = builder.gep(array.data, [args[1]])
    value = builder.load(builder.bitcast(place, type_.as_pointer()))
    value.align = 1
    return value


BYTES: Final = ir.VectorType(ir.IntType(8), 64)
EDGES: Final = ir.VectorType(ir.IntType(32), 16)
WORD: Final = ir.VectorType(ir.IntType(8), 32)

FACTORS: Final = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F)
"""Odd numbers, whose products with 8 bytes each are added up as a hash of 32."""


def _everywhere(builder: Llvm, byte: Llvm, type_: Llvm = BYTES) -> Llvm:
    """Return a vector with the same byte at all places."""
    unset = ir.Constant(type_, ir.Undefined)
    first = builder.insert_element(unset, byte, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(
        first, unset, ir.Constant(ir.VectorType(ir.IntType(32), type_.count), [0] * type_.count)
    )


def _word(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
    """Return the first bytes from a place on, as many as told, at most 32; 0 behind them."""
    loaded = _load(context, builder, signature, args, WORD)
    most = ir.Constant(ir.IntType(64), WORD.count)
    length = builder.select(builder.icmp_signed("<", args[2], most), args[2], most)
    length = _everywhere(builder, builder.trunc(length, ir.IntType(8)), WORD)
    kept = builder.icmp_unsigned("<", ir.Constant(WORD, [*range(WORD.count)]), length)
    return builder.select(kept, loaded, ir.Constant(WORD, [0] * WORD.count))


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


def store_8(typing: Llvm, buffer: Llvm, place: Llvm, value: Llvm) -> Llvm:
    """Put 8 bytes at a place, the lowest one first."""

    def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        place = builder.gep(array.data, [args[1]])
        builder.store(args[2], builder.bitcast(place, ir.IntType(64).as_pointer())).align = 1
        return context.get_dummy_value()

    return types.void(buffer, types.int64, types.uint64), generate


def hash_32(typing: Llvm, buffer: Llvm, place: Llvm, length: Llvm) -> Llvm:
    """Return a hash of `length` bytes from `place` on, of the first 32 of more; its highest bits are the best."""

    def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
        long = ir.IntType(64)
        four = ir.VectorType(long, 4)
        word = builder.bitcast(_word(context, builder, signature, args), four)
        products = builder.mul(word, ir.Constant(four, FACTORS))
        add = builder.module.declare_intrinsic("llvm.vector.reduce.add.v4i64", (), ir.FunctionType(long, [four]))
        return builder.call(add, [products])

    return types.uint64(buffer, types.int64, types.int64), generate


def same_32(typing: Llvm, buffer: Llvm, place: Llvm, length: Llvm, rows: Llvm, row: Llvm) -> Llvm:
    """Tell whether `length` bytes from `place` on, the first 32 of more, are those with which a row begins."""

    def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
        place = builder.bitcast(_row(context, builder, signature.args[3], args[3], args[4]), WORD.as_pointer())
        known = builder.load(place)
        known.align = 8
        other = builder.icmp_unsigned("!=", known, _word(context, builder, signature, args))
        whole = ir.IntType(WORD.count)
        return builder.icmp_unsigned("==", builder.bitcast(other, whole), ir.Constant(whole, 0))

    return types.boolean(buffer, types.int64, types.int64, rows, types.uint64), generate


def copy_32(typing: Llvm, buffer: Llvm, place: Llvm, length: Llvm, rows: Llvm, row: Llvm) -> Llvm:
    """Begin a row with the `length` bytes from `place` on, the first 32 of more, and 0 behind fewer."""

    def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
        place = builder.bitcast(_row(context, builder, signature.args[3], args[3], args[4]), WORD.as_pointer())
        builder.store(_word(context, builder, signature, args), place).align = 8
        return context.get_dummy_value()

    return types.void(buffer, types.int64, types.int64, rows, types.uint64), generate


def _row(context: Llvm, builder: Llvm, type_: Llvm, rows: Llvm, row: Llvm) -> Llvm:
    """Return where a row of an array of two dimensions begins."""
    array = context.make_array(type_)(context, builder, rows)
    stride = builder.extract_value(array.strides, 0)
    return builder.gep(builder.bitcast(array.data, ir.IntType(8).as_pointer()), [builder.mul(row, stride)])


def prefetch(typing: Llvm, rows: Llvm, row: Llvm) -> Llvm:
    """Have the begin of a row brought into the nearest cache, without waiting for it."""

    def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
        place, number = _row(context, builder, signature.args[0], args[0], args[1]), ir.IntType(32)
        type_ = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        to_read, soon_again, data = (ir.Constant(number, each) for each in (0, 3, 1))
        builder.call(
            builder.module.declare_intrinsic("llvm.prefetch.p0i8", (), type_), [place, to_read, soon_again, data]
        )
        return context.get_dummy_value()

    return types.void(rows, types.uint64), generate


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


def _at(type_: Llvm) -> Llvm:
    """Return what makes an array of so many values of a type at an address; whoever gave that sees that it is one."""

    def at(typing: Llvm, address: Llvm, count: Llvm) -> Llvm:
        array = types.Array(type_, 1, "C")

        def generate(context: Llvm, builder: Llvm, signature: Llvm, args: Llvm) -> Llvm:
            value, size = context.get_data_type(type_), ir.Constant(ir.IntType(64), type_.bitwidth // 8)
            made = context.make_array(array)(context, builder)
            data = builder.inttoptr(args[0], value.as_pointer())
            populate: Llvm = populate_array
            populate(made, data=data, shape=[args[1]], strides=[size], itemsize=size, meminfo=None)
            return made._getvalue()

        return array(types.int64, types.int64), generate

    return at


bytes_at = _at(types.uint8)
codes_at = _at(types.int32)
numbers_at = _at(types.int64)


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


def _packed(builder: Llvm, bits: Llvm) -> Llvm:
    truths = ir.VectorType(ir.IntType(1), 64)
    name, type_ = "llvm.experimental.vector.compress.v64i8", ir.FunctionType(BYTES, [BYTES, truths, BYTES])
    unset = ir.Constant(BYTES, ir.Undefined)
    numbers = ir.Constant(BYTES, [*range(64)])
    packed = builder.call(
        builder.module.declare_intrinsic(name, (), type_), [numbers, builder.bitcast(bits, truths), unset]
    )
    return builder.zext(builder.shuffle_vector(packed, unset, ir.Constant(EDGES, [*range(16)])), EDGES)


def _lowest(builder: Llvm, bits: Llvm) -> Llvm:
    long, numbers = ir.IntType(64), ir.Constant(EDGES, ir.Undefined)
    for each in range(16):
        number = builder.trunc(builder.cttz(bits, ir.Constant(ir.IntType(1), 0)), ir.IntType(32))
        numbers = builder.insert_element(numbers, number, ir.Constant(ir.IntType(32), each))
        bits = builder.and_(bits, builder.sub(bits, ir.Constant(long, 1)))
    return numbers


def _features() -> set[str]:
    return {name for name, there in get_host_cpu_features().items() if there}
