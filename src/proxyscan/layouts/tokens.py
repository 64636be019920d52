"""A template as steps for the short way of `proxyscan.kernels.tokens`, where its fields are tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest
from typing import Any, Final

import numpy as np

from proxyscan.kernels import kinds
from proxyscan.kernels.tokens import CHUNK, MOST, Tokens
from proxyscan.layouts.layout import DASH, Layout, listed
from proxyscan.layouts.program import KINDS
from proxyscan.layouts.sink import Plan
from proxyscan.layouts.template import Literal, Piece, Template

NUMBERS: Final = (kinds.NOTHING, kinds.INTEGER, kinds.SCALED)
VALUES: Final = (*NUMBERS, kinds.WORD, kinds.URL)
"""What the short way makes of a value: of one of kind ``int``, and of any other."""


def tokens_of(layout: Layout, plan: Plan, vocabularies: Any) -> Tokens | None:
    """Return the steps of a template, and room to work in; None where lines must go the long way.

    Each group is one token: its fields have one byte between each two of them. Every column comes of one field, and
    the time is a sum of numbers. `vocabularies`: one a column of codes.
    """
    if not isinstance(layout, Template) or layout.comment or layout.nulls != DASH:
        return None
    groups = list(_groups(layout.pieces))
    if not all(map(_is_token, groups)) or not _are_plain(layout, plan):
        return None
    steps = _steps(groups)
    return Tokens(
        np.concatenate([np.array(steps, np.int64), plan.fields], axis=1),
        vocabularies,
        2 * len(groups),
        np.zeros((CHUNK, 2 * len(groups) + max(MOST, 2 * len(steps))), np.int32),
        np.zeros((len(plan.codes) + 1, CHUNK, 2), np.int32),
        np.zeros(CHUNK, np.uint8),
        np.zeros((CHUNK, 2), np.int32),
    )


def _steps(groups: Sequence[Sequence[Piece]]) -> list[list[int]]:
    """Return for each field where it begins and ends, the end of its token, the byte behind it, and its kind."""
    steps: list[list[int]] = []
    for place, group in enumerate(groups):
        begin, last = 2 * place, 2 * place + 1
        signs = [piece.text[0] for piece in group if isinstance(piece, Literal)]
        kinds_ = [KINDS[listed(piece)[0].kind] for piece in group if not isinstance(piece, Literal)]
        for kind, sign in zip_longest(kinds_, signs, fillvalue=-1):
            end = last if sign < 0 else 2 * (len(groups) + len(steps))
            steps.append([begin, end, last, sign, kind])
            begin = end + 1
    return steps


def _groups(pieces: Sequence[Piece]) -> Iterator[Sequence[Piece]]:
    """Yield what stands between literals of blanks."""
    blanks = [place for place, piece in enumerate(pieces) if isinstance(piece, Literal) and not piece.text.strip(b" ")]
    yield from (pieces[before + 1 : place] for before, place in pairwise([-1, *blanks, len(pieces)]))


def _is_token(group: Sequence[Piece]) -> bool:
    """Tell whether fields and literals of one byte take turns, and no field but a lone one may hold blanks."""
    fields = [listed(piece) for piece in group[::2] if not isinstance(piece, Literal)]
    literals = [piece for piece in group[1::2] if isinstance(piece, Literal) and len(piece.text) == 1]
    turns = len(fields) == len(literals) + 1 and len(fields) + len(literals) == len(group)
    with_blanks = {"clf"} if len(group) == 1 else {"clf", "text"}
    return turns and all(len(each) == 1 and each[0].kind not in with_blanks for each in fields)


def _are_plain(layout: Template, plan: Plan) -> bool:
    """Tell whether the short way knows all values, no column has two sources, and the time is a sum of numbers."""
    if len(plan.fields) != len(layout.fields) or plan.times[1] >= 0:
        return False
    table = plan.fields
    for row, field in zip(table, layout.fields, strict=True):
        if row[kinds.KIND] not in (NUMBERS if field.kind == "int" else VALUES) or row[kinds.SIGN] >= 0:
            return False
        if row[kinds.KIND] == kinds.INTEGER and row[kinds.SCALE] != 1:
            return False
    valued = table[(table[:, kinds.KIND] != kinds.NOTHING) & (table[:, kinds.KIND] != kinds.SCALED)]
    return _each_once(valued) and bool((table[:, kinds.KIND] == kinds.SCALED).any())


def _each_once(table: Any) -> bool:
    """Tell whether each column is filled by one field: numbers, words and spans are counted apart."""
    words = table[np.isin(table[:, kinds.KIND], (kinds.WORD, kinds.URL)), kinds.COLUMN]
    numbers = table[table[:, kinds.KIND] == kinds.INTEGER, kinds.COLUMN]
    urls = table[table[:, kinds.KIND] == kinds.URL]
    filled = [[*words, *urls[:, kinds.SCHEME]], [*numbers, *urls[:, kinds.PORTS]], [*urls[:, kinds.PATHS]]]
    wanted = [[column for column in columns if column >= 0] for columns in filled]
    return all(len(set(columns)) == len(columns) for columns in wanted)
