"""A layout as tables of numbers, which the kernels of `proxyscan.kernels` interpret."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

import numpy as np

from proxyscan.frozen import frozen
from proxyscan.kernels import fields as matcher
from proxyscan.kernels import quotes, rows
from proxyscan.kernels.delimited import Values
from proxyscan.kernels.members import DEEPEST, Members
from proxyscan.kernels.pairs import Pairs
from proxyscan.layouts.delimited import Delimited
from proxyscan.layouts.jsonlines import JsonLines, spellings
from proxyscan.layouts.keyvalue import HEADS, KeyValue
from proxyscan.layouts.layout import Fields, Layout, listed
from proxyscan.layouts.names import Name, as_bytes, key_table, rare_place
from proxyscan.layouts.template import Literal, Piece, Template

KINDS: Final = {
    "int": matcher.INT,
    "code": matcher.CODE,
    "clf": matcher.CLF,
    "word": matcher.WORD,
    "text": matcher.TEXT,
}

QUOTES: Final = {"none": quotes.UNQUOTED, "doubled": quotes.DOUBLED, "backslash": quotes.BACKSLASH}

SIGNS: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
ANY: Final = 1 << 30


@frozen
class Program:
    """What a kernel needs to read the lines of one layout: see `proxyscan.kernels.rows`."""

    kernel: Callable[..., int]
    tables: Any
    comment: Any | None
    header: Any | None


def is_simple(layout: Layout) -> bool:
    """Tell whether the kernels read this layout; other templates need the regular expression."""
    if not isinstance(layout, Template):
        return True
    followers = (*layout.pieces[1:], None)
    pairs = zip(layout.pieces, followers, strict=True)
    return bool(layout.pieces) and all(_is_simple(piece, follower) for piece, follower in pairs)


def _is_simple(piece: Piece, follower: Piece | None) -> bool:
    if isinstance(piece, Literal):
        return bool(piece.text)
    kind = listed(piece)[0].kind
    return kind in KINDS and (kind != "int" or _ends_integer(follower))


def _ends_integer(follower: Piece | None) -> bool:
    """Tell whether ``-`` and digits can only be one number: no digit may begin what stands behind it."""
    if isinstance(follower, Literal):
        return not follower.text[:1].isdigit()
    return follower is None or listed(follower)[0].kind == "text"


def compiled_layout(layout: Layout) -> Program:
    """Return the tables that read the lines of a layout."""
    comment: bytes = getattr(layout, "comment", b"")
    marks = [as_bytes(text) if text else None for text in (comment, layout.header_mark)]
    match layout:
        case Template():
            tables = rows.Pieces(*_pieces(layout.pieces), _shared(layout), layout.tail)
            return Program(rows.read_template, tables, *marks)
        case Delimited():
            return Program(rows.read_delimited, _values(layout), *marks)
        case KeyValue():
            return Program(rows.read_pairs, _pairs(layout), *marks)
        case JsonLines():
            return Program(rows.read_members, _members(layout), *marks)
        case _:
            raise TypeError(f"no kernel reads {type(layout).__name__}")


def _pieces(pieces: tuple[Piece, ...]) -> tuple[Any, Any]:
    """Return the rows of the matcher's program, and its literals with one blank for each run of blanks."""
    table: list[list[int]] = []
    literals = bytearray()
    fields = 0
    for number, piece in enumerate(pieces):
        follower = pieces[number + 1] if number + 1 < len(pieces) else None
        if isinstance(piece, Literal):
            begin = len(literals)
            literals += re.sub(rb" +", b" ", piece.text)
            table.append([matcher.LITERAL, begin, len(literals), 0])
            continue
        stop = follower.text[0] if isinstance(follower, Literal) else ord(" ")
        table.append([KINDS[listed(piece)[0].kind], fields, stop, 0])
        fields += len(listed(piece))
    segment = len(table)
    for row in reversed(range(len(table))):
        table[row][3] = segment
        segment = row if table[row][0] == matcher.TEXT else segment
    return np.array(table, np.int64), as_bytes(bytes(literals) or b"\0")


def _shared(template: Template) -> Any:
    """Return the fields that take their value from the place of another one, and that one."""
    runs = _runs(template.places)
    pairs = [(field, first) for first, count in runs for field in range(first + 1, first + count)]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _runs(columns: Iterable[Fields]) -> list[tuple[int, int]]:
    """Return for each column the number of its first field, and how many it has."""
    counts = [len(listed(fields)) for fields in columns]
    return [(end - count, count) for end, count in zip(accumulate(counts), counts, strict=True)]


def _values(layout: Delimited) -> Values:
    fields = dict(zip(layout.columns, _runs(layout.columns.values()), strict=True))
    columns = np.zeros((len(layout.order), 2), np.int64)
    for name, run in fields.items():
        if name in layout.places:
            columns[layout.places[name]] = run
    absent = [
        first + each for name, (first, count) in fields.items() if name not in layout.places for each in range(count)
    ]
    least, most = layout.counts if layout.bound else (ANY, 0)
    return Values(columns, _numbers(absent), layout.separator[0], QUOTES[layout.quote], least, most)


def _pairs(layout: KeyValue) -> Pairs:
    runs = _runs((*layout.pipes.values(), *layout.known.values()))
    pipes = np.zeros((8, 2), np.int64)
    for number, run in zip(layout.pipes, runs, strict=False):
        pipes[number] = run
    fields = dict(zip(layout.known, runs[len(layout.pipes) :], strict=True))
    names = [Name(0, key.encode("latin-1", "replace"), *run) for key, run in fields.items()]
    names += [Name(0, key.encode(), 0, 0) for key in layout.ignored]
    signs = np.zeros(256, np.bool_)
    signs[list(SIGNS + b"_.:()-".replace(layout.assign, b""))] = True
    mark, count = HEADS[layout.head]
    return Pairs(
        keys=key_table(names),
        before=list(fields).index("") if "" in fields else -1,
        signs=signs,
        assign=layout.assign[0],
        separator=layout.separator[0],
        quote=quotes.UNQUOTED if layout.head else QUOTES[layout.quote],
        only_known=layout.only_known,
        text=as_bytes(layout.holds),
        rare=rare_place(layout.holds),
        head=count,
        mark=as_bytes(mark),
        pipes=pipes,
        **_demands(fields, layout),
    )


def _members(layout: JsonLines) -> Members:
    fields = dict(zip(layout.known, _runs(layout.known.values()), strict=True))
    bare = np.zeros(256, np.bool_)
    bare[list(SIGNS + b"+.-")] = True
    return Members(
        keys=key_table(_tree(fields)),
        bare=bare,
        nodes=np.zeros(DEEPEST + 2, np.int64),
        counts=np.zeros(DEEPEST + 2, np.int64),
        text=as_bytes(layout.holds),
        rare=rare_place(layout.holds),
        **_demands(fields, layout),
    )


def _tree(fields: Mapping[str, tuple[int, int]]) -> list[Name]:
    """Return the names on the ways to each path: see `proxyscan.layouts.jsonlines.spellings`."""
    nodes: dict[tuple[bytes, ...], int] = {(): 0}
    paths = {way: run for path, run in fields.items() for way in spellings(path)}
    ways = list(dict.fromkeys(path[:length] for path in paths for length in range(1, len(path) + 1)))
    for way in ways:
        if any(path[: len(way)] == way and path != way for path in paths):
            nodes[way] = len(nodes)
    return [Name(nodes[way[:-1]], way[-1], *paths.get(way, (0, 0)), nodes.get(way, -1)) for way in ways]


def _demands(fields: Mapping[str, tuple[int, int]], layout: KeyValue | JsonLines) -> dict[str, Any]:
    """Return the fields that must be there, of which one must be there, and that must not be there."""
    some = () if layout.needs else tuple(key for key in layout.keys if key or isinstance(layout, JsonLines))
    names = {"needs": layout.needs, "lacks": layout.lacks, "some": some}
    return {name: _numbers([fields[key][0] for key in keys]) for name, keys in names.items()}


def _numbers(numbers: Sequence[int]) -> Any:
    return np.array(numbers, np.int64)
