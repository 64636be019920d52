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
import tomllib
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from proxyscan import schema
from proxyscan.entries import NOT_SOCIAL, Entry, HostList, Service, suffixes
from proxyscan.errors import CatalogueError, nearest
from proxyscan.host import canonical
from proxyscan.kept import digest, keep, kept, stamps

__all__ = ["NOT_SOCIAL", "Catalogue", "Entry", "HostList", "Service", "catalogue", "full_catalogue"]

FOLDER: Final = Path(__file__).parent / "catalogue"

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

LABELS: Final = (*schema.LABELS, NOT_SOCIAL)
TEXT_KEYS: Final = ("name", "owner", "launched", "closed")
DAY_KEYS: Final = ("since", "until")
KEYS: Final = (*TEXT_KEYS, "needs", *LABELS, *DAY_KEYS)


@dataclass(frozen=True)
class Catalogue:
    """The entries that count, looked up by the labels of a host from the right, and the user's lists."""

    entries: tuple[Entry, ...]
    lists: tuple[HostList, ...] = ()

    @cached_property
    def _by_key(self) -> dict[str, list[Entry]]:
        """The entries under their keys, those of one key by precedence."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.key, []).append(entry)
        for entries in found.values():
            if len(entries) > 1:
                entries.sort(key=_precedence)
        return found

    def candidates(self, host: str) -> Iterator[Entry]:
        """Yield the catalogue's entries that may stand for a canonical host, the one that wins first."""
        for suffix in suffixes(host):
            yield from self._by_key.get(suffix, ())

    @cached_property
    def ends(self) -> frozenset[bytes]:
        """The last two labels of every key: a host that ends in none of them is in no entry."""
        return frozenset(".".join(key.split(".")[-2:]).encode() for key in self._by_key)

    def has_entry(self, host: str) -> bool:
        """Tell whether the catalogue has an entry, of any path and day, for a canonical host or one above it."""
        rest, known = host, self._by_key
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


@cache
def full_catalogue() -> Catalogue:
    """Return all services of the catalogue, the optional kinds too."""
    files = sorted(FOLDER.glob("*.toml"))
    name = f"catalogue-{digest(stamps([Path(__file__), *files]), sys.version)}.facts"
    found = kept(name)
    if found:
        return Catalogue(tuple(_entries(*marshal.loads(found))))
    entries = tuple(entry for file in files for entry in read_entries(file))
    keep(name, marshal.dumps(_facts(entries)))
    return Catalogue(entries)


def _facts(entries: Iterable[Entry]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Return services and entries as plain values, which are read again in a tenth of the time that TOML takes."""
    numbers: dict[Service, int] = {}
    facts = [
        (each.text, numbers.setdefault(each.service, len(numbers)), each.label, *_ordinals(each)) for each in entries
    ]
    return [tuple(getattr(each, part.name) for part in fields(Service)) for each in numbers], facts


def _ordinals(entry: Entry) -> tuple[int, int]:
    return entry.since.toordinal(), entry.until.toordinal()


def _entries(services: list[tuple[Any, ...]], facts: list[tuple[Any, ...]]) -> Iterator[Entry]:
    """Yield the entries that `_facts` was given."""
    known = [Service(*each) for each in services]
    for text, number, label, since, until in facts:
        yield Entry(text, known[number], label, date.fromordinal(since), date.fromordinal(until))


@cache
def catalogue() -> Catalogue:
    """Return the services that count by default: those of the core kinds."""
    return Catalogue(tuple(entry for entry in full_catalogue().entries if entry.service.kind not in OPTIONAL))


def read_entries(file: Path) -> Iterator[Entry]:
    """Yield the entries of one catalogue file, whose name is the kind of its services.

    Raises `CatalogueError` with the file, the line, the service and what was expected.
    """
    try:
        text = file.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise CatalogueError(f"{file}: {problem}", "a catalogue file is TOML with a table per service") from problem
    for id, table in tables.items():
        yield from _Table(file, text, id, table).entries()


@dataclass(frozen=True)
class _Table:
    """A service's table in a catalogue file, and where it stands."""

    file: Path
    text: str
    id: str
    table: Any

    def entries(self) -> Iterator[Entry]:
        if not isinstance(self.table, dict):
            raise self._wrong(self.id, f"'{self.id}' stands outside a table", "begin a service with [its-id]")
        for key in self.table:
            self._check(key)
        for key in [key for key in ("name", "owner") if key not in self.table]:
            raise self._wrong("", f"the key '{key}' is missing", f'write {key} = "…"')
        service = Service(self.id, kind=self.file.stem, needs=tuple(self.table.get("needs", ())), **self._texts())
        listed = self._listed()
        days = {key: self.table.get(key, {}) for key in DAY_KEYS}
        for text in {*days["since"], *days["until"]} - listed.keys():
            raise self._wrong(text, f"'{text}' has a day but is no entry", nearest(text, listed))
        for text, label in listed.items():
            host = text.partition("/")[0]  # a path's days are its host's, unless it has its own
            since, until = (days[key].get(text, days[key].get(host)) for key in DAY_KEYS)
            yield self._valid(Entry(text, service, label, since or date.min, until or date.max))

    def _texts(self) -> dict[str, str]:
        return {key: self.table[key] for key in TEXT_KEYS if key in self.table}

    def _check(self, key: str) -> None:
        """Raise for a key that is unknown or has a value of another type than it should."""
        value = self.table[key]
        if key not in KEYS:
            raise self._wrong(key, f"unknown key '{key}'", nearest(key, KEYS))
        if key in TEXT_KEYS and not isinstance(value, str):
            raise self._wrong(key, f"'{key}' is no text", f'write {key} = "…"')
        if key in DAY_KEYS and not (isinstance(value, dict) and all(type(day) is date for day in value.values())):
            raise self._wrong(key, f"'{key}' names no days", f'write {key} = {{"www.example.com" = 2020-12-31}}')
        if key in (*LABELS, "needs") and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
            raise self._wrong(key, f"'{key}' is no list of texts", f'write {key} = ["…", "…"]')

    def _listed(self) -> dict[str, str]:
        """Return the label of each entry's text; one that stands twice raises."""
        listed: dict[str, str] = {}
        for label in LABELS:
            for text in self.table.get(label, ()):
                if text in listed:
                    raise self._wrong(text, f"'{text}' stands twice", "an entry has one label: take one of them out")
                listed[text] = label
        return listed

    def _valid(self, entry: Entry) -> Entry:
        host = entry.host.replace("*", "x")
        if canonical(host) != host or "." not in entry.key:
            hint = "write a host in lower case, as in 'cdn.example.com'"
            raise self._wrong(entry.text, f"'{entry.text}' is no host", hint)
        return entry

    def _wrong(self, word: str, fact: str, hint: str) -> CatalogueError:
        begin = max(self.text.find(f"[{self.id}]"), 0)
        line = self.text.count("\n", 0, max(self.text.find(word, begin), begin)) + 1
        return CatalogueError(f"{self.file}:{line}: [{self.id}]: {fact}", hint)
