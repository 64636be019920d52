r"""Lines of values with a separator between: W3C extended, CSV, TSV, Zeek's logs, lines that a header names.

The rules of splitting, which every reader of this layout keeps:

* A blank as separator may be a run of blanks, also before the first value and behind the last; every other
  separator stands alone, and two of them have an empty value between.
* A value that begins with ``"`` ends at its closing quote (see `proxyscan.layouts.quotes`); a line in which
  that is missing does not fit. Blanks before such a quote are skipped.
* Where the separator is a blank, a time such as ``[23/Nov/2026:08:24:29 +0000]`` is one value, without
  its brackets.
* A line has as many values as there are columns; `extra` allows more, `least` fewer.

A header says which columns the lines behind it have: its values are names, less a first word that begins
with ``#`` (``#Fields:``, ``#fields``, ``#``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from proxyscan.errors import LayoutError, nearest
from proxyscan.frozen import frozen
from proxyscan.layouts.layout import ABSENT_TEXT, DASH, Field, Fields, Text, flat, listed
from proxyscan.layouts.quotes import QUOTES, closing, unquoted

STAMP: Final = re.compile(rb"\[([0-9]{2}/[A-Za-z]{3}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4})\](?= |\Z)")
LEAD: Final = re.compile(rb"#[^ \t]*[ \t]+")


@frozen
class Delimited:
    """A line of values.

    `columns`: the product's own name of a column → what it is to us; other columns mean nothing. `order`:
    the names in the line's order, where no header tells them. `header`: what a header begins with, such as
    ``#Fields:``. `comment`: what other lines begin with that are no requests. `needs` and `lacks`: columns that a
    header must and must not have. `least`: values that a line has at least (None: all of them).
    """

    columns: Mapping[str, Fields]
    order: tuple[str, ...] = ()
    separator: bytes = b" "
    quote: str = "doubled"
    header: bytes = b""
    comment: bytes = b"#"
    needs: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    extra: bool = False
    least: int | None = None
    nulls: tuple[bytes, ...] = DASH

    def __post_init__(self) -> None:
        if self.quote not in QUOTES:
            raise LayoutError(f"delimited: no way to quote is called '{self.quote}'", nearest(self.quote, QUOTES))
        if len(self.separator) != 1 or self.separator in b'"\n\r':
            raise LayoutError(f"delimited: {self.separator!r} is no separator", "write one byte, such as b','")
        unknown = set(self.columns) - set(self.order)
        if not self.header and unknown:
            name = min(unknown)
            raise LayoutError(f"delimited: the order lacks the column '{name}'", nearest(name, self.order))

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields in the order of `columns`."""
        return flat(self.columns.values())

    @property
    def header_mark(self) -> bytes:
        """What a header begins with."""
        return self.header

    @cached_property
    def bound(self) -> bool:
        """Tell whether the columns are known."""
        names = set(self.order)
        return bool(names) and set(self.needs) <= names and not set(self.lacks) & names

    @cached_property
    def counts(self) -> tuple[int, int]:
        """How many values a line has at least and at most."""
        columns = len(self.order)
        return columns if self.least is None else min(self.least, columns), 1 << 30 if self.extra else columns

    @cached_property
    def places(self) -> dict[str, int]:
        """The name of each column in the line → its number; of equal names the first counts."""
        return {name: place for place, name in reversed(list(enumerate(self.order)))}

    def texts(self, line: bytes) -> list[Text] | None:
        """Return the value of each field; None when the line does not fit."""
        values = self._values(line) if self.bound else None
        if values is None or not self.counts[0] <= len(values) <= self.counts[1]:
            return None
        return [self._text(values, name) for name, fields in self.columns.items() for _ in listed(fields)]

    def _text(self, values: Sequence[Text], name: str) -> Text:
        place = self.places.get(name, len(values))
        return values[place] if place < len(values) else ABSENT_TEXT

    def _values(self, line: bytes) -> list[Text] | None:
        """Return the values of a line; None where a quote does not close."""
        values = list(self._split(line))
        return None if ABSENT_TEXT in values else values

    def _split(self, line: bytes) -> Iterator[Text]:
        """Yield begin and text of each value; `ABSENT_TEXT` where a quote does not close."""
        runs = self.separator == b" "
        place = _after_blanks(line, 0) if runs else 0
        while place < len(line) or not runs:
            begin, end, text = self._value(line, place)
            yield begin, text
            if end >= len(line) or begin < 0:
                return
            place = _after_blanks(line, end) if runs else end + 1

    def _value(self, line: bytes, place: int) -> tuple[int, int, bytes]:
        """Return begin, end (where its separator stands) and text of the value that begins at `place`."""
        opening = _after_blanks(line, place)
        if self.quote != "none" and line.startswith(b'"', opening):
            close = closing(line, opening + 1, self.separator, self.quote)
            text = unquoted(line[opening + 1 : close], self.quote)
            return (opening + 1, close + 1, text) if close >= 0 else (-1, -1, b"")
        stamp = STAMP.match(line, place) if self.separator == b" " else None
        if stamp:
            return place + 1, stamp.end(), stamp[1]
        end = line.find(self.separator, place)
        end = len(line) if end < 0 else end
        return place, end, line[place:end]

    def misfit(self, line: bytes) -> str:
        """Say for people why a line does not fit."""
        if not self.order:
            return f"a header ({self.header.decode('ascii', 'backslashreplace')} …) expected before it"
        if not self.bound:
            missing = [name for name in self.needs if name not in self.order]
            return f"a header {'with' if missing else 'without'} {', '.join(missing or self.lacks)} expected before it"
        values = self._values(line)
        return "a quote does not close" if values is None else f"{len(self.order)} columns expected, not {len(values)}"

    def bind(self, head: Sequence[bytes]) -> Delimited:
        """Return the layout with the order of columns that the last header among some lines names."""
        headers = [line for line in head if self.header and line.startswith(self.header)]
        return replace(self, order=self._names(headers[-1])) if headers else self

    def _names(self, header: bytes) -> tuple[str, ...]:
        lead = LEAD.match(header)
        values = self._values(header[lead.end() :] if lead else header) or []
        return tuple(text.decode("utf-8", "backslashreplace") for _, text in values)

    def is_directive(self, line: bytes) -> bool:
        """Tell whether a line is a header or another line that is no request."""
        return any(mark and line.startswith(mark) for mark in (self.comment, self.header))


def _after_blanks(line: bytes, place: int) -> int:
    while line.startswith(b" ", place):
        place += 1
    return place
