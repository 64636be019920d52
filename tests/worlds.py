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
