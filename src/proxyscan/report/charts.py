"""Figures drawn by Vega-Altair as static SVG, without anything in it but shapes and text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pandas as pd

from proxyscan.errors import ProxyscanError
from proxyscan.report.section import Chart, Column, Figures
from proxyscan.report.words import shortened

WIDE: Final = 920
NARROW: Final = 340
"""Widths in CSS pixels: for screens and paper, and for phones."""

MOST: Final = 12
"""Rows that bars are drawn for; the table has them all."""

INK: Final = "#1d2a33"
MUTED: Final = "#55636f"
RULE: Final = "#c9d1d6"
COLOURS: Final = {"allowed": "#1f6f8b", "denied": "#b0482a"}
OTHER: Final = "#5a6b78"
"""Colours by column; `page.css` has others for each in the dark."""

STEPS: Final = {
    "allowed": ("#eef4f6", "#cfe3ea", "#a5cbd8", "#6ba6ba", "#2f7a94", "#124c61"),
    "denied": ("#faf1ee", "#f3d9d0", "#e8b5a4", "#d5866c", "#b0482a", "#752a14"),
}
LIGHT_TEXT: Final = 4
"""Steps of a heat map from no request to the most, and from which on its text is light."""

CELL_INKS: Final = ("#1d2a34", "#fffffe")
"""Colours of text on a step; not those of other text, since in the dark both are the other way round."""

AXIS_FORMATS: Final = {"share": ".2~p", "count": "~s", "bytes": "~s", "rate": "~g", "number": "~g", "text": ""}

NO_ZEROS: Final = "datum.value == 0 ? '0' : datum.label"
"""Vega would write a 0 beside thousands as 0k."""

PADDING: Final = {"left": 2, "top": 2, "bottom": 2, "right": 24}
"""Beside the drawing, px: letters may be wider on the reader's machine than they are here."""

ROOM: Final = {"rate": 96}
"""Room that the figure at the end of a bar needs, by unit, where not the usual."""

TAGS: Final = frozenset({"svg", "g", "path", "text", "tspan", "rect", "line"})
SHAPES: Final = ("d", "x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "width", "height", "viewBox", "transform")
LOOKS: Final = ("fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "fill-opacity", "opacity")
LETTERS: Final = ("text-anchor", "font-size", "font-weight")
ATTRIBUTES: Final = frozenset((*SHAPES, *LOOKS, *LETTERS))
"""All that is kept of a drawing: no script, link, style or foreign element can be in it."""


def draw(figures: Figures, width: int) -> str:
    """Return figures as the text of an SVG element of that width; empty where nothing is to be drawn."""
    if not figures.chart or figures.rows.empty:
        return ""
    alt, convert = _altair()
    with _unchecked():
        wanted = spec(alt, figures, width)
    try:
        found: str = convert.vegalite_to_svg(wanted, vl_version=_version(alt))
    except ValueError as problem:  # whatever Vega's engine says
        raise ProxyscanError(
            f"a page's charts cannot be drawn: {problem}",
            "see to what 'ulimit -a' says, or write another file",
        ) from problem
    return clean(found)


def _altair() -> tuple[Any, Any]:
    try:
        import altair
        import vl_convert
    except ModuleNotFoundError as problem:
        raise ProxyscanError(
            f"a page needs a package that is not installed: {problem.name}", "pip install 'proxyscan[report]'"
        ) from problem
    return altair, vl_convert


def _unchecked() -> Any:
    """Return the context in which Altair does not hold each part of a chart against its schema.

    That would take as long as the drawing; tests do it.
    """
    from altair.utils.schemapi import debug_mode

    return debug_mode(False)


def _version(alt: Any) -> str:
    """Return the version of Vega-Lite that Altair writes, as vl_convert names it."""
    return ".".join(alt.SCHEMA_VERSION.split(".")[:2])


def spec(alt: Any, figures: Figures, width: int) -> dict[str, Any]:
    """Return the drawing of figures in Vega-Lite's words."""
    axis = {"labelColor": MUTED, "titleColor": MUTED, "labelFontSize": 12, "tickColor": RULE, "domainColor": RULE}
    axis |= {"gridColor": RULE, "gridWidth": 0.6, "labelPadding": 6}
    title = {"anchor": "start", "frame": "group", "color": INK, "fontSize": 13, "fontWeight": 600, "offset": 6}
    looks = {"background": "transparent", "padding": PADDING, "view": {"stroke": None}, "axis": axis, "title": title}
    found: dict[str, Any] = DRAWN[figures.chart](alt, figures, width).configure(**looks).to_dict(validate=False)
    return found


def _drawn(figures: Figures) -> list[Column]:
    wanted = figures.drawn or tuple(each.name for each in figures.columns[1:] if each.unit != "text")
    return [each for each in figures.columns if each.name in wanted]


def bars(alt: Any, figures: Figures, width: int) -> Any:
    """Return a panel per drawn column, each with a bar a row; panels of the same unit share a scale."""
    columns, first = _drawn(figures), figures.columns[0]
    rows = foremost(figures.rows, [each.name for each in columns])
    names = [f"{place}\t{shortened(first.words(name), 40)}" for place, name in enumerate(rows[first.name])]
    beside = width >= WIDE
    label = 170 if beside else 120
    room = max(ROOM.get(each.unit, 68) for each in columns)
    each_width = (width - label - 30) // len(columns) - room if beside else width - label - 30 - room
    panels = [
        _bar_panel(alt, rows, names, column, each_width, _top(rows, columns, column), label * (not place or not beside))
        for place, column in enumerate(columns)
    ]
    return alt.hconcat(*panels, spacing=room) if beside else alt.vconcat(*panels, spacing=18)


def foremost(rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return the rows that are large in any of the columns, at most `MOST`, in their order."""
    values = rows[names].astype("Float64").fillna(0).to_numpy(float)
    largest = values.max(axis=0, initial=0)
    weight = (values / np.where(largest > 0, largest, 1)).max(axis=1, initial=0)
    return rows.iloc[np.sort(np.argsort(-weight, kind="stable")[:MOST])]


def _top(rows: pd.DataFrame, columns: list[Column], column: Column) -> float:
    same = [each.name for each in columns if each.unit == column.unit]
    largest = float(rows[same].astype("Float64").fillna(0).to_numpy(float).max(initial=0))
    return largest or 1.0


def _bar_panel(
    alt: Any, rows: pd.DataFrame, names: list[str], column: Column, width: int, top: float, label: int
) -> Any:
    values = [
        {"name": name, "value": _number(value), "words": column.words(value)}
        for name, value in zip(names, rows[column.name], strict=True)
    ]
    axis = alt.Axis(
        title=None,
        domain=False,
        ticks=False,
        labelLimit=label - 28,
        labelColor=INK,
        labels=bool(label),
        minExtent=label,
    )
    axis.labelExpr = "slice(datum.label, indexof(datum.label, '\t') + 1)"
    y = alt.Y("name:N", sort=None, axis=axis if label else None)
    x = alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, top]))
    base = alt.Chart(alt.Data(values=tuple(values))).encode(y=y)
    mark = base.mark_bar(color=COLOURS.get(column.name.rpartition("_")[2], OTHER), height=13).encode(x=x)
    text = base.mark_text(align="left", dx=5, fontSize=12, color=INK).encode(x=x, text="words:N")
    return (mark + text).properties(width=width, height=21 * len(rows), title=column.title)


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def times(alt: Any, figures: Figures, width: int) -> Any:
    """Return a panel per drawn column, one below the other, over days or hours."""
    columns, rows = _drawn(figures), figures.rows
    days = "-" in str(rows[figures.columns[0].name].iloc[0])
    narrow = width < WIDE
    panels = [_time_panel(alt, figures, column, width - 80, days, _top(rows, columns, column)) for column in columns]
    return alt.vconcat(*panels, spacing=14 if narrow else 18)


def _time_panel(alt: Any, figures: Figures, column: Column, width: int, days: bool, top: float) -> Any:
    rows = figures.rows
    values = [
        {"when": when, "value": _number(value)}
        for when, value in zip(rows[figures.columns[0].name], rows[column.name], strict=True)
    ]
    look = {"title": None, "domain": False, "ticks": False, "tickCount": 3, "minExtent": 44, "labelExpr": NO_ZEROS}
    y_axis = alt.Axis(**look, format=AXIS_FORMATS[column.unit])
    y = alt.Y("value:Q", axis=y_axis, scale=alt.Scale(domain=[0, top], nice=3))
    base = alt.Chart(alt.Data(values=tuple(values))).encode(x=_time_axis(alt, days, width), y=y)
    colour = COLOURS.get(column.name.rpartition("_")[2], OTHER)
    size = {"width": width, "height": 110, **({"title": column.title} if len(_drawn(figures)) > 1 else {})}
    if len(rows) * 3 > width:
        return base.mark_area(color=colour).properties(**size)
    thick = max(1.5, min(28.0, 0.72 * width / (len(rows) + 1)))
    return base.mark_bar(color=colour, width=thick).properties(**size)


def _time_axis(alt: Any, days: bool, width: int) -> Any:
    look = {"title": None, "grid": False, "labelAngle": 0, "labelOverlap": True}
    if not days:
        return alt.X("when:O", sort=None, axis=alt.Axis(**look), scale=alt.Scale(type="point", padding=0.5))
    axis = alt.Axis(**look, format="%-d %b", tickCount=width // 90)
    return alt.X("when:T", axis=axis, scale=alt.Scale(type="utc", padding=12))


def week(alt: Any, figures: Figures, width: int) -> Any:
    """Return hours by weekdays: the darker the more, and the number itself in each cell."""
    first, *days = figures.columns
    rows = figures.rows
    largest = float(rows[[each.name for each in days]].astype("Float64").fillna(0).to_numpy(float).max(initial=0))
    steps = STEPS["denied" if figures.title.startswith("Denied") else "allowed"]
    values = [
        {"hour": hour, "day": day.title[:3], **_shade(value, largest, steps), "words": _cell_words(value)}
        for day in days
        for hour, value in zip(rows[first.name], rows[day.name], strict=True)
    ]
    x_axis = alt.Axis(title=None, orient="top", labelAngle=0, domain=False, ticks=False, labelColor=INK)
    y_axis = alt.Axis(title=None, domain=False, ticks=False)
    base = alt.Chart(alt.Data(values=tuple(values))).encode(
        x=alt.X("day:O", sort=None, axis=x_axis), y=alt.Y("hour:O", sort=None, axis=y_axis)
    )
    size = {"width": min(width - 76, 56 * len(days)), "height": 19 * len(rows)}
    cells = base.mark_rect(stroke="#ffffff", strokeWidth=1).encode(fill=alt.Fill("fill:N", scale=None))
    text = base.mark_text(fontSize=11).encode(text="words:N", color=alt.Color("ink:N", scale=None))
    return (cells + text).properties(**size)


def _shade(value: Any, largest: float, steps: tuple[str, ...]) -> dict[str, str]:
    if pd.isna(value):
        return {"fill": "none", "ink": MUTED}
    step = 0 if not value else 1 + min(len(steps) - 2, int((len(steps) - 1) * float(value) / largest))
    return {"fill": steps[step], "ink": CELL_INKS[step >= LIGHT_TEXT]}


def _cell_words(value: Any) -> str:
    """Return a number in four characters at most, but for the largest.

    >>> _cell_words(0.04), _cell_words(7.25), _cell_words(431), _cell_words(12345)
    ('<0.1', '7.2', '431', '12k')
    """
    if pd.isna(value):
        return ""
    if 0 < value < 0.1:
        return "<0.1"
    if value >= 10_000:
        return f"{value / 1000:,.0f}k"
    return f"{value:.1f}".removesuffix(".0") if value < 10 else f"{value:.0f}"


DRAWN: Final[Mapping[Chart, Callable[[Any, Figures, int], Any]]] = {
    "bars": bars,
    "peaks": bars,
    "time": times,
    "week": week,
}


def clean(svg: str) -> str:
    """Return the drawing with nothing in it but shapes and text.

    >>> clean('<svg viewBox="0 0 1 1" onload="x()"><script>x()</script><text fill="red" style="x">&lt;b></text></svg>')
    '<svg viewBox="0 0 1 1"><text fill="red">&lt;b&gt;</text></svg>'
    """
    return _cleaned(ElementTree.fromstring(svg))


def _cleaned(element: ElementTree.Element) -> str:
    tag = element.tag.rpartition("}")[2]
    if tag not in TAGS or element.get("display") == "none" or element.get("fill") == "transparent":
        return ""
    inner = escape(element.text or "") + "".join(_cleaned(child) + escape(child.tail or "") for child in element)
    if not inner and (tag == "g" or (tag == "path" and not element.get("d")) or _is_ground(element)):
        return ""
    kept = "".join(f" {name}={quoteattr(value)}" for name, value in element.items() if name in ATTRIBUTES)
    return f"<{tag}{kept}>{inner}</{tag}>" if inner else f"<{tag}{kept}/>"


def _is_ground(element: ElementTree.Element) -> bool:
    return "background" in element.get("class", "")
