"""Small worlds: people who ask a Squid for hosts, under a policy, on some days; and their log."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

import proxyscan
from proxyscan.summary import Summary

MONDAY = date(2026, 9, 7)

Policy = Callable[["Visit"], bool]
"""Tells whether a visit is let through."""


@dataclass(frozen=True)
class Visit:
    """A request of a person for a host at a time."""

    time: datetime
    person: str
    host: str
    size: int = 20_000
    path: str = ""


def line(visit: Visit, allowed: bool) -> str:
    """Return the line that Squid writes: of a tunnel, or of a page where there is a path."""
    stamp = visit.time.timestamp()
    what = f"GET http://{visit.host}{visit.path}" if visit.path else f"CONNECT {visit.host}:443"
    result, size, way = (
        ("TCP_MISS/200", visit.size, "HIER_DIRECT") if allowed else ("TCP_DENIED/403", 3900, "HIER_NONE")
    )
    result = "TCP_TUNNEL/200" if allowed and not visit.path else result
    return f"{stamp:.3f} {'900' if allowed else '0':>6} 10.1.0.9 {result} {size} {what} {visit.person} {way}/- -\n"


def log(path: Path, visits: Iterable[Visit], policy: Policy) -> Path:
    """Write the log of visits under a policy."""
    ordered = sorted(visits, key=lambda visit: visit.time)
    path.write_text("".join(line(visit, policy(visit)) for visit in ordered))
    return path


def summary(folder: Path, visits: Iterable[Visit], policy: Policy, **options) -> Summary:
    """Return the summary of the log of visits under a policy."""
    path = log(folder / "world.log", visits, policy)
    return proxyscan.scan(path, format="squid", **options)


def days(count: int, first: date = MONDAY, weekends: bool = False) -> Iterator[date]:
    """Yield so many days, without Saturdays and Sundays unless these are wanted."""
    while count:
        if weekends or first.weekday() < 5:
            yield first
            count -= 1
        first += timedelta(days=1)


def visits(
    rng: np.random.Generator,
    when: Iterable[date],
    hosts: Iterable[str],
    people: Iterable[str],
    a_day: float = 3.0,
    size: int = 20_000,
    hours: tuple[int, int] = (8, 17),
) -> Iterator[Visit]:
    """Yield visits: of each person to each host about `a_day` on each of the days, in working hours."""
    known, hosts = list(people), list(hosts)
    for day in when:
        counts = rng.poisson(a_day, (len(known), len(hosts)))
        for place, host in enumerate(hosts):
            for number, person in enumerate(known):
                for _ in range(counts[number, place]):
                    seconds = rng.integers(hours[0] * 3600, hours[1] * 3600)
                    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=int(seconds))
                    yield Visit(at, person, host, int(size * rng.lognormal(0, 0.3)))


SERVICES: dict[str, tuple[list[str], list[str]]] = {
    "facebook": (["www.facebook.com", "m.facebook.com", "fb.me"], ["static.xx.fbcdn.net", "scontent.xx.fbcdn.net"]),
    "youtube": (["www.youtube.com", "m.youtube.com", "youtu.be"], ["i.ytimg.com", "rr1---sn-a.googlevideo.com"]),
    "linkedin": (["www.linkedin.com", "lnkd.in"], ["media.licdn.com", "static.licdn.com"]),
    "pinterest": (["www.pinterest.com", "www.pinterest.co.uk", "pin.it"], ["i.pinimg.com"]),
    "twitter": (["twitter.com", "x.com", "t.co"], ["pbs.twimg.com", "abs.twimg.com"]),
}
"""Services: hosts of their pages, the most used first, and of their media."""

WIDGETS = ["connect.facebook.net", "platform.twitter.com", "platform.linkedin.com"]

Rule = Callable[[Visit], bool]

FATES = {
    "challenge": ("TCP_DENIED/407", 4100, "HIER_NONE"),
    "aborted": ("TCP_MISS_ABORTED/000", 0, "HIER_DIRECT"),
    "error": ("TCP_MISS/503", 3900, "HIER_NONE"),
}


@dataclass(frozen=True)
class Habits:
    """How people browse: visits a day to each service, media a page, media and widgets on pages of other sites."""

    visits: float = 1.5
    media: float = 3.0
    embedded: float = 0.3
    widgets: float = 0.0
    noise: float = 0.01
    hours: tuple[float, float] = (8.0, 17.0)


def browsing(
    rng: np.random.Generator, when: Iterable[date], people: Iterable[str], rule: Rule, habits: Habits | None = None
) -> Iterator[str]:
    """Yield the lines of people who browse under a rule: a page that is let through loads media, one that is not, not.

    A few requests end in other ways: 407, given up, an error, and the other way than the rule says.
    """
    habits = habits or Habits()
    known = list(people)
    for day in when:
        for person in known:
            for hosts, media in SERVICES.values():
                for _ in range(rng.poisson(habits.visits)):
                    page = Visit(_moment(rng, day, habits), person, hosts[_often_first(rng, len(hosts))])
                    yield fate(rng, page, rule, habits.noise)
                    loaded = rng.poisson(habits.media) if rule(page) else 0
                    for _ in range(loaded):
                        later = page.time + timedelta(seconds=float(rng.uniform(0, 40)))
                        yield fate(rng, Visit(later, person, str(rng.choice(media)), 60_000), rule, habits.noise)
                for _ in range(rng.poisson(habits.embedded)):
                    embedded = Visit(_moment(rng, day, habits), person, str(rng.choice(media)))
                    yield fate(rng, embedded, rule, habits.noise)
            for _ in range(rng.poisson(habits.widgets)):
                yield fate(rng, Visit(_moment(rng, day, habits), person, str(rng.choice(WIDGETS))), rule, habits.noise)


def _often_first(rng: np.random.Generator, count: int) -> int:
    return min(int(rng.geometric(0.5)) - 1, count - 1)


def _moment(rng: np.random.Generator, day: date, habits: Habits) -> datetime:
    hours = float(rng.uniform(*habits.hours))
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hours)


def fate(rng: np.random.Generator, visit: Visit, rule: Rule, noise: float) -> str:
    """Return the line of a visit under a rule, now and then with another end."""
    allowed = rule(visit)
    if rng.random() >= noise * 4:
        return line(visit, allowed)
    other = str(rng.choice([*FATES, "otherwise"]))
    if other == "otherwise":
        return line(visit, not allowed)
    result, size, way = FATES[other]
    stamp = visit.time.timestamp()
    return f"{stamp:.3f}     10 10.1.0.9 {result} {size} CONNECT {visit.host}:443 {visit.person} {way}/- -\n"


def service_of(host: str) -> str:
    """Return the service of a host of these worlds."""
    for service, (pages, media) in SERVICES.items():
        if host in pages or host in media:
            return service
    return "widget"


def scanned(folder: Path, lines: Iterable[str], **options) -> Summary:
    """Return the summary of lines."""
    path = folder / "world.log"
    path.write_text("".join(sorted(lines)))
    return proxyscan.scan(path, format="squid", **options)
