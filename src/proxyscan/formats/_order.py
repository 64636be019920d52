"""The order of columns in logs that no header describes."""

from __future__ import annotations


def order(names: str) -> tuple[str, ...]:
    """Return the names of columns, which blanks separate, in their order.

    >>> order("time client  url")
    ('time', 'client', 'url')
    """
    return tuple(names.split())
