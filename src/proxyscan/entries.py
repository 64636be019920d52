"""What the catalogue and users' lists are made of: services, entries, and lists of hosts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import date
from functools import cached_property
from typing import Final

from proxyscan.frozen import frozen

NOT_SOCIAL: Final = "none"
"""The label of what lies below a service's host and yet is no social media."""


def suffixes(host: str) -> Iterator[str]:
    """Yield a host and what is above it, the longest first.

    >>> list(suffixes("www.example.org"))
    ['www.example.org', 'example.org', 'org']
    """
    while host:
        yield host
        host = host.partition(".")[2]


@frozen
class Service:
    """A service of the catalogue.

    `closed`: when it ended, "" for a live one or where not known. `needs`: services from whose asset hosts it
    loads as well.
    """

    id: str
    name: str
    kind: str
    owner: str = ""
    launched: str = ""
    closed: str = ""
    needs: tuple[str, ...] = ()


@frozen
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

    @property
    def host(self) -> str:
        """The host part, with `*` where the entry has one."""
        return self.text.partition("/")[0]

    @property
    def key(self) -> str:
        """The fixed end of the host, under which the entry is looked up."""
        return self.host.rpartition("*")[2].partition(".")[2] if "*" in self.host else self.host

    @cached_property
    def host_pattern(self) -> re.Pattern[str] | None:
        """The host as a pattern; None when it is a plain host."""
        return re.compile(re.escape(self.host).replace(r"\*", ".*")) if "*" in self.host else None

    @property
    def path(self) -> str:
        """The path part, "" when the entry has none."""
        return self.text.removeprefix(self.host)

    @cached_property
    def path_pattern(self) -> re.Pattern[str] | None:
        """The path as a pattern; None when the entry has none."""
        pattern = re.escape(self.path.rstrip("/")).replace(r"\*", "[^/]*") + "(?:/.*)?"
        return re.compile(pattern, re.DOTALL) if self.path else None

    def fits_host(self, host: str) -> bool:
        """Tell whether the host, found under this entry's key, is what the host part says."""
        return not self.host_pattern or bool(self.host_pattern.fullmatch(host))

    def fits(self, host: str, path: str | None, day: date) -> bool:
        """Tell whether this entry, found under its key, stands for a contact."""
        if not self.since <= day <= self.until or not self.fits_host(host):
            return False
        return not self.path_pattern or bool(path and self.path_pattern.fullmatch(path))


@frozen
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
        named = mine.host in self.below or mine.host in self.exact or mine.host in self.paths
        if other is None or self.fills or not named:  # a pattern only fills in, like a list of a kind
            return other is None
        return other.service.id != self.service.id and mine.host.count(".") >= other.key.count(".")

    def _entry(self, text: str, label: str) -> Entry:
        return Entry(text, self.service, label, source=self.file)
