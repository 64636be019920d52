"""The columns of drawn requests as text, each made when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from traffic import KIND, KINDS, NAMELESS, SOCIAL, USERS, Requests
from words import AGENTS, CATEGORIES, PATHS

Texts = Any


@dataclass
class Lines:
    """The columns of a run of requests as text; each is made when it is first asked for."""

    drawn: Requests
    hosts: Any

    def among(self, words: Sequence[str], which: np.ndarray) -> Texts:
        """Return the word of each number."""
        return pa.array(words, pa.string()).take(pa.array(which))

    def by_kind(self, table: dict[str, tuple[str, ...]], place: int) -> Texts:
        """Return what a table of kinds says at `place`."""
        return self.among([table[kind][place] for kind in KINDS], self.drawn.kind)

    def of_path(self, place: int) -> Texts:
        """Return what the table of paths says at `place`."""
        return self.among([path[place] for path in PATHS], self.drawn.page)

    def clock(self, form: str) -> Texts:
        """Return the second of each request's end, written as strftime's `form` says."""
        seconds, which = np.unique(self.drawn.end // 1000, return_inverse=True)
        return self.among([each.strftime(form) for each in seconds.astype("M8[s]").tolist()], which)

    @cached_property
    def seconds(self) -> Texts:
        """The end in seconds since 1970, without decimals."""
        return digits(self.drawn.end // 1000)

    @cached_property
    def client(self) -> Texts:
        """The client's address."""
        return self.among([f"10.{n // 256}.{n % 256}.{n % 250 + 1}" for n in range(USERS)], self.drawn.person)

    @cached_property
    def user(self) -> Texts:
        """The user's name, `-` before the proxy knows it."""
        named = (self.drawn.person % NAMELESS != 0) & (self.drawn.kind != KIND["challenge"])
        words = [*(f"user{n}" for n in range(USERS)), "-"]
        return self.among(words, np.where(named, self.drawn.person, USERS))

    @cached_property
    def host(self) -> Texts:
        """The host."""
        return self.hosts.take(pa.array(self.drawn.host))

    @cached_property
    def connect(self) -> Any:
        """Whether the request is a CONNECT."""
        return pa.array(self.drawn.connect)

    @cached_property
    def method(self) -> Texts:
        """The method."""
        return pc.if_else(self.connect, "CONNECT", "GET")

    @cached_property
    def path(self) -> Texts:
        """The path of a request that is no CONNECT."""
        number = pc.if_else(pa.array(self.drawn.page == 0), "", digits(self.drawn.number))
        return joined(self.of_path(0), number, self.of_path(1))

    @cached_property
    def local(self) -> Texts:
        """The URL without scheme and host, the query string stripped; `/` for a CONNECT."""
        return pc.if_else(self.connect, "/", joined(self.path, self.mark))

    @cached_property
    def mark(self) -> Texts:
        """The question mark that stays of a query string."""
        return self.among(["?" if path[2] else "" for path in PATHS], self.drawn.page)

    @cached_property
    def url(self) -> Texts:
        """The URL as Squid writes it, the query string stripped."""
        plain = joined("http://", self.host, self.path, self.mark)
        return pc.if_else(self.connect, joined(self.host, ":443"), plain)

    @cached_property
    def mime(self) -> Texts:
        """The type of content, `-` for a tunnel."""
        return pc.if_else(self.connect, "-", self.of_path(3))

    @cached_property
    def peer(self) -> Texts:
        """The server's address."""
        words = [f"{93 + n % 100}.184.{n % 256}.{n * 7 % 256}" for n in range(len(self.hosts))]
        return self.among(words, self.drawn.host)

    @cached_property
    def referrer(self) -> Texts:
        """The page that a request came from, or `-`; a CONNECT has none."""
        some = pa.array((self.drawn.referrer >= 0) & ~self.drawn.connect)
        return pc.if_else(some, joined("https://", self.hosts.take(pa.array(self.drawn.referrer.clip(0))), "/"), "-")

    @cached_property
    def agent(self) -> Texts:
        """The user agent, the same for the same person."""
        return self.among(AGENTS, self.drawn.person % len(AGENTS))

    @cached_property
    def category(self) -> Texts:
        """The vendor's category."""
        words = [
            "Social Networking" if host in SOCIAL else CATEGORIES[n % len(CATEGORIES)]
            for n, host in enumerate(self.hosts.to_pylist())
        ]
        return self.among(words, self.drawn.host)


def digits(numbers: np.ndarray) -> Texts:
    """Return whole numbers as text."""
    return pa.array(numbers).cast(pa.string())


def joined(*parts: Any) -> Texts:
    """Return texts and columns of text joined, line by line."""
    return pc.binary_join_element_wise(*parts, "")
