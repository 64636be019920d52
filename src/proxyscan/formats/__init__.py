"""The formats that are known: one module each, found by being in this folder.

A module whose name begins with ``_`` holds what several formats of one product share.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from proxyscan.errors import DetectionError, nearest
from proxyscan.format import Format


@cache
def formats() -> dict[str, Format]:
    """Return every known format by its name, sorted."""
    names = sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    found = [import_module(f"{__name__}.{name}").FORMAT for name in names]
    return {each.name: each for each in found}


def known_format(name: str) -> Format:
    """Return the format of that name; raises `DetectionError` with the nearest one for an unknown name."""
    try:
        return formats()[name]
    except KeyError:
        raise DetectionError(f"no format is called '{name}'", nearest(name, formats())) from None
