"""The category that a log's own filter names → a kind of the catalogue; the table stands in `vendors.toml`.

What a vendor's codes are called tells `proxyscan.codes`.

It fills in what the catalogue lacks: it tells a kind, never the service and never the label.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from proxyscan.catalogue import OPTIONAL
from proxyscan.codes import AROUND, PART, fold, named, tables


def kind_of(category: str, vendor: str = "") -> str | None:
    """Return the kind that a category field means, or None where it says nothing of social media.

    Of several categories in one field, a core kind goes before an optional one, else the first. Numbers and
    codes are known only with their `vendor` (`proxyscan.codes.vendors()`).

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
    broad = {fold(name) for name in tables()["broad"]["names"]}
    return bool(known) and broad.issuperset(known)


def _names(category: str, vendor: str) -> Iterator[str]:
    """Yield the folded names in a field: the whole of it, then each part."""
    field = named(category, vendor)
    for part in dict.fromkeys([field, *PART.findall(field)]):
        yield fold(part.strip(AROUND))


@cache
def _kinds() -> dict[str, str]:
    return {fold(name): kind for kind, names in tables()["kinds"].items() for name in names}
