"""Requests → summary: the counting itself, block by block, on columns of codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from proxyscan import schema, sketch
from proxyscan.classify import DAY_MS, Classifier
from proxyscan.coverage import Coverage
from proxyscan.groups import ANYBODY, GroupCodes, People
from proxyscan.kernels import sums as kernels
from proxyscan.kernels.combinations import Combinations
from proxyscan.layouts import NO_CODE, NULL, Columns
from proxyscan.layouts.columns import Codes, Ints
from proxyscan.requests import Parser, Requests
from proxyscan.summary import SUM_NAMES, Summary, added, united

HOUR_MS: Final = 3_600_000
LONGEST_SPREAD: Final = 2016
"""Intervals (a week) over which a transaction is spread at most; what came before is put into them."""

MOST_CONTACTS: Final = 1 << 16
"""Contacts that are kept one by one; then they are folded into hashes of users."""

MOST_RUNS: Final = 8
"""Runs of hashes of one key that are kept apart; then they become one."""

OUTCOME_CLASSES: Final = np.array(
    [NO_CODE if name == "setup" else schema.CLASSES.index(schema.OUTCOME_CLASS[name]) for name in schema.OUTCOMES]
)
"""The class of each outcome; -1 for one that is no contact of a person."""

WHEN_MASK: Final = (1 << kernels.WHEN_SHIFT) - 1
OUTCOME_MASK: Final = (1 << kernels.CLASS_SHIFT) - 1

GROUP_SHIFT: Final = 32
"""A group stands above the class that the kernels are given."""

CLASS_MASK: Final = (1 << GROUP_SHIFT) - 1

COUNTED: Final = frozenset({"time", "duration_ms", "bytes_down", "bytes_up", "user", "client", "host", "path", "naive"})
"""The columns that counting reads."""

Key = tuple[int, int]


class Sums:
    """Sums of requests by their keys: `sums` and `known` have a row for each key."""

    def __init__(self) -> None:
        self.keys = Combinations(2)
        self.sums = np.zeros((len(self.keys.keys), kernels.SUMS), np.int64)
        self.known = np.zeros(len(self.keys.keys), np.int64)

    def add(self, kernel: Callable[..., int], columns: Sequence[Any], room: int = 1) -> None:
        """Add all rows of the columns; a row takes at most so much room."""
        rows, row = len(columns[0]), 0
        while (row := kernel(row, *columns, self.sums, self.known, *self.keys.table)) < rows:
            self._grow(room)

    def _grow(self, room: int) -> None:
        self.keys.grow(room)
        more = len(self.keys.keys) - len(self.known)
        self.sums = np.concatenate([self.sums, np.zeros((more, kernels.SUMS), np.int64)])
        self.known = np.concatenate([self.known, np.zeros(more, np.int64)])

    def columns(self) -> dict[str, Any]:
        """Return the parts of the keys and the sums, a column each; a sum without any known value is null."""
        count = len(self.keys)
        when, what = self.keys.keys[:count].T
        known = self.known[:count]
        sums = {
            name: pa.array(self.sums[:count, place], mask=known >> place & 1 == 0)
            for place, name in enumerate(SUM_NAMES)
        }
        group, class_, outcome = _parts(what)
        return {"when": when, "group": group, "class": class_, "outcome": outcome, **sums}


def _parts(what: Any) -> tuple[Any, Any, Any]:
    """Return group, class and outcome of the second integers of keys."""
    return what >> kernels.CLASS_SHIFT >> GROUP_SHIFT, what >> kernels.CLASS_SHIFT & CLASS_MASK, what & OUTCOME_MASK


class Contacts:
    """Who was there: distinct users and clients per hour, class and class of outcome."""

    def __init__(self) -> None:
        self.keys = Combinations(2)
        self.runs: dict[Key, list[Any]] = {}

    def add(self, columns: Sequence[Any], hashes: Callable[[Any], Any]) -> None:
        """Enter the contacts of the rows; `hashes` gives the hash of each person."""
        rows, row = len(columns[0]), 0
        kernel: Callable[..., int] = kernels.add_contacts
        while (row := kernel(row, *columns, *self.keys.table)) < rows:
            if len(self.keys) >= MOST_CONTACTS:
                self.fold(hashes)
            else:
                self.keys.grow()

    def fold(self, hashes: Callable[[Any], Any]) -> None:
        """Turn the contacts so far into runs of sorted hashes, at most as many of a key as a sketch needs."""
        when, what = self.keys.keys[: len(self.keys)].T
        persons, person = np.unique(when & WHEN_MASK, return_inverse=True)
        found = hashes(persons)
        order = np.argsort(found)
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        groups = Combinations(2)
        number = groups.numbers(np.stack([when >> kernels.WHEN_SHIFT, what]))
        packed = np.sort(number << kernels.WHEN_SHIFT | rank[person])
        sorted_hashes = found[order][packed & WHEN_MASK]
        stops = np.cumsum(np.bincount(number, minlength=len(groups))).tolist()
        for (hour, kind), start, stop in zip(groups.since(0), [0, *stops], stops, strict=False):
            self._keep((hour, kind), sorted_hashes[start:stop][: sketch.K + 1])
        self.keys = Combinations(2)

    def _keep(self, key: Key, run: Any) -> None:
        runs = self.runs.setdefault(key, [])
        runs.append(run)
        if len(runs) > MOST_RUNS:
            self.runs[key] = [np.unique(np.concatenate(runs))[: sketch.K + 1]]


class Tally:
    """Counts the requests of logs in one format. Tallies of one run share the classifier and its hosts."""

    def __init__(self, parser: Parser, classifier: Classifier, people: People = ANYBODY) -> None:
        self.parser = parser
        self.classifier = classifier
        self.people = people
        self._groups = GroupCodes(people.groups) if people.groups else None
        self.coverage = Coverage()
        self.intervals, self.hosts, self.contacts = Sums(), Sums(), Contacts()
        self._hashes = {"user": np.empty(0, np.uint64), "client": np.empty(0, np.uint64)}

    def add(self, requests: Requests) -> None:
        """Count the requests of one block."""
        self.coverage += _covered(requests, self.parser)
        columns = requests.columns
        if not columns.rows:
            return
        self.classifier.learn(self.parser.hosts.names.words)
        time = columns.numbers["time"]
        classes = self.classifier.classify(requests.host, columns.spans.get("path"), columns.data, time)
        sums: list[Any] = [time, *(_numbers(columns, name) for name in ("duration_ms", "bytes_down", "bytes_up"))]
        self.hosts.add(kernels.add_hosts, [*sums, requests.cached, classes, requests.outcome, requests.host, DAY_MS])
        who = {name: _codes(columns, name) for name in self._hashes}
        if self._groups:
            groups = self._groups.rows(who, self.parser.reader.vocabularies)
            classes = classes.astype(np.int64) | groups << GROUP_SHIFT
        sums += [requests.cached, classes, requests.outcome]
        self.intervals.add(kernels.add_intervals, [*sums, schema.INTERVAL_MS, LONGEST_SPREAD], LONGEST_SPREAD)
        contacts = [time, *who.values(), classes, requests.outcome, OUTCOME_CLASSES, HOUR_MS]
        self.contacts.add(contacts, self._person_hashes)

    def close(self) -> None:
        """Fold what is kept one by one, so that the tally can be concluded."""
        self.contacts.fold(self._person_hashes)

    def _person_hashes(self, persons: Any) -> Any:
        for name, hashes in self._hashes.items():
            vocabulary = self.parser.reader.vocabularies.get(name)
            fresh = vocabulary.words[len(hashes) :] if vocabulary else []
            texts = (self.people.text(name, word) for word in fresh)
            self._hashes[name] = np.concatenate([hashes, np.array([sketch.user_hash(t) for t in texts], np.uint64)])
        both = [np.append(hashes, np.uint64(0)) for hashes in self._hashes.values()]
        codes = persons >> 1
        return np.where(persons & 1, *(each[np.minimum(codes, len(each) - 1)] for each in reversed(both)))


def _numbers(columns: Columns, name: str) -> Ints:
    values = columns.numbers.get(name)
    return np.full(columns.rows, NULL, np.int64) if values is None else values


def _codes(columns: Columns, name: str) -> Codes:
    codes = columns.codes.get(name)
    return np.full(columns.rows, NO_CODE, np.int32) if codes is None else codes


def _covered(requests: Requests, parser: Parser) -> Coverage:
    columns, format = requests.columns, parser.format
    time = columns.numbers.get("time", np.empty(0, np.int64))
    return Coverage(
        files=(requests.block.file,),
        lines=columns.lines,
        requests=columns.rows,
        rejects=len(columns.rejects),
        skipped=columns.skipped,
        other=columns.other,
        without_user=int(np.count_nonzero(_codes(columns, "user") < 0)),
        first=int(time.min()) if len(time) else None,
        last=int(time.max()) if len(time) else None,
        formats={format.name: columns.lines},
        reject_reasons=dict(Counter(columns.rejects.reasons)),
        cannot=dict.fromkeys(format.cannot, columns.rows),
        doubts=requests.doubts,
        zones=requests.zones,
        twice=requests.twice,
    )


def conclude(tallies: Iterable[Tally]) -> Summary:
    """Return the summary of all that the tallies of one run have counted."""
    closed = list(tallies)
    for tally in closed:
        tally.close()
    return Summary(
        added([_named(tally, tally.intervals, schema.INTERVALS) for tally in closed], schema.INTERVALS),
        _users(closed),
        added([_named(tally, tally.hosts, schema.HOSTS) for tally in closed], schema.HOSTS),
        sum((tally.coverage for tally in closed), Coverage()),
    )


def _named(tally: Tally, sums: Sums, fields: pa.Schema) -> pa.Table:
    """Return sums by code as sums by name."""
    columns = sums.columns()
    return pa.table([_column(each, columns, tally) for each in fields], schema=fields)


def _column(field: pa.Field, columns: dict[str, Any], tally: Tally) -> Any:
    match field.name:
        case "interval":
            return _times(columns["when"], schema.INTERVAL_MS)
        case "day":
            return pa.array(columns["when"] >> kernels.WHEN_SHIFT, pa.int32()).cast(pa.date32())
        case "host":
            names = pa.array([word.decode() for word in tally.parser.hosts.names.words], pa.string())
            return names.take(pa.array(columns["when"] & WHEN_MASK))
        case "outcome":
            return pa.array(schema.OUTCOMES, pa.string()).take(pa.array(columns["outcome"]))
        case "group":
            return _group(columns["group"], tally)
        case "service" | "kind" | "label":
            return _class_part(field.name, columns["class"], tally.classifier)
        case name if name in SUM_NAMES:
            return columns[name]
        case _:
            return pa.nulls(len(columns["when"]), field.type)


def _group(codes: Any, tally: Tally) -> pa.Array:
    names = tally.people.groups.names if tally.people.groups else ("",)
    return pa.array([None, *names[1:]], pa.string()).take(pa.array(codes))


def _class_part(name: str, classes: Any, classifier: Classifier) -> pa.Array:
    position = ("service", "kind", "label").index(name)
    return pa.array([each[position] for each in classifier.classes], pa.string()).take(pa.array(classes))


def _users(tallies: Sequence[Tally]) -> pa.Table:
    runs: dict[Key, list[Any]] = {}
    for tally in tallies:
        for key, found in tally.contacts.runs.items():
            runs.setdefault(key, []).extend(found)
    keys = sorted(runs)
    if not keys:
        return schema.USERS.empty_table()
    hours, what = np.array(keys, np.int64).T
    groups, classes, outcome_classes = _parts(what)
    classifier = tallies[0].classifier
    columns = [
        _times(hours, HOUR_MS),
        _group(groups, tallies[0]),
        _class_part("service", classes, classifier),
        _class_part("label", classes, classifier),
        pa.array(schema.CLASSES, pa.string()).take(pa.array(outcome_classes)),
        pa.array([sketch.encode(np.concatenate(runs[key])) for key in keys], pa.binary()),
    ]
    return united([pa.table(columns, schema=schema.USERS)])


def _times(values: Any, unit: int) -> Any:
    return pc.multiply(pa.array(values, pa.int64()), unit).cast(schema.TIME)
