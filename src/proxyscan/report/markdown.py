"""A report as Markdown (GitHub's kind, with tables); foreign text in it marks nothing up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from proxyscan.report.section import Column, Figures, Section
from proxyscan.report.words import visible

if TYPE_CHECKING:
    from proxyscan.report.answer import Answer

MARKS: Final = re.compile(r"[\\`*_\[\]<>|~&$]|:(?=//)|(?<=www)\.|(?<=WWW)\.", re.IGNORECASE)
"""What begins a mark, an entity, a formula, or a link that needs no mark."""

AT_THE_BEGINNING: Final = re.compile(r"^([#+=-]|\d+(?=[.)]))")
"""What makes a heading, a list or a rule of a line that begins with it."""


def as_markdown(answer: Answer) -> str:
    """Return a report as Markdown."""
    parts = [f"# {plain(answer.title)}", plain(answer.period)]
    for section in answer.sections:
        parts += _section(section)
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(section: Section) -> Iterator[str]:
    if section.title:
        yield f"## {plain(section.title)}"
    yield from map(plain, section.sentences)
    for figures in section.figures:
        if figures.title:
            yield f"### {plain(figures.title)}"
        yield plain(figures.says)
        if len(figures.rows):
            yield table(figures)
    yield "\n".join(f"- {plain(note)}" for note in section.notes)


def table(figures: Figures) -> str:
    """Return figures as a table; numbers stand to the right."""
    lines = [[inline(column.title) for column in figures.columns]]
    lines.append(["---" if column.unit == "text" else "---:" for column in figures.columns])
    for place in range(len(figures.rows)):
        row = figures.rows.iloc[place]
        lines.append([_cell(column, row[column.name]) for column in figures.columns])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(column: Column, value: object) -> str:
    return inline(column.words(value))


def plain(text: str) -> str:
    r"""Return text so that it stands in Markdown as it is.

    >>> print(plain("<b>*a*|b"), plain("# http://x"), plain("1. one"))
    \<b\>\*a\*\|b \# http\://x 1\. one
    """
    marked = MARKS.sub(lambda mark: f"\\{mark[0]}", visible(text).strip())
    begin = AT_THE_BEGINNING.match(marked)
    if not begin:
        return marked
    return f"{begin[0]}\\{marked[begin.end() :]}" if begin[0].isdigit() else f"\\{marked}"


def inline(text: str) -> str:
    """Return text so that it stands inside a line as it is."""
    return MARKS.sub(lambda mark: f"\\{mark[0]}", visible(text).strip())
