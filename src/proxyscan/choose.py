"""Which services count: a preset, kinds, services and the user's own lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from proxyscan.catalogue import Catalogue, catalogue, check_names, full_catalogue
from proxyscan.entries import HostList
from proxyscan.errors import CatalogueError
from proxyscan.frozen import frozen

FILE: Final = Path(__file__).parent / "presets.toml"


@frozen
class Preset:
    """A set of kinds that count together, and why these."""

    name: str
    title: str
    why: str
    kinds: tuple[str, ...]


@cache
def presets() -> dict[str, Preset]:
    """Return the presets by name.

    >>> sorted(presets())
    ['all', 'council', 'school-kcsie']
    """
    import tomllib

    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    known = tuple(sorted({each.kind for each in full_catalogue().services.values()}))
    return {
        name: Preset(name, table["title"], table["why"], known if table["kinds"] == ["*"] else tuple(table["kinds"]))
        for name, table in tables.items()
    }


def choose(
    kinds: Iterable[str] = (),
    services: Iterable[str] = (),
    preset: str = "",
    lists: Sequence[HostList] = (),
    only_lists: bool = False,
) -> Catalogue:
    """Return the catalogue of what counts: kinds, services and a preset add up; by default the core kinds.

    `lists` count besides, or, with `only_lists`, instead. Unknown names raise `CatalogueError`.

    >>> choose(preset="school-kcsie").lookup("www.tinder.com").service.name
    'Tinder'
    """
    if only_lists and not lists:
        raise CatalogueError("--only-lists, but no list", "name one with --list NAME=FILE")
    if only_lists:
        return Catalogue((), tuple(lists))
    check_names({preset} - {""}, presets() if preset else (), "preset")
    wanted = {*kinds, *(presets()[preset].kinds if preset else ())}
    chosen = full_catalogue().choose(wanted, services) if wanted or (services := tuple(services)) else catalogue()
    return Catalogue(chosen.entries, tuple(lists)) if lists else chosen


def list_option(text: str) -> HostList:
    """Return the list that `NAME=FILE` names; `NAME=SYNTAX:FILE` says of which syntax it is.

    >>> list_option("social-network=plain:sample_lists/plain.txt").service.kind
    'social-network'
    """
    from proxyscan.lists import read_list
    from proxyscan.syntaxes import SYNTAXES

    name, sign, file = text.partition("=")
    if not sign or not file:
        raise CatalogueError(f"--list {text}: is not NAME=FILE", "as in --list dating=/var/lib/ut1/dating")
    syntax, colon, rest = file.partition(":")
    named = bool(colon) and syntax in (*SYNTAXES, "csv") and not Path(file).exists()
    return read_list(rest if named else file, name, syntax if named else None)
