r"""Lines written from a template such as Squid's ``logformat``: literal text with fields between.

The rules of matching, which every reader of this layout keeps:

* A literal's blank stands for one or more blanks; its other bytes stand for themselves.
* A field of kind ``int`` is an optional minus and digits, with blanks before it allowed; ``code`` is
  capital letters, digits and ``_``; ``clf`` is a time of 26 bytes such as ``23/Nov/2026:08:24:29 +0000``;
  ``word`` runs up to a blank or to the first byte of the literal behind it. All of these are never empty.
  An ``int`` may also be a lone ``-``.
* A field of kind ``text`` may hold anything. It ends at the first place where all fields and literals
  up to the next ``text`` (or to the line's end) fit; that choice is final.
* With `tail`, a line may go on with `` [...]`` (Squid's ``log_mime_hdrs``).

So a user name with blanks and a quote inside a quoted user agent do not shift the columns, and the
time for a line stays bounded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from proxyscan.errors import LogformatError
from proxyscan.frozen import frozen
from proxyscan.layouts.layout import DASH, Field, Fields, Text, flat, listed

KIND_PATTERN: Final = {
    "int": rb" *+(-?[0-9]++|-)",
    "code": rb"([A-Z0-9_]++)",
    "clf": rb"([0-9]{2}/[A-Za-z]{3}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4})",
}


@frozen
class Literal:
    """Text that stands in every line."""

    text: bytes


Piece = Literal | Fields
"""Text, or a place: several fields may take their values from the same place, whose end the first one tells."""


@frozen
class Template:
    """A line's pieces in their order.

    `tail` allows Squid's header dump at the end; `comment` is what lines begin with that are no requests.
    """

    pieces: tuple[Piece, ...]
    tail: bool = False
    comment: bytes = b""
    nulls: tuple[bytes, ...] = DASH

    def __post_init__(self) -> None:
        for left, right in zip(self.pieces, self.pieces[1:], strict=False):
            if isinstance(left, Literal) or isinstance(right, Literal):
                continue
            first, second = listed(left)[0], listed(right)[0]
            if first.kind not in ("int", "clf"):
                raise LogformatError(
                    f"nothing stands between the fields {first.name or '?'} and {second.name or '?'}",
                    "write a blank or another sign between them, so that one can tell where the first ends",
                )

    @cached_property
    def places(self) -> tuple[Fields, ...]:
        """The places for values in the line's order."""
        return tuple(piece for piece in self.pieces if not isinstance(piece, Literal))

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields in the line's order."""
        return flat(self.places)

    @cached_property
    def pattern(self) -> re.Pattern[bytes]:
        """The template as a regular expression; group *i* is place *i*."""
        segments: list[list[bytes]] = [[]]
        for piece, follower in zip(self.pieces, (*self.pieces[1:], None), strict=True):
            if not isinstance(piece, Literal) and listed(piece)[0].kind == "text":
                segments.append([])
            segments[-1].append(_expression(piece, follower))
        segments[-1].append(rb"(?: \[.*\])?\Z" if self.tail else rb"\Z")
        return re.compile(b"".join(b"(?>%s)" % b"".join(parts) for parts in segments if parts), re.DOTALL)

    @property
    def header_mark(self) -> bytes:
        """No line names columns."""
        return b""

    def texts(self, line: bytes) -> list[Text] | None:
        """Return the value of each field; None when the line does not fit."""
        match = self.pattern.match(line)
        groups = [group for group, place in enumerate(self.places, 1) for _ in listed(place)]
        return [(match.start(group), match[group]) for group in groups] if match else None

    def bind(self, head: Sequence[bytes]) -> Template:
        """Return the template itself: it says where everything is."""
        return self

    def is_directive(self, line: bytes) -> bool:
        """Tell whether a line is a comment."""
        return bool(self.comment) and line.startswith(self.comment)

    def misfit(self, line: bytes) -> str:
        """Say where `line` stops fitting, for people: the field or text that was expected there."""
        for count in range(len(self.pieces), 0, -1):
            shorter = Template(self.pieces[:count]).pattern.pattern.removesuffix(rb"\Z)") + b")"
            match = re.match(shorter, line, re.DOTALL)
            if match:
                rest = self.pieces[count] if count < len(self.pieces) else None
                return f"{_expected(rest)} expected at byte {match.end()}"
        return f"{_expected(self.pieces[0])} expected at its beginning"


def _expression(piece: Piece, follower: Piece | None) -> bytes:
    if isinstance(piece, Literal):
        return re.sub(rb"(?:\\ )+", rb" ++", re.escape(piece.text))
    kind = listed(piece)[0].kind
    if kind == "text":
        return rb"(.*?)"
    if kind in KIND_PATTERN:
        return KIND_PATTERN[kind]
    stop = re.escape(follower.text[:1]) if isinstance(follower, Literal) else b" "
    return rb"([^ %s]++)" % stop if stop != rb"\ " else rb"([^ ]++)"


def _expected(piece: Piece | None) -> str:
    if piece is None:
        return "the end of the line"
    if isinstance(piece, Literal):
        return repr(piece.text.decode("ascii", "backslashreplace"))
    field = listed(piece)[0]
    return {"int": "a number", "code": "a word in capitals", "clf": "a time"}.get(field.kind, "a word") + (
        f" ({field.name})" if field.name else ""
    )
