"""Arrow arrays out of NumPy's arrays and of texts, and back, by their buffers.

`pyarrow.array` and `pyarrow.scalar` import pandas at their first call, whatever they are given; that takes longer than
to scan a small log. An array's `cast`, `take`, `filter` import `pyarrow.compute`, whose many functions are made then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from proxyscan.kernels.texts import SPARE, write_words


def numbers(values: Any, type: pa.DataType | None = None, missing: Any = None) -> pa.Array:
    """Return integers as an array of a type, null where `missing` is true; raises ArrowInvalid if one is too large.

    >>> numbers(np.array([1, 2]), pa.int16(), np.array([False, True])).to_pylist()
    [1, None]
    """
    plain = np.ascontiguousarray(values)
    own = getattr(pa, plain.dtype.name)()
    buffers = [_valid(missing), pa.py_buffer(plain)]
    if type and pa.types.is_temporal(type) and own == getattr(pa, f"int{type.bit_width}")():
        return pa.Array.from_buffers(type, len(plain), buffers)
    array = pa.Array.from_buffers(own, len(plain), buffers)
    return array if type is None or type == own else array.cast(type)


def truths(values: Any, missing: Any) -> pa.Array:
    """Return truths as an array, null where `missing` is true."""
    return pa.Array.from_buffers(pa.bool_(), len(values), [_valid(missing), _bits(values)])


def texts(words: Sequence[str | None]) -> pa.Array:
    """Return texts as an array, null for None.

    >>> texts(["a", None, "ö"]).to_pylist()
    ['a', None, 'ö']
    """
    absent = np.fromiter((word is None for word in words), np.bool_, len(words))
    return _parts(((word or "").encode() for word in words), len(words), pa.string(), absent)


def chosen(words: Sequence[str | None], codes: Any) -> pa.Array:
    """Return the text to which each code leads as an array.

    Arrow's own `take` imports all of its functions at the first call.

    >>> chosen(["a", None, "öl"], np.array([2, 1, 2])).to_pylist()
    ['öl', None, 'öl']
    """
    each = [(word or "").encode() for word in words]
    begins = np.cumsum([0, *map(len, each)])
    letters = np.frombuffer(b"".join(each) + bytes(SPARE), np.uint8)
    chosen = np.ascontiguousarray(codes, np.int64)
    counts = np.bincount(chosen, minlength=len(each))
    size = int(counts @ np.diff(begins))
    if size > np.iinfo(np.int32).max:
        raise pa.ArrowInvalid(f"{size} bytes of texts are too much for one array")
    ends, written = np.zeros(len(chosen) + 1, np.int32), np.empty(size + SPARE, np.uint8)
    write_words(chosen, begins, letters, ends[1:], written)
    absent = np.array([word is None for word in words], np.bool_)
    missing = absent[chosen] if counts[absent].any() else None
    buffers = [_valid(missing), pa.py_buffer(ends), pa.py_buffer(written[:size])]
    return pa.Array.from_buffers(pa.string(), len(chosen), buffers)


def _parts(parts: Iterable[bytes], count: int, type: pa.DataType, missing: Any) -> pa.Array:
    ends, joined = np.zeros(count + 1, np.int64), bytearray()
    for number, part in enumerate(parts, 1):
        joined += part
        ends[number] = len(joined)
    if len(joined) > np.iinfo(np.int32).max:
        raise pa.ArrowInvalid(f"{len(joined)} bytes of texts are too much for one array")
    buffers = [_valid(missing), pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(joined)]
    return pa.Array.from_buffers(type, count, buffers)


def _valid(missing: Any) -> pa.Buffer | None:
    """Return the bits that tell which values are there; None where all are."""
    return None if missing is None or not np.any(missing) else _bits(np.logical_not(missing))


def _bits(values: Any) -> pa.Buffer:
    return pa.py_buffer(np.packbits(values, bitorder="little"))


def integers(array: pa.Array | pa.ChunkedArray, null: int) -> Any:
    """Return an array of integers, dates or times as integers, with `null` for what is null."""
    if isinstance(array, pa.ChunkedArray):
        return np.concatenate([integers(chunk, null) for chunk in array.chunks] or [np.empty(0, np.int64)])
    data = array.buffers()[1]
    kind = np.dtype(f"i{array.type.bit_width // 8}")
    values = np.frombuffer(data, kind, len(array), array.offset * kind.itemsize) if len(array) else np.empty(0, kind)
    return np.where(missing(array), kind.type(null), values) if array.null_count else values


def missing(array: pa.Array | pa.ChunkedArray) -> Any:
    """Tell which values of an array are null."""
    if isinstance(array, pa.ChunkedArray):
        return np.concatenate([missing(chunk) for chunk in array.chunks] or [np.empty(0, np.bool_)])
    valid = array.buffers()[0]
    if valid is None or not array.null_count:
        return np.zeros(len(array), np.bool_)
    bits = np.unpackbits(np.frombuffer(valid, np.uint8), bitorder="little")
    return bits[array.offset : array.offset + len(array)] == 0


def nothing(fields: pa.Schema) -> pa.Table:
    """Return a table without rows."""
    return pa.Table.from_batches([], fields)


def plain(table: pa.Table) -> pa.Table:
    """Return a table without dictionaries."""
    fields = [
        each.with_type(each.type.value_type) if pa.types.is_dictionary(each.type) else each for each in table.schema
    ]
    return table.cast(pa.schema(fields))
