"""The reader for large logs: what `proxyscan.layouts.read.Reader` yields, from compiled kernels."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from proxyscan.kernels import PADDING, numbers, rows
from proxyscan.kernels.bits import Array
from proxyscan.kernels.lines import count_newlines, line_spans
from proxyscan.kernels.words import Words
from proxyscan.layouts.columns import REJECT_TEXT, Block, Columns, Rejects, Vocabulary
from proxyscan.layouts.layout import Layout
from proxyscan.layouts.program import Program, compile_template, is_simple
from proxyscan.layouts.read import MISFIT, Reader
from proxyscan.layouts.wrapper import unwrap

REASONS: Final = {
    numbers.TOO_LARGE: "a number is too large",
    numbers.OUT_OF_RANGE: "the time is out of range",
    numbers.NO_NUMBER: "the time is no number",
    numbers.NO_TIME: "the time does not exist",
    rows.MISFIT: MISFIT,
}

LINE_END: Final = ord("\n")


class FastReader:
    """Reads blocks of lines with one layout; its vocabularies grow from block to block.

    Yields the same as `Reader`, which also reads the few layouts that the kernels do not. `want` names
    the columns to build (None: all); fields of other columns are still judged. One thread at a time.
    """

    def __init__(self, layout: Layout, wrapper: str = "", want: frozenset[str] | None = None) -> None:
        self.layout = layout
        self.wrapper = wrapper
        self._slow = Reader(layout, wrapper)
        stores = self._slow.stores
        self.stores = {name: store for name, store in stores.items() if want is None or name in want}
        kept = set(self.stores.values())
        self.vocabularies: dict[str, Vocabulary] = {
            name: words for name, words in self._slow.vocabularies.items() if name in kept
        }
        self._program = compile_template(layout, self.stores, self.vocabularies) if is_simple(layout) else None
        self._words = Words(len(self.vocabularies))
        self._known = 0
        self._buffer = np.empty(0, np.uint8)

    def read(self, block: Block) -> Columns:
        """Return the requests of a block as columns, and its rejects."""
        if self._program is None:
            return self._wanted(self._slow.read(block))
        return self._read(block, self._program)

    def _wanted(self, columns: Columns) -> Columns:
        for kept in (columns.numbers, columns.codes, columns.spans):
            for name in [name for name in kept if name not in self.stores]:
                del kept[name]
        return columns

    def _read(self, block: Block, program: Program) -> Columns:
        buffer, starts, ends = self._lines(block.data)
        count = len(starts)
        begins = starts + self._wrapped(block.data, starts, ends) if self.wrapper else starts
        state = np.zeros(4, np.int64)
        offsets = np.empty(count, np.int64)
        values = np.empty((len(program.numbers), count), np.int64)
        codes = np.empty((len(program.codes), count), np.int32)
        spans = np.empty((len(program.spans), count, 2), np.int32)
        rejects = np.empty((count, 2), np.int64)
        before = (buffer, starts, begins, ends, state, program.pieces, program.literals, program.tail)
        into: tuple[Any, ...] = (
            program.values,
            *_room(len(program.values)),
            program.time,
            offsets,
            values,
            codes,
            spans,
            rejects,
        )
        while not rows.read_rows(*before, *into, *self._table()):
            line = state[rows.LINE]
            self._words.grow(2 * len(program.values), int(ends[line] - starts[line]))
        self._learn()
        return self._columns(block, state, starts, ends, into)

    def _lines(self, text: bytes) -> tuple[Array, Array, Array]:
        """Return the padded bytes, and begin and end of each line."""
        size = len(text)
        if len(self._buffer) < size + PADDING:
            self._buffer = np.empty(size + PADDING, np.uint8)
        self._buffer[:size] = np.frombuffer(text, np.uint8)
        self._buffer[size : size + PADDING] = LINE_END
        starts = np.empty(count_newlines(self._buffer, size) + 1, np.int32)
        ends = np.empty_like(starts)
        count = line_spans(self._buffer, size, starts, ends)
        return self._buffer, starts[:count], ends[:count]

    def _wrapped(self, text: bytes, starts: Array, ends: Array) -> Array:
        spans = zip(starts.tolist(), ends.tolist(), strict=True)
        return np.fromiter((unwrap(text[start:end], self.wrapper) for start, end in spans), np.int32, len(starts))

    def _table(self) -> tuple[Array, ...]:
        words = self._words
        return words.hashes, words.slots, words.entries, words.store, words.used

    def _learn(self) -> None:
        """Put the words that this block brought into the vocabularies."""
        vocabularies = list(self.vocabularies.values())
        for number, word in self._words.since(self._known):
            vocabularies[number].code(word)
            self._known += 1

    def _columns(self, block: Block, state: Array, starts: Array, ends: Array, into: tuple[Any, ...]) -> Columns:
        assert self._program is not None
        _, count, rejected, skipped = state.tolist()
        offsets, values, codes, spans, rejects = into[-5:]
        columns = Columns(count, block.data, offsets[:count] + block.offset, lines=len(starts), skipped=skipped)
        columns.numbers = {name: column[:count] for name, column in zip(self._program.numbers, values, strict=True)}
        columns.codes = {name: column[:count] for name, column in zip(self._program.codes, codes, strict=True)}
        columns.spans = {name: column[:count] for name, column in zip(self._program.spans, spans, strict=True)}
        self._reject(columns.rejects, block, rejects[:rejected], starts, ends)
        return columns

    def _reject(self, kept: Rejects, block: Block, rejects: Array, starts: Array, ends: Array) -> None:
        begins = starts[rejects[:, 0]].astype(np.int64)
        stops = np.minimum(ends[rejects[:, 0]], begins + REJECT_TEXT)
        kept.offsets.extend((begins + block.offset).tolist())
        kept.reasons.extend(map(REASONS.__getitem__, rejects[:, 1].tolist()))
        kept.texts.extend(block.data[i:j] for i, j in zip(begins.tolist(), stops.tolist(), strict=True))


def compiled() -> bool:
    """Tell whether the kernels were compiled on this machine before; else the first block takes seconds."""
    cache = cast("Any", rows.read_rows)._cache
    return any(Path(cache.cache_path).glob(f"{Path(rows.__file__).stem}.*.nbi"))


def _room(fields: int) -> tuple[Array, Array]:
    """Return the arrays in which the kernels keep the marks of a line's fields and the parts of a URL."""
    return np.zeros((fields, 2), np.int64), np.zeros(7, np.int64)
