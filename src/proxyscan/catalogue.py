"""The services of social media and their domains; the facts stand in ``catalogue/*.toml``.

A service lists its entries by label: ``use``, ``asset``, ``widget``, and ``none`` for what lies below one
of its domains and yet is no social media. An entry is a host, or a host and the beginning of a path.

How an entry is found for a host and a path:

* A host entry means the host itself and all below it, on whole labels; the one with the most labels wins.
* ``*`` in a host entry stands for any characters; it stands left of a fixed end, and wins over a plain
  entry with the same fixed end.
* A path matches whole segments from its beginning; ``*`` stands for characters within one segment. An
  entry with a path wins over the plain one of the same host; where no path fits, shorter hosts are tried.
* ``since`` and ``until`` name entries that were the service's only from, or up to, a day (both included).

A user's list stands beside the entries (`HostList`; `proxyscan.lists` reads them). What it claims against the
catalogue: a list of a *kind* only fills in what the catalogue lacks. A list of a *service* wins for its hosts
over shorter and equal entries, but never over those of the same service, whose labels are finer.
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import fields
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from proxyscan.entries import NOT_SOCIAL, Entry, HostList, Service, suffixes
from proxyscan.errors import CatalogueError, nearest
from proxyscan.frozen import frozen
from proxyscan.kept import digest, keep, kept, stamps

__all__ = ["NOT_SOCIAL", "Catalogue", "Entry", "HostList", "Service", "catalogue", "full_catalogue"]

FOLDER: Final = Path(__file__).parent / "catalogue"

MADE_BY: Final = ("entries.py", "read_entries.py", "catalogue.py")
"""The modules that tell what a catalogue holds that is kept."""

OPTIONAL: Final = frozenset(
    {
        "adult-subscription",
        "comments",
        "creator-support",
        "dating",
        "documents",
        "link-in-bio",
        "music",
        "reviews",
        "share-button",
        "social-management",
        "workplace-chat",
    }
)
"""Kinds that count only on request: neighbours of social media."""


@frozen
class Catalogue:
    """The entries that count, looked up by the labels of a host from the right, and the user's lists."""

    entries: tuple[Entry, ...]
    lists: tuple[HostList, ...] = ()

    @cached_property
    def numbers(self) -> dict[str, list[int]]:
        """The numbers of the entries under their keys, those of one key by precedence."""
        found: dict[str, list[int]] = {}
        for number, entry in enumerate(self.entries):
            found.setdefault(entry.key, []).append(number)
        for numbers in found.values():
            numbers.sort(key=lambda number: _precedence(self.entries[number]))
        return found

    def entry(self, number: int) -> Entry:
        """Return an entry by its number: always the same object."""
        return self.entries[number]

    def candidates(self, host: str) -> Iterator[Entry]:
        """Yield the catalogue's entries that may stand for a canonical host, the one that wins first."""
        for suffix in suffixes(host):
            yield from map(self.entry, self.numbers.get(suffix, ()))

    @cached_property
    def ends(self) -> frozenset[bytes]:
        """The last two labels of every key: a host that ends in none of them is in no entry."""
        return frozenset(".".join(key.split(".")[-2:]).encode() for key in self.numbers)

    def has_entry(self, host: str) -> bool:
        """Tell whether the catalogue has an entry, of any path and day, for a canonical host or one above it."""
        rest, known = host, self.numbers
        while rest and rest not in known:
            rest = rest.partition(".")[2]
        return bool(rest)

    @cached_property
    def listed(self) -> tuple[Container[str], ...]:
        """Where the user's lists name hosts."""
        return tuple(each for one in self.lists for each in (one.below, one.exact, one.paths) if each)

    def may_mean(self, host: str) -> bool:
        """Tell whether a user's list may say anything of a canonical host."""
        rest, listed = host, self.listed
        while rest:
            for names in listed:
                if rest in names:
                    return True
            rest = rest.partition(".")[2]
        return any(pattern.search(host) for each in self.lists for pattern, _ in each.patterns)

    def lookup(self, host: str, path: str | None = None, day: date | None = None) -> Entry | None:
        """Return the entry for a canonical host, path and day (default: today's owners), or None.

        >>> catalogue().lookup("connect.facebook.net").label
        'widget'
        """
        found = self.covering(host, path, day)
        return None if found is None or found.label == NOT_SOCIAL else found

    def covering(self, host: str, path: str | None = None, day: date | None = None) -> Entry | None:
        """Return the same as `lookup`, but also an entry that says "not social media"."""
        on = day or date.max
        return self.settled(host, path, next((e for e in self.candidates(host) if e.fits(host, path, on)), None))

    def settled(self, host: str, path: str | None, found: Entry | None) -> Entry | None:
        """Return the entry that stands for a host and path, when `found` is the catalogue's: a list's may beat it."""
        for each in self.lists:
            mine = each.covering(host, path)
            if mine and each.beats(mine, found):
                found = mine
        return found

    def choose(self, kinds: Iterable[str] = (), services: Iterable[str] = ()) -> Catalogue:
        """Return the catalogue of these kinds and services only; unknown names raise `CatalogueError`."""
        wanted_kinds, wanted = set(kinds), set(services)
        check_names(wanted_kinds, {entry.service.kind for entry in self.entries}, "kind")
        check_names(wanted, {entry.service.id for entry in self.entries}, "service")
        chosen = (e for e in self.entries if e.service.kind in wanted_kinds or e.service.id in wanted)
        return Catalogue(tuple(chosen), self.lists)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of the services."""
        return frozenset(each.kind for each in self.services.values())

    @cached_property
    def services(self) -> dict[str, Service]:
        """Every service by its id."""
        return {entry.service.id: entry.service for entry in self.entries}


def _precedence(entry: Entry) -> tuple[bool, bool, int]:
    return "*" not in entry.host, not entry.path, -len(entry.text)


def check_names(names: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raise `CatalogueError` for the first name that is not known, with the nearest one that is."""
    known = set(known)
    for name in sorted(set(names) - known):
        raise CatalogueError(f"no {what} is called '{name}'", nearest(name, known))


class KeptCatalogue(Catalogue):
    """A catalogue as it is kept between runs: an entry is made when it is asked for, as a log does for few of them."""

    _facts: tuple[list[tuple[Any, ...]], list[tuple[str, int, str, int, int]]]
    _services: dict[int, Service]
    _entries: dict[int, Entry]

    def __init__(self, services: Any, entries: Any, **known: Any) -> None:
        self.__dict__.update(known, _facts=(services, entries), _services={}, _entries={})

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, in the order of their numbers."""
        return tuple(map(self.entry, range(len(self._facts[1]))))

    @cached_property
    def services(self) -> dict[str, Service]:
        """Every service by its id."""
        return {each.id: each for each in map(self._service, range(len(self._facts[0])))}

    def entry(self, number: int) -> Entry:
        """Return an entry by its number: always the same object."""
        if number not in self._entries:
            text, service, label, since, until = self._facts[1][number]
            made = Entry(text, self._service(service), label, date.fromordinal(since), date.fromordinal(until))
            self._entries.setdefault(number, made)
        return self._entries[number]

    def _service(self, number: int) -> Service:
        if number not in self._services:
            self._services.setdefault(number, Service(*self._facts[0][number]))
        return self._services[number]


def _kept(which: str, made: Callable[[], Iterable[Entry]]) -> Catalogue:
    """Return the catalogue that is kept, which is made of these entries where none is."""
    made_of = [*(FOLDER.with_name(each) for each in MADE_BY), *_files()]
    name = f"{which}-{digest(stamps(made_of), sys.version)}.facts"
    found = kept(name)
    if not found:
        found = marshal.dumps(_facts(Catalogue(tuple(made()))))
        keep(name, found)
    return KeptCatalogue(**marshal.loads(found))


def _facts(among: Catalogue) -> dict[str, Any]:
    """Return a catalogue as plain values, which are read again in a hundredth of the time that TOML takes."""
    services = {each: number for number, each in enumerate(among.services.values())}
    facts = [
        (each.text, services[each.service], each.label, each.since.toordinal(), each.until.toordinal())
        for each in among.entries
    ]
    plain = [tuple(getattr(each, part.name) for part in fields(Service)) for each in services]
    known = {name: getattr(among, name) for name in ("numbers", "ends", "kinds")}
    return {"services": plain, "entries": facts, **known}


def _read() -> Iterator[Entry]:
    from proxyscan.read_entries import read_entries

    for file in _files():
        yield from read_entries(file)


def _files() -> list[Path]:
    return sorted(FOLDER.glob("*.toml"))


@cache
def full_catalogue() -> Catalogue:
    """Return all services of the catalogue, the optional kinds too."""
    return _kept("catalogue", _read)


@cache
def catalogue() -> Catalogue:
    """Return the services that count by default: those of the core kinds."""
    return _kept("core", lambda: (entry for entry in full_catalogue().entries if entry.service.kind not in OPTIONAL))
