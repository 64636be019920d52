"""The category that a log's own filter names → a kind of the catalogue; the table stands in `vendors.toml`.

It fills in what the catalogue lacks: it tells a kind, never the service and never the label.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from proxyscan.catalogue import OPTIONAL
from proxyscan.errors import CatalogueError, nearest

FILE: Final = Path(__file__).parent / "vendors.toml"

FOLDED: Final = re.compile(r"[\s_/&-]+")
SEPARATORS: Final = re.compile(r"[;,|]")


def kind_of(category: str, vendor: str = "") -> str | None:
    """Return the kind that a category field means, or None where it says nothing of social media.

    Of several categories in one field, a core kind goes before an optional one, else the first. Numbers and
    codes are known only with their `vendor` (`vendors()`).

    >>> kind_of("Business/Economy;SOCIAL_NETWORKING"), kind_of("37"), kind_of("37", "fortigate")
    ('social-network', None, 'social-network')
    """
    found = [kind for name in _names(category, vendor) if (kind := _kinds().get(name))]
    return min(found, key=lambda kind: kind in OPTIONAL, default=None)


def is_broad(category: str, vendor: str = "") -> bool:
    """Tell whether a category that means a kind holds much besides it, as "Streaming Media" does.

    >>> is_broad("streaming-media"), is_broad("Social Networking;Streaming Media")
    (True, False)
    """
    known = [name for name in _names(category, vendor) if name in _kinds()]
    broad = {fold(name) for name in _tables()["broad"]["names"]}
    return bool(known) and broad.issuperset(known)


def vendors() -> tuple[str, ...]:
    """Return the vendors whose numbers or codes are known."""
    return tuple(sorted(_tables()["numbers"]))


def fold(name: str) -> str:
    """Return a category's name without its case, and with one blank for each run of blanks, `_`, `-`, `/`, `&`.

    >>> fold(" Audio/Video  Clips"), fold("SOCIAL_NETWORKING")
    ('audio video clips', 'social networking')
    """
    return FOLDED.sub(" ", name.casefold()).strip()


def _names(category: str, vendor: str) -> Iterator[str]:
    """Yield the folded names in a field: the whole of it, then each part."""
    if vendor and vendor not in _tables()["numbers"]:
        raise CatalogueError(f"no vendor is called '{vendor}'", nearest(vendor, vendors()))
    numbers = _tables()["numbers"].get(vendor, {})
    codes = {fold(code): name for code, name in numbers.items()}
    for part in dict.fromkeys([category, *SEPARATORS.split(category)]):
        name = fold(part.strip(" \t<>\"'"))
        yield fold(codes[name]) if name in codes else name


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def _kinds() -> dict[str, str]:
    return {fold(name): kind for kind, names in _tables()["kinds"].items() for name in names}
