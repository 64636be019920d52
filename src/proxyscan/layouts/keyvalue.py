r"""Lines of ``key=value`` pairs in any order, also with the heads of CEF and LEEF.

The rules, which every reader of this layout keeps:

* A key is made of letters, digits and ``_.:()-`` (less the byte of `assign`) and stands at the line's beginning or
  behind a separator. Of equal keys the first counts: what a client may write into the line mostly stands behind.
* Where the separator is a blank, a value runs up to the next `` key=``, and the blanks before that are no part
  of it; with `only_known` only keys of `keys` and `ignored` begin a pair. Where it is another byte, a value
  runs up to it, and what has no key means nothing. A key may have blanks before it.
* A value that begins with ``"`` ends at its closing quote (see `proxyscan.layouts.quotes`) or, in a line that was
  cut short, at the line's end.
* What stands before the first pair is the value of the key ``""``.
* With a `head`, the pairs begin behind the head's columns. CEF's ``\=``, ``\|``, ``\\``, ``\n`` and ``\r`` are
  undone in values; LEEF 2.0 may declare its separator, else it is a TAB.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import Final

from proxyscan.errors import LayoutError, nearest
from proxyscan.frozen import frozen
from proxyscan.layouts.layout import ABSENT_TEXT, DASH, Field, Fields, Text, flat, listed, with_needs
from proxyscan.layouts.quotes import QUOTES, closing, unquoted

HEADS: Final = {"": (b"", 0), "cef": (b"CEF:", 7), "leef": (b"LEEF:", 5)}
"""What a head begins with, and how many ``|`` it has."""

CEF_ESCAPE: Final = re.compile(rb"\\([=|\\nr])")
CEF_BYTES: Final = {b"n": b"\n", b"r": b"\r"}
DECLARED: Final = re.compile(rb"(?:(?:0?x([0-9A-Fa-f]{2}))|([^|]))?\|")
HEAD_PIPE: Final = re.compile(rb"(?:[^|\\]|\\.|\\\Z)*+\|", re.DOTALL)


@frozen
class KeyValue:
    """A line of pairs.

    `keys`: the product's own key → what its value is to us. `holds`: text that must stand in the line.
    `needs` and `lacks`: keys that a line must and must not have. `head`: "cef", "leef" or "". `pipes`: number
    of a column of that head (0 is the one that begins with ``CEF:``) → what it is to us. `ignored`: keys
    without a meaning that `only_known` must know. `assign`: the byte between key and value.
    """

    keys: Mapping[str, Fields]
    separator: bytes = b" "
    quote: str = "backslash"
    holds: bytes = b""
    needs: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    head: str = ""
    pipes: Mapping[int, Fields] = field(default_factory=dict)
    only_known: bool = False
    ignored: tuple[str, ...] = ()
    assign: bytes = b"="
    nulls: tuple[bytes, ...] = DASH

    def __post_init__(self) -> None:
        if self.quote not in QUOTES:
            raise LayoutError(f"key=value: no way to quote is called '{self.quote}'", nearest(self.quote, QUOTES))
        if self.head not in HEADS:
            raise LayoutError(f"key=value: no head is called '{self.head}'", nearest(self.head, HEADS))
        if len(self.separator) != 1 or len(self.assign) != 1 or self.separator in b'"\n\r':
            raise LayoutError("key=value: separator and assign are one byte each", "write for example b'\\t' and b'='")
        if self.pipes and not max(self.pipes) < HEADS[self.head][1]:
            raise LayoutError(f"key=value: a head '{self.head}' has no column {max(self.pipes)}", "the first is 0")

    @cached_property
    def known(self) -> dict[str, Fields]:
        """The keys that mean something, or are needed."""
        return with_needs(self.keys, (*self.needs, *self.lacks))

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the head's columns and of the keys, in their order."""
        return flat((*self.pipes.values(), *self.known.values()))

    @property
    def header_mark(self) -> bytes:
        """No line names columns."""
        return b""

    @cached_property
    def key(self) -> re.Pattern[bytes]:
        """A key and what assigns its value."""
        return re.compile(rb"(%s++)%s" % (self._sign, re.escape(self.assign)))

    @cached_property
    def start(self) -> re.Pattern[bytes]:
        """The same behind a blank or at the line's beginning; within a long word it is not tried at every byte."""
        return re.compile(rb"(?<!%s)%s" % (self._sign, self.key.pattern))

    @cached_property
    def _sign(self) -> bytes:
        return rb"[A-Za-z0-9%s]" % re.escape(b"_.:()-".replace(self.assign, b""))

    @cached_property
    def starting(self) -> frozenset[bytes]:
        """The keys that begin a pair where `only_known` is set."""
        return frozenset(key.encode() for key in (*self.known, *self.ignored))

    def texts(self, line: bytes) -> list[Text] | None:
        """Return the value of each field; None when the line does not fit."""
        head = self._head(line) if self.holds in line else None
        if head is None:
            return None
        columns, place, separator = head
        pairs: dict[str, Text] = {}
        for key, text in self._pairs(line, place, separator):
            pairs.setdefault(key.decode("latin-1"), text)
        if not self._fits(pairs):
            return None
        found = [(columns[number], fields) for number, fields in self.pipes.items()]
        found += [(pairs.get(key, ABSENT_TEXT), fields) for key, fields in self.known.items()]
        return [text for text, fields in found for _ in listed(fields)]

    def _fits(self, pairs: Mapping[str, Text]) -> bool:
        if any(key in pairs for key in self.lacks):
            return False
        return all(key in pairs for key in self.needs) and (
            bool(self.needs) or any(key and key in pairs for key in self.keys)
        )

    def _head(self, line: bytes) -> tuple[list[Text], int, bytes] | None:
        """Return the columns of the head, where the pairs begin, and what separates them; None without a head."""
        mark, pipes = HEADS[self.head]
        place = line.find(mark)
        columns: list[Text] = []
        while len(columns) < pipes:
            match = HEAD_PIPE.match(line, place) if place >= 0 else None
            if not match:
                return None
            columns.append((place, CEF_ESCAPE.sub(_cef, match[0][:-1])))
            place = match.end()
        if self.head == "leef":
            return (columns, *_declared(line, place, columns[0][1], self.separator))
        return columns, place, self.separator

    def _pairs(self, line: bytes, place: int, separator: bytes) -> Iterator[tuple[bytes, Text]]:
        """Yield each key and its value; what stands before the first pair has the key ``b""``."""
        return self._between_blanks(line, place) if separator == b" " else self._separate(line, place, separator)

    def _between_blanks(self, line: bytes, place: int) -> Iterator[tuple[bytes, Text]]:
        key, begin, start = b"", place, self._start(line, place, place)
        while True:
            if key and self._is_quoted(line, begin):
                text, end = self._quoted(line, begin, b" ")
                start = self._start(line, end, place)
            else:
                start = self._start(line, begin, place)
                end = start.start() if start else len(line)
                text = self._plain(line, begin, len(line[:end].rstrip(b" ")))
            yield key, text
            if not start:
                return
            key, begin = start[1], start.end()

    def _start(self, line: bytes, place: int, first: int) -> re.Match[bytes] | None:
        """Return the next key that begins a pair, from `place` on; the pairs begin at `first`."""
        for match in self.start.finditer(line, place):
            behind = match.start() == first or line[match.start() - 1 : match.start()] == b" "
            if behind and (not self.only_known or match[1] in self.starting):
                return match
        return None

    def _separate(self, line: bytes, place: int, separator: bytes) -> Iterator[tuple[bytes, Text]]:
        first = place
        while place <= len(line):
            match = self.key.match(line, len(line) - len(line[place:].lstrip(b" ")))
            if match and self._is_quoted(line, match.end()):
                text, end = self._quoted(line, match.end(), separator)
            else:
                begin = match.end() if match else place
                end = line.find(separator, begin)
                end = len(line) if end < 0 else end
                text = self._plain(line, begin, end)
            if match or place == first:
                yield match[1] if match else b"", text
            place = end + 1

    def _is_quoted(self, line: bytes, place: int) -> bool:
        return self.quote != "none" and not self.head and line.startswith(b'"', place)

    def _quoted(self, line: bytes, place: int, separator: bytes) -> tuple[Text, int]:
        """Return the quoted value that begins at `place`, and where it ends."""
        close = closing(line, place + 1, separator, self.quote)
        end = len(line) if close < 0 else close
        return (place + 1, unquoted(line[place + 1 : end], self.quote)), len(line) if close < 0 else close + 1

    def _plain(self, line: bytes, begin: int, end: int) -> Text:
        text = line[begin : max(begin, end)]
        return begin, CEF_ESCAPE.sub(_cef, text) if self.head == "cef" else text

    def misfit(self, line: bytes) -> str:
        """Say for people why a line does not fit."""
        if self.holds not in line:
            return f"{self.holds.decode('ascii', 'backslashreplace')!r} expected in it"
        head = self._head(line)
        if head is None:
            return f"the head {HEADS[self.head][0].decode()} with its columns expected"
        keys = {key.decode("latin-1") for key, _ in self._pairs(line, *head[1:])}
        if keys & set(self.lacks):
            return f"the key {min(keys & set(self.lacks))} not expected"
        missing = [key for key in self.needs if key not in keys]
        return f"the key {missing[0]} expected" if missing else "one of the known keys expected"

    def bind(self, head: Sequence[bytes]) -> KeyValue:
        """Return the layout itself: each pair says what it is."""
        return self

    def is_directive(self, line: bytes) -> bool:
        """Tell that every line is a request."""
        return False


def _cef(match: re.Match[bytes]) -> bytes:
    return CEF_BYTES.get(match[1], match[1])


def _declared(line: bytes, place: int, version: bytes, separator: bytes) -> tuple[int, bytes]:
    """Return where the pairs of a LEEF line begin, and its separator: LEEF 2.0 may declare one."""
    match = DECLARED.match(line, place) if version.startswith(b"LEEF:2") else None
    if not match:
        return place, separator
    declared = bytes.fromhex(match[1].decode()) if match[1] else match[2]
    return match.end(), declared or separator
