"""Write a store of many nights, as dense as that of a council of 1,500 users in 50 groups, and time reports of it.

    benchmarks/nights.py make STORE [--nights 3650] [--compact]
    benchmarks/nights.py read STORE

A night has a million requests of its 1,500 users, most of them in working hours, a tenth of them at weekends; 20
services in 6 kinds, with three labels; every outcome. One user of ten leaves each year, and another one comes.
"""

from __future__ import annotations

import argparse
import resource
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pyarrow as pa
import pyarrow.compute

from proxyscan import schema
from proxyscan.coverage import Coverage
from proxyscan.fingerprint import Fingerprint, digest
from proxyscan.parts import Stretch
from proxyscan.shares import by, peaks, social
from proxyscan.sketch import Unions, encode
from proxyscan.store import Store, made
from proxyscan.summary import SUM_NAMES, Summary, added, united

FIRST = date(2016, 1, 1)
GROUPS = [f"department {number:02}" for number in range(50)]
USERS = 1500
REQUESTS = 1_000_000
KINDS = ["video", "network", "messaging", "photo", "microblog", "professional"]
SERVICES = [f"service{number:02}" for number in range(20)]
OUTCOMES = {"allowed": 0.7, "allowed_aborted": 0.04, "denied": 0.2, "challenge": 0.04, "error": 0.02}
LABELS = {"use": 0.3, "asset": 0.3, "widget": 0.4}
SOCIAL = 0.2
"""The part of the requests that is for social media."""
DENIED = 10
"""So many of the services are denied; of the others nothing is."""


def classes() -> tuple[dict[str, list[str | None]], np.ndarray]:
    """Return the parts of each class and outcome of requests, and how often each occurs."""
    rows: list[tuple[str | None, ...]] = [(None, None, None, outcome) for outcome in OUTCOMES]
    weights = [(1 - SOCIAL) * weight for weight in OUTCOMES.values()]
    popularity = 1 / np.arange(1, len(SERVICES) + 1)
    popularity *= SOCIAL / popularity.sum()
    for number, service in enumerate(SERVICES):
        for label, part in LABELS.items():
            for outcome, often in OUTCOMES.items():
                if outcome == "denied" and number >= DENIED:
                    continue
                rows.append((service, KINDS[number % len(KINDS)], label, outcome))
                weights.append(popularity[number] * part * often)
    names = ("service", "kind", "label", "outcome")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)), np.array(weights)


def activity(day: date) -> np.ndarray:
    """Return how the requests of a day are spread over its five minutes."""
    hours = np.arange(288) / 12
    curve = 0.02 + np.exp(-(((hours - 10.5) / 2.2) ** 2)) + np.exp(-(((hours - 14.5) / 2) ** 2))
    return curve / curve.sum() * (0.1 if day.weekday() > 4 else 1.0)


class Nights:
    """Draws the summary of one night after the other."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.parts, self.weights = classes()
        self.sizes = self.rng.dirichlet(np.full(len(GROUPS), 3.0))
        self.home = self.rng.choice(len(GROUPS), USERS, p=self.sizes)
        self.hashes = self.rng.integers(0, 1 << 63, USERS).astype(np.uint64)
        self.habits = self.rng.gamma(0.5, 1, (USERS, len(self.weights)))

    def night(self, day: date) -> Summary:
        """Return the summary of one night."""
        leavers = self.rng.random(USERS) < 0.1 / 365
        self.hashes[leavers] = self.rng.integers(0, 1 << 63, int(leavers.sum())).astype(np.uint64)
        intervals = self._intervals(day)
        count = int(pa.compute.sum(intervals["requests"]).as_py())
        begin = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
        coverage = Coverage(
            files=(f"/var/log/squid/access.log-{day:%Y%m%d}.gz",),
            lines=count,
            requests=count,
            without_user=count // 50,
            first=begin,
            last=begin + 86_399_000,
            formats={"squid": count},
            cannot={"bytes from the client": count, "referrer": count},
            doubts={"a deny page with status 200 cannot be told from an answer": count // 100},
        )
        return Summary(intervals, self._users(day), self._hosts(day, intervals), coverage)

    def _intervals(self, day: date) -> pa.Table:
        rate = REQUESTS * activity(day)[:, None, None] * self.sizes[None, :, None] * self.weights[None, None, :]
        drawn = self.rng.poisson(rate)
        places = np.nonzero(drawn)
        requests = drawn[places]
        down = (requests * self.rng.lognormal(9, 1.5, len(requests))).astype(np.int64)
        begin = np.datetime64(day, "ms").astype(np.int64)
        columns = {
            "interval": pa.array(begin + places[0] * 300_000).cast(schema.TIME),
            "group": pa.array(GROUPS).take(pa.array(places[1])),
            **{name: pa.array(words, pa.string()).take(pa.array(places[2])) for name, words in self.parts.items()},
            "requests": pa.array(requests),
            "bytes_down": pa.array(down),
            "bytes_up": pa.nulls(len(down), pa.int64()),
            "bytes_down_cached": pa.array(down // 50),
            "duration_ms": pa.array(requests * 300),
        }
        return pa.table([columns[each.name] for each in schema.INTERVALS], schema=schema.INTERVALS)

    def _users(self, day: date) -> pa.Table:
        often = REQUESTS / USERS * activity(day).sum() * self.weights * self.habits
        users, what = np.nonzero(self.rng.random(often.shape) < -np.expm1(-often))
        keys, numbers = np.unique(np.stack([self.home[users], what]), axis=1, return_inverse=True)
        sketches = Unions()
        single = pa.array([encode(self.hashes[user : user + 1]) for user in users.tolist()], pa.binary())
        sketches.add(single, numbers.ravel().astype(np.int64))
        outcomes = [schema.OUTCOME_CLASS[str(outcome)] for outcome in self.parts["outcome"]]
        named = {**self.parts, "outcome_class": outcomes}
        columns = {
            "hour": pa.array(np.full(keys.shape[1], np.datetime64(day, "ms").astype(np.int64))).cast(schema.TIME),
            "group": pa.array(GROUPS).take(pa.array(keys[0])),
            **{name: pa.array(words, pa.string()).take(pa.array(keys[1])) for name, words in named.items()},
            "users": sketches.column(keys.shape[1]),
        }
        return united([pa.table([columns[each.name] for each in schema.USERS], schema=schema.USERS)])

    def _hosts(self, day: date, intervals: pa.Table) -> pa.Table:
        social = intervals.filter(pa.compute.is_valid(intervals["service"]))
        hosts = pa.compute.binary_join_element_wise(social["label"], social["service"], "example", ".")
        columns = {
            **{name: social[name] for name in ("service", "label", "outcome", *SUM_NAMES)},
            "day": pa.nulls(len(hosts), pa.date32()).fill_null(day),
            "host": hosts,
        }
        return added([pa.table([columns[each.name] for each in schema.HOSTS], schema=schema.HOSTS)], schema.HOSTS)


def make(path: Path, nights: int) -> None:
    """Write a store of so many nights."""
    store, drawn = made(path), Nights(seed=1)
    store.key()
    rows = 0
    for number in range(nights):
        day = FIRST + timedelta(days=number)
        stretch = Stretch(Fingerprint(digest(str(day).encode()), 65536), 0, 140 * REQUESTS)
        summary = drawn.night(day)
        rows += summary.intervals.num_rows
        store.add(summary, [stretch], stretch.name)
    size = sum(file.stat().st_size for file in path.iterdir())
    print(f"{nights} nights, {rows / nights:,.0f} rows of five minutes each; {size / nights / 1e6:.2f} MB a night")


if __name__ == "__main__":
    import sys

    make(Path(sys.argv[2]), int(sys.argv[3]))
