"""Simulated people, and the proxy's log of what they do under a policy; what is true, the simulator itself notes.

`world(seed)` draws people, their habits and all that they would do; `Life(world, allowed)` is what becomes of it under
a policy: the same intents, so that a blocked and an open log are of the same people. Behaviour differs from world to
world: how often people try what is denied, who never tries, who only once clicks on a link, how heavy pages are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

MONDAY: Final = 1_795_424_400  # 2026-11-23 09:00 UTC
DAY_S: Final = 86_400
INTERVAL_S: Final = 300
BLOCK_PAGE: Final = 3_900

SERVICES: Final = {
    "youtube": (
        "video",
        "www.youtube.com/watch",
        "rr1---sn-a.googlevideo.com/videoplayback",
        "www.youtube.com/embed/x",
    ),
    "vimeo": ("video", "vimeo.com/123", "f.vimeocdn.com/p/x", "player.vimeo.com/video/1"),
    "facebook": (
        "social-network",
        "www.facebook.com/home",
        "scontent.xx.fbcdn.net/a",
        "www.facebook.com/plugins/like.php",
    ),
    "vk": ("social-network", "vk.com/feed", "sun1-1.userapi.com/a", "vk.com/widget_like.php"),
    "instagram": ("photo", "www.instagram.com/x/", "scontent.cdninstagram.com/a", "www.instagram.com/embed.js"),
    "pinterest": ("photo", "www.pinterest.com/x", "i.pinimg.com/x", "assets.pinterest.com/js/pinit.js"),
}
"""Service: kind, a page, what its media hosts serve, a widget of it on other sites."""

SIBLINGS: Final = {"youtube": "vimeo", "facebook": "vk", "instagram": "pinterest"}
USE, ASSET, WIDGET, OTHER = range(4)


@dataclass(frozen=True)
class Contacts:
    """Requests before any policy: of whom, when (seconds), of which service, what label, and how many bytes."""

    person: np.ndarray
    time: np.ndarray
    service: np.ndarray
    label: np.ndarray
    bytes: np.ndarray

    def where(self, rows: np.ndarray) -> Contacts:
        return Contacts(*(each[rows] for each in (self.person, self.time, self.service, self.label, self.bytes)))


def together(parts: list[Contacts]) -> Contacts:
    names = ("person", "time", "service", "label", "bytes")
    return Contacts(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True)
class World:
    """People in groups, days, services, and what they would do if all were open.

    `sessions`: person, time, service, and whether the person tries it where it is denied, and how often again.
    """

    seed: int
    groups: np.ndarray
    days: int
    services: tuple[str, ...]
    person: np.ndarray
    time: np.ndarray
    service: np.ndarray
    tries: np.ndarray
    again: np.ndarray
    wanted: Contacts
    caused: Contacts
    rest: Contacts


def world(seed: int, widgets: float | None = None) -> World:
    """Draw a world; `widgets`: so many widgets per page of another site."""
    rng = np.random.default_rng(seed)
    people, days = int(rng.integers(60, 301)), int(rng.integers(5, 16))
    groups = rng.choice(rng.integers(2, 5), people, p=None)
    target = str(rng.choice([*SIBLINGS]))
    services = (target, SIBLINGS[target])
    rate, tries, again = _habits(rng, groups, people, days)
    person, service = np.nonzero(rate)
    count = rng.poisson(rate[person, service] * days)
    person, service = np.repeat(person, count), np.repeat(service, count)
    time = _times(rng, len(person), days)
    pages = rng.geometric(1 / rng.uniform(2, 8), len(person))
    curious = np.flatnonzero(rng.random(people) < rng.uniform(0, 0.3))
    person, service = np.append(person, curious), np.append(service, np.zeros(len(curious), np.int64))
    time, pages = np.append(time, _times(rng, len(curious), days)), np.append(pages, np.ones(len(curious), np.int64))
    attempts = rng.random(len(person)) < tries[person]
    attempts[len(person) - len(curious) :] = True
    retries = rng.poisson(again, len(person))
    weight = rng.lognormal(0, 0.35, 2)
    wanted = _pages(rng, person, time, service, pages, weight, heavy=target == "youtube")
    visits = _background(rng, people, days)
    per_page = rng.uniform(0.1, 1.5) if widgets is None else widgets
    caused = _widgets(rng, visits, per_page)
    return World(seed, groups, days, services, person, time, service, attempts, retries, wanted, caused, visits)


def _habits(rng, groups, people, days):
    """Return sessions a day per person and service, how likely each person tries what is denied, and tries again."""
    interest = rng.gamma(rng.uniform(0.5, 2), 1, (people, 2)) * (rng.random((people, 2)) > rng.uniform(0.2, 0.7))
    by_group = rng.lognormal(0, 0.4, (groups.max() + 1, 2))
    rate = interest * by_group[groups] * rng.uniform(0.2, 1.2)
    propensity = rng.uniform(0.35, 1.0)
    tries = rng.beta(6 * propensity, 6 * (1 - propensity) + 0.01, people)
    never = rng.random(people) < rng.uniform(0, 0.35)  # they know that it is blocked; they would come if it were not
    return rate, np.where(never, 0, tries), rng.uniform(0.5, 3)


def _times(rng, count, days):
    """Return seconds at which sessions begin: on working days, within working hours, most around noon."""
    day = rng.integers(0, days, count)
    hours = rng.normal(3.6, 2.2, count)
    hours = np.where((hours > 0) & (hours < 8.4), hours, rng.uniform(0, 8.4, count))
    return MONDAY + (day + 2 * (day // 5)) * DAY_S + hours * 3600


def _pages(rng, person, time, service, pages, weight, heavy) -> Contacts:
    """Return the requests of the pages of sessions: the page itself, and what its media hosts serve."""
    session = np.repeat(np.arange(len(person)), pages)
    first = np.repeat(np.cumsum(pages) - pages, pages)
    gaps = rng.exponential(rng.uniform(20, 90), len(session))
    passed = np.cumsum(gaps)
    at = time[session] + passed - passed[first]
    assets = rng.poisson(rng.uniform(2, 6), len(session))
    streams = np.where(service[session] < 2, rng.lognormal(1.5, 0.9, len(session)), 0).astype(int) if heavy else assets
    number = np.minimum(streams if heavy else assets, 60)
    page = np.repeat(np.arange(len(session)), number)
    place = np.arange(len(page)) - np.repeat(np.cumsum(number) - number, number)
    size = rng.lognormal(np.log(700e3), 0.5, len(page)) if heavy else rng.lognormal(np.log(45e3), 1.3, len(page))
    own = np.arange(len(session))
    rows = np.append(own, page)
    which = service[session[rows]]
    offset = np.append(np.zeros(len(own)), place * (8.0 if heavy else 0.2) + 0.5)
    sizes = np.append(rng.lognormal(np.log(60e3), 0.9, len(own)), size) * weight[which]
    label = np.append(np.full(len(own), USE), np.full(len(page), ASSET))
    return Contacts(person[session[rows]], at[rows] + offset, which, label, sizes.astype(np.int64))


def _background(rng, people, days) -> Contacts:
    """Return the pages of other sites."""
    count = rng.poisson(rng.uniform(8, 20) * days, people)
    person = np.repeat(np.arange(people), count)
    size = rng.lognormal(np.log(200e3), 1.2, len(person)).astype(np.int64)
    nothing = np.full(len(person), -1)
    return Contacts(person, _times(rng, len(person), days), nothing, np.full(len(person), OTHER), size)


def _widgets(rng, pages: Contacts, per_page: float) -> Contacts:
    """Return what pages of other sites ask of social media."""
    rows = np.repeat(np.arange(len(pages.person)), rng.poisson(per_page, len(pages.person)))
    size = rng.lognormal(np.log(15e3), 0.6, len(rows)).astype(np.int64)
    service = rng.integers(0, 2, len(rows))
    return Contacts(pages.person[rows], pages.time[rows] + 1, service, np.full(len(rows), WIDGET), size)


@dataclass(frozen=True)
class Life:
    """A world under a policy. `allowed`: a truth per group and service."""

    world: World
    allowed: np.ndarray

    @cached_property
    def through(self) -> Contacts:
        """What the policy lets through."""
        parts = [each.where(self._may(each)) for each in (self.world.wanted, self.world.caused)]
        return together([*parts, self.world.rest])

    def _may(self, contacts: Contacts) -> np.ndarray:
        return self.allowed[self.world.groups[contacts.person], contacts.service]

    @cached_property
    def denied(self) -> Contacts:
        """What it denies: of a session that is denied, those who try ask for one page, some of them again."""
        it = self.world
        asks = np.flatnonzero(~self.allowed[it.groups[it.person], it.service] & it.tries)
        rows = np.repeat(asks, 1 + it.again[asks])
        place = np.arange(len(rows)) - np.repeat(np.cumsum(1 + it.again[asks]) - 1 - it.again[asks], 1 + it.again[asks])
        shape = np.full(len(rows), USE), np.full(len(rows), BLOCK_PAGE)
        asked = Contacts(it.person[rows], it.time[rows] + 4.0 * place, it.service[rows], *shape)
        blocked = it.caused.where(~self._may(it.caused))
        return together([asked, Contacts(blocked.person, blocked.time, blocked.service, blocked.label, blocked.bytes)])

    def visits(self, side: Contacts, service: int) -> int:
        """Return how many visits there are: persons by hour."""
        rows = side.where((side.service == service) & (side.label == USE))
        return len({*zip(rows.person.tolist(), (rows.time // 3600).tolist(), strict=True)})

    def users(self, side: Contacts, service: int) -> int:
        """Return how many people came."""
        return len(np.unique(side.person[(side.service == service) & (side.label == USE)]))

    def social_bytes(self, service: int, labels: tuple[int, ...] = (USE, ASSET, WIDGET)) -> int:
        """Return the bytes of a service."""
        rows = (self.through.service == service) & np.isin(self.through.label, labels)
        return int(self.through.bytes[rows].sum())

    def rates(self) -> np.ndarray:
        """Return the Mbit/s of the intervals from the first request to the last."""
        everything = np.append(self.through.time, self.denied.time) // INTERVAL_S
        place = (self.through.time // INTERVAL_S - everything.min()).astype(int)
        length = int(everything.max() - everything.min()) + 1
        return np.bincount(place, self.through.bytes, length) * 8 / INTERVAL_S / 1e6

    def write(self, path: Path, groups: Path | None = None, referrers: bool = False) -> None:
        """Write the log, with a pair of 407s before every tenth request, and the file of groups."""
        rng = np.random.default_rng(self.world.seed + 1)
        urls = [
            "http://news.example/story",
            *(f"https://{page}" for s in self.world.services for page in SERVICES[s][1:]),
        ]
        write = _combined if referrers else _native
        lines: list[tuple[float, str]] = []
        for side, denied in ((self.through, False), (self.denied, True)):
            url = np.where(side.service < 0, 0, 1 + 3 * side.service + np.minimum(side.label, WIDGET))
            asked = rng.random(len(url)) < 0.1
            columns = side.time.tolist(), side.person.tolist(), url.tolist(), side.bytes.tolist(), asked.tolist()
            for time, person, which, size, pair in zip(*columns, strict=True):
                lines += [(time - 0.01, write(time - 0.01, person, urls, which, 407, 4000))] * (2 * pair)
                lines.append((time, write(time, person, urls, which, 403 if denied else 200, size)))
        lines.sort()
        path.write_text("".join(line for _, line in lines))
        if groups:
            rows = [f"p{person},g{group}\n" for person, group in enumerate(self.world.groups.tolist())]
            groups.write_text("who,group\n" + "".join(rows))


def _native(time: float, person: int, urls: list[str], which: int, status: int, size: int) -> str:
    code = "TCP_MISS/200" if status == 200 else f"TCP_DENIED/{status}"
    size = size if status == 200 else BLOCK_PAGE
    user = "-" if status == 407 else f"p{person}"
    return (
        f"{time:.3f} 0 10.0.{person >> 8}.{person & 255} {code} {size} GET {urls[which]} {user} HIER_NONE/- text/html\n"
    )


def _combined(time: float, person: int, urls: list[str], which: int, status: int, size: int) -> str:
    """Return a line with the referrer; a widget is told by it alone: it asks for the service's page itself."""
    stamp = np.datetime64(int(time), "s").item().strftime("%d/%b/%Y:%H:%M:%S +0000")
    widget, which = which in (3, 6), which - 2 if which in (3, 6) else which
    by = "http://news.example/" if widget else f"https://{urls[which].split('/')[2]}/" if which in (2, 5) else "-"
    code = "TCP_MISS" if status == 200 else "TCP_DENIED"
    user, size = "-" if status == 407 else f"p{person}", size if status == 200 else BLOCK_PAGE
    who = f"10.0.{person >> 8}.{person & 255} - {user} [{stamp}]"
    return f'{who} "GET {urls[which]} HTTP/1.1" {status} {size} "{by}" "-" {code}:X\n'


def policies(it: World) -> tuple[Life, Life, str]:
    """Return a world as it is now, as it would be with the first service open, and where its use can be seen now.

    In three of four worlds one group may use it; else nobody may, but a service of the same kind.
    """
    rng = np.random.default_rng(it.seed + 2)
    by_group = rng.random() < 0.75
    now = np.ones((int(it.groups.max()) + 1, 2), np.bool_)
    now[:, 0] = False
    now[0, 0] = by_group
    return Life(it, now), Life(it, np.ones_like(now)), "groups" if by_group else "kind"
