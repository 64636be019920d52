"""The report as one page for people: no script, no request, charts as SVG, every chart with its table."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd

from proxyscan import __version__
from proxyscan.errors import ProxyscanError
from proxyscan.privacy import MIN_USERS
from proxyscan.report import charts
from proxyscan.report.answer import TITLE, UTC, Answer, answer
from proxyscan.report.section import Column, Figures, Section
from proxyscan.report.words import shortened, visible
from proxyscan.summary import Summary

FOLDER: Final = Path(__file__).parent
LONGEST: Final = 2000
LONGEST_CELL: Final = 160
"""Characters that are shown of a sentence and of a cell: names in logs may be of any length."""

UNIT_APART: Final = re.compile(r"(?<=\d) (?=(?:%|k?B|[MGTP]B|Mbit/s)(?!\w))")
"""The blank between a figure and its unit, at which no line is to end."""

ROWS: Final = 20
"""Rows that are shown of a table at once; the others open below."""

FEW_ROWS: Final = 8
MANY_TABLES: Final = 4
"""Of so many tables of more rows than a few, only the first is seen at once."""

FOLDED: Final = ("time", "week")
"""Drawings whose tables are opened by who wants them."""

NARROW_UNTIL: Final = 460
"""Width of a drawing of the week, two of which stand side by side."""


def render(
    summary: Summary,
    *,
    line: float | None = None,
    zone: tzinfo = UTC,
    title: str = TITLE,
    made: Mapping[str, str] | None = None,
    min_users: int = MIN_USERS,
) -> str:
    """Return the page that says what a summary says of social media; the arguments are those of `answer`.

    The same arguments give the same page. Raises `ProxyscanError` where the extra ``report`` is not installed.
    """
    return page(answer(summary, line=line, zone=zone, title=title, made=made, min_users=min_users))


def page(found: Answer) -> str:
    """Return the page of an answer."""
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    headline, *sections = [_shown(section) for section in found.sections]
    text: str = _template().render(
        title=found.title,
        period=found.period,
        headline=headline,
        tiles=_tiles(found.sections[0]),
        sections=sections,
        style=_markup(style),
        digest=digest,
        version=__version__,
    )
    return text


@dataclass(frozen=True)
class Shown:
    """Figures as the page shows them: `wide` and `narrow` drawings, and rows of cells as words.

    `later`: whether they are one of many tables of a section, and opened by who wants them.
    """

    key: str
    figures: Figures
    wide: Any
    narrow: Any
    rows: tuple[tuple[str, ...], ...]
    later: bool

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Tell which columns hold numbers."""
        return tuple(each.unit != "text" for each in self.figures.columns)

    @property
    def folded(self) -> bool:
        """Tell whether the drawing is seen first, the table on request."""
        return bool(self.wide) and self.figures.chart in FOLDED

    @property
    def first_rows(self) -> tuple[tuple[str, ...], ...]:
        """Return the rows that are seen at once: all, but of a long table."""
        return () if self.folded or self.later else self.rows if len(self.rows) <= ROWS + 5 else self.rows[:ROWS]


@dataclass(frozen=True)
class ShownSection:
    """A section with its figures as the page shows them."""

    section: Section
    figures: tuple[Shown, ...]


def _shown(section: Section) -> ShownSection:
    plain = [each for each in section.figures if not each.chart and len(each.rows) > FEW_ROWS]
    later = plain[1:] if len(plain) >= MANY_TABLES else []
    figures = (
        _shown_figures(f"{section.key}-{place}", each, any(each is other for other in later))
        for place, each in enumerate(section.figures, 1)
    )
    return ShownSection(section, tuple(figures))


def _shown_figures(key: str, figures: Figures, later: bool) -> Shown:
    width = NARROW_UNTIL if figures.chart == "week" else charts.WIDE
    wide, narrow = (_drawing(figures, each) for each in (width, charts.NARROW))
    cells = ([_cell(each, value) for value in figures.rows[each.name].tolist()] for each in figures.columns)
    return Shown(key, figures, wide, narrow, tuple(zip(*cells, strict=True)), later)


def _cell(column: Column, value: Any) -> str:
    return shortened(column.words(value), LONGEST_CELL)


def _drawing(figures: Figures, width: int) -> Any:
    return _markup(charts.draw(figures, width))


def _tiles(headline: Section) -> list[tuple[str, str]]:
    """Return the figures of the headline that are known, as figure and what it is."""
    return [
        (each.words(figures.rows[each.name].iloc[0]), each.title)
        for figures in headline.figures
        for each in figures.columns
        if len(figures.rows) and pd.notna(figures.rows[each.name].iloc[0])
    ]


@cache
def _style() -> str:
    return (FOLDER / "page.css").read_text(encoding="utf-8")


@cache
def _template() -> Any:
    jinja = _jinja()
    environment = jinja.Environment(
        autoescape=True, undefined=jinja.StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_safe
    )
    return environment.from_string((FOLDER / "page.html").read_text(encoding="utf-8"))


def _safe(value: Any) -> Any:
    """Return a text with no character that acts, and not too long; autoescape then does away with all markup."""
    if type(value) is not str:
        return value
    return UNIT_APART.sub("\u00a0", shortened(visible(value), LONGEST))


def _markup(text: str) -> Any:
    """Return text that is markup already: the style sheet and cleaned drawings, nothing else."""
    _jinja()
    from markupsafe import Markup

    return Markup(text)


def _jinja() -> Any:
    try:
        import jinja2
    except ModuleNotFoundError as problem:
        raise ProxyscanError(
            f"a page needs a package that is not installed: {problem.name}", "pip install 'proxyscan[report]'"
        ) from problem
    return jinja2
