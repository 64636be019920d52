"""A report as a workbook (.xlsx): the sentences on the first sheet, then a sheet for each table."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from proxyscan.errors import ProxyscanError
from proxyscan.report.plain import value
from proxyscan.report.section import Column, Figures, Section, Unit
from proxyscan.report.words import visible

if TYPE_CHECKING:
    from proxyscan.report.answer import Answer

FORMATS: Final[dict[Unit, str]] = {
    "text": "@",
    "count": "#,##0",
    "bytes": "#,##0",
    "share": "0.0%",
    "rate": "#,##0.000",
    "number": "#,##0.00",
}
TITLES: Final[dict[Unit, str]] = {"bytes": " (bytes)", "rate": " (Mbit/s)"}
"""What a column's title says of its unit, as the numbers stand without it."""

CELL: Final = 32_767
NAME: Final = 31
"""The most characters of a cell, and of a sheet's name."""

FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\]")
"""Characters that no sheet's name may have."""

CREATED: Final = datetime(1980, 1, 1)
"""What the file gives as its time, so that one report is one file."""

TEXTS_ARE_TEXTS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def as_workbook(answer: Answer) -> bytes:
    """Return a report as the bytes of an .xlsx file; raises `ProxyscanError` where its library is missing."""
    try:
        import xlsxwriter
    except ModuleNotFoundError as problem:
        raise ProxyscanError(
            "cannot write .xlsx files: xlsxwriter is missing", "pip install 'proxyscan[report]'"
        ) from problem
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, TEXTS_ARE_TEXTS) as book:
        book.set_properties({"title": cell(answer.title), "created": CREATED})
        formats = {unit: book.add_format({"num_format": each}) for unit, each in FORMATS.items()}
        heads = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        fresh = sheet_names()
        _sentences(book.add_worksheet(fresh("Report")), answer, heads, book.add_format({"text_wrap": True}))
        for section in answer.sections:
            for figures in section.figures:
                _figures(book.add_worksheet(fresh(figures.title or section.title)), section, figures, formats, heads)
    return stream.getvalue()


def sheet_names() -> Callable[[str], str]:
    """Return the function that makes a text the name of a sheet, one that no other of the book has."""
    taken = {"history", ""}  # a name that Excel keeps for itself

    def fresh(text: str) -> str:
        plain = FORBIDDEN.sub(" ", visible(text)).strip(" '") or "Figures"
        tries = (f" ({number})" if number > 1 else "" for number in range(1, len(taken) + 2))
        found = next(name for name in (_short(plain, tail) for tail in tries) if name.lower() not in taken)
        taken.add(found.lower())
        return found

    return fresh


def _short(text: str, tail: str) -> str:
    return text[: NAME - len(tail)].strip(" '") + tail


def _sentences(sheet: Any, answer: Answer, heads: Any, wrapped: Any) -> None:
    sheet.set_column(0, 0, 110)
    lines = [(answer.title, heads), (answer.period, wrapped)]
    for section in answer.sections:
        lines += [("", wrapped), (section.title, heads)]
        lines += [(each, wrapped) for each in _said(section)]
    for row, (text, format) in enumerate(lines):
        sheet.write_string(row, 0, cell(text), format)


def _said(section: Section) -> Iterator[str]:
    yield from section.sentences
    yield from (figures.says for figures in section.figures if figures.says)
    yield from section.notes


def _figures(sheet: Any, section: Section, figures: Figures, formats: dict[Unit, Any], heads: Any) -> None:
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(figures.columns):
        title = f"{column.title}{TITLES.get(column.unit, '')}"
        sheet.write_string(0, place, cell(title), heads)
        sheet.set_column(place, place, 24 if column.unit == "text" else 16)
        for row, found in enumerate(figures.rows[column.name], 1):
            _write(sheet, (row, place), column, found, formats[column.unit])


def _write(sheet: Any, place: tuple[int, int], column: Column, found: Any, format: Any) -> None:
    plain = value(found)
    if isinstance(plain, str):
        sheet.write_string(*place, cell(plain), format)
    elif plain is None:
        sheet.write_blank(*place, None, format)
    elif column.unit == "text":
        sheet.write_string(*place, cell(column.words(found)), format)
    else:
        sheet.write_number(*place, plain, format)


def cell(text: str) -> str:
    """Return text as a cell holds it: visible, and not longer than a cell may be."""
    shown = visible(text)
    return shown if len(shown) <= CELL else f"{shown[: CELL - 1]}…"
