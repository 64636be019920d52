"""The commands that help to decide: compare.

What is imported from the package is imported inside the commands, so that --help is fast.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxyscan.cli_options import ConfigOption
from proxyscan.cli_services import JsonOption
from proxyscan.errors import InputError, ProxyscanError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from proxyscan.report.section import Section
    from proxyscan.summary import Summary

WHAT = "A store, a store and days of it (STORE@2026-10-01..2026-10-31), a summary's Parquet file, or a log."
SHOWN = 15
"""Services of each table in the terminal."""


def compare(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help=WHAT)],
    after: Annotated[str, typer.Argument(metavar="AFTER", help=WHAT)],
    min_days: Annotated[int, typer.Option(min=2, help="Days of a sort that both must hold to be compared.")] = 4,
    most: Annotated[int, typer.Option(min=1, help="Services in each table.")] = SHOWN,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Set two periods side by side, per service, and say what changed by more than days usually differ."""
    from proxyscan.compare import compare as compare_summaries
    from proxyscan.report.comparison import comparison_section
    from proxyscan.report.terminal import show

    found = compare_summaries(summary_of(before), summary_of(after), min_days=min_days)
    if as_json:
        print(json.dumps(found.to_dict(), indent=2, ensure_ascii=False))
    else:
        show(shown(comparison_section(found, most)))


def summary_of(name: str) -> Summary:
    """Return the summary that a store, days of a store, a file of a summary, or a log is."""
    from proxyscan.scan import scan
    from proxyscan.store import Store
    from proxyscan.summary import read_parquet

    path, at, period = name.rpartition("@")
    if at and not Path(name).exists():
        if not Path(path).is_dir():
            raise InputError(f"{path}: is no store", "days are chosen as STORE@2026-10-01..2026-10-31")
        return Store(path).summary(*_span(period))
    if Path(name).is_dir():
        return Store(name).summary()
    return read_parquet(name) if name.endswith(".parquet") else scan(name)


def _span(text: str) -> tuple[str, str]:
    """Return the first day of a period, and the day after its last."""
    from datetime import date, timedelta

    first, dots, last = text.partition("..")
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last if dots else first)
    except ValueError:
        raise ProxyscanError(f"'{text}' is no period", "write the first and last day: 2026-10-01..2026-10-31") from None
    if end < begin:
        raise ProxyscanError(f"'{text}' ends before it begins", "write the earlier day first")
    return begin.isoformat(), (end + timedelta(days=1)).isoformat()


def shown(section: Section) -> RenderableType:
    """Return a section for the terminal."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    parts: list[RenderableType] = [Text(section.title, style="bold"), *map(Text, section.sentences)]
    for figures in section.figures:
        table = Table(title=figures.title, title_justify="left", show_edge=False, pad_edge=False)
        for column in figures.columns:
            table.add_column(column.title, justify="left" if column.unit == "text" else "right", overflow="fold")
        for _, row in figures.rows.iterrows():
            table.add_row(*(Text(column.words(row[column.name])) for column in figures.columns))
        parts += ["", table]
    return Group(*parts, "", *(Text(note, style="dim") for note in section.notes))


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(compare)
