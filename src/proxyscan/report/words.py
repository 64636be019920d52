"""Figures and foreign text as words for people."""

from __future__ import annotations

from typing import Any, Final

UNKNOWN: Final = "–"
"""Shown where the log cannot give a figure."""

UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB")


def unknown(value: Any) -> bool:
    """Tell whether a figure is none: None, NaN or pandas' NA."""
    import pandas as pd  # here, since most commands that show words have no figures to show

    return bool(pd.isna(value))


def count(value: Any) -> str:
    """Return a number with thousands apart.

    >>> count(12345), count(None)
    ('12,345', '–')
    """
    return UNKNOWN if unknown(value) else f"{round(value):,}"


def things(value: Any, word: str) -> str:
    """Return how many of a thing there are.

    >>> things(1, "day"), things(1200, "day")
    ('1 day', '1,200 days')
    """
    return f"{count(value)} {word}" if value == 1 else f"{count(value)} {word}s"


def were(number: Any) -> str:
    """Return the verb of so many things.

    >>> were(1), were(0)
    ('was', 'were')
    """
    return "was" if number == 1 else "were"


def size(value: Any) -> str:
    """Return bytes in decimal units (1 kB is 1000 B, as on a line's contract).

    >>> size(999), size(1003475), size(-1500), size(None)
    ('999 B', '1.0 MB', '-1.5 kB', '–')
    """
    if unknown(value):
        return UNKNOWN
    amount, unit = float(value), 0
    while abs(amount) >= 999.95 and unit + 1 < len(UNITS):
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.1f} {UNITS[unit]}" if unit else f"{round(amount)} B"


def rate(value: float) -> str:
    """Return Mbit/s with three digits that count.

    >>> rate(0.01234), rate(431.27), rate(0.00001), rate(-0.00001)
    ('0.0123 Mbit/s', '431 Mbit/s', '<0.001 Mbit/s', '>-0.001 Mbit/s')
    """
    if 0 < abs(value) < 0.001:
        return "<0.001 Mbit/s" if value > 0 else ">-0.001 Mbit/s"
    return f"{float(f'{value:.3g}'):g} Mbit/s"


def percent(value: Any) -> str:
    """Return a part of one in percent.

    >>> percent(0.0412), percent(0.00001), percent(0.99999), percent(None)
    ('4.1 %', '<0.1 %', '>99.9 %', '–')
    """
    if unknown(value):
        return UNKNOWN
    if 0 < value < 0.0005:
        return "<0.1 %"
    return ">99.9 %" if 0.9995 <= value < 1 else f"{100 * value:.1f} %"


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many characters, its end cut.

    >>> shortened("a long name", 7), shortened("short", 7)
    ('a long…', 'short')
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def brief(name: Any, most: int = 60) -> str:
    """Return a name as it may stand in a sentence: with nothing that acts, and not long."""
    return shortened(visible(str(name)), most)


def visible(text: str) -> str:
    r"""Return text without anything that a terminal acts on: control and format characters as escapes.

    >>> visible("a\x1b[31mb\u202e")
    'a\\x1b[31mb\\u202e'
    """
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
