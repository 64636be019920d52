"""The seam between the readers and the layouts: what each layout tells of a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from proxyscan.errors import LayoutError, nearest
from proxyscan.frozen import frozen

DASH: Final = (b"-",)
"""The words for "the log does not say" that most products write; nothing at all always means that."""

TIMES: Final = frozenset(
    {"seconds", "ms", "fixed", "epoch", "instant", "clf", "datetime", "asctime", "syslog", "date", "clock", "zone"}
)
"""The types of fields whose column is ``time``."""

NUMBERS: Final = frozenset({"int", "duration_s", "duration_us", "duration_ns"})
"""The types of fields whose column holds numbers."""

TYPES: Final = TIMES | NUMBERS | {"text", "url", "url_host", "host", "address", "path"}
"""What a field's bytes may be; `proxyscan.layouts.read` tells what each type means."""

LONGEST_DIVIDER: Final = 4
"""How many bytes may divide a value into parts."""

Text = tuple[int, bytes]
"""Where in the line a value begins, and its bytes without quotes and escapes."""

ABSENT_TEXT: Final[Text] = (-1, b"")


@frozen
class Field:
    """A place for a value.

    `name` is the column (empty: a field without meaning); `kind` how its end is found in a template;
    `type` how its bytes become a value (see `proxyscan.layouts.read`). `part` takes one part of the
    value only: the bytes any of which divides it, and the part's number (0 is the first), so that ``TCP_MISS/200``
    gives two columns.
    """

    name: str
    kind: str = "word"
    type: str = "text"
    part: tuple[bytes, int] | None = None

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            raise LayoutError(f"field {self.name}: no type is called '{self.type}'", nearest(self.type, TYPES))
        if self.part and (not 1 <= len(self.part[0]) <= LONGEST_DIVIDER or self.part[1] < 0):
            raise LayoutError(f"field {self.name}: the part {self.part} cannot be", 'write for example (b"/", 0)')


Fields = Field | tuple[Field, ...]


class Layout(Protocol):
    """How lines are laid out."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields, in the order in which `texts` tells their values."""

    @property
    def nulls(self) -> tuple[bytes, ...]:
        """The words that mean "the log does not say"."""

    @property
    def header_mark(self) -> bytes:
        """What a header begins with: a line that names the columns of those behind it; empty for none."""

    def texts(self, line: bytes) -> Sequence[Text] | None:
        """Return the value of each field, `ABSENT_TEXT` for one that the line lacks; None when it does not fit."""

    def misfit(self, line: bytes) -> str:
        """Say for people why a line does not fit."""

    def bind(self, head: Sequence[bytes]) -> Layout:
        """Return the layout as the last header among some lines says; itself when none of them is one."""

    def is_directive(self, line: bytes) -> bool:
        """Tell whether a line says something about the log and is no request."""


def flat(columns: Iterable[Fields]) -> tuple[Field, ...]:
    """Return the fields of all columns, one behind the other."""
    return tuple(field for fields in columns for field in listed(fields))


def listed(fields: Fields) -> tuple[Field, ...]:
    """Return one field or several as a tuple."""
    return (fields,) if isinstance(fields, Field) else fields


def with_needs(columns: Mapping[str, Fields], needs: Iterable[str]) -> dict[str, Fields]:
    """Return the columns, and those whose being there matters but not their value."""
    return {**columns, **{name: Field("") for name in needs if name not in columns}}
