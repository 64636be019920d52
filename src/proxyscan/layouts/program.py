"""A template as tables of numbers, which the kernels of `proxyscan.kernels` interpret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

import numpy as np

from proxyscan.kernels import fields as matcher
from proxyscan.kernels import rows
from proxyscan.layouts.layout import Field, Layout, listed
from proxyscan.layouts.template import Literal, Piece, Template

KINDS: Final = {
    "int": matcher.INT,
    "code": matcher.CODE,
    "clf": matcher.CLF,
    "word": matcher.WORD,
    "text": matcher.TEXT,
}

NEEDED_KIND: Final = {"int": "int", "seconds": "int", "ms": "int", "clf": "clf"}
"""Types whose values can be read from fields of one kind only."""

TYPES: Final = {"text", "int", "seconds", "ms", "fixed", "clf", "url", "url_host", "host"}
TIMES: Final = {"seconds", "ms", "fixed", "clf"}
MILLISECONDS: Final = {"seconds": 1000, "ms": 1}
PARTS: Final = ("scheme", "host", "port", "path")
NOWHERE: Final = -1


@dataclass(frozen=True)
class Program:
    """The tables of one template, and the columns by their numbers in them.

    `pieces`, `literals`: see `proxyscan.kernels.fields`. `values`: see `proxyscan.kernels.rows`.
    """

    pieces: Any
    literals: Any
    values: Any
    numbers: tuple[str, ...]
    codes: tuple[str, ...]
    spans: tuple[str, ...]
    time: int
    tail: bool


def is_simple(template: Layout) -> TypeGuard[Template]:
    """Tell whether the kernels read this template; others need the regular expression."""
    if not isinstance(template, Template) or template.comment or any(map(_is_shared, template.pieces)):
        return False
    columns = [field.name for field in template.fields if field.name]
    if any(columns.count(name) > 1 for name in columns if name != "time"):
        return False
    followers = (*template.pieces[1:], None)
    pairs = zip(template.pieces, followers, strict=True)
    return bool(template.pieces) and all(_is_simple(piece, follower) for piece, follower in pairs)


def _is_shared(piece: Piece) -> bool:
    return isinstance(piece, tuple)


def _is_simple(piece: Piece, follower: Piece | None) -> bool:
    if isinstance(piece, Literal):
        return bool(piece.text)
    if isinstance(piece, tuple) or piece.part or piece.kind not in KINDS or piece.type not in TYPES:
        return False
    if piece.kind != NEEDED_KIND.get(piece.type, piece.kind):
        return False
    if (piece.name == "time") != (piece.type in TIMES) and piece.name:
        return False
    return piece.kind != "int" or _ends_integer(follower)


def _ends_integer(follower: Piece | None) -> bool:
    """Tell whether ``-`` and digits can only be one number: no digit may begin what stands behind it."""
    if isinstance(follower, Literal):
        return not follower.text[:1].isdigit()
    return follower is None or listed(follower)[0].kind == "text"


def compile_template(template: Template, stores: Mapping[str, str], vocabularies: Iterable[str]) -> Program:
    """Return the tables that read a simple template's columns named in `stores`."""
    numbers = tuple(name for name, store in stores.items() if store == "int")
    spans = tuple(name for name, store in stores.items() if store == "span")
    codes = tuple(name for name in stores if name not in numbers and name not in spans)
    places = {name: place for names in (numbers, spans, codes) for place, name in enumerate(names)}
    words = {name: number for number, name in enumerate(vocabularies)}
    values = [_value(field, stores, places, words) for field in template.fields]
    table = np.array([row + [NOWHERE] * (7 - len(row)) for row in values], np.int64).reshape(-1, 7)
    time = places.get("time", NOWHERE)
    return Program(*_pieces(template.pieces), table, numbers, codes, spans, time, template.tail)


def _value(field: Field, stores: Mapping[str, str], places: Mapping[str, int], words: Mapping[str, int]) -> list[int]:
    if not field.name:
        return [rows.NOTHING]
    place = places.get(field.name, NOWHERE)
    match field.type:
        case "int":
            return [rows.INTEGER, place]
        case "seconds" | "ms":
            return [rows.SCALED, MILLISECONDS[field.type]]
        case "fixed" | "clf":
            return [rows.FIXED if field.type == "fixed" else rows.STAMP]
        case "url":
            columns = [places.get(name, NOWHERE) for name in PARTS]
            wanted = any(column != NOWHERE for column in columns)
            return [rows.URL, *columns, *(words.get(name, NOWHERE) for name in PARTS[:2])] if wanted else [rows.NOTHING]
        case _ if place == NOWHERE:
            return [rows.NOTHING]
        case "url_host":
            return [rows.URL_HOST, place, words["host"]]
        case _:
            return [rows.WORD, place, words[stores[field.name]]]


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
        fields += 1
    segment = len(table)
    for row in reversed(range(len(table))):
        table[row][3] = segment
        segment = row if table[row][0] == matcher.TEXT else segment
    return np.array(table, np.int64), np.frombuffer(bytes(literals) or b"\0", np.uint8)
