"""Write a store of many nights, as dense as that of a council of 1,500 users in 50 groups, and time reports of it.

    benchmarks/nights.py make STORE [--nights 3650]
    benchmarks/nights.py compact STORE
    benchmarks/nights.py read STORE

A night has 300,000 requests of its 1,500 users, most of them in working hours, a tenth of them at weekends; 20
services in 6 kinds, with three labels; every outcome. One user of ten leaves each year, and another one comes.
"""

from __future__ import annotations

import argparse
import json
import resource
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

from proxyscan import schema
from proxyscan.coverage import Coverage
from proxyscan.fingerprint import Fingerprint, digest
from proxyscan.parts import Stretch
from proxyscan.shares import by, peaks, social
from proxyscan.sketch import encode, unions
from proxyscan.store import Store, key_of, made
from proxyscan.summary import SUM_NAMES, Summary, added, united
from proxyscan.upkeep import compact

FIRST = date(2016, 1, 1)
GROUPS = [f"department {number:02}" for number in range(50)]
USERS = 1500
REQUESTS = 300_000
DRAWN = 28
"""Nights that are drawn one by one; the others repeat them with other days and people."""
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
        self.first = self.hashes.copy()
        self.stays = self.rng.geometric(0.1, USERS)
        self.habits = self.rng.gamma(0.5, 1, (USERS, len(self.weights)))

    def night(self, day: date) -> Summary:
        """Return the summary of one night."""
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
        users = self._users(day)
        return Summary(intervals, users, self._hosts(day, intervals), self._active(users), coverage)

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
        sketches = unions(self._singles(users), numbers.ravel().astype(np.int64), keys.shape[1])
        outcomes = [schema.OUTCOME_CLASS[str(outcome)] for outcome in self.parts["outcome"]]
        named = {**self.parts, "outcome_class": outcomes}
        columns = {
            "hour": pa.array(np.full(keys.shape[1], np.datetime64(day, "ms").astype(np.int64))).cast(schema.TIME),
            "group": pa.array(GROUPS).take(pa.array(keys[0])),
            **{name: pa.array(words, pa.string()).take(pa.array(keys[1])) for name, words in named.items()},
            "users": sketches,
        }
        return united([pa.table([columns[each.name] for each in schema.USERS], schema=schema.USERS)])

    def _singles(self, users: np.ndarray) -> pa.Array:
        """Return a sketch of one user for each of these."""
        words = np.tile(np.frombuffer(encode(self.hashes[:1]), "<u8"), (len(users), 1))
        words[:, 2] = self.hashes[users]
        offsets = np.arange(len(users) + 1, dtype=np.int32) * 24
        return pa.Array.from_buffers(pa.binary(), len(users), [None, pa.py_buffer(offsets), pa.py_buffer(words)])

    def _active(self, users: pa.Table) -> pa.Table:
        """Return who was active in which hour: of each day's users of a class, three hours in ten."""
        kept = users.filter(
            pa.compute.and_(
                pa.compute.equal(users["label"], "use"),
                pa.compute.is_in(users["outcome_class"], pa.array(["allowed", "denied"])),
            )
        )
        hours = [
            kept.set_column(
                0, "hour", pa.compute.add(kept["hour"].cast(pa.int64()), hour * 3_600_000).cast(schema.TIME)
            ).filter(pa.array(self.rng.random(kept.num_rows) < 0.3))
            for hour in range(8, 18)
        ]
        return united([table.select(schema.ACTIVE.names).cast(schema.ACTIVE) for table in hours], schema.ACTIVE)

    def _hosts(self, day: date, intervals: pa.Table) -> pa.Table:
        social = intervals.filter(pa.compute.is_valid(intervals["service"]))
        hosts = pa.compute.binary_join_element_wise(social["label"], social["service"], "example", ".")
        columns = {
            **{name: social[name] for name in ("group", "service", "label", "outcome", *SUM_NAMES)},
            "day": pa.nulls(len(hosts), pa.date32()).fill_null(day),
            "host": hosts,
        }
        return added([pa.table([columns[each.name] for each in schema.HOSTS], schema=schema.HOSTS)], schema.HOSTS)


def make(path: Path, nights: int) -> None:
    """Write a store of so many nights."""
    store, drawn = made(path), Nights(seed=1)
    key_of(store)
    for number in range(min(nights, DRAWN)):
        day = FIRST + timedelta(days=number)
        store.add(drawn.night(day), [stretch_of(day)], stretch_of(day).name)
    for number in range(DRAWN, nights):
        again(path, number, drawn)
    size = sum(file.stat().st_size for file in path.iterdir())
    print(f"{nights} nights, {size / nights / 1e6:.2f} MB each")


def stretch_of(day: date) -> Stretch:
    """Return which bytes of which log a night is."""
    return Stretch(Fingerprint(digest(str(day).encode()), 65536), 0, 140 * REQUESTS)


def again(path: Path, number: int, drawn: Nights) -> None:
    """Write the part of a night whose figures are those of one that was drawn, `number % DRAWN`, with other people.

    Drawing every night would take hours.
    """
    old = stretch_of(FIRST + timedelta(days=number % DRAWN))
    new = stretch_of(FIRST + timedelta(days=number))
    days = number - number % DRAWN
    metadata, groups = _drawn(path / old.name)
    part, coverage = json.loads(metadata["proxyscan.part"]), json.loads(metadata["proxyscan.coverage"])
    part["stretches"][0]["log"]["digest"] = new.log.digest
    for name in ("first", "last"):
        coverage[name] += days * 86_400_000
    coverage["files"] = [f"/var/log/squid/access.log-{FIRST + timedelta(days=number):%Y%m%d}.gz"]
    said = {"proxyscan.part": json.dumps(part), "proxyscan.coverage": json.dumps(coverage)}
    fields = groups[0].schema.with_metadata(said)
    plain = [name for name in fields.names if name != "users"]
    packing = {"compression": "zstd", "write_page_checksum": True}
    with pq.ParquetWriter(path / new.name, fields, use_dictionary=plain, write_statistics=plain, **packing) as writer:
        for group in groups:
            columns = [_later(each, group[each.name], days, drawn) for each in fields]
            writer.write_table(pa.table(columns, schema=fields))


@cache
def _drawn(path: Path) -> tuple[dict[str, str], list[pa.Table]]:
    """Return the metadata of a part, and its row groups."""
    with pq.ParquetFile(path) as file:
        metadata = {name.decode(): value.decode() for name, value in file.metadata.metadata.items()}
        return metadata, [file.read_row_group(number).combine_chunks() for number in range(file.num_row_groups)]


def _later(field: pa.Field, column: pa.ChunkedArray, days: int, drawn: Nights) -> pa.Array | pa.ChunkedArray:
    """Return a column of a night as that of the one so many days later."""
    if column.null_count == len(column):
        return column
    if field.name == "users":
        return _others(column.combine_chunks(), drawn, days // 365)
    if pa.types.is_timestamp(field.type):
        return pa.compute.add(column.cast(pa.int64()), days * 86_400_000).cast(field.type)
    if pa.types.is_date(field.type):
        return pa.compute.add(column.cast(pa.int32()), pa.scalar(days, pa.int32())).cast(field.type)
    return column


def _others(sketches: pa.Array, drawn: Nights, years: int) -> pa.Array:
    """Return sketches in which a tenth of the people has been exchanged for others each year."""
    words = np.frombuffer(sketches.buffers()[2], "<u8").copy()
    order = np.argsort(drawn.first)
    place = np.searchsorted(drawn.first[order], words).clip(max=USERS - 1)
    known = drawn.first[order][place] == words
    since = np.minimum(drawn.stays[order][place], 1 << 40)
    words[known] ^= (np.maximum(years - since, 0).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C))[known]
    offsets = pa.py_buffer(np.frombuffer(sketches.buffers()[1], np.int32).copy())
    return pa.Array.from_buffers(pa.binary(), len(sketches), [sketches.buffers()[0], offsets, pa.py_buffer(words)])


FIGURES: dict[str, Callable[[Summary], object]] = {
    "coverage": lambda summary: summary.coverage.lines,
    "services": lambda summary: by(summary, ["service", "kind"]),
    "totals": social,
    "days": lambda summary: by(summary, ["day"]),
    "groups": lambda summary: by(summary, ["group"]),
    "hours": lambda summary: by(summary, ["hour"]),
    "peaks": peaks,
}
"""What a report of a store needs."""


def read(path: Path) -> None:
    """Time the figures of a report of a store."""
    begun, used = perf_counter(), process_time()
    summary = Store(path).view()
    for name, figure in FIGURES.items():
        figure(summary)
        print(f"{name:10} {perf_counter() - begun:6.2f} s  {process_time() - used:6.2f} s CPU")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"in all; peak {peak:.0f} MB")


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["make", "compact", "read"])
    parser.add_argument("store", type=Path)
    parser.add_argument("--nights", type=int, default=3650)
    wanted = parser.parse_args()
    if wanted.what == "make":
        make(wanted.store, wanted.nights)
    elif wanted.what == "compact":
        print(len(compact(wanted.store)), "months")
    else:
        read(wanted.store)


if __name__ == "__main__":
    main()
