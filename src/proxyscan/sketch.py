"""Distinct users as Theta sketches: the k smallest 63-bit hashes of the users, and the next one (theta).

The bytes are Apache DataSketches' compact Theta sketch (serial version 3), so that its libraries in C++,
Java and Python read them. Keeping exactly the k smallest makes a merged sketch the same however the
users were split, which the library's own union does not promise. Up to k users are counted exactly.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from proxyscan.kernels.presence import write_sketches
from proxyscan.kernels.unions import unite

K: Final = 4096
"""Hashes kept; above that the relative standard error is 1/sqrt(K - 2), 1.6 %."""

SLOTS: Final = 1 << 13
"""Places for the hashes of a union at first; for more than half of them it takes more."""

WHOLE: Final = (1 << 63) - 1
"""Theta of a sketch that holds all of its users."""

HEADER: Final = struct.Struct("<BBBBBBHII")
VERSION, FAMILY, FLAGS, SEED_HASH = 3, 3, 0b0001_1010, 0x93CC

FIRST: Final = np.uint64(int.from_bytes(HEADER.pack(2, VERSION, FAMILY, 0, 0, FLAGS, SEED_HASH, 0, 0)[:8], "little"))
"""The first eight bytes of a sketch that holds all of its users; one more, of one that does not."""

HASHED: Final = 16
"""Bytes that MurmurHash3 takes at a time."""

LONGEST: Final = 4 * HASHED
"""Bytes of the longest users that are hashed many at a time."""

SEED: Final = np.uint64(9001)
LEFT: Final = np.uint64(0x87C37B91114253D5), 31, np.uint64(0x4CF5AD432745937F)
RIGHT: Final = LEFT[2], 33, LEFT[0]
"""By what each half of 16 bytes is multiplied, turned, and multiplied again."""

Hashes = NDArray[np.uint64]


def user_hashes(users: Sequence[str]) -> Hashes:
    """Return the hashes of users: of those that are about as long together, of very long ones one by one.

    >>> user_hashes(["ann"]).tolist() == [user_hash("ann")]
    True
    """
    texts = [user.encode() for user in users]
    lengths = np.array([*map(len, texts)], np.uint64)
    hashes = np.empty(len(texts), np.uint64)
    for size in range(HASHED, LONGEST + 1, HASHED):
        rows = np.flatnonzero(lengths // HASHED + 1 == size // HASHED)
        padded = b"".join([texts[row].ljust(size, b"\0") for row in rows.tolist()])
        hashes[rows] = _murmur(np.frombuffer(padded, "<u8").reshape(-1, size // 8).T, lengths[rows])
    long = np.flatnonzero(lengths >= LONGEST)
    hashes[long] = [user_hash(users[row]) for row in long.tolist()]
    return hashes


def _murmur(words: Any, lengths: Hashes) -> Hashes:
    """Return 63 bits of MurmurHash3_x64_128 (https://github.com/aappleby/smhasher, public domain) of many texts.

    `words`: a row for each eight bytes; the last two hold what is left over 16 bytes, and zeros.
    """
    one = two = np.full(len(lengths), SEED)
    for left, right in zip(words[:-2:2], words[1:-2:2], strict=True):
        one = (_turned(one ^ _stirred(left, *LEFT), 27) + two) * np.uint64(5) + np.uint64(0x52DCE729)
        two = (_turned(two ^ _stirred(right, *RIGHT), 31) + one) * np.uint64(5) + np.uint64(0x38495AB5)
    one = one ^ _stirred(words[-2], *LEFT) ^ lengths
    two = two ^ _stirred(words[-1], *RIGHT) ^ lengths
    one = one + two
    two = two + one
    return (_mixed(one) + _mixed(two)) >> np.uint64(1)


def _stirred(words: Hashes, before: np.uint64, turn: int, behind: np.uint64) -> Hashes:
    return _turned(words * before, turn) * behind


def _turned(words: Hashes, turn: int) -> Hashes:
    return words << np.uint64(turn) | words >> np.uint64(64 - turn)


def _mixed(words: Hashes) -> Hashes:
    for factor in (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)):
        words = (words ^ words >> np.uint64(33)) * factor
    return words ^ words >> np.uint64(33)


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
    hashes, counts, thetas = _united(sketches, numbers, count)
    owners = np.repeat(np.arange(count), counts)
    order = np.lexsort((hashes, owners))
    return _encoded(owners, hashes[order], thetas)


def union_sizes(sketches: Any, numbers: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Return how many distinct users the union of each number has: the estimates of what `unions` returns."""
    _, counts, thetas = _united(sketches, numbers, count)
    if counts.max(initial=0) <= K:
        return counts / (thetas / WHOLE)
    return estimates(pa.chunked_array([unions(sketches, numbers, count)]))


def _united(sketches: Any, numbers: NDArray[np.int64], count: int) -> tuple[Hashes, NDArray[np.int64], Hashes]:
    """Return the distinct hashes below theta of each number, one number after the other, how many, and the thetas."""
    order = np.argsort(numbers, kind="stable")
    owners, (words, begins, ends) = numbers[order], _words(sketches, order)
    thetas = np.full(count, WHOLE, np.uint64)
    whole = (words[begins] & 0xFF) == 2
    np.minimum.at(thetas, owners[~whole], words[begins[~whole] + 2])
    begins = begins + 2 + ~whole
    counts, used = np.zeros(count, np.int64), np.zeros(1, np.int64)
    found = np.empty(int(np.maximum(ends - begins, 0).sum()), np.uint64)  # a null has no words, not even its first two
    row, room = 0, SLOTS
    while row < len(owners):
        slots, stamps = np.empty(room, np.uint64), np.full(room, -1, np.int64)
        row = unite(row, owners, begins, ends, words, thetas, slots, stamps, found, counts, used)
        room *= 4
    return found[: int(used[0])], counts, thetas


def _words(sketches: Any, order: NDArray[np.int64]) -> tuple[Hashes, NDArray[np.int64], NDArray[np.int64]]:
    """Return the words of a column of sketches, and where each of them, in an order, begins and ends."""
    words, lengths = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
    for chunk in sketches.chunks if isinstance(sketches, pa.ChunkedArray) else [sketches]:
        if len(chunk):
            offsets = np.frombuffer(chunk.buffers()[1], np.int32, len(chunk) + 1, 4 * chunk.offset)
            words.append(np.frombuffer(chunk.buffers()[2], np.uint8)[offsets[0] : offsets[-1]].view("<u8"))
            lengths.append(np.diff(offsets).astype(np.int64) // 8)
    ends = np.cumsum(np.concatenate(lengths))
    begins = ends - np.concatenate(lengths)
    return np.concatenate(words), begins[order], ends[order]


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
