"""From a block of lines to columns: the layout finds the values, their types say what the bytes mean.

===============  ==========================================================================================
``text``         a code into the vocabulary of the field's name
``int``          an integer; anything else makes the line a reject
``duration_s``   seconds with decimals (also ``1.5e-05``), as whole milliseconds
``duration_us``  microseconds, as whole milliseconds; ``duration_ns`` nanoseconds
``url``          gives ``scheme``, ``host``, ``port`` and ``path``
``url_host``     the host of a URL, a code into the vocabulary ``host``
``host``         a bare host name, a code into the vocabulary ``host``
``address``      a text as above, less the port behind an address and the brackets around it
``path``         a path, its query string cut off

``seconds``      seconds since 1970, added to ``time`` as milliseconds
``ms``           milliseconds, added to ``time``
``fixed``        seconds since 1970 with decimals
``epoch``        seconds, milli-, micro- or nanoseconds since 1970, told by the number of digits
``instant``      either of ``epoch`` and ``datetime``
``clf``          ``23/Nov/2026:08:24:29 +0000``
``datetime``     ``2022-04-25 15:27:08``, with ``-``, ``/``, ``.`` or ``:`` between and a blank, ``T`` or ``-`` in
                 the middle, or ``25/Apr/2022:15:27:08``, or CEF's ``Apr 25 2022 15:27:08``; decimals and a zone (as in
                 ``zone``) may follow
``asctime``      ``Mon Jun 20 15:29:11 2022``
``syslog``       ``Jun 20 15:29:11`` (decimals may follow), in the last such year before the log was written
                 (`Block.written`); or a ``datetime``
``date``         ``2022-04-25`` (or with ``/``, ``.`` or ``:``); with ``clock`` one time
``clock``        ``15:27:08``, decimals may follow
``zone``         ``+0100``, ``+01:00``, ``Z``, ``UTC`` or ``GMT``: the zone of this line's times; others say nothing
===============  ==========================================================================================

All of the lower part are fields of the column ``time``. Of several times in a line the first with a zone counts,
else the first without; a line without any is a reject. Where a layout's times may lack a zone there is
the column of numbers ``naive``: 1 when ``time`` is the reading of a local clock as if that were UTC, else 0.

A layout without any of these takes the time of the wrapper, as ``syslog`` (journald's as ``instant``).

Several fields may give one column: the first that says something counts.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from proxyscan.layouts import values
from proxyscan.layouts.columns import NO_CODE, NULL, Block, Columns, Vocabulary
from proxyscan.layouts.layout import ABSENT_TEXT, NUMBERS, TIMES, Field, Layout, Text
from proxyscan.layouts.url import ABSENT, PATH_END, Span, address, split_url
from proxyscan.layouts.values import BadValueError
from proxyscan.layouts.wrapper import Unwrapped, unwrap

TIME_STORES: Final = {"time": "int"}
NAIVE_STORES: Final = {"time": "int", "naive": "int"}

STORES: Final = {
    "url": {"scheme": "scheme", "host": "host", "port": "int", "path": "span"},
    **dict.fromkeys(TIMES, TIME_STORES),
    **dict.fromkeys(("instant", "datetime", "asctime", "syslog", "date", "clock"), NAIVE_STORES),
}
"""The columns that a field of these types gives, and how each is kept."""

HOLDS: Final = {
    **dict.fromkeys(NUMBERS, "int"),
    "url_host": "host",
    "host": "host",
    "path": "span",
}
"""How the one column of a field of these types is kept; a text has the vocabulary of its own name."""

MISFIT: Final = "the line does not fit the format"
NO_TIME: Final = "the time is missing"
BLANK: Final = b" \t\r\0"
STAMPS: Final = {"journald": Field("time", type="instant")}
STAMP: Final = Field("time", type="syslog")

TELLS: Final = {
    "fixed": ("zoned", values.fixed),
    "epoch": ("zoned", values.epoch),
    "instant": ("zoned", values.epoch),
    "clf": ("zoned", values.clf),
    "asctime": ("local", values.asctime),
    "date": ("date", values.day),
    "clock": ("clock", values.clock),
}
"""What values of these types tell of the time, and how they are read."""

SHORTER: Final = {"int": 1, "duration_us": 1000, "duration_ns": 1_000_000}
"""How many of a unit are one of the column's."""


Headed = tuple[int, int, int]
"""Begin, end and head of a path, see `proxyscan.kernels.spans`."""

NOWHERE: Final[Headed] = (-1, -1, -1)


@dataclasses.dataclass
class Row:
    """The values of one line; `said` are the times by what is known of them."""

    numbers: dict[str, int] = dataclasses.field(default_factory=dict)
    codes: dict[str, int] = dataclasses.field(default_factory=dict)
    spans: dict[str, Headed] = dataclasses.field(default_factory=dict)
    said: dict[str, int] = dataclasses.field(default_factory=dict)

    def time(self) -> tuple[int, int]:
        """Return the time, and 1 if it is a local clock's."""
        if "zoned" in self.said:
            return self.said["zoned"], 0
        local = self.said.get("local")
        if local is None and {"date", "clock"} <= set(self.said):
            local = self.said["date"] + self.said["clock"]
        if local is None:
            raise BadValueError(NO_TIME)
        return values.moment(local - self.said.get("zone", 0), 1), int("zone" not in self.said)


def lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield begin and text of each line of `data`, without its line end."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        yield start, data[start:end].removesuffix(b"\r")
        start = end + 1


class Reader:
    """Reads blocks of lines with one layout; its vocabularies grow from block to block.

    `wrapper` names what stands around each line (see `proxyscan.layouts.wrapper`). Where a path was written with
    escapes or doubled quotes, the `data` of the columns holds it without them.
    """

    def __init__(self, layout: Layout, wrapper: str = "") -> None:
        self.layout = layout
        self.wrapper = wrapper
        self.fields = fields_read(layout, wrapper)
        self.stores = column_stores(self.fields)
        self.vocabularies = {store: Vocabulary() for store in self.stores.values() if store not in ("int", "span")}
        self._plain = bytearray()
        self._written = 0

    def read(self, block: Block) -> Columns:
        """Return the requests of a block as columns, and its rejects."""
        columns = Columns(0, block.data, np.empty(0, np.int64))
        rows: list[Row] = []
        offsets: list[int] = []
        self._plain, self._written = bytearray(block.data), block.written
        layout = self.layout.bind([unwrap(block.header, self.wrapper).text])
        for start, line in lines(block.data):
            columns.lines += 1
            own = unwrap(line, self.wrapper)
            if not own.text.strip(BLANK) or layout.is_directive(own.text):
                layout = layout.bind([own.text])
                columns.skipped += 1
                continue
            try:
                rows.append(self._row(layout.texts(own.text), own, start))
                offsets.append(block.offset + start)
            except BadValueError as problem:
                columns.rejects.add(block.offset + start, str(problem), line)
        columns.rows, columns.offsets, columns.data = len(rows), np.array(offsets, np.int64), bytes(self._plain)
        self._fill(columns, rows)
        return columns

    def _row(self, texts: Sequence[Text] | None, own: Unwrapped, start: int) -> Row:
        if texts is None:
            raise BadValueError(MISFIT)
        row = Row()
        found = [(own.place + place, text) if place >= 0 else ABSENT_TEXT for place, text in texts]
        for field, text in zip(self.fields, (*found, own.stamp), strict=False):
            place, value = part_of(field, text)
            if field.name and value and text[1] not in self.layout.nulls and value not in self.layout.nulls:
                self._value(row, field, value, start + place)
        if "time" in self.stores:
            row.numbers["time"], row.numbers["naive"] = row.time()
        return row

    def _value(self, row: Row, field: Field, text: bytes, base: int) -> None:
        match field.type:
            case "int" | "duration_us" | "duration_ns":
                value = values.integer(text, field.name)
                row.numbers.setdefault(field.name, _toward_zero(value, SHORTER[field.type]))
            case "duration_s":
                row.numbers.setdefault(field.name, values.seconds(text, field.name))
            case "url":
                self._url(row, text, base)
            case "url_host":
                self._code(row, field.name, "host", part(text, split_url(text).host))
            case "address":
                self._code(row, field.name, field.name, address(text))
            case "path":
                self._span(row, field.name, PATH_END.split(text, 1)[0], base)
            case _ if field.type in TIMES:
                _time(row.said, field.type, text, self._written)
            case _:
                self._code(row, field.name, self.stores[field.name], text)

    def _url(self, row: Row, text: bytes, base: int) -> None:
        parts = split_url(text)
        self._code(row, "scheme", "scheme", part(text, parts.scheme))
        self._code(row, "host", "host", part(text, parts.host))
        if parts.port >= 0:
            row.numbers.setdefault("port", parts.port)
        if parts.path != ABSENT:
            self._span(row, "path", part(text, parts.path), base + parts.path[0])

    def _code(self, row: Row, name: str, vocabulary: str, word: bytes) -> None:
        if word and word not in self.layout.nulls and name not in row.codes:
            row.codes[name] = self.vocabularies[vocabulary].code(word)

    def _span(self, row: Row, name: str, text: bytes, base: int) -> None:
        head = int.from_bytes(text[:4].ljust(4, b"\0"), "little", signed=True)
        row.spans.setdefault(name, (base, base + len(text), head))
        self._plain[base : base + len(text)] = text

    def _fill(self, columns: Columns, rows: list[Row]) -> None:
        for name, store in self.stores.items():
            if store == "span":
                spans = [row.spans.get(name, NOWHERE) for row in rows]
                columns.spans[name] = np.array(spans, np.int32).reshape(-1, len(NOWHERE))
            elif store == "int":
                columns.numbers[name] = np.array([row.numbers.get(name, NULL) for row in rows], np.int64)
            else:
                columns.codes[name] = np.array([row.codes.get(name, NO_CODE) for row in rows], np.int32)


def _time(said: dict[str, int], type: str, text: bytes, written: int) -> None:
    """Add what one value says about the time of its line."""
    if type in ("seconds", "ms"):
        value = values.moment(values.integer(text, "time"), 1000 if type == "seconds" else 1)
        said["zoned"] = said.get("zoned", 0) + value
    elif type == "datetime" or (type in ("instant", "syslog") and values.is_date(text)):
        local, ahead = values.dated(text)
        said.setdefault(*(("local", local) if ahead is None else ("zoned", values.moment(local - ahead, 1))))
    elif type == "syslog":
        said.setdefault("local", values.yearless(text, written))
    elif type == "zone":
        ahead = values.zone(text)
        if ahead is not None:
            said.setdefault("zone", ahead)
    else:
        name, read = TELLS[type]
        said.setdefault(name, read(text))


def _toward_zero(value: int, scale: int) -> int:
    return -(-value // scale) if value < 0 else value // scale


def fields_read(layout: Layout, wrapper: str) -> tuple[Field, ...]:
    """Return a layout's fields, and that of the wrapper's time where the layout has no time of its own."""
    timeless = not any(field.name and field.type in TIMES for field in layout.fields)
    return (*layout.fields, STAMPS.get(wrapper, STAMP)) if wrapper and timeless else layout.fields


def part_of(field: Field, text: Text) -> Text:
    """Return the part of a value that a field takes.

    >>> part_of(Field("status", type="int", part=(b"/", 1)), (40, b"TCP_MISS/200"))
    (49, b'200')
    """
    if field.part is None or text == ABSENT_TEXT:
        return text
    signs, number = field.part
    parts = re.split(b"[%s]" % re.escape(signs), text[1])
    begin = text[0] + sum(len(each) + 1 for each in parts[:number])
    return (begin, parts[number]) if number < len(parts) else ABSENT_TEXT


def part(text: bytes, span: Span) -> bytes:
    """Return the bytes of a span of `text`; empty for an absent one."""
    return b"" if span == ABSENT else text[slice(*span)]


def column_stores(fields: Iterable[Field]) -> dict[str, str]:
    """Return how each column of these fields is kept: "int", "span", or the name of its vocabulary."""
    stores: dict[str, str] = {}
    for field in fields:
        if field.name:
            stores |= STORES.get(field.type, {field.name: HOLDS.get(field.type, field.name)})
    return stores
