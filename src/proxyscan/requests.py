"""From a block of lines to requests: the layout's columns, hosts in canonical form, outcomes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from threading import Lock
from typing import Any, Final

import numpy as np

from proxyscan.decide import Decided, Decider, Policy
from proxyscan.format import Format
from proxyscan.host import at_a_glance, canonical, is_address
from proxyscan.layouts import NO_CODE, NULL, Block, Columns, Vocabulary, unwrap
from proxyscan.layouts.columns import Codes, Growing
from proxyscan.layouts.fast import FastReader
from proxyscan.layouts.read import NO_TIME
from proxyscan.layouts.values import LAST_TIME
from proxyscan.zone import Zone, zone


@dataclass
class Requests:
    """The requests of one block: the log's columns, and what was concluded from them.

    `host`: codes into `Parser.hosts`. `doubts`: sentence → requests. `zones`: name → requests whose local time was
    read as of this zone; `twice`: how many of these local times occur twice.
    """

    block: Block
    columns: Columns
    host: Codes
    decided: Decided
    doubts: dict[str, int]
    zones: dict[str, int]
    twice: int

    @property
    def outcome(self) -> Codes:
        """Codes into `schema.OUTCOMES`."""
        return self.decided.outcome

    @property
    def reason(self) -> Codes:
        """Codes into `Parser.reasons`."""
        return self.decided.reason

    @property
    def cached(self) -> Codes:
        """1, 0, or -1 where the log does not say."""
        return self.decided.cached


class HostNames:
    """The distinct hosts of a run in canonical form; its threads share them, each looked at once."""

    def __init__(self) -> None:
        self.names = Vocabulary()
        self.unnamed = Growing(True, np.bool_)
        self._codes: dict[bytes, int] = {}
        self._lock = Lock()

    def learn(self, raw: Sequence[bytes]) -> Codes:
        """Return the codes of raw hosts; `NO_CODE` for what is no host. `unnamed` tells which codes are addresses."""
        with self._lock:
            fresh = [word for word in raw if word not in self._codes]
            plain, _ = at_a_glance(fresh)
            self._add([*compress(fresh, plain)], unnamed=False)
            for word in compress(fresh, ~plain):
                self._codes[word] = self._look(word)
            return np.fromiter(map(self._codes.__getitem__, raw), np.int32, len(raw))

    def _add(self, names: Sequence[bytes], unnamed: bool) -> None:
        """Give new names in canonical form the next codes."""
        self.unnamed.extend(np.full(len(names), unnamed))
        self._codes.update(zip(names, range(len(self.names), len(self.names) + len(names)), strict=True))
        self.names.extend(names)

    def _look(self, word: bytes) -> int:
        host = canonical(word.decode("utf-8", "replace"))
        if host is None:
            return NO_CODE
        name = host.encode()
        if name not in self._codes:
            self._add([name], is_address(host))
        return self._codes[name]


PLAUSIBLE: Final = {
    **dict.fromkeys(("bytes_down", "bytes_up", "duration_ms"), (0, 10**15)),  # a petabyte; some more, and sums overflow
    "status": (-999, 999),
    "port": (0, 65535),
}
"""The least and the highest number that can be."""

HOSTS: Final = frozenset({"host", "asked_host", "served_host", "sni"})
"""The columns that tell which host was asked for."""


class Hosts:
    """The codes of the raw hosts of one reader in the hosts of the run."""

    def __init__(self, raw: Vocabulary, shared: HostNames) -> None:
        self.raw = raw
        self.shared = shared
        self._codes = Growing(NO_CODE, np.int32)

    @property
    def names(self) -> Vocabulary:
        """The hosts of the run."""
        return self.shared.names

    def codes(self, raw: Codes) -> Codes:
        """Return the codes into `names` of raw hosts; `NO_CODE` for what is no host."""
        if self._codes.used < len(self.raw):
            self._codes.extend(self.shared.learn(self.raw.words[self._codes.used :]))
        return self._codes.values.take(raw)

    def unnamed(self, raw: Codes) -> Any:
        """Tell which raw hosts are addresses or nothing."""
        return self.shared.unnamed.values[self.codes(raw)]


class Parser:
    """Turns blocks of one log's lines into requests; its vocabularies grow from block to block.

    Parsers of one run share `hosts`. `want` names the columns to build (None: all) beside those that the
    format's rules read; `tz` is the zone of local times (default: the machine's). One thread at a time.
    """

    def __init__(
        self,
        format: Format,
        wrapper: str = "",
        policy: Policy | None = None,
        hosts: HostNames | None = None,
        want: frozenset[str] | None = None,
        tz: Zone | None = None,
    ) -> None:
        self.format = format
        self.zone = tz
        self.wrapper = wrapper
        self.notices = re.compile(format.notices.encode()) if format.notices else None
        self.decider = Decider(format, policy or Policy())
        self.reader = FastReader(format.layout, wrapper, want and want | HOSTS | {*self.decider.inputs})
        self.hosts = Hosts(self.reader.vocabularies.get("host", Vocabulary()), hosts or HostNames())

    @property
    def reasons(self) -> Vocabulary:
        """The distinct reasons so far."""
        return self.decider.reasons

    def parse(self, block: Block) -> Requests:
        """Return the requests of a block."""
        columns = self.reader.read(block)
        if "time" not in columns.numbers:
            _reject_all(columns, block)
        if self.notices and len(columns.rejects):
            self._note(columns, block, self.notices)
        _plausible(columns)
        host, rewritten = self._host(columns)
        decided = self.decider.decide(columns, rewritten, self.reader.vocabularies)
        requests = decided.requests()
        if requests is not None:
            columns.keep(requests)
            host, decided = host[requests], decided.keep(requests)
        zones, twice = self._in_utc(columns)
        if self.format.stamp == "start":
            _at_end(columns)
        return Requests(block, columns, host, decided, self.decider.doubts(decided), zones, twice)

    def _note(self, columns: Columns, block: Block, notices: re.Pattern[bytes]) -> None:
        """Count rejects that are messages of the product as lines of other kinds than web requests."""
        rejects = columns.rejects
        kept = [not notices.match(unwrap(line, self.wrapper).text) for line in map(block.line, rejects.offsets)]
        columns.other += kept.count(False)
        columns.rejects = rejects.where(kept)

    def _in_utc(self, columns: Columns) -> tuple[dict[str, int], int]:
        """Turn local times into UTC; return how many there were by the zone's name, and how many occur twice."""
        naive = columns.numbers.get("naive")
        rows = np.flatnonzero(naive > 0) if naive is not None else ()
        if not len(rows):
            return {}, 0
        self.zone = zone(self.format.zone) if self.format.zone else self.zone or zone()
        time = columns.numbers["time"]
        utc, twice = self.zone.to_utc(time[rows])
        time[rows] = np.minimum(utc, LAST_TIME - 1)  # west of Greenwich the year 9999 ends later
        return {self.zone.name: len(rows)}, twice

    def _host(self, columns: Columns) -> tuple[Codes, Codes | None]:
        """Return the host that was asked for, and whether another one answered (1, 0, -1: not known)."""
        raw = columns.codes["host"] if "host" in columns.codes else np.full(columns.rows, NO_CODE, np.int32)
        served = columns.codes.get("served_host")
        if "asked_host" in columns.codes:
            asked = columns.codes["asked_host"]
            served, raw = raw if served is None else served, np.where(asked >= 0, asked, raw)
        if "sni" in columns.codes:
            named = (columns.codes["sni"] >= 0) & self.hosts.unnamed(raw)
            raw = np.where(named, columns.codes["sni"], raw)
        host = self.hosts.codes(raw)
        return host, None if served is None else _different(host, self.hosts.codes(served))


def _reject_all(columns: Columns, block: Block) -> None:
    """Turn requests into rejects: their layout has no time, and no wrapper with one stands before them."""
    for offset in columns.offsets.tolist():
        columns.rejects.add(offset, NO_TIME, block.line(offset))
    columns.keep(np.zeros(columns.rows, np.bool_))
    columns.other = 0


def _at_end(columns: Columns) -> None:
    """Turn the time of a transaction's start into that of its end, where the log says how long it took.

    The time is in UTC, as clocks may change meanwhile. What ends in no year that there is, does not say how long.
    """
    time, duration = columns.numbers["time"], columns.numbers.get("duration_ms")
    if duration is not None:
        duration[duration >= LAST_TIME - time] = NULL
        time += np.where(duration == NULL, 0, duration)


def _different(asked: Codes, served: Codes) -> Codes:
    known = (asked >= 0) & (served >= 0)
    return np.where(known, asked != served, NO_CODE).astype(np.int32)


def _plausible(columns: Columns) -> None:
    """Turn numbers that cannot be into "not said": a negative size, one of petabytes, a status of 4 digits."""
    for name, (least, most) in PLAUSIBLE.items():
        numbers = columns.numbers.get(name)
        if numbers is not None and (numbers.min(initial=0) < least or numbers.max(initial=0) > most):
            numbers[(numbers < least) | (numbers > most)] = NULL
