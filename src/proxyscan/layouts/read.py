"""From a block of lines to columns: the layout finds the fields, their types say what the bytes mean.

=============  ========================================================================
``text``       a code into the vocabulary of the field's name
``int``        an integer
``seconds``    seconds since 1970, added to ``time`` as milliseconds
``ms``         milliseconds, added to ``time``
``fixed``      seconds since 1970 with decimals, as milliseconds
``clf``        ``23/Nov/2026:08:24:29 +0000`` as milliseconds since 1970
``url``        gives ``scheme``, ``host``, ``port`` and ``path``
``url_host``   the host of a URL, a code into the vocabulary ``host``
``host``       a bare host name, a code into the vocabulary ``host``
=============  ========================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import numpy as np

from proxyscan.layouts.columns import NO_CODE, NULL, Block, Columns, Vocabulary
from proxyscan.layouts.template import Field, Template
from proxyscan.layouts.url import ABSENT, Span, UrlSpans, split_url
from proxyscan.layouts.wrapper import unwrap

LONGEST_INTEGER: Final = 18
"""Digits of the longest integer that is read; a longer one makes the line a reject."""

LAST_TIME: Final = 253_402_300_800_000
"""The year 10000; a later time makes the line a reject."""

NULL_WORDS: Final = (b"", b"-")

MONTHS: Final = {
    name: month for month, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}

CLF_NUMBERS: Final = ((0, 2), (7, 11), (12, 14), (15, 17), (18, 20))


STORES: Final = {
    "url": {"scheme": "scheme", "host": "host", "port": "int", "path": "span"},
    **{type: {"time": "int"} for type in ("seconds", "ms", "fixed", "clf")},
}
"""The columns that a field of these types gives, and how each is kept."""

HOLDS: Final = {"int": "int", "url_host": "host", "host": "host"}
"""How the one column of a field of these types is kept; a text has the vocabulary of its own name."""

MISFIT: Final = "the line does not fit the format"
BLANK: Final = b" \t\r\0"
NO_URL: Final = UrlSpans(ABSENT, ABSENT, -1, ABSENT)

Row = dict[str, int]


class BadValueError(ValueError):
    """A field's bytes are not what its type says."""


def integer(text: bytes) -> int:
    """Return the value of digits; `NULL` for a lone ``-``.

    >>> integer(b"-50"), integer(b"-") == NULL
    (-50, True)
    """
    if text == b"-":
        return NULL
    if len(text.removeprefix(b"-")) > LONGEST_INTEGER:
        raise BadValueError("a number is too large")
    return int(text)


def moment(value: int, scale: int) -> int:
    """Return a time in milliseconds, `scale` of them for one of `value`."""
    if not value >= 0 or value * scale >= LAST_TIME:
        raise BadValueError("the time is out of range")
    return value * scale


def fixed(text: bytes) -> int:
    """Return seconds with decimals as whole milliseconds.

    >>> fixed(b"1795422269.4791")
    1795422269479
    """
    whole, _, decimals = text.partition(b".")
    if not whole.isdigit() or not (decimals or b"0").isdigit() or len(whole) > LONGEST_INTEGER:
        raise BadValueError("the time is no number")
    return moment(int(whole), 1000) + int((decimals + b"000")[:3])


def clf(text: bytes) -> int:
    """Return a time in the common log format as milliseconds since 1970.

    >>> clf(b"23/Nov/2026:08:24:29 +0100")
    1795418669000
    """
    try:
        day, year, hour, minute, second = (int(text[i:j]) for i, j in CLF_NUMBERS)
        offset = timedelta(hours=int(text[22:24]), minutes=int(text[24:26])) * (-1 if text[21:22] == b"-" else 1)
        stamp = datetime(year, MONTHS[text[3:6].lower()], day, hour, minute, second, tzinfo=timezone(offset))
    except (KeyError, ValueError) as problem:
        raise BadValueError("the time does not exist") from problem
    return moment((stamp - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1), 1)


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

    `wrapper` names what stands before each line: "" or "syslog".
    """

    def __init__(self, layout: Template, wrapper: str = "") -> None:
        self.layout = layout
        self.wrapper = wrapper
        self.stores = column_stores(layout.fields)
        self.vocabularies = {store: Vocabulary() for store in self.stores.values() if store not in ("int", "span")}

    def read(self, block: Block) -> Columns:
        """Return the requests of a block as columns, and its rejects."""
        columns = Columns(0, block.data, np.empty(0, np.int64))
        rows: list[Row] = []
        offsets: list[int] = []
        for start, line in lines(block.data):
            columns.lines += 1
            if not line.strip(BLANK):
                columns.skipped += 1
                continue
            try:
                rows.append(self._row(line, start))
                offsets.append(block.offset + start)
            except BadValueError as problem:
                columns.rejects.add(block.offset + start, str(problem), line)
        columns.rows, columns.offsets = len(rows), np.array(offsets, np.int64)
        self._fill(columns, rows)
        return columns

    def _row(self, line: bytes, start: int) -> Row:
        begin = unwrap(line, self.wrapper)
        match = self.layout.pattern.match(line[begin:])
        if not match:
            raise BadValueError(MISFIT)
        row: Row = {"time": 0}
        for group, field in enumerate(self.layout.fields, 1):
            if field.name:
                self._value(row, field, match[group], start + begin + match.start(group))
        return row

    def _value(self, row: Row, field: Field, text: bytes, base: int) -> None:
        match field.type:
            case "int":
                row[field.name] = integer(text)
            case "seconds" | "ms":
                row["time"] += moment(integer(text), 1000 if field.type == "seconds" else 1)
            case "fixed" | "clf":
                row["time"] = fixed(text) if field.type == "fixed" else clf(text)
            case "url":
                self._url(row, text, base)
            case "url_host":
                row[field.name] = self._code("host", part(text, split_url(text).host))
            case _:
                row[field.name] = self._code(self.stores[field.name], text)

    def _url(self, row: Row, text: bytes, base: int) -> None:
        parts = NO_URL if text in NULL_WORDS else split_url(text)
        row["scheme"] = self._code("scheme", part(text, parts.scheme))
        row["host"] = self._code("host", part(text, parts.host))
        row["port"] = parts.port if parts.port >= 0 else NULL
        row["path.begin"], row["path.end"] = (-1 if place < 0 else base + place for place in parts.path)

    def _code(self, vocabulary: str, word: bytes) -> int:
        return NO_CODE if word in NULL_WORDS else self.vocabularies[vocabulary].code(word)

    def _fill(self, columns: Columns, rows: list[Row]) -> None:
        for name, store in self.stores.items():
            if store == "span":
                ends = [(row[f"{name}.begin"], row[f"{name}.end"]) for row in rows]
                columns.spans[name] = np.array(ends, np.int32).reshape(-1, 2)
            elif store == "int":
                columns.numbers[name] = np.array([row[name] for row in rows], np.int64)
            else:
                columns.codes[name] = np.array([row[name] for row in rows], np.int32)


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
