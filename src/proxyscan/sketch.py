"""Distinct users as Theta sketches: the k smallest 63-bit hashes of the users, and the next one (theta).

The bytes are Apache DataSketches' compact Theta sketch (serial version 3), so that its libraries in C++,
Java and Python read them. Keeping exactly the k smallest makes a merged sketch the same however the
users were split, which the library's own union does not promise. Up to k users are counted exactly.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from proxyscan.kernels.combinations import Combinations
from proxyscan.kernels.presence import write_sketches
from proxyscan.kernels.unions import add_hashes

K: Final = 4096
"""Hashes kept; above that the relative standard error is 1/sqrt(K - 2), 1.6 %."""

WHOLE: Final = (1 << 63) - 1
"""Theta of a sketch that holds all of its users."""

HEADER: Final = struct.Struct("<BBBBBBHII")
VERSION, FAMILY, FLAGS, SEED_HASH = 3, 3, 0b0001_1010, 0x93CC

FIRST: Final = np.uint64(int.from_bytes(HEADER.pack(2, VERSION, FAMILY, 0, 0, FLAGS, SEED_HASH, 0, 0)[:8], "little"))
"""The first eight bytes of a sketch that holds all of its users; one more, of one that does not."""

Hashes = NDArray[np.uint64]


def user_hash(user: str) -> int:
    """Return the hash that Apache DataSketches gives a text (MurmurHash3 with its default seed)."""
    from datasketches import update_theta_sketch

    sketch = update_theta_sketch()
    sketch.update(user)
    return int(next(iter(sketch.compact())))


def encode(hashes: Hashes, theta: int = WHOLE) -> bytes:
    """Return the sketch of distinct hashes, all below `theta`."""
    kept = np.sort(hashes)
    kept = kept[np.append(True, kept[1:] != kept[:-1])[: len(kept)]]
    if len(kept) > K:
        theta, kept = int(kept[K]), kept[:K]
    whole = theta == WHOLE
    head: bytes = HEADER.pack(2 if whole else 3, VERSION, FAMILY, 0, 0, FLAGS, SEED_HASH, len(kept), 0)
    body: bytes = kept.astype("<u8").tobytes()
    return head + (b"" if whole else struct.pack("<Q", theta)) + body


def decode(sketch: bytes) -> tuple[Hashes, int]:
    """Return hashes and theta of a sketch that `encode` made."""
    longs, *_, count, _ = HEADER.unpack_from(sketch)
    theta = struct.unpack_from("<Q", sketch, HEADER.size)[0] if longs == 3 else WHOLE
    return np.frombuffer(sketch, "<u8", count, 8 * longs), theta


def union(sketches: Iterable[bytes]) -> bytes:
    """Return the sketch of all users of `sketches`.

    >>> one = encode(np.array([user_hash("ann"), user_hash("ben")], np.uint64))
    >>> estimate(union([one, one]))
    2.0
    """
    column = pa.array(list(sketches), pa.binary())
    united: bytes = unions(column, np.zeros(len(column), np.int64), 1)[0].as_py()
    return united


def unions(sketches: Any, numbers: NDArray[np.int64], count: int) -> pa.Array:
    """Return for each of the numbers below `count` the union of the sketches, a column, that have this number."""
    united = Unions()
    united.add(sketches, numbers)
    return united.column(count)


class Unions:
    """The unions of sketches, which come some at a time, each with the number of the union that it belongs to."""

    def __init__(self) -> None:
        self._pairs = Combinations(2)
        self._thetas = np.empty(0, np.uint64)

    def add(self, sketches: Any, numbers: NDArray[np.int64]) -> None:
        """Add a column of sketches; `numbers` tells of each which union it belongs to."""
        place = 0
        for chunk in sketches.chunks if isinstance(sketches, pa.ChunkedArray) else [sketches]:
            self._add(chunk, numbers[place : place + len(chunk)])
            place += len(chunk)

    def _add(self, chunk: pa.Array, numbers: NDArray[np.int64]) -> None:
        if not len(chunk):
            return
        offsets = np.frombuffer(chunk.buffers()[1], np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
        words = np.frombuffer(chunk.buffers()[2], np.uint8)[offsets[0] : offsets[-1]].view("<u8")
        begins, lengths = (offsets[:-1] - offsets[0]).astype(np.int64) // 8, np.diff(offsets).astype(np.int64) // 8
        whole = (words[begins] & 0xFF) == 2
        self._lower(numbers[~whole], words[begins[~whole] + 2])
        columns = (numbers, begins + 2 + ~whole, begins + lengths, words)
        row = 0
        while (row := add_hashes(row, *columns, *self._pairs.table)) < len(chunk):
            self._pairs.grow(int(lengths[row]))

    def _lower(self, numbers: NDArray[np.int64], thetas: Hashes) -> None:
        most = int(numbers.max(initial=-1)) + 1 - len(self._thetas)
        self._thetas = np.append(self._thetas, np.full(max(most, 0), WHOLE, np.uint64))
        np.minimum.at(self._thetas, numbers, thetas)

    def column(self, count: int) -> pa.Array:
        """Return the unions of the numbers below `count` as a column, in their order."""
        owners, hashes = self._pairs.keys[: len(self._pairs)].T
        thetas = np.full(count, WHOLE, np.uint64)
        thetas[: len(self._thetas)] = self._thetas
        kept = hashes.view(np.uint64) < thetas[owners]
        order = np.lexsort((hashes[kept], owners[kept]))
        return _encoded(owners[kept][order], hashes[kept][order].view(np.uint64), thetas)


def sketched(begins: Any, counts: Any, ranks: Any, hashes: Hashes) -> pa.Array:
    """Return the sketches of lists of users, a column.

    `begins`, `counts`: where each list begins in `ranks`, and how many of them it has, of more than `K` users `K` + 1.
    Ranks lead to `hashes`, and are in the order of these within each list.
    """
    partial = counts > K
    offsets = np.append(0, np.cumsum(np.minimum(counts, K) + 2 + partial))
    words = np.empty(offsets[-1], "<u8")
    write_sketches(begins, counts, ranks, hashes, K, int(FIRST), words)
    return _column(offsets, words)


def _encoded(owners: NDArray[np.int64], hashes: Hashes, thetas: Hashes) -> pa.Array:
    """Return a column of the sketches of all owners: of `hashes`, sorted within each, the `K` smallest."""
    counts = np.bincount(owners, minlength=len(thetas))
    begins = np.cumsum(counts) - counts
    full = counts > K
    thetas[full] = hashes[begins[full] + K]
    kept = np.arange(len(owners)) - begins[owners] < K
    counts, partial = np.minimum(counts, K), thetas != WHOLE
    offsets = np.zeros(len(counts) + 1, np.int64)
    offsets[1:] = np.cumsum(counts + 2 + partial)
    words = np.empty(offsets[-1], "<u8")
    places, head = offsets[:-1], np.zeros(offsets[-1], np.bool_)
    head[places] = head[places + 1] = head[places[partial] + 2] = True
    words[places], words[places + 1] = FIRST + partial.astype(np.uint64), counts
    words[places[partial] + 2] = thetas[partial]
    words[~head] = hashes[kept]
    return _column(offsets, words)


def _column(offsets: Any, words: Hashes) -> pa.Array:
    """Return sketches as a column: `offsets` tell in which of the words each begins, and where the last one ends."""
    if offsets[-1] * 8 > np.iinfo(np.int32).max:
        raise OverflowError(f"{offsets[-1] * 8} bytes of sketches in one column")
    buffers = [None, pa.py_buffer((offsets * 8).astype(np.int32)), pa.py_buffer(words)]
    return pa.Array.from_buffers(pa.binary(), len(offsets) - 1, buffers)


def estimate(sketch: bytes) -> float:
    """Return the number of distinct users."""
    hashes, theta = decode(sketch)
    return len(hashes) / (theta / WHOLE)


def estimates(sketches: pa.ChunkedArray) -> NDArray[np.float64]:
    """Return the number of distinct users of each sketch of a column, without looking at their hashes.

    >>> estimates(pa.chunked_array([[encode(np.array([5, 7], np.uint64))]], pa.binary())).tolist()
    [2.0]
    """
    return np.concatenate([np.empty(0), *map(_estimates, sketches.chunks)])


def _estimates(column: pa.Array) -> NDArray[np.float64]:
    if not len(column):
        return np.empty(0, np.float64)
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, np.int32, len(column) + 1, 4 * column.offset).astype(np.int64) // 8
    words = np.frombuffer(data, "<u8", int(ends[-1]))
    begins = ends[:-1]
    longs = (words[begins] & 0xFF).astype(np.int64)
    theta = np.where(longs == 3, words[np.minimum(begins + 2, len(words) - 1)], WHOLE)
    return (np.diff(ends) - longs) / (theta / WHOLE)
