"""What the threads of a run have counted, by codes → one summary, by names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import partial
from math import prod
from typing import Any, Final

import numpy as np
import pyarrow as pa

from proxyscan import arrow, schema, sketch
from proxyscan.classify import Class
from proxyscan.contacts import Crowd, Gathered, gather
from proxyscan.coverage import Coverage
from proxyscan.engines.heap import giving_back, release
from proxyscan.kernels import sums as kernels
from proxyscan.portions import portions
from proxyscan.summary import EMPTY, SUM_NAMES, Summary
from proxyscan.tally import CLASS_PARTS, HOUR_MS, WHEN_MASK, Sums, Tally, ascending, key_parts, keys_of, together

MOST_RANKS: Final = 1 << 62
"""Combinations of ranks that one number can tell apart."""

MOST_NAMED: Final = 1 << 14
"""Rows of sums that are named at a time, about."""

MANY: Final = 1 << 22
"""Requests after which memory that they took is given back before a summary is made; the next log must get it anew."""

PARTS: Final = {"group": "group", "outcome": "outcome", "outcome_class": "outcome", "class": "class"} | dict.fromkeys(
    CLASS_PARTS, "class"
)
"""The part of a key that a column, or a part of the order, tells."""

BY_INTERVAL: Final = ("when", "group", "class", "outcome")
BY_HOUR: Final = ("when", "group", "class", "outcome_class")
BY_HOST: Final = ("day", "group", "service", "host", "label", "outcome")
"""Parts of the keys in whose order a summary's tables of intervals, users and hosts are."""


def conclude(tallies: Iterable[Tally]) -> Summary:
    """Return the summary of all that the tallies of one run have counted."""
    closed = list(tallies)
    for tally in closed:
        tally.close()
    if not closed:
        return EMPTY
    coverage = sum((tally.coverage for tally in closed), Coverage())
    many = coverage.requests > MANY
    with giving_back() if many else nullcontext():
        names = Names(closed[0])
        hosts = _named(names, [tally.hosts for tally in closed], schema.HOSTS, BY_HOST)
        intervals = _named(names, [tally.intervals for tally in closed], schema.INTERVALS, BY_INTERVAL)
        if many:
            release()
        users, active = _users(names, closed)
    return Summary(intervals, users, hosts, active, coverage)


class Names:
    """What the codes of a run's keys mean, and the place of each in the order of what they mean, nulls first."""

    def __init__(self, tally: Tally) -> None:
        self.classes = tally.classifier.classes
        self._hosts = tally.parser.hosts.names.words
        self._words: dict[str, Sequence[str | None]] = {
            "group": [None, *(tally.people.groups.names[1:] if tally.people.groups else ())],
            "outcome": schema.OUTCOMES,
            "outcome_class": schema.CLASSES,
            **dict(zip(CLASS_PARTS, zip(*self.classes, strict=True), strict=True)),
        }
        self._ranks = {name: _ranks(words) for name, words in self._words.items()}
        self._ranks["class"] = _ranks(self.classes, _class_order)

    def order(self, by: Sequence[str], keys: dict[str, Any]) -> Any:
        """Return the order of rows by parts of their keys, the first counting most."""
        ranks, sizes = zip(*(self._ranked(name, keys) for name in by), strict=True)
        if prod(sizes) >= MOST_RANKS:
            return np.lexsort(ranks[::-1])
        row = ranks[0]
        for each, size in zip(ranks[1:], sizes[1:], strict=True):
            row = row * size + each
        return ascending(row, prod(sizes).bit_length())

    def _ranked(self, name: str, keys: dict[str, Any]) -> tuple[Any, int]:
        """Return numbers that are in the order of a part of the keys, and by how many they differ at most, and 1."""
        match name:
            case "when" | "day":
                values = keys["when"] >> (kernels.WHEN_SHIFT if name == "day" else 0)
                least = int(values.min(initial=0))
                return values - least, int(values.max(initial=0)) - least + 1
            case "host":
                codes, places = np.unique(keys["when"] & WHEN_MASK, return_inverse=True)
                return _ranks(self._texts(codes))[places], len(codes)
            case _:
                ranks = self._ranks[name]
                return ranks[keys[PARTS[name]]], len(ranks)

    def column(self, name: str, keys: dict[str, Any]) -> Any:
        """Return a column of a summary, given the parts of the keys."""
        match name:
            case "interval":
                return _times(keys["when"], schema.INTERVAL_MS)
            case "hour":
                return _times(keys["when"], HOUR_MS)
            case "day":
                return arrow.numbers((keys["when"] >> kernels.WHEN_SHIFT).astype(np.int32), pa.date32())
            case "host":
                codes, places = np.unique(keys["when"] & WHEN_MASK, return_inverse=True)
                return arrow.chosen(self._texts(codes), places)
            case _:
                return arrow.chosen(self._words[name], keys[PARTS[name]])

    def _texts(self, hosts: Any) -> list[str]:
        return [self._hosts[host].decode() for host in hosts.tolist()]


def _ranks(words: Sequence[Any], order: Callable[[Any], Any] = lambda word: (word is not None, word)) -> Any:
    places = {word: place for place, word in enumerate(sorted({*words}, key=order))}
    return np.array([places[word] for word in words], np.int64)


def _class_order(each: Class) -> Any:
    return [(part is not None, part) for part in each]


def _named(names: Names, parts: Sequence[Sums], fields: pa.Schema, by: Sequence[str]) -> pa.Table:
    """Return the sums of all threads by name, sorted by the names as every summary's table is, nulls first.

    The threads' codes are those of one run; of their sums nothing is left.
    """
    runs = [run for part in parts for run in part.taken()]
    shift = 0 if by[0] == "when" else kernels.WHEN_SHIFT
    count = sum(map(len, runs)) // MOST_NAMED + 1
    chosen = portions(runs, [run[:, 0] >> shift for run in runs], count)
    found = [_named_rows(names, [run.take(rows, axis=0) for run, rows in each], fields, by) for each in chosen]
    return pa.concat_tables([arrow.nothing(fields), *found])


def _named_rows(names: Names, parts: Sequence[Any], fields: pa.Schema, by: Sequence[str]) -> pa.Table:
    rows = np.concatenate(parts)
    when, what, *sums, known = together(rows, names.order(by, keys_of(rows)))
    keys, always = key_parts(when, what), int(np.bitwise_and.reduce(known))
    columns = [names.column(name, keys) for name in fields.names if name not in SUM_NAMES]
    for place, each in enumerate(sums, kernels.REQUESTS):
        columns.append(arrow.numbers(each, None, None if always >> place & 1 else known >> place & 1 == 0))
    return pa.table(columns, schema=fields)


def _users(names: Names, tallies: Sequence[Tally]) -> tuple[pa.Table, pa.Table]:
    """Return who was there, and who used social media."""
    runs = [tally.contacts.runs for tally in tallies]
    users, active = [arrow.nothing(schema.USERS)], [arrow.nothing(schema.ACTIVE)]
    if any(runs):
        crowd = Crowd([tally.known() for tally in tallies])
        for found in gather(crowd, runs):
            keys = _in_order(found, names)
            used = _used(keys, names.classes)
            sketches = partial(_sketched, names, found.ranks, crowd.hashes)
            users.append(sketches(keys, schema.USERS))
            active.append(sketches({name: values[used] for name, values in keys.items()}, schema.ACTIVE))
    return pa.concat_tables(users), pa.concat_tables(active)


def _in_order(found: Gathered, names: Names) -> dict[str, Any]:
    """Return the parts of the keys in the order of the table of users, and of each where its persons are."""
    keys = key_parts(found.when, found.what)
    order = names.order(BY_HOUR, keys)
    keys |= {"begin": np.cumsum(found.counts) - found.counts, "count": found.counts}
    return {name: values[order] for name, values in keys.items()}


def _used(keys: dict[str, Any], classes: Sequence[Class]) -> Any:
    """Tell in which rows social media were used: those of label `use`, allowed or denied, of a known kind."""
    used = [kind is not None and label == "use" for _, kind, label in classes]
    sides = [each in ("allowed", "denied") for each in schema.CLASSES]
    return np.array(used)[keys["class"]] & np.array(sides)[keys["outcome"]]


def _sketched(names: Names, ranks: Any, hashes: Any, keys: dict[str, Any], fields: pa.Schema) -> pa.Table:
    sketches = sketch.sketched(keys["begin"], keys["count"], ranks, hashes)
    return pa.table([*(names.column(name, keys) for name in fields.names if name != "users"), sketches], schema=fields)


def _times(values: Any, unit: int) -> Any:
    return arrow.numbers(values * unit, schema.TIME)
