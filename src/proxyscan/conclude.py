"""What the threads of a run have counted, by codes → one summary, by names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from math import prod
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from proxyscan import arrow, schema, sketch
from proxyscan.classify import Classifier
from proxyscan.contacts import Crowd, Gathered, gather
from proxyscan.coverage import Coverage
from proxyscan.engines.heap import giving_back, release
from proxyscan.kernels import sums as kernels
from proxyscan.portions import portions
from proxyscan.summary import EMPTY, SUM_NAMES, Summary
from proxyscan.tally import CLASS_PARTS, HOUR_MS, WHEN_MASK, Sums, Tally, key_parts, keys_of, together

MOST_RANKS: Final = 1 << 62
"""Combinations of ranks that one number can tell apart."""


MOST_NAMED: Final = 1 << 15
"""Rows of sums that are named at a time, about."""


def conclude(tallies: Iterable[Tally]) -> Summary:
    """Return the summary of all that the tallies of one run have counted."""
    closed = list(tallies)
    for tally in closed:
        tally.close()
    if not closed:
        return EMPTY
    much = sum(len(run) for tally in closed for run in tally.intervals.runs) > MOST_NAMED
    with giving_back() if much else nullcontext():
        hosts = _named(closed[0], [tally.hosts for tally in closed], schema.HOSTS)
        intervals = _named(closed[0], [tally.intervals for tally in closed], schema.INTERVALS)
        if much:
            release()
        users, active = _users(closed)
    return Summary(intervals, users, hosts, active, sum((tally.coverage for tally in closed), Coverage()))


def _named(tally: Tally, parts: Sequence[Sums], fields: pa.Schema) -> pa.Table:
    """Return the sums of all threads by name, sorted by the names as every summary's table is, nulls first.

    The threads' codes are those of one run; of their sums nothing is left.
    """
    runs = [run for part in parts for run in part.taken()]
    shift = 0 if fields.names[0] == "interval" else kernels.WHEN_SHIFT
    count = sum(map(len, runs)) // MOST_NAMED + 1
    chosen = portions(runs, [run[:, 0] >> shift for run in runs], count)
    found = [_named_rows(tally, [run[rows] for run, rows in each], fields) for each in chosen]
    return pa.concat_tables([arrow.nothing(fields), *found])


def _named_rows(tally: Tally, parts: Sequence[Any], fields: pa.Schema) -> pa.Table:
    rows = np.concatenate(parts)
    keys = keys_of(rows)
    order = _order([_rank(each.name, keys, tally) for each in fields if each.name not in SUM_NAMES])
    when, what, *sums, known = together(rows, order)
    keys = key_parts(when, what)
    columns = [_column(each, keys, tally) for each in fields if each.name not in SUM_NAMES]
    columns += [arrow.numbers(each, None, known >> place & 1 == 0) for place, each in enumerate(sums, kernels.REQUESTS)]
    return pa.table(columns, schema=fields)


def _order(ranks: Sequence[Any]) -> Any:
    """Return the order of rows by their ranks, the first ones counting most; one number a row sorts fastest."""
    sizes = [int(each.max(initial=0)) - int(each.min(initial=0)) + 1 for each in ranks]
    if prod(sizes) >= MOST_RANKS:
        return np.lexsort(ranks[::-1])
    row = np.zeros(len(ranks[0]), np.int64)
    for each, size in zip(ranks, sizes, strict=True):
        row = row * size + (each - each.min(initial=0))
    return np.argsort(row)


def _rank(name: str, columns: dict[str, Any], tally: Tally) -> Any:
    """Return numbers that are in the order of a key's names, nulls first."""
    match name:
        case "interval" | "hour":
            return columns["when"]
        case "day":
            return columns["when"] >> kernels.WHEN_SHIFT
        case "host":
            hosts, place = np.unique(columns["when"] & WHEN_MASK, return_inverse=True)
            words = tally.parser.hosts.names.words
            return _ranks([words[host].decode() for host in hosts])[place]
        case "outcome":
            return _ranks(schema.OUTCOMES)[columns["outcome"]]
        case "outcome_class":
            return _ranks(schema.CLASSES)[columns["outcome"]]
        case "service" | "kind" | "label":
            part = CLASS_PARTS.index(name)
            return _ranks([each[part] for each in tally.classifier.classes])[columns["class"]]
        case "group":
            return _ranks(_group_names(tally))[columns["group"]]
        case _:
            raise KeyError(name)


def _ranks(names: Sequence[str | None]) -> Any:
    places = {name: place for place, name in enumerate(sorted({*names}, key=lambda name: (name is not None, name)))}
    return np.array([places[name] for name in names], np.int64)


def _column(field: pa.Field, columns: dict[str, Any], tally: Tally) -> Any:
    match field.name:
        case "interval":
            return _times(columns["when"], schema.INTERVAL_MS)
        case "hour":
            return _times(columns["when"], HOUR_MS)
        case "day":
            return arrow.numbers(columns["when"] >> kernels.WHEN_SHIFT, pa.int32()).cast(pa.date32())
        case "host":
            words = tally.parser.hosts.names.words
            return arrow.texts([words[host].decode() for host in (columns["when"] & WHEN_MASK).tolist()])
        case "outcome":
            return arrow.texts(schema.OUTCOMES).take(arrow.numbers(columns["outcome"]))
        case "outcome_class":
            return arrow.texts(schema.CLASSES).take(arrow.numbers(columns["outcome"]))
        case "group":
            return arrow.texts(_group_names(tally)).take(arrow.numbers(columns["group"]))
        case "service" | "kind" | "label":
            return _class_part(field.name, columns["class"], tally.classifier)
        case _:
            raise KeyError(field.name)


def _group_names(tally: Tally) -> list[str | None]:
    return [None, *(tally.people.groups.names[1:] if tally.people.groups else ())]


def _class_part(name: str, classes: Any, classifier: Classifier) -> pa.Array:
    position = CLASS_PARTS.index(name)
    return arrow.texts([each[position] for each in classifier.classes]).take(arrow.numbers(classes))


def _users(tallies: Sequence[Tally]) -> tuple[pa.Table, pa.Table]:
    """Return who was there, and who used social media."""
    runs = [tally.contacts.runs for tally in tallies]
    found = [arrow.nothing(schema.USERS)]
    if any(runs):
        crowd = Crowd([tally.known() for tally in tallies])
        found = [_sketched(tallies[0], each, crowd.hashes) for each in gather(crowd, runs)]
    return pa.concat_tables(found), pa.concat_tables(map(_active, found))


def _sketched(tally: Tally, found: Gathered, hashes: Any) -> pa.Table:
    columns = key_parts(found.when, found.what)
    names = [each.name for each in schema.USERS if each.name != "users"]
    order = _order([_rank(name, columns, tally) for name in names])
    ordered = {name: values[order] for name, values in columns.items()}
    begins = np.cumsum(found.counts) - found.counts
    sketches = sketch.sketched(begins[order], found.counts[order], found.ranks, hashes)
    parts = [*(_column(each, ordered, tally) for each in schema.USERS if each.name != "users")]
    return pa.table([*parts, sketches], schema=schema.USERS)


def _active(users: pa.Table) -> pa.Table:
    """Return who used social media: of the sketches of users those of label `use`, allowed or denied."""
    sides = pc.is_in(users["outcome_class"], arrow.texts(["allowed", "denied"]))
    label = pc.is_in(users["label"], arrow.texts(["use"]))  # a text of Python's own would import pandas
    used = pc.and_(label, pc.is_valid(users["kind"]))
    return users.filter(pc.and_(used, sides)).select(schema.ACTIVE.names)


def _times(values: Any, unit: int) -> Any:
    return arrow.numbers(values * unit, schema.TIME)
