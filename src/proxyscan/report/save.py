"""A report into a file; the file's extension says how it is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyscan.durable import replacing
from proxyscan.errors import ProxyscanError, nearest
from proxyscan.report.markdown import as_markdown
from proxyscan.report.plain import as_csv, as_json
from proxyscan.report.workbook import as_workbook

if TYPE_CHECKING:
    from proxyscan.report.answer import Answer

Writer = Callable[["Answer"], str | bytes]


def _page(answer: Answer) -> str:
    from proxyscan.report.html import page

    return page(answer)


WRITERS: Final[dict[str, Writer]] = {
    ".html": _page,
    ".md": as_markdown,
    ".csv": as_csv,
    ".json": as_json,
    ".xlsx": as_workbook,
}


def writer_of(path: str | Path) -> Writer:
    """Return what writes a report for a file of that name; raises `ProxyscanError` for an extension it cannot be."""
    extension = Path(path).suffix.lower()
    if extension not in WRITERS:
        fact = f"cannot write a report as '{extension}'" if extension else "has no extension"
        raise ProxyscanError(f"{path}: {fact}", nearest(extension, WRITERS))
    return WRITERS[extension]


def save(answer: Answer, path: str | Path) -> None:
    """Write a report into a file; raises `ProxyscanError` where that is not possible."""
    made = writer_of(path)(answer)
    content = made if isinstance(made, bytes) else made.encode("utf-8", "backslashreplace")
    with replacing(path) as stream:
        stream.write(content)
