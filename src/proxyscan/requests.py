"""From a block of lines to requests: the layout's columns, hosts in canonical form, outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from proxyscan.decide import Decider, Policy
from proxyscan.format import Format
from proxyscan.host import canonical, is_address
from proxyscan.layouts import NO_CODE, NULL, Block, Columns, Vocabulary
from proxyscan.layouts.columns import Codes
from proxyscan.layouts.fast import FastReader


@dataclass
class Requests:
    """The requests of one block: the log's columns, and what was concluded from them.

    `host`: codes into `Parser.hosts`. `outcome`: codes into `schema.OUTCOMES`. `reason`: codes into
    `Parser.reasons`. `cached`: 1, 0, or -1 where the log does not say. `doubts`: sentence → requests.
    """

    block: Block
    columns: Columns
    host: Codes
    outcome: Codes
    reason: Codes
    cached: Codes
    doubts: dict[str, int]


class Hosts:
    """The canonical form of each distinct raw host, looked at once per run."""

    def __init__(self, raw: Vocabulary) -> None:
        self.raw = raw
        self.names = Vocabulary()
        self._codes: list[int] = []
        self._address: list[bool] = []
        self._table = np.array([NO_CODE], np.int32)  # the codes, and one more for "no host" (-1)

    def codes(self, raw: Codes) -> Codes:
        """Return the codes into `names` of raw hosts; `NO_CODE` for what is no host."""
        self._learn()
        return self._table[raw]

    def unnamed(self, raw: Codes) -> Any:
        """Tell which raw hosts are addresses or nothing."""
        self._learn()
        return np.array([*self._address, True])[raw]

    def _learn(self) -> None:
        fresh = self.raw.words[len(self._codes) :]
        for word in fresh:
            name = canonical(word.decode("utf-8", "replace"))
            self._codes.append(NO_CODE if name is None else self.names.code(name.encode()))
            self._address.append(name is None or is_address(name))
        if fresh:
            self._table = np.array([*self._codes, NO_CODE], np.int32)


class Parser:
    """Turns blocks of one log's lines into requests; its vocabularies grow from block to block."""

    def __init__(self, format: Format, wrapper: str = "", policy: Policy | None = None) -> None:
        self.format = format
        self.reader = FastReader(format.layout, wrapper)
        self.decider = Decider(format, policy or Policy())
        self.hosts = Hosts(self.reader.vocabularies.get("host", Vocabulary()))

    @property
    def reasons(self) -> Vocabulary:
        """The distinct reasons so far."""
        return self.decider.reasons

    def parse(self, block: Block) -> Requests:
        """Return the requests of a block."""
        return self.conclude(block, self.reader.read(block))

    def conclude(self, block: Block, columns: Columns) -> Requests:
        """Return the requests of a block that the reader has turned into columns."""
        _plausible(columns)
        if self.format.stamp == "start":
            _at_end(columns)
        host, rewritten = self._host(columns)
        numbers = self.decider.decide(columns, rewritten, self.reader.vocabularies)
        outcome, reason, cached = self.decider.rows(numbers)
        return Requests(block, columns, host, outcome, reason, cached, self.decider.doubts(numbers))

    def _host(self, columns: Columns) -> tuple[Codes, Codes | None]:
        """Return the host that was asked for, and whether another one answered (1, 0, -1: not known)."""
        nothing = np.full(columns.rows, NO_CODE, np.int32)
        raw = columns.codes.get("host", nothing)
        served = columns.codes.get("served_host")
        if "asked_host" in columns.codes:
            asked = columns.codes["asked_host"]
            served, raw = raw if served is None else served, np.where(asked >= 0, asked, raw)
        if "sni" in columns.codes:
            named = (columns.codes["sni"] >= 0) & self.hosts.unnamed(raw)
            raw = np.where(named, columns.codes["sni"], raw)
        host = self.hosts.codes(raw)
        return host, None if served is None else _different(host, self.hosts.codes(served))


def _at_end(columns: Columns) -> None:
    """Turn the time of a transaction's start into that of its end, where the log says how long it took."""
    duration = columns.numbers.get("duration_ms")
    if duration is not None:
        columns.numbers["time"] += np.where(duration == NULL, 0, duration)


def _different(asked: Codes, served: Codes) -> Codes:
    known = (asked >= 0) & (served >= 0)
    return np.where(known, asked != served, NO_CODE).astype(np.int32)


def _plausible(columns: Columns) -> None:
    """Turn numbers that cannot be into "not said": a negative size or duration, a status beyond 3 digits."""
    for name, low, high in (
        ("bytes_down", 0, None),
        ("bytes_up", 0, None),
        ("duration_ms", 0, None),
        ("status", -999, 999),
    ):
        values = columns.numbers.get(name)
        if values is not None:
            values[(values < low) | (values > (np.iinfo(np.int64).max if high is None else high))] = NULL
