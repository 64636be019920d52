"""Host and path → service, kind, label; host → registrable domain. Each distinct host is looked at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from threading import Lock
from typing import Any, Final, NamedTuple

import numpy as np

from proxyscan.catalogue import OPTIONAL, Catalogue, catalogue, full_catalogue
from proxyscan.codes import named
from proxyscan.entries import NOT_SOCIAL, Entry
from proxyscan.host import at_a_glance, canonical, domain, is_address
from proxyscan.kernels import classes as kernel
from proxyscan.kernels.combinations import Combinations
from proxyscan.kernels.hosts import END_BITS
from proxyscan.layouts import NO_CODE
from proxyscan.layouts.columns import Growing
from proxyscan.layouts.url import split_url
from proxyscan.vendors import is_broad, kind_of

DAY_MS: Final = 86_400_000
NO_CLASS: Final = 0
NO_PATTERN: Final = -1
EPOCH: Final = date(1970, 1, 1)
FOREVER: Final = ((date.min - EPOCH).days, (date.max - EPOCH).days)

MOST_SEEN: Final = 1 << 18
"""Paths that are remembered of hosts whose paths a user's list names."""

Class = tuple[str | None, str | None, str | None]
"""Service id, kind, label; all None for what is no social media; only a kind where the log's category tells it."""


class Pair(NamedTuple):
    """What becomes of one class and one category together.

    `differs`: service and category, where that means another kind, or none that is known.
    `filled`: the category that tells the kind.
    `broad`: a category that means a kind but holds much besides, so that it does not count.
    """

    class_: int
    differs: str = ""
    filled: str = ""
    broad: str = ""


def host_of(url: str) -> tuple[str | None, str | None]:
    """Return canonical host and path of a host name or URL.

    >>> host_of("https://www.YouTube.com/embed/abc?x=1")
    ('www.youtube.com', '/embed/abc')
    """
    raw = url.encode()
    parts = split_url(raw)
    host = raw[slice(*parts.host)].decode() if parts.host[0] >= 0 else ""
    path = raw[slice(*parts.path)].decode() if parts.path[0] >= 0 else None
    return (canonical(host) if host else None), path


def lookup(url: str, day: date | None = None, among: Catalogue | None = None) -> Entry | None:
    """Return the catalogue's entry for a host name or URL on a day (default: today's owners), or None.

    >>> lookup("https://t.co/i/adsct").label, lookup("notfacebook.com")
    ('widget', None)
    """
    host, path = host_of(url)
    return (among or catalogue()).lookup(host, path, day) if host else None


def explain(url: str, day: date | None = None, among: Catalogue | None = None) -> dict[str, Any]:
    """Return what a host name or URL is on a day, the entry that says so, and why it is nothing when it is.

    Of all services, the optional ones too, unless `among` says otherwise.

    >>> explain("developers.facebook.com")["why"]
    'its entry developers.facebook.com says: no social media'
    """
    among = among or full_catalogue()
    host, path = host_of(url)
    entry = among.covering(host, path, day) if host else None
    social = entry if entry is not None and entry.label != NOT_SOCIAL else None
    return {
        "asked": url,
        "host": host,
        "domain": domain(host) if host else None,
        "service": social.service.id if social else None,
        "kind": social.service.kind if social else None,
        "label": social.label if social else None,
        "counts_by_default": bool(social and (social.source or social.service.kind not in OPTIONAL)),
        "entry": entry.text if entry else None,
        "source": (entry.source or "catalogue") if entry else None,
        "why": "" if social else _why_not(host, entry, among),
    }


def _why_not(host: str | None, entry: Entry | None, among: Catalogue) -> str:
    if host is None:
        return "no host name in it"
    if entry is not None:
        return f"its entry {entry.text} says: no social media"
    if is_address(host):
        return "an address; the catalogue knows names only"
    others = [each for each in among.candidates(host) if not each.host_pattern]
    for other in (each for each in others if not each.path_pattern):
        return f"its entry {other.text} ({other.service.id}) holds only {_span(other)}"
    for other in others:
        return f"not in the catalogue as a whole; only with certain paths, as {other.text}"
    return "not in the catalogue"


def _span(entry: Entry) -> str:
    since = f"since {entry.since}" if entry.since > date.min else ""
    until = f"until {entry.until}" if entry.until < date.max else ""
    return " ".join(filter(None, (since, until)))


class Classifier:
    """The class of each distinct host, and the candidates of those hosts whose paths or days count.

    `classes` grows; class 0 is "no social media". Threads of one run may share a classifier.
    """

    def __init__(self, among: Catalogue | None = None) -> None:
        self.among = among or catalogue()
        self.classes: list[Class] = [(None, None, None)]
        self._numbers: dict[Class, int] = {self.classes[0]: NO_CLASS}
        self._lock, self._numbering = Lock(), Lock()
        self._hosts = Growing(NO_CLASS, np.int32)
        self._ends = np.full(1 << END_BITS, bool(self.among.lists))
        self._ends[at_a_glance([*self.among.ends])[1]] = True
        self._ways: list[tuple[int, int, int]] = []
        self._candidates: list[list[int]] = []
        self._patterns = bytearray()
        self._shared: dict[tuple[int, ...], int] = {}
        self._listed: list[str] = []
        self._seen: dict[tuple[int, str | None, int], int] = {}
        self._paths = self._path_tables()

    def learn(self, names: Sequence[bytes]) -> None:
        """Look at the hosts beyond those already known; `names` is the growing vocabulary of hosts.

        Most hosts are no social media; their last two labels tell so with one look.
        """
        if len(names) <= self._hosts.used:
            return
        with self._lock:
            fresh = names[self._hosts.used :]
            classes = np.zeros(len(fresh), np.int32)
            _, numbers = at_a_glance(fresh)
            for place in np.flatnonzero(self._ends[numbers]).tolist():
                classes[place] = self._look(fresh[place].decode())
            if len(self._ways) > len(self._paths[0]):
                self._paths = self._path_tables()
            self._hosts.extend(classes)

    def _look(self, host: str) -> int:
        """Return the class of a host, or, less than 0, which row of `_ways` tells it: -1 for the first.

        Hosts of the same entries share their row, unless a user's list may have more to say of one of them.
        """
        if not (self.among.has_entry(host) or (self.among.lists and self.among.may_mean(host))):
            return NO_CLASS
        entries = tuple(entry for entry in self.among.candidates(host) if entry.fits_host(host))
        if self.among.lists:
            return self._facts(host, entries)
        shared = tuple(map(id, entries))
        if shared not in self._shared:
            self._shared[shared] = self._facts(host, entries)
        return self._shared[shared]

    def _facts(self, host: str, entries: Sequence[Entry]) -> int:
        begin = len(self._candidates)
        if any(each.path_pattern for one in self.among.lists for each in one.candidates(host)):
            return self._way(begin, begin, self._by_path(host))
        if any(entry.path_pattern or _is_dated(entry) for entry in entries):
            self._candidates += [self._candidate(entry, self.among.settled(host, None, entry)) for entry in entries]
            rest = self.among.settled(host, None, None)
            self._candidates += [] if rest is None else [[*FOREVER, NO_PATTERN, NO_PATTERN, self._number(rest)]]
            return self._way(begin, len(self._candidates), NO_CLASS)
        return self._number(self.among.lookup(host))

    def _way(self, first: int, last: int, otherwise: int) -> int:
        """Return what stands for a host whose class is that of the first candidate that fits, or another one."""
        self._ways.append((first, last, otherwise))
        return -len(self._ways)

    def _candidate(self, entry: Entry, stands: Entry | None) -> list[int]:
        days = [_days(entry.since), _days(entry.until)]
        path = entry.path.rstrip("/").encode()
        begin = len(self._patterns) if entry.path else NO_PATTERN
        self._patterns += path
        return [*days, begin, begin + len(path), self._number(stands)]

    def _by_path(self, host: str) -> int:
        """Return the number, below 0, of a host whose paths a user's list names: these are looked at one by one."""
        self._listed.append(host)
        return -len(self._listed)

    def _path_tables(self) -> tuple[Any, Any, Any]:
        """Return ways, candidates and patterns as `proxyscan.kernels.classes.classify` takes them."""
        ways = np.array(self._ways, np.int64).reshape(-1, 3)
        candidates = np.array(self._candidates, np.int64).reshape(-1, kernel.WIDTH)
        return ways, candidates, np.frombuffer(bytes(self._patterns) or b"\0", np.uint8)

    def classify(self, hosts: Any, paths: Any, data: Any, times: Any) -> Any:
        """Return the class number of each request.

        `hosts`: int32 codes, -1 for none. `paths`: int32 spans (n, 3) into the bytes `data`, or None. `times`: ms.
        """
        spans = np.empty((0, 3), np.int32) if paths is None else paths
        classes, unsure = np.empty(len(hosts), np.int64), np.empty(len(hosts), np.int32)
        tables = self._hosts.values, *self._paths
        kernel.classify(hosts, spans, np.frombuffer(data, np.uint8), times, DAY_MS, *tables, classes, unsure)
        for row in np.flatnonzero(classes < 0) if self._listed else ():
            begin, end = spans[row, :2] if len(spans) else (-1, -1)
            path = None if begin < 0 else bytes(data[begin:end]).decode("utf-8", "replace")
            classes[row] = self._class_of(-int(classes[row]) - 1, path, int(times[row]) // DAY_MS)
        return classes

    def _class_of(self, listed: int, path: str | None, day: int) -> int:
        with self._lock:
            key = listed, path, day
            if key not in self._seen:
                if len(self._seen) >= MOST_SEEN:
                    self._seen.clear()
                on = EPOCH + timedelta(days=day) if day < FOREVER[1] else date.max
                self._seen[key] = self._number(self.among.lookup(self._listed[listed], path, on))
            return self._seen[key]

    def _number(self, entry: Entry | None) -> int:
        social = entry is not None and entry.label != NOT_SOCIAL
        return self.number((entry.service.id, entry.service.kind, entry.label) if entry and social else self.classes[0])

    def number(self, each: Class) -> int:
        """Return the number of a class, a new one if it was not seen before."""
        with self._numbering:
            if each not in self._numbers:
                self._numbers[each] = len(self.classes)
                self.classes.append(each)
            return self._numbers[each]


class Categories:
    """What the log's own category adds to the classes of a classifier: one look for each distinct pair of both.

    Where the catalogue lacks a host, the category's kind counts, without service and label, if that kind is counted
    and the category does not hold much besides it ("Streaming Media" is films, too). The catalogue wins.
    `vendor`: whose codes may stand for categories.
    """

    def __init__(self, classifier: Classifier, vendor: str = "") -> None:
        self.classifier = classifier
        self.vendor = vendor
        self.kinds = classifier.among.kinds
        self.pairs: list[Pair] = []
        self._numbers = Combinations(2)
        self._classes = Growing(NO_CLASS, np.int64)

    def settle(self, classes: Any, codes: Any, words: Sequence[bytes]) -> tuple[Any, Any]:
        """Return the class of each request by both, and the number of its pair in `pairs`.

        `codes`: of the categories in `words`, -1 for none.
        """
        numbers = self._numbers.numbers(np.stack([classes, codes.astype(np.int64)]))
        for class_, code in self._numbers.since(len(self.pairs)):
            category = "" if code == NO_CODE else words[code].decode("utf-8", "backslashreplace")
            self.pairs.append(self._pair(class_, named(category, self.vendor)))
        self._classes.extend([pair.class_ for pair in self.pairs[self._classes.used :]])
        return self._classes.values[numbers], numbers

    def _pair(self, class_: int, category: str) -> Pair:
        service, its_kind, _ = self.classifier.classes[class_]
        kind = kind_of(category) if category else None
        if class_ != NO_CLASS:
            return Pair(class_, f"{service}: {category}" if category and kind != its_kind else "")
        if kind not in self.kinds:
            return Pair(class_)
        if is_broad(category):
            return Pair(class_, broad=category)
        return Pair(self.classifier.number((None, kind, None)), filled=category)


def _is_dated(entry: Entry) -> bool:
    return entry.since > date.min or entry.until < date.max


def _days(day: date) -> int:
    return (day - EPOCH).days
