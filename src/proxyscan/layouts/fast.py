"""The reader for large logs: what `proxyscan.layouts.read.Reader` yields, from compiled kernels."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from proxyscan.kernels import PADDING, numbers, rows
from proxyscan.kernels.bits import Array
from proxyscan.kernels.lines import line_spans
from proxyscan.kernels.tokens import LEFT, LENGTH, Tokens, read_tokens
from proxyscan.kernels.values import Sink
from proxyscan.kernels.words import Words
from proxyscan.kernels.wrappers import unwrap_lines, unwrap_objects
from proxyscan.layouts.columns import REJECT_TEXT, Block, Columns, Rejects, Vocabulary
from proxyscan.layouts.layout import Layout
from proxyscan.layouts.program import Program, compiled_layout, is_simple
from proxyscan.layouts.read import MISFIT, NO_TIME, Reader
from proxyscan.layouts.sink import plan
from proxyscan.layouts.template import Template
from proxyscan.layouts.tokens import tokens_of
from proxyscan.layouts.values import NO_YEAR
from proxyscan.layouts.wrapper import OBJECTS, WRAPPERS, rewrites, unwrap, wrappers_of

REASONS: Final = {
    numbers.TOO_LARGE: "a number is too large",
    numbers.OUT_OF_RANGE: "the time is out of range",
    numbers.NO_NUMBER: "the time is no number",
    numbers.NO_TIME: "the time does not exist",
    numbers.MISSING: NO_TIME,
    numbers.MISFIT: MISFIT,
    numbers.NO_YEAR: NO_YEAR,
}

HEADERS: Final = 64
"""Different headers whose tables are kept; a log has one or two, a hostile one any number."""

ROOM: Final = 1_000_000
"""A large block of a few bytes more than the last one does not need other places for its lines."""

LINE_END: Final = ord("\n")


class Read(NamedTuple):
    """What was read of lines: how many are rows, rejects and neither of both; these, and the codes of the words."""

    rows: int
    rejects: int
    skipped: int
    sink: Sink
    codes: Array


class FastReader:
    """Reads blocks of lines with one layout; its vocabularies grow from block to block.

    Yields the same as `Reader`, which also reads the few templates that the kernels do not. `want` names
    the columns to build (None: all); fields of other columns are still judged. One thread at a time.
    """

    def __init__(self, layout: Layout, wrapper: str = "", want: frozenset[str] | None = None) -> None:
        self.layout = layout
        self.wrapper = wrapper
        self._slow = Reader(layout, wrapper)
        self._simple = is_simple(layout)
        stores = self._slow.stores
        self.stores = {name: store for name, store in stores.items() if want is None or name in want}
        kept = set(self.stores.values())
        self.vocabularies: dict[str, Vocabulary] = {
            name: words for name, words in self._slow.vocabularies.items() if name in kept
        }
        self._plan = plan(self._slow.fields, layout.nulls, self.stores)
        self._programs: dict[bytes, Program] = {}
        self._words = Words(len(self.vocabularies))
        names = list(self.vocabularies)
        self._vocabularies = np.array([names.index(self.stores[name]) for name in self._plan.codes], np.int64)
        self._tokens = tokens_of(layout, self._plan, self._vocabularies)
        self._known = 0
        self._rewritten = not isinstance(layout, Template) or rewrites(wrapper)
        self._buffer = np.empty(0, np.uint8)
        self._places = np.empty((2, 1), np.int32)

    def read(self, block: Block) -> Columns:
        """Return the requests of a block as columns, and its rejects."""
        return self._read(block) if self._simple else self._wanted(self._slow.read(block))

    def _wanted(self, columns: Columns) -> Columns:
        for kept in (columns.numbers, columns.codes, columns.spans):
            for name in [name for name in kept if name not in self.stores]:
                del kept[name]
        return columns

    def _read(self, block: Block) -> Columns:
        buffer = self._padded(block)
        starts, ends = self._lines(buffer, len(block))
        begins, stops, stamps = self._unwrapped(block, buffer, starts, ends)
        lines = rows.Lines(buffer, starts, begins, stops, stamps, None, None)
        read = self._short_way(block, lines, self._tokens) if self._tokens else self._long_way(block, lines)
        return self._columns(block, buffer, read, starts, ends)

    def _long_way(self, block: Block, lines: rows.Lines) -> Read:
        """Read one line after the other."""
        state = np.zeros(4, np.int64)
        marks = np.zeros((len(self._slow.fields), 2), np.int64)
        sink = self._plan.sink(len(lines.starts), block.written)
        program = self._bound(unwrap(block.header, self.wrapper).text)
        while True:
            lines = lines._replace(comment=program.comment, header=program.header)
            if program.kernel(lines, state, marks, program.tables, sink) == rows.DONE:
                _, count, rejected, skipped = state.tolist()
                codes = self._words.codes(_read_only(lines.buffer), sink.words, count, self._vocabularies)
                return Read(count, rejected, skipped, sink, codes)
            line = state[rows.LINE] - 1
            program = self._bound(lines.buffer[lines.begins[line] : lines.ends[line]].tobytes())

    def _short_way(self, block: Block, lines: rows.Lines, tokens: Tokens) -> Read:
        """Read one field after the other, and only those lines as a whole that are not usual."""
        sink = self._plan.sink(len(lines.starts), block.written, spare=1)
        codes = np.empty((len(self._plan.codes), len(lines.starts)), np.int32)
        left, state = np.empty(len(lines.starts), np.int64), np.zeros(3, np.int64)
        while read_tokens(lines, tokens, sink, self._words.table, codes, left, state):
            self._words.grow(int(state[LENGTH]))
        sink, left = sink._replace(numbers=sink.numbers[:-1], spans=sink.spans[:-1]), left[: state[LEFT]]
        if not len(left):
            return Read(len(lines.starts), 0, 0, sink, codes)
        starts, begins, ends = lines.starts[left], lines.begins[left], lines.ends[left]
        late = self._long_way(block, lines._replace(starts=starts, begins=begins, ends=ends))
        return merged(sink, codes, left, lines.starts, late)

    def _bound(self, header: bytes) -> Program:
        """Return the tables of the layout as a header binds it; the same header often comes again."""
        if header not in self._programs:
            if len(self._programs) >= HEADERS:
                self._programs.clear()
            self._programs[header] = compiled_layout(self.layout.bind([header]))
        return self._programs[header]

    def _padded(self, block: Block) -> Array:
        """Return the bytes of a block with some to load behind them: a copy where that must be, or kernels write."""
        size = len(block)
        if block.beyond >= PADDING and not self._rewritten:
            return np.frombuffer(block.text, np.uint8)
        if len(self._buffer) < size + PADDING:
            self._buffer = np.empty(size + PADDING, np.uint8)
        self._buffer[:size] = np.frombuffer(block.text, np.uint8, size)
        self._buffer[size : size + PADDING] = LINE_END
        return self._buffer if self._rewritten else _read_only(self._buffer)

    def _lines(self, buffer: Array, size: int) -> tuple[Array, Array]:
        """Return begin and end of each line."""
        if self._places.shape[1] <= size:
            room = (size // ROOM + 1) * ROOM if size > ROOM else size + 1
            self._places = np.empty((2, room), np.int32)  # only what is used of it costs memory
        starts, ends = self._places
        count = line_spans(_read_only(buffer), size, starts, ends)
        return starts[:count], ends[:count]

    def _unwrapped(self, block: Block, buffer: Array, starts: Array, ends: Array) -> tuple[Array, Array, Array]:
        """Return begin and end of each line's own text, and where its wrapper's time is if that is wanted."""
        if not self.wrapper:
            return starts, ends, np.zeros((0, 2), np.int32)
        begins, stops = starts.copy(), ends.copy()
        stamps = np.full((len(starts), 2), -1, np.int32)
        for name in wrappers_of(self.wrapper):
            if name in OBJECTS:
                plain, members = np.frombuffer(block.text, np.uint8), compiled_layout(OBJECTS[name]).tables
                marks = np.zeros((len(OBJECTS[name].fields), 2), np.int64)
                unwrap_objects(buffer, plain, begins, stops, members, marks, stamps)
            else:
                unwrap_lines(buffer, begins, stops, WRAPPERS.index(name), stamps)
        return begins, stops, stamps if len(self._slow.fields) > len(self.layout.fields) else stamps[:0]

    def _learn(self) -> None:
        """Put the words that this block brought into the vocabularies."""
        fresh = self._words.since(self._known)
        self._known += sum(map(len, fresh))
        for vocabulary, words in zip(self.vocabularies.values(), fresh, strict=True):
            vocabulary.extend(words)

    def _columns(self, block: Block, buffer: Array, read: Read, starts: Array, ends: Array) -> Columns:
        count, rejected, skipped, sink, codes = read
        text = buffer[: len(block)].tobytes() if self._rewritten and self._plan.spans else block.text
        offsets = sink.offsets[:count]
        offsets += block.offset
        columns = Columns(count, text, offsets, lines=len(starts), skipped=skipped)
        columns.numbers = {name: each[:count] for name, each in zip(self._plan.numbers, sink.numbers, strict=True)}
        columns.codes = dict(zip(self._plan.codes, codes, strict=True))
        self._learn()
        columns.spans = {name: each[:count] for name, each in zip(self._plan.spans, sink.spans, strict=True)}
        self._reject(columns.rejects, block, sink.rejects[:rejected], starts, ends)
        return columns

    def _reject(self, kept: Rejects, block: Block, rejects: Array, starts: Array, ends: Array) -> None:
        begins = starts[rejects[:, 0]].astype(np.int64)
        stops = np.minimum(ends[rejects[:, 0]], begins + REJECT_TEXT)
        kept.offsets.extend((begins + block.offset).tolist())
        kept.reasons.extend(map(self._reason, rejects[:, 1].tolist()))
        kept.texts.extend(block.text[i:j] for i, j in zip(begins.tolist(), stops.tolist(), strict=True))

    def _reason(self, code: int) -> str:
        if code < numbers.EXPECTED:
            return REASONS[code]
        return f"a number was expected ({self._slow.fields[code - numbers.EXPECTED].name})"


def merged(sink: Sink, codes: Array, left: Array, starts: Array, late: Read) -> Read:
    """Return the rows of a sink, one for each line, and those of the lines `left`, which were read after them."""
    places = np.searchsorted(starts, late.sink.offsets[: late.rows])
    sink.numbers[:, places] = late.sink.numbers[:, : late.rows]
    codes[:, places] = late.codes
    sink.spans[:, places] = late.sink.spans[:, : late.rows]
    rejects = late.sink.rejects
    rejects[: late.rejects, rows.LINE] = left[rejects[: late.rejects, rows.LINE]]
    if late.rows < len(left):
        kept = np.ones(len(starts), np.bool_)
        kept[left] = False
        kept[places] = True
        sink = sink._replace(offsets=sink.offsets[kept], numbers=sink.numbers[:, kept], spans=sink.spans[:, kept])
        codes = codes[:, kept]
    return Read(len(sink.offsets), late.rejects, late.skipped, sink._replace(rejects=rejects), codes)


def _read_only(array: Array) -> Array:
    """Return an array that a kernel only reads, so that it is compiled once, whether others write it or not."""
    view = array.view()
    view.flags.writeable = False
    return view
