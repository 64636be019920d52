"""What every layout hands on: blocks of bytes in, columns of numbers and codes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import compress, islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from proxyscan.frozen import frozen

NULL: Final = np.iinfo(np.int64).min
"""The log does not say (in a column of numbers)."""

NO_CODE: Final = -1
"""The log does not say (in a column of codes)."""

REJECT_TEXT: Final = 200
"""Bytes of a rejected line that are kept."""

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Spans = NDArray[np.int32]


@frozen
class Block:
    """Whole lines of one file.

    `offset` is the byte (after decompression) at which `text` begins. `header` is the line that names the columns
    there, empty for none. `written`: when the log was last written, in milliseconds since 1970; it tells the year of
    times without one. 0: not known. `beyond`: bytes at the end of `text` that are no part of the lines; a kernel may
    load them.
    """

    file: str
    offset: int
    text: bytes
    header: bytes = b""
    written: int = 0
    beyond: int = 0

    def __len__(self) -> int:
        """Return how many bytes the lines have."""
        return len(self.text) - self.beyond

    @cached_property
    def data(self) -> bytes:
        """The lines alone."""
        return self.text[: len(self)]

    def line(self, offset: int) -> bytes:
        """Return the line that begins at a byte of the file, without its line feed."""
        start = offset - self.offset
        stop = self.text.find(b"\n", start, len(self))
        return self.text[start : stop if stop >= 0 else len(self)]

    def line_start(self, byte: int) -> int:
        """Return where the first line that begins at or after `byte` of the file begins within the block."""
        place = byte - self.offset
        return (self.text.find(b"\n", place - 1, len(self)) + 1 or len(self)) if place > 0 else 0

    def cut(self, begin: int, end: int) -> Block:
        """Return the lines between two places of the block; the block itself if these are all."""
        if begin == 0 and end == len(self):
            return self
        return replace(self, offset=self.offset + begin, text=self.text[begin:end], beyond=0)


class Vocabulary:
    """Distinct byte strings, numbered in the order in which they were first seen; lives for a whole run."""

    def __init__(self) -> None:
        self.words: list[bytes] = []
        self._codes: dict[bytes, int] = {}

    def code(self, word: bytes) -> int:
        """Return the code of `word`, a new one if it was not seen before."""
        found = self._codes.get(word)
        return self.codes([word])[0] if found is None else found

    def codes(self, words: Iterable[bytes]) -> list[int]:
        """Return the codes of words, new ones for those that were not seen before."""
        known = self._codes
        if len(known) < len(self.words):
            known.update({each: code for code, each in enumerate(self.words)})
        found = [known.setdefault(word, len(known)) for word in words]
        self.words.extend(islice(known, len(self.words), None))
        return found

    def extend(self, words: Sequence[bytes]) -> None:
        """Add words that were not seen before; their codes are looked up only once someone asks."""
        self.words.extend(words)

    def __len__(self) -> int:
        return len(self.words)


class Growing:
    """An array of one value for each code, which grows; code -1 and codes not yet known have the value `default`."""

    def __init__(self, default: Any, type: Any) -> None:
        self.used = 0
        self.values = np.full(1 << 10, default, type)
        self._default = default

    def extend(self, values: Sequence[Any] | NDArray[Any]) -> None:
        """Append values, those of the next codes."""
        stop = self.used + len(values)
        if stop >= len(self.values):
            grown = np.full(2 * stop, self._default, self.values.dtype)
            grown[: self.used] = self.values[: self.used]
            self.values = grown
        self.values[self.used : stop] = values
        self.used = stop


@dataclass
class Rejects:
    """Lines that are no request: where they begin (byte in the file), why, and how their text begins."""

    offsets: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)

    def add(self, offset: int, reason: str, text: bytes) -> None:
        """Keep one rejected line."""
        self.offsets.append(offset)
        self.reasons.append(reason)
        self.texts.append(text[:REJECT_TEXT])

    def where(self, kept: Sequence[bool]) -> Rejects:
        """Return those that are to be kept."""
        offsets, reasons, texts = compress(self.offsets, kept), compress(self.reasons, kept), compress(self.texts, kept)
        return Rejects([*offsets], [*reasons], [*texts])

    def __len__(self) -> int:
        return len(self.offsets)


@dataclass
class Columns:
    """The requests of one block, column by column, all of length `rows`.

    `numbers`: int64, `NULL` where the log does not say. `codes`: int32 into the reader's vocabulary of
    that name, `NO_CODE` where the log does not say. `spans`: int32 of shape (rows, 3), begin, end and head of
    a text in `data`, see `proxyscan.kernels.spans`; it begins at -1 where the log does not say. `data` is the block's
    text, with the escapes in such texts undone. `offsets`: byte in the file where the line begins.
    """

    rows: int
    data: bytes
    offsets: Ints
    numbers: dict[str, Ints] = field(default_factory=dict)
    codes: dict[str, Codes] = field(default_factory=dict)
    spans: dict[str, Spans] = field(default_factory=dict)
    rejects: Rejects = field(default_factory=Rejects)
    lines: int = 0
    skipped: int = 0
    other: int = 0

    def keep(self, rows: Any) -> None:
        """Keep these rows only (truths); the rest counts as `other`: lines of other kinds than web requests."""
        kept = int(np.count_nonzero(rows))
        self.rows, self.other = kept, self.other + self.rows - kept
        self.offsets = self.offsets[rows]
        for columns in (self.numbers, self.codes, self.spans):
            columns.update({name: values[rows] for name, values in columns.items()})
