"""Draw requests as a proxy of a large council sees them: the same for the same seed, whatever format writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

SOCIAL = {
    "www.youtube.com": "youtube",
    "r4---sn-aigl6nek.googlevideo.com": "youtube",
    "i.ytimg.com": "youtube",
    "www.facebook.com": "facebook",
    "static.xx.fbcdn.net": "facebook",
    "scontent.xx.fbcdn.net": "facebook",
    "www.linkedin.com": "linkedin",
    "static.licdn.com": "linkedin",
    "twitter.com": "twitter",
    "pbs.twimg.com": "twitter",
    "www.instagram.com": "instagram",
    "scontent.cdninstagram.com": "instagram",
    "www.tiktok.com": "tiktok",
    "v16-webapp.tiktokcdn.com": "tiktok",
    "www.reddit.com": "reddit",
    "i.redd.it": "reddit",
}
"""Hosts of social media that are asked for, and their services."""

OTHERS = [
    "www.google.com",
    "outlook.office365.com",
    "www.gstatic.com",
    "windowsupdate.microsoft.com",
    "www.bbc.co.uk",
    "fonts.googleapis.com",
    "www.gov.uk",
    "ichef.bbci.co.uk",
    "ocsp.digicert.com",
    "assets.publishing.service.gov.uk",
    "www.theguardian.com",
]
BLOCKED = ("facebook", "instagram", "tiktok", "reddit")
"""Services that the policy denies to four users of five."""

LABELS = ("www", "cdn", "api", "img", "static", "m")
ENDINGS = ("com", "co.uk", "org", "net", "gov.uk", "io", "de", "org.uk")

USERS = 1500
NAMELESS = 50
"""One user of so many is known by address alone."""

KINDS = {
    "tunnel": 0.40,
    "miss": 0.35,
    "hit": 0.08,
    "not_modified": 0.05,
    "unmodified": 0.03,
    "not_found": 0.02,
    "cut": 0.015,
    "left": 0.01,
    "failed": 0.005,
    "denied": 0.01,
    "challenge": 0.03,
}
"""What becomes of requests, and how often; denials of blocked services come on top."""

KIND = {name: number for number, name in enumerate(KINDS)}
SMALL = ("not_modified", "unmodified")
PAGES = ("denied", "challenge", "failed", "not_found")
SECONDS_PER_REQUEST = 0.04
START = 1_763_769_600.0
AT_ONCE = 100_000
"""Requests drawn at a time; memory does not grow with a log's length."""


@dataclass(frozen=True)
class Requests:
    """A run of requests, one value each.

    `end`, `ms`: when it ended (ms since 1970) and how long it took. `host`, `referrer`: indices into the hosts,
    `referrer` -1 for none. `person`: 0 to `USERS` - 1. `kind`: index into `KINDS`. `connect`: asked by CONNECT.
    `page`, `number`: which path, and the number in it. `down`, `up`: bytes.
    """

    end: np.ndarray
    ms: np.ndarray
    host: np.ndarray
    referrer: np.ndarray
    person: np.ndarray
    kind: np.ndarray
    connect: np.ndarray
    page: np.ndarray
    number: np.ndarray
    down: np.ndarray
    up: np.ndarray

    def first(self, count: int) -> Requests:
        """Return the first `count` of them."""
        return Requests(**{name: values[:count] for name, values in vars(self).items()})


def known_hosts() -> list[str]:
    """Return the real hosts, one of social media after one of the others: the busiest first."""
    social, others = list(SOCIAL), list(OTHERS)
    pairs = [host for pair in zip(others, social, strict=False) for host in pair]
    return pairs + social[len(others) :]


def hosts(count: int, seed: int) -> list[str]:
    """Return the real hosts and `count` made-up ones."""
    rng = np.random.default_rng([seed, 1])
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    names = ("".join(rng.choice(letters, size)) for size in rng.integers(4, 13, count))
    labels, endings = rng.choice(LABELS, count), rng.choice(ENDINGS, count)
    made = (".".join(parts) for parts in zip(labels, names, endings, strict=True))
    return [*known_hosts(), *made]


def traffic(count: int, names: list[str], seed: int, pages: int) -> Iterator[Requests]:
    """Yield `count` requests in the order in which they end; a longer log begins like a shorter one."""
    rng = np.random.default_rng([seed, 2])
    weights = 1 / np.arange(1, len(names) + 1) ** 0.9
    popularity = np.cumsum(weights / weights.sum())
    blocked = np.array([SOCIAL.get(name) in BLOCKED for name in names])
    clock = START
    for done in range(0, count, AT_ONCE):
        ends = clock + np.cumsum(rng.exponential(SECONDS_PER_REQUEST, AT_ONCE))
        clock = float(ends[-1])
        yield _drawn(rng, ends, popularity, blocked, pages).first(min(AT_ONCE, count - done))


def _drawn(
    rng: np.random.Generator, ends: np.ndarray, popularity: np.ndarray, blocked: np.ndarray, pages: int
) -> Requests:
    count = len(ends)
    host = np.searchsorted(popularity, rng.random(count)).clip(max=len(popularity) - 1)
    other = np.searchsorted(popularity, rng.random(count)).clip(max=len(popularity) - 1)
    person = rng.integers(0, USERS, count)
    kind = np.searchsorted(np.cumsum(list(KINDS.values())), rng.random(count)).clip(max=len(KINDS) - 1)
    connect = kind == KIND["tunnel"]
    refused = np.isin(kind, [KIND[name] for name in ("denied", "challenge", "failed")])
    connect |= refused & (rng.random(count) < 0.5)
    kind = np.where(blocked[host] & (person % 5 != 0) & (kind != KIND["challenge"]), KIND["denied"], kind)
    ms, down, up = _sizes(rng, kind)
    return Requests(
        end=np.round(ends * 1000).astype(np.int64),
        ms=ms,
        host=host,
        referrer=np.where(rng.random(count) < 0.4, other, -1),
        person=person,
        kind=kind,
        connect=connect,
        page=rng.integers(0, pages, count),
        number=(10 ** rng.uniform(3, 9, count)).astype(np.int64),
        down=down,
        up=up,
    )


def _sizes(rng: np.random.Generator, kind: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return duration (ms), bytes down and bytes up; one tunnel of two hundred stays open for up to hours."""
    count = len(kind)
    tunnel = kind == KIND["tunnel"]
    long = tunnel & (rng.random(count) < 0.005)
    ms = np.where(long, rng.uniform(60_000, 20_000_000, count), rng.lognormal(4, 1.5, count)).astype(np.int64)
    bulk = rng.lognormal(8, 2, count) * np.where(long, 50, 1)
    small = np.isin(kind, [KIND[name] for name in SMALL])
    page = np.isin(kind, [KIND[name] for name in PAGES])
    down = np.select([small, page], [rng.uniform(200, 500, count), rng.uniform(1500, 4200, count)], bulk + 200)
    down[kind == KIND["left"]] = 0
    return ms, down.astype(np.int64), (rng.lognormal(6, 1, count) + 80).astype(np.int64)
