"""Sections of a report in the terminal: sentences, tables, and drawings made of characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pandas as pd
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from proxyscan.report.section import Column, Figures, Section
from proxyscan.report.words import count, visible

MOST_ROWS: Final = 30
"""Rows of a table that the terminal shows; a drawing over more of time becomes one line."""

BAR: Final = 24
"""Characters of the longest bar, and of the drawing of a long time."""

FILLS: Final = "█▒░"
SHADES: Final = " ░▒▓█"
HEIGHTS: Final = " ▁▂▃▄▅▆▇█"
SLIVER: Final = "▏"
TEXT: Final = 20
"""Characters of a column of texts from which on it is broken into lines, where there is no room."""

GAP: Final = 3
LEAST_BAR: Final = 10
IN_ASCII: Final = str.maketrans("█▓▒░▏▁▂▃▄▅▆▇", "#+=-|..::==+")


class Drawing:
    """Characters that draw; others of ASCII where the terminal knows no more."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        yield Text(self.text.translate(IN_ASCII) if options.ascii_only else self.text)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(max(map(len, self.text.split()), default=0), len(self.text))


def shown(section: Section) -> RenderableType:
    """Return a section under its title."""
    parts: list[RenderableType] = [Text(visible(section.title), style="bold underline")] if section.title else []
    parts += [Text(visible(each)) for each in section.sentences]
    for figures in section.figures:
        parts += [Text(""), *_figures(figures)]
    notes = [Text(visible(each), style="dim") for each in section.notes]
    return Group(*parts, *([Text(""), *notes] if notes and section.figures else notes))


def _figures(figures: Figures) -> Iterator[RenderableType]:
    """Yield the title, what is to be seen, and the table, or a line for a table that is too long."""
    if figures.title:
        yield Text(visible(figures.title), style="bold")
    if figures.says:
        yield Text(visible(figures.says))
    if figures.rows.empty:
        return
    if figures.chart == "time" and len(figures.rows) > MOST_ROWS:
        yield from _lines(figures)
        return
    yield Fitted(figures)
    if len(figures.rows) - figures.totals > MOST_ROWS:
        more = len(figures.rows) - figures.totals - MOST_ROWS
        yield Text(f"… and {count(more)} more rows; -o FILE.csv has them all.")


class Fitted:
    """A table with the drawing that its `chart` says; one too wide for the terminal becomes several, side by side."""

    def __init__(self, figures: Figures, most: int = MOST_ROWS) -> None:
        self.figures, self.most = figures, most

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        widths = [_width(self.figures, column) for column in self.figures.columns]
        needed = [min(width, TEXT) if each.unit == "text" else width for each, width in self._columns(widths)]
        for part, chosen in enumerate(_fitting(needed, options.max_width)):
            yield from [Text("")] if part else []
            last = chosen[-1] == len(widths) - 1
            room = options.max_width - sum(widths[place] + GAP for place in chosen) if last else 0
            bars = _bars(self.figures, min(room, BAR)) if room >= LEAST_BAR else []
            yield from [_legend(self.figures)] if bars else []
            yield _table(self.figures, chosen, self.most, bars, needed)

    def _columns(self, widths: Sequence[int]) -> Iterator[tuple[Column, int]]:
        return zip(self.figures.columns, widths, strict=True)


def _width(figures: Figures, column: Column) -> int:
    """Return how wide a column is, on one line each."""
    words = [*column.title.split("\n"), *map(column.words, figures.rows[column.name])]
    return max(map(cell_len, words)) + (2 if figures.chart == "week" and column.unit != "text" else 0)


def _fitting(needed: Sequence[int], width: int) -> Iterator[list[int]]:
    """Yield the places of columns that fit side by side, the first column in each of them."""
    chosen, used = [0], needed[0]
    for place in range(1, len(needed)):
        if used + GAP + needed[place] > width and len(chosen) > 1:
            yield chosen
            chosen, used = [0], needed[0]
        chosen, used = [*chosen, place], used + GAP + needed[place]
    yield chosen


def _table(figures: Figures, chosen: list[int], most: int, bars: list[RenderableType], needed: Sequence[int]) -> Table:
    """Return some columns of the first rows of figures, and their totals; with bars, if there are any."""
    found = Table(show_edge=False, pad_edge=False, header_style="bold")
    for place in chosen:
        column, words = figures.columns[place], figures.columns[place].unit == "text"
        options: dict[str, Any] = {"min_width": needed[place]} if words else {"no_wrap": True, "justify": "right"}
        found.add_column(Text("\n".join(map(visible, column.title.split("\n")))), overflow="fold", **options)
    if bars:
        found.add_column(no_wrap=True)
    parts = len(figures.rows) - figures.totals
    for place in range(min(parts, most)):
        cells = _cells(figures, place)
        found.add_row(*(cells[each] for each in chosen), *bars[place : place + 1])
    if figures.totals:
        found.add_section()
    for place in range(parts, len(figures.rows)):
        cells = _cells(figures, place)
        found.add_row(*(cells[each] for each in chosen), style="bold")
    return found


def _cells(figures: Figures, place: int) -> list[RenderableType]:
    row = figures.rows.iloc[place]
    if figures.chart != "week":
        return [Text(column.words(row[column.name])) for column in figures.columns]
    top = _top(figures, [column for column in figures.columns if column.unit != "text"])
    return [_shaded(column, row[column.name], top) for column in figures.columns]


def _shaded(column: Column, value: Any, top: float) -> RenderableType:
    if column.unit == "text" or pd.isna(value):
        return Text(column.words(value))
    return Drawing(f"{column.words(value)} {_step(SHADES, value, top)}")


def _step(steps: str, value: Any, top: float) -> str:
    """Return the character of `steps` for a value: the first for 0 alone, the last for `top`."""
    return steps[0] if pd.isna(value) or not top else steps[-int(-float(value) / top * (len(steps) - 1) // 1)]


def _top(figures: Figures, columns: Sequence[Column]) -> float:
    tops = [figures.rows[column.name].astype("Float64").max() for column in columns]
    return max((float(top) for top in tops if pd.notna(top)), default=0.0)


def _drawn(figures: Figures) -> list[Column]:
    """Return the columns that the drawing shows."""
    numbers = [column.name for column in figures.columns[1:] if column.unit != "text"]
    return [column for column in figures.columns if column.name in (figures.drawn or numbers)]


def _in_bars(figures: Figures) -> list[Column]:
    """Return the drawn columns that can stand in one bar: those of the first one's unit."""
    drawn = _drawn(figures)
    return [column for column in drawn if column.unit == drawn[0].unit]


def _legend(figures: Figures) -> RenderableType:
    parts = [f"{fill} {column.title}" for fill, column in zip(FILLS, _in_bars(figures), strict=False)]
    return Drawing(visible("  ".join(parts)))


def _bars(figures: Figures, longest: int) -> list[RenderableType]:
    """Return a bar per row: the drawn columns one behind the other; of quantiles, each up to its own value."""
    drawn = _in_bars(figures)
    if figures.chart not in ("bars", "time", "peaks") or not 0 < len(drawn) <= len(FILLS):
        return []
    rows = figures.rows.iloc[: len(figures.rows) - figures.totals]
    values = rows[[column.name for column in drawn]].astype("Float64").fillna(0).to_numpy(float)
    ends = values if figures.chart == "peaks" else values.cumsum(axis=1)
    top = ends.max(initial=0)
    return [Drawing(_bar(row / top * longest)) for row in ends] if top > 0 else []


def _bar(ends: Sequence[float]) -> str:
    text, last = "", 0.0
    for fill, end in zip(FILLS, ends, strict=False):
        text, last = text + fill * (round(end) - len(text)), max(last, end)
    return text or (SLIVER if last > 0 else "")


def _lines(figures: Figures) -> Iterator[RenderableType]:
    """Yield, for each drawn column, a long time in one line: of each stretch of rows the highest."""
    first = figures.columns[0]
    ends = [first.words(figures.rows[first.name].iloc[place]) for place in (0, -1)]
    wide = min(len(figures.rows), 2 * BAR)
    stretches = [place * wide // len(figures.rows) for place in range(len(figures.rows))]
    for column in _drawn(figures):
        values = figures.rows[column.name].astype("Float64").groupby(stretches).max()
        top = float(values.max()) if values.notna().any() else 0.0
        line = "".join(_step(HEIGHTS, value, top) for value in values)
        yield Text(f"{visible(column.title)}, {ends[0]} to {ends[1]}; highest: {column.words(top)}")
        yield Drawing(f"[{line}]")
    yield Text(f"The table has {count(len(figures.rows))} rows; -o FILE.csv has them.")
