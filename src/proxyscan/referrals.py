"""What the referrer adds to a request's label: a contact that a page of another site caused is a widget.

Within TLS a proxy sees no referrer, nor in most logs; then the label is the catalogue's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np

from proxyscan.classify import NO_CLASS, Classifier
from proxyscan.host import domain, end
from proxyscan.layouts import NO_CODE

CAUSED: Final = ("use", "asset")
"""Labels of contacts that another site's page turns into a widget."""

END, SERVICE, SEARCHES = 0, 1, 2
"""Columns of what is known of a host: its last two labels, its service, and whether it is a search engine."""

FACTS: Final = 3
UNSEEN: Final = -2
NO_SERVICE: Final = -3
USE: Final = 1

SEARCH: Final = re.compile(
    r"(?:www\.)?google\.(?:com?\.)?[a-z]{2,3}|(?:www\.|cn\.)?bing\.com|(?:html\.|lite\.)?duckduckgo\.com|"
    r"(?:[a-z]{2}\.)?search\.yahoo\.com|(?:www\.)?ecosia\.org|(?:www\.)?qwant\.com|(?:www\.)?startpage\.com|"
    r"search\.brave\.com|(?:www\.)?yandex\.(?:com|ru)|(?:www\.)?baidu\.com"
)
"""Hosts of search engines: what is used from there was clicked on by a person; their pages hold no such widgets."""


class Referrals:
    """The class by the referrer, too. Only hosts of requests for social media are looked at, each once."""

    def __init__(self, classifier: Classifier) -> None:
        self.classifier = classifier
        self._ends: dict[bytes, int] = {}
        self._services: dict[str | None, int] = {None: NO_CODE}
        self._hosts = np.empty((0, FACTS), np.int32)
        self._classes = np.empty((0, FACTS), np.int64)

    def settle(self, classes: Any, hosts: Any, referrers: Any, names: Sequence[bytes]) -> Any:
        """Return the class of each request; `hosts` and `referrers` are codes into `names`, -1 for none."""
        rows = np.flatnonzero((classes > NO_CLASS) & (referrers >= 0))
        if not len(rows):
            return classes
        asked, by = hosts[rows], referrers[rows]
        self._learn(np.unique(np.append(asked, by)), names)
        service, label, widget = self._class_facts()[classes[rows]].T
        same = service == self._hosts[by, SERVICE]
        same |= (label == USE) & (self._hosts[by, SEARCHES] > 0)
        close = np.flatnonzero(~same & (self._hosts[asked, END] == self._hosts[by, END]))
        same[close] = [_one_domain(names[one], names[two]) for one, two in zip(asked[close], by[close], strict=True)]
        settled = classes.copy()
        settled[rows] = np.where(same, classes[rows], widget)
        return settled

    def _learn(self, codes: Any, names: Sequence[bytes]) -> None:
        """Look at hosts that were not seen before."""
        if len(names) > len(self._hosts):
            room = np.full((2 * len(names), FACTS), UNSEEN, np.int32)
            room[: len(self._hosts)] = self._hosts
            self._hosts = room
        for code in codes[self._hosts[codes, END] == UNSEEN].tolist():
            self._hosts[code] = self._facts(names[code])

    def _facts(self, name: bytes) -> tuple[int, int, int]:
        """Return end, service, and whether it is a search engine, of a host; most hosts are neither of these."""
        host, last, among = name.decode(), end(name), self.classifier.among
        entry = among.lookup(host) if last in among.ends or among.lists else None
        service = self._service(entry.service.id if entry else None)
        return self._ends.setdefault(last, len(self._ends)), service, SEARCH.fullmatch(host) is not None

    def _service(self, name: str | None) -> int:
        return self._services.setdefault(name, len(self._services))

    def _class_facts(self) -> Any:
        """Return service, label, and what it is as a widget, of each class."""
        if len(self._classes) < len(self.classifier.classes):
            facts = []
            for number, (service, kind, label) in enumerate([*self.classifier.classes]):
                caused = label in CAUSED
                widget = self.classifier.number((service, kind, "widget")) if caused else number
                facts.append((self._service(service) if service else NO_SERVICE, label == "use", widget))
            self._classes = np.array(facts, np.int64)
        return self._classes


@lru_cache(maxsize=1 << 14)
def _one_domain(one: bytes, two: bytes) -> bool:
    """Tell whether two hosts whose last two labels are the same are of one registrable domain, or one address.

    >>> _one_domain(b"www.example.co.uk", b"static.example.co.uk"), _one_domain(b"a.co.uk", b"b.co.uk")
    (True, False)
    """
    return (domain(one.decode()) or one.decode()) == (domain(two.decode()) or two.decode())
