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

import re
import tomllib
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from proxyscan import schema
from proxyscan.errors import CatalogueError, nearest
from proxyscan.host import canonical

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

NOT_SOCIAL: Final = "none"
LABELS: Final = (*schema.LABELS, NOT_SOCIAL)
TEXT_KEYS: Final = ("name", "owner", "launched", "closed")
DAY_KEYS: Final = ("since", "until")


@dataclass(frozen=True)
class Service:
    """A service of the catalogue. `closed`: when it ended, "" for a live one or where not known."""

    id: str
    name: str
    kind: str
    owner: str = ""
    launched: str = ""
    closed: str = ""


@dataclass(frozen=True)
class Entry:
    """A host or host and path of a service.

    `since` and `until`: the first and last day it was the service's. `source`: the user's list it is from,
    "" for the catalogue.
    """

    text: str
    service: Service
    label: str
    since: date = date.min
    until: date = date.max
    source: str = ""

    @cached_property
    def host(self) -> str:
        """The host part, with `*` where the entry has one."""
        return self.text.partition("/")[0]

    @cached_property
    def key(self) -> str:
        """The fixed end of the host, under which the entry is looked up."""
        return self.host.rpartition("*")[2].partition(".")[2] if "*" in self.host else self.host

    @cached_property
    def host_pattern(self) -> re.Pattern[str] | None:
        """The host as a pattern; None when it is a plain host."""
        return re.compile(re.escape(self.host).replace(r"\*", ".*")) if "*" in self.host else None

    @cached_property
    def path_pattern(self) -> re.Pattern[str] | None:
        """The path as a pattern; None when the entry has none."""
        path = self.text.removeprefix(self.host)
        return re.compile(re.escape(path.rstrip("/")).replace(r"\*", "[^/]*") + "(?:/.*)?", re.DOTALL) if path else None

    def fits(self, host: str, path: str | None, day: date) -> bool:
        """Tell whether this entry, found under its key, stands for a contact."""
        if not self.since <= day <= self.until or (self.host_pattern and not self.host_pattern.fullmatch(host)):
            return False
        return not self.path_pattern or bool(path and self.path_pattern.fullmatch(path))


@dataclass(frozen=True)
class HostList:
    """A user's list: hosts of one service, with their labels; `none` takes a host out of the list again.

    `below`: a host and all below it. `exact`: the host alone. `paths`: entries with a path, by host.
    `patterns`: regular expressions searched in a whole host, asked last. `fills`: the list is of a kind.
    """

    file: str
    syntax: str
    service: Service
    below: Mapping[str, str]
    exact: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    patterns: tuple[tuple[re.Pattern[str], str], ...] = ()
    fills: bool = False
    skipped: int = 0

    def candidates(self, host: str) -> Iterator[Entry]:
        """Yield what the list says of a canonical host, the entry that wins first."""
        if host in self.exact:
            yield self._entry(host, self.exact[host])
        for suffix in suffixes(host):
            yield from self.paths.get(suffix, ())
            if suffix in self.below:
                yield self._entry(suffix, self.below[suffix])
        for pattern, label in self.patterns:
            if pattern.search(host):
                yield self._entry(host, label)

    def covering(self, host: str, path: str | None = None) -> Entry | None:
        """Return the list's entry for a host and path, or None."""
        found = next((each for each in self.candidates(host) if each.fits(host, path, date.max)), None)
        return None if found is None or found.label == NOT_SOCIAL else found

    def beats(self, mine: Entry, other: Entry | None) -> bool:
        """Tell whether an entry of this list stands against the one found so far."""
        if other is None or self.fills:
            return other is None
        return other.service.id != self.service.id and mine.host.count(".") >= other.key.count(".")

    def _entry(self, text: str, label: str) -> Entry:
        return Entry(text, self.service, label, source=self.file)


@dataclass(frozen=True)
class Catalogue:
    """The entries that count, looked up by the labels of a host from the right, and the user's lists."""

    entries: tuple[Entry, ...]
    lists: tuple[HostList, ...] = ()
    _by_key: dict[str, tuple[Entry, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.entries:
            self._by_key[entry.key] = (*self._by_key.get(entry.key, ()), entry)
        for key, entries in self._by_key.items():
            self._by_key[key] = tuple(sorted(entries, key=_precedence))

    def candidates(self, host: str) -> Iterator[Entry]:
        """Yield the catalogue's entries that may stand for a canonical host, the one that wins first."""
        for suffix in suffixes(host):
            yield from self._by_key.get(suffix, ())

    @cached_property
    def ends(self) -> frozenset[bytes]:
        """The last two labels of every key: a host that ends in none of them is in no entry."""
        return frozenset(".".join(key.split(".")[-2:]).encode() for key in self._by_key)

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
        found = next((entry for entry in self.candidates(host) if entry.fits(host, path, on)), None)
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


def suffixes(host: str) -> Iterator[str]:
    """Yield a host and what is above it, the longest first.

    >>> list(suffixes("www.example.org"))
    ['www.example.org', 'example.org', 'org']
    """
    while host:
        yield host
        host = host.partition(".")[2]


def _precedence(entry: Entry) -> tuple[bool, bool, int]:
    return entry.host_pattern is None, entry.path_pattern is None, -len(entry.text)


def check_names(names: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raise `CatalogueError` for the first name that is not known, with the nearest one that is."""
    known = set(known)
    for name in sorted(set(names) - known):
        raise CatalogueError(f"no {what} is called '{name}'", nearest(name, known))


@cache
def full_catalogue() -> Catalogue:
    """Return all services of the catalogue, the optional kinds too."""
    return Catalogue(tuple(entry for file in sorted(FOLDER.glob("*.toml")) for entry in read_entries(file)))


@cache
def catalogue() -> Catalogue:
    """Return the services that count by default: those of the core kinds."""
    return Catalogue(tuple(entry for entry in full_catalogue().entries if entry.service.kind not in OPTIONAL))


def read_entries(file: Path) -> Iterator[Entry]:
    """Yield the entries of one catalogue file, whose name is the kind of its services.

    Raises `CatalogueError` with the file, the service and what was expected.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise CatalogueError(f"{file}: {problem}", "a catalogue file is TOML with a table per service") from problem
    for id, table in tables.items():
        yield from _service_entries(f"{file}: [{id}]", id, table, file.stem)


def _service_entries(place: str, id: str, table: Mapping[str, Any], kind: str) -> Iterator[Entry]:
    for key in table.keys() - {*TEXT_KEYS, *DAY_KEYS, *LABELS}:
        raise CatalogueError(f"{place}: unknown key '{key}'", nearest(key, [*TEXT_KEYS, *DAY_KEYS, *LABELS]))
    for key in {"name", "owner"} - table.keys():
        raise CatalogueError(f"{place}: the key '{key}' is missing", f'write {key} = "…"')
    service = Service(id=id, kind=kind, **{key: table[key] for key in TEXT_KEYS if key in table})
    days = {key: table.get(key, {}) for key in DAY_KEYS}
    listed = {text: label for label in LABELS for text in table.get(label, ())}
    for text in {*days["since"], *days["until"]} - listed.keys():
        raise CatalogueError(f"{place}: '{text}' has a day but is no entry", nearest(text, listed))
    for text, label in listed.items():
        host = text.partition("/")[0]  # a path's days are its host's, unless it has its own
        since, until = (days[key].get(text, days[key].get(host)) for key in DAY_KEYS)
        yield _valid(place, Entry(text, service, label, since or date.min, until or date.max))


def _valid(place: str, entry: Entry) -> Entry:
    if canonical(entry.host.replace("*", "x")) != entry.host.replace("*", "x") or "." not in entry.key:
        raise CatalogueError(
            f"{place}: '{entry.text}' is no host", "write a host in lower case, as in 'cdn.example.com'"
        )
    return entry
