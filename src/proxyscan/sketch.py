"""Distinct users as Theta sketches: the k smallest 63-bit hashes of the users, and the next one (theta).

The bytes are Apache DataSketches' compact Theta sketch (serial version 3), so that its libraries in C++,
Java and Python read them. Keeping exactly the k smallest makes a merged sketch the same however the
users were split, which the library's own union does not promise. Up to k users are counted exactly.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

K: Final = 4096
"""Hashes kept; above that the relative standard error is 1/sqrt(K - 2), 1.6 %."""

WHOLE: Final = (1 << 63) - 1
"""Theta of a sketch that holds all of its users."""

HEADER: Final = struct.Struct("<BBBBBBHII")
VERSION, FAMILY, FLAGS, SEED_HASH = 3, 3, 0b0001_1010, 0x93CC

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
    hashes, theta = _all_hashes(list(sketches))
    return encode(hashes[hashes < theta], theta)


def _all_hashes(sketches: Sequence[bytes]) -> tuple[Hashes, int]:
    """Return the hashes of all sketches, one behind the other, and the smallest theta."""
    words = np.frombuffer(b"".join(sketches), "<u8")
    lengths = np.fromiter(map(len, sketches), np.int64, len(sketches)) // 8
    begins = np.cumsum(lengths) - lengths
    partial = begins[(words[begins] & 0xFF) == 3] + 2  # the places of thetas
    head = np.zeros(len(words), np.bool_)
    head[begins] = head[begins + 1] = head[partial] = True
    return words[~head], int(words[partial].min(initial=WHOLE))


def estimate(sketch: bytes) -> float:
    """Return the number of distinct users."""
    hashes, theta = decode(sketch)
    return len(hashes) / (theta / WHOLE)


def estimates(sketches: pa.ChunkedArray) -> NDArray[np.float64]:
    """Return the number of distinct users of each sketch of a column, without looking at their hashes.

    >>> estimates(pa.chunked_array([[encode(np.array([5, 7], np.uint64))]], pa.binary())).tolist()
    [2.0]
    """
    column = pa.concat_arrays([pa.array([], pa.binary()), *sketches.chunks])  # one whole, from its beginning
    if not len(column):
        return np.empty(0, np.float64)
    _, offsets, data = column.buffers()
    places = np.frombuffer(offsets, np.int32)[column.offset :][: len(column) + 1].astype(np.int64) // 8
    words = np.frombuffer(data, "<u8", int(places[-1]))
    begins = places[:-1]
    longs = (words[begins] & 0xFF).astype(np.int64)
    theta = np.where(longs == 3, words[np.minimum(begins + 2, len(words) - 1)], WHOLE)
    return (np.diff(places) - longs) / (theta / WHOLE)
