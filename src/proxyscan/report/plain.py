"""A report as plain values, for programs: JSON whole, CSV tidy (a figure a line)."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from proxyscan import __version__
from proxyscan.report.section import Figures, Section
from proxyscan.report.words import visible
from proxyscan.write import FORMULA

if TYPE_CHECKING:
    from proxyscan.report.answer import Answer

TIDY: Final = ("section", "figures", "row", "column", "value", "unit")
"""The columns of the CSV file."""


def as_json(answer: Answer) -> str:
    """Return a report as JSON: the figures as they are, null where unknown; what a terminal acts on is escaped."""
    text = json.dumps(to_dict(answer), indent=2, ensure_ascii=False, allow_nan=False)
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text) + "\n"


def to_dict(answer: Answer) -> dict[str, Any]:
    """Return a report as plain values, as docs/report.md describes them."""
    return {
        "title": answer.title,
        "period": answer.period,
        "proxyscan": __version__,
        "sections": [_section(each) for each in answer.sections],
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "key": section.key,
        "title": section.title,
        "sentences": list(section.sentences),
        "figures": [_figures(each) for each in section.figures],
        "notes": list(section.notes),
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "title": figures.title,
        "says": figures.says,
        "columns": [{"name": each.name, "title": each.title, "unit": each.unit} for each in figures.columns],
        "rows": list(rows(figures)),
    }


def rows(figures: Figures) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table by the names of its columns; texts, whole numbers, other numbers, None if unknown."""
    for place in range(len(figures.rows)):
        row = figures.rows.iloc[place]
        yield {each.name: value(row[each.name]) for each in figures.columns}


def value(found: Any) -> str | int | float | None:
    """Return a value of a table as a plain one.

    >>> value(pd.NA), value(3.0), value(0.25), value("x")
    (None, 3, 0.25, 'x')
    """
    if pd.isna(found):
        return None
    if isinstance(found, str) or not pd.api.types.is_number(found):
        return str(found)
    number: Any = found  # of pandas, numpy or Python
    if not math.isfinite(number):
        return None
    return int(number) if float(number).is_integer() else float(number)


def as_csv(answer: Answer) -> str:
    """Return all figures of a report as CSV: one a line, with the section, table, row and column that it stands in.

    A text that a spreadsheet would run as a formula gets a leading ``'``.
    """
    stream = io.StringIO(newline="")
    out = csv.writer(stream, lineterminator="\n")
    out.writerow(TIDY)
    for section in answer.sections:
        for figures in section.figures:
            out.writerows([_harmless(section.key), _harmless(figures.title), *cells] for cells in _tidy(figures))
    return stream.getvalue()


def _tidy(figures: Figures) -> Iterator[list[Any]]:
    for name, row in zip(names(figures), rows(figures), strict=True):
        for column in figures.columns[figures.columns[0].unit == "text" :]:
            found = row[column.name]
            yield [
                _harmless(name),
                _harmless(column.title),
                _harmless(found) if isinstance(found, str) else found,
                column.unit,
            ]


def names(figures: Figures) -> list[str]:
    """Return a name for each row of a table: its first text, where that names several rows its leading texts."""
    leading: list[list[str]] = []
    for column in figures.columns:
        if column.unit != "text":
            break
        leading.append([column.words(each) for each in figures.rows[column.name]])
    leading = leading or [[""] * len(figures.rows)]
    for texts in (leading[0], list(map(", ".join, zip(*leading, strict=True)))):
        if len({*texts}) == len(texts):
            return texts
    seen: Counter[str] = Counter()
    numbered = []
    for text in texts:
        seen[text] += 1
        numbered.append(f"{text} ({seen[text]})" if seen[text] > 1 else text)
    return numbered


def _harmless(text: str) -> str:
    shown = visible(text)
    return f"'{shown}" if re.match(FORMULA, shown) else shown
