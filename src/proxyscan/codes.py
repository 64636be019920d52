"""The numbers and codes that vendors write into logs for a category → the vendor's own names for it.

The table stands in `vendors.toml`, beside what the names mean (`proxyscan.vendors`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from proxyscan.errors import CatalogueError, nearest

FILE: Final = Path(__file__).parent / "vendors.toml"

FOLDED: Final = re.compile(r"[\s_/&-]+")
SEPARATORS: Final = ";,|"
PART: Final = re.compile(f"[^{SEPARATORS}]+")
AROUND: Final = " \t<>\"'"
"""What may stand around a name in a field."""


@cache
def tables() -> dict[str, Any]:
    """Return what `vendors.toml` holds."""
    import tomllib

    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def vendors() -> tuple[str, ...]:
    """Return the vendors whose numbers or codes are known."""
    return tuple(sorted(tables()["numbers"]))


def fold(name: str) -> str:
    """Return a category's name without its case, and with one blank for each run of blanks, `_`, `-`, `/`, `&`.

    >>> fold(" Audio/Video  Clips"), fold("SOCIAL_NETWORKING")
    ('audio video clips', 'social networking')
    """
    return FOLDED.sub(" ", name.casefold()).strip()


def named(category: str, vendor: str) -> str:
    """Return a category field with the names of the codes in it that are known of its vendor ("" for none).

    >>> named("IW_snet", "cisco"), named("1501;22", "forcepoint"), named("37", "")
    ('Social Networking', 'Social Web - LinkedIn;22', '37')
    """
    codes = codes_of(vendor) if vendor else {}
    return PART.sub(lambda part: codes.get(fold(part[0].strip(AROUND)), part[0]), category) if codes else category


@cache
def codes_of(vendor: str) -> Mapping[str, str]:
    """Return folded code → name; raises `CatalogueError` for a vendor that is not known."""
    if vendor not in tables()["numbers"]:
        raise CatalogueError(f"no vendor is called '{vendor}'", nearest(vendor, vendors()))
    return {fold(code): name for code, name in tables()["numbers"][vendor].items()}
