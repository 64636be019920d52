"""What the threads of a run have counted, by codes → one summary, by names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from functools import partial
from math import prod
from typing import Any, Final

import numpy as np
import pyarrow as pa

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
            return arrow.numbers((columns["when"] >> kernels.WHEN_SHIFT).astype(np.int32), pa.date32())
        case "host":
            words = tally.parser.hosts.names.words
            return arrow.texts([words[host].decode() for host in (columns["when"] & WHEN_MASK).tolist()])
        case "outcome":
            return arrow.chosen(schema.OUTCOMES, columns["outcome"])
        case "outcome_class":
            return arrow.chosen(schema.CLASSES, columns["outcome"])
        case "group":
            return arrow.chosen(_group_names(tally), columns["group"])
        case "service" | "kind" | "label":
            return _class_part(field.name, columns["class"], tally.classifier)
        case _:
            raise KeyError(field.name)


def _group_names(tally: Tally) -> list[str | None]:
    return [None, *(tally.people.groups.names[1:] if tally.people.groups else ())]


def _class_part(name: str, classes: Any, classifier: Classifier) -> pa.Array:
    position = CLASS_PARTS.index(name)
    return arrow.chosen([each[position] for each in classifier.classes], classes)


def _users(tallies: Sequence[Tally]) -> tuple[pa.Table, pa.Table]:
    """Return who was there, and who used social media."""
    runs = [tally.contacts.runs for tally in tallies]
    users, active = [arrow.nothing(schema.USERS)], [arrow.nothing(schema.ACTIVE)]
    if any(runs):
        crowd = Crowd([tally.known() for tally in tallies])
        for found in gather(crowd, runs):
            columns = _in_order(found, tallies[0])
            used = _used(columns, tallies[0].classifier)
            sketches = partial(_sketched, tallies[0], found.ranks, crowd.hashes)
            users.append(sketches(columns, schema.USERS))
            active.append(sketches({name: values[used] for name, values in columns.items()}, schema.ACTIVE))
    return pa.concat_tables(users), pa.concat_tables(active)


def _in_order(found: Gathered, tally: Tally) -> dict[str, Any]:
    """Return the parts of the keys in the order of the table of users, and of each where its persons are."""
    columns = key_parts(found.when, found.what)
    order = _order([_rank(each.name, columns, tally) for each in schema.USERS if each.name != "users"])
    columns |= {"begin": np.cumsum(found.counts) - found.counts, "count": found.counts}
    return {name: values[order] for name, values in columns.items()}


def _used(columns: dict[str, Any], classifier: Classifier) -> Any:
    """Tell in which rows social media were used: those of label `use`, allowed or denied, of a known kind."""
    classes = [kind is not None and label == "use" for _, kind, label in classifier.classes]
    sides = [each in ("allowed", "denied") for each in schema.CLASSES]
    return np.array(classes)[columns["class"]] & np.array(sides)[columns["outcome"]]


def _sketched(tally: Tally, ranks: Any, hashes: Any, columns: dict[str, Any], fields: pa.Schema) -> pa.Table:
    sketches = sketch.sketched(columns["begin"], columns["count"], ranks, hashes)
    return pa.table(
        [*(_column(each, columns, tally) for each in fields if each.name != "users"), sketches], schema=fields
    )


def _times(values: Any, unit: int) -> Any:
    return arrow.numbers(values * unit, schema.TIME)
