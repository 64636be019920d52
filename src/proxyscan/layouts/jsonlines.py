r"""Lines that are JSON objects, read by the paths of their members.

The rules, which every reader of this layout keeps:

* A line is one object, with white space (blank, TAB, CR) around it allowed. Of its syntax, brackets, commas,
  colons and quotes must be right; a value that is no text, object or array is a run of letters, digits and
  ``+-.``; nothing may lie deeper than `DEEPEST`.
* A path joins the names of members with dots; an element of an array is named by its number from 0. A member
  of the line's own object may also bear the whole path as its name (``"http.status": 200``), and a member of an
  object in that all that is left of it (``"http": {"id.orig_h": "10.1.2.3"}``). A name with a backslash is never known.
* ``null``, an object and an array mean that the line does not say; of equal members the first counts.
* In texts the escapes of RFC 8259 are undone; half of a surrogate pair becomes U+FFFD, what is no escape stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Final

from proxyscan.frozen import frozen
from proxyscan.layouts.layout import ABSENT_TEXT, DASH, Field, Fields, Text, flat, listed, with_needs

DEEPEST: Final = 32

SPACE: Final = re.compile(rb"[ \t\r]*")
STRING: Final = re.compile(rb'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
BARE: Final = re.compile(rb"[A-Za-z0-9+.-]++")
ESCAPE: Final = re.compile(
    rb'\\(?:u(?P<code>[0-9A-Fa-f]{4})(?:\\u(?P<low>[Dd][C-Fc-f][0-9A-Fa-f]{2}))?|(?P<sign>["\\/bfnrt]))'
)
SIGNS: Final = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}

Path = tuple[bytes, ...]


class _BrokenError(ValueError):
    """The line is no JSON object."""


@frozen
class JsonLines:
    """A line that is an object.

    `keys`: path → what that member is to us. `holds`: text that must stand in the line. `needs` and
    `lacks`: paths of members that a line must and must not have.
    """

    keys: Mapping[str, Fields]
    holds: bytes = b""
    needs: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    nulls: tuple[bytes, ...] = DASH

    @cached_property
    def known(self) -> dict[str, Fields]:
        """The paths that mean something, or are needed."""
        return with_needs(self.keys, (*self.needs, *self.lacks))

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the paths, in their order."""
        return flat(self.known.values())

    @property
    def header_mark(self) -> bytes:
        """No line names columns."""
        return b""

    @cached_property
    def paths(self) -> dict[Path, str]:
        """The names on the way to each known member → its path."""
        return {names: path for path in self.known for names in spellings(path)}

    def texts(self, line: bytes) -> list[Text] | None:
        """Return the value of each field; None when the line does not fit."""
        members = self._members(line)
        if members is None or self.holds not in line or not self._fits(members):
            return None
        return [members.get(path, ABSENT_TEXT) for path, fields in self.known.items() for _ in listed(fields)]

    def _fits(self, members: Mapping[str, Text]) -> bool:
        if any(path in members for path in self.lacks):
            return False
        return all(path in members for path in self.needs) and (
            bool(self.needs) or any(path in members for path in self.keys)
        )

    def _members(self, line: bytes) -> dict[str, Text] | None:
        """Return path → value of every member that says something; None when the line is no object."""
        scan = _Scan(line, self.paths, {})
        try:
            place = scan.object(scan.space(0), ())
        except _BrokenError:
            return None
        return scan.members if scan.space(place) == len(line) else None

    def misfit(self, line: bytes) -> str:
        """Say for people why a line does not fit."""
        members = self._members(line)
        if members is None:
            return "a JSON object expected"
        if self.holds not in line:
            return f"{self.holds.decode('ascii', 'backslashreplace')!r} expected in it"
        unwanted = [path for path in self.lacks if path in members]
        if unwanted:
            return f"the member {unwanted[0]} not expected"
        missing = [path for path in self.needs if path not in members]
        return f"the member {missing[0]} expected" if missing else "one of the known members expected"

    def bind(self, head: Sequence[bytes]) -> JsonLines:
        """Return the layout itself: each member says what it is."""
        return self

    def is_directive(self, line: bytes) -> bool:
        """Tell that every line is a request."""
        return False


@dataclass
class _Scan:
    """One line being read: `paths` are known, `members` what was found of them."""

    line: bytes
    paths: Mapping[Path, str]
    members: dict[str, Text]

    def space(self, place: int) -> int:
        """Return where the white space at `place` ends."""
        match = SPACE.match(self.line, place)
        return match.end() if match else place

    def expect(self, place: int, sign: bytes) -> int:
        """Return the place behind a sign that must stand at `place`, and behind the white space after it."""
        if not self.line.startswith(sign, place):
            raise _BrokenError
        return self.space(place + 1)

    def string(self, place: int) -> re.Match[bytes]:
        """Return the string that must stand at `place`."""
        match = STRING.match(self.line, place)
        if not match:
            raise _BrokenError
        return match

    def object(self, place: int, path: Path) -> int:
        """Gather the members of the object at `place` and return where it ends."""
        place = self.expect(place, b"{")
        if self.line.startswith(b"}", place):
            return place + 1
        while True:
            name = self.string(place)
            place = self.expect(self.space(name.end()), b":")
            place = self.space(self.value(place, (*path, name[1])))
            if self.line.startswith(b"}", place):
                return place + 1
            place = self.expect(place, b",")

    def array(self, place: int, path: Path) -> int:
        """Gather the elements of the array at `place` and return where it ends."""
        place = self.expect(place, b"[")
        if self.line.startswith(b"]", place):
            return place + 1
        for number in count():
            place = self.space(self.value(place, (*path, b"%d" % number)))
            if self.line.startswith(b"]", place):
                break
            place = self.expect(place, b",")
        return place + 1

    def value(self, place: int, path: Path) -> int:
        """Gather the value at `place` and return where it ends."""
        nested = {b"{": self.object, b"[": self.array}.get(self.line[place : place + 1])
        if nested:
            if len(path) > DEEPEST:
                raise _BrokenError
            return nested(place, path)
        bare = BARE.match(self.line, place)
        text = bare or self.string(place)
        if path in self.paths and not (bare and bare[0] == b"null"):
            value = (place, bare[0]) if bare else (place + 1, ESCAPE.sub(_unescaped, text[1]))
            self.members.setdefault(self.paths[path], value)
        return text.end()


def spellings(path: str) -> list[Path]:
    """Return the ways to a member that a path means: each name by itself, the first apart, all as one name.

    >>> spellings("http.id.orig_h")
    [(b'http', b'id', b'orig_h'), (b'http', b'id.orig_h'), (b'http.id.orig_h',)]
    """
    text = path.encode()
    return list(dict.fromkeys((tuple(text.split(b".")), tuple(text.split(b".", 1)), (text,))))


def _unescaped(match: re.Match[bytes]) -> bytes:
    if match["sign"]:
        return SIGNS.get(match["sign"], match["sign"])
    code, low = int(match["code"], 16), match["low"]
    if low and 0xD800 <= code < 0xDC00:
        return chr(0x10000 + ((code - 0xD800) << 10) + int(low, 16) - 0xDC00).encode()
    text = "\N{REPLACEMENT CHARACTER}" if 0xD800 <= code < 0xE000 else chr(code)
    return (text + ("\N{REPLACEMENT CHARACTER}" if low else "")).encode()
