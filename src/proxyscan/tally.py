"""Requests → summary: the counting itself, block by block, on columns of codes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from proxyscan import schema, sketch
from proxyscan.classify import DAY_MS, NO_CLASS, Classifier
from proxyscan.coverage import Coverage
from proxyscan.decide import groups
from proxyscan.layouts import NULL
from proxyscan.layouts.columns import Ints
from proxyscan.requests import Parser, Requests
from proxyscan.summary import EMPTY, SUM_NAMES, Summary, added

HOUR_MS: Final = 3_600_000
LONGEST_SPREAD: Final = 2016
"""Intervals (a week) over which a transaction is spread at most; what came before is put into them."""

FOLD_AFTER: Final = 64
"""Blocks after which the sums so far are folded into one table."""

CLASS_CODE: Final = np.array([schema.CLASSES.index(schema.OUTCOME_CLASS[name]) for name in schema.OUTCOMES])
SETUP: Final = schema.OUTCOMES.index("setup")


@dataclass(frozen=True)
class Spread:
    """Parts of transactions: `row` of the request, `interval`, and the bytes that fell into it."""

    row: Ints
    interval: Ints
    down: Ints
    up: Ints


def spread(time: Ints, duration: Ints, down: Ints, up: Ints) -> Spread:
    """Return the bytes of each transaction spread evenly over the five-minute intervals it lasted.

    The last part of a request is the one in which it ended. A transaction's parts sum to its bytes.
    All arguments have one value per request; `NULL` stays `NULL` in every part.
    """
    lasted = np.where(duration == NULL, 0, duration)
    last = time // schema.INTERVAL_MS
    first = np.maximum((time - lasted) // schema.INTERVAL_MS, last - LONGEST_SPREAD + 1)
    empty = np.where((np.maximum(down, 0) == 0) & (np.maximum(up, 0) == 0), last, first)
    count = last - empty + 1
    row = np.repeat(np.arange(len(time)), count)
    interval = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + empty[row]
    start = np.maximum(time - lasted, first * schema.INTERVAL_MS)
    return Spread(row, interval, *(_portions(values, row, interval, start, time) for values in (down, up)))


def _portions(values: Ints, row: Ints, interval: Ints, start: Ints, end: Ints) -> Ints:
    """Return each part of `values`: what has come by the part's end less what had come by its beginning."""
    length = np.maximum(end - start, 1)[row]
    ends = np.minimum((interval + 1) * schema.INTERVAL_MS, end[row]) - start[row]
    begins = np.maximum(interval * schema.INTERVAL_MS - start[row], 0)
    whole = values[row]
    by_end = np.where(ends >= end[row] - start[row], whole, np.floor(whole * (ends / length)).astype(np.int64))
    by_begin = np.floor(whole * (begins / length)).astype(np.int64)
    return np.where(whole == NULL, NULL, by_end - by_begin)


def _distinct(rows: Any) -> Any:
    """Return the distinct rows of a table of integers."""
    _, first = groups(list(rows.T))
    return rows[first]


def _cached(cached: Any, down: Ints) -> Ints:
    """Return the bytes that came out of the cache; not known where the log says no bytes or no cache."""
    return np.where((cached < 0) | (down == NULL), NULL, np.where(cached > 0, down, 0))


class Tally:
    """Counts the requests of one log."""

    def __init__(self, parser: Parser, classifier: Classifier) -> None:
        self.parser = parser
        self.classifier = classifier
        self.coverage = Coverage()
        self._sums: dict[str, list[pa.Table]] = {"intervals": [], "hosts": []}
        self._contacts: list[Any] = []

    def add(self, requests: Requests) -> None:
        """Count the requests of one block."""
        columns = requests.columns
        self.coverage += self._covered(requests)
        if not columns.rows:
            return
        self.classifier.learn(self.parser.hosts.names.words)
        time = columns.numbers["time"]
        classes = self.classifier.classify(requests.host, columns.spans.get("path"), columns.data, time)
        sums = self._request_sums(requests)
        self._add_intervals(requests, classes, time, sums)
        self._add_hosts(requests, classes, time, sums)
        self._add_users(requests, classes, time)
        if len(self._contacts) >= FOLD_AFTER:
            self._fold()

    def summary(self) -> Summary:
        """Return the summary of all that was counted."""
        self._fold()
        tables = {name: self._sums[name][0] if self._sums[name] else None for name in self._sums}
        return Summary(
            self._with_classes(tables["intervals"], schema.INTERVALS),
            self._user_table(),
            self._with_classes(tables["hosts"], schema.HOSTS),
            self.coverage,
        )

    def _covered(self, requests: Requests) -> Coverage:
        columns, format = requests.columns, self.parser.format
        time = columns.numbers.get("time", np.empty(0, np.int64))
        user = columns.codes.get("user", np.full(columns.rows, -1))
        return Coverage(
            files=(requests.block.file,),
            lines=columns.lines,
            requests=columns.rows,
            rejects=len(columns.rejects),
            skipped=columns.skipped,
            without_user=int(np.count_nonzero(user < 0)),
            first=int(time.min()) if len(time) else None,
            last=int(time.max()) if len(time) else None,
            formats={format.name: columns.lines},
            reject_reasons=dict(Counter(columns.rejects.reasons)),
            cannot=dict.fromkeys(format.cannot, columns.rows),
            doubts=requests.doubts,
        )

    def _request_sums(self, requests: Requests) -> dict[str, Ints]:
        numbers, rows = requests.columns.numbers, requests.columns.rows
        unknown = np.full(rows, NULL, np.int64)
        down = numbers.get("bytes_down", unknown)
        return {
            "requests": np.ones(rows, np.int64),
            "bytes_down": down,
            "bytes_up": numbers.get("bytes_up", unknown),
            "bytes_down_cached": _cached(requests.cached, down),
            "duration_ms": numbers.get("duration_ms", unknown),
        }

    def _add_intervals(self, requests: Requests, classes: Any, time: Ints, sums: dict[str, Ints]) -> None:
        parts = spread(time, sums["duration_ms"], sums["bytes_down"], sums["bytes_up"])
        row = parts.row
        ends = parts.interval == time[row] // schema.INTERVAL_MS
        cached = requests.cached[row]
        keys = {"interval": parts.interval, "class": classes[row], "outcome": requests.outcome[row]}
        self._add_sums(
            "intervals",
            keys,
            {
                "requests": np.where(ends, 1, 0),
                "bytes_down": parts.down,
                "bytes_up": parts.up,
                "bytes_down_cached": _cached(cached, parts.down),
                "duration_ms": np.where(ends, sums["duration_ms"][row], NULL),
            },
        )

    def _add_hosts(self, requests: Requests, classes: Any, time: Ints, sums: dict[str, Ints]) -> None:
        known = classes != NO_CLASS
        keys = {
            "day": (time // DAY_MS)[known],
            "host": requests.host[known],
            "class": classes[known],
            "outcome": requests.outcome[known],
        }
        self._add_sums("hosts", keys, {name: values[known] for name, values in sums.items()})

    def _add_sums(self, table: str, keys: dict[str, Any], sums: dict[str, Ints]) -> None:
        """Add one row per distinct key, with the sums of its rows; a sum without any known value is null."""
        number, first = groups(list(keys.values()))
        arrays = {name: pa.array(values[first].astype(np.int64)) for name, values in keys.items()}
        for name, values in sums.items():
            known = values != NULL
            total = np.zeros(len(first), np.int64)
            np.add.at(total, number, np.where(known, values, 0))
            arrays[name] = pa.array(total, mask=np.bincount(number, known, len(first)) == 0)
        self._sums[table].append(pa.table(arrays))

    @staticmethod
    def _folded(tables: list[pa.Table]) -> pa.Table:
        return added(tables, tables[0].schema)

    def _add_users(self, requests: Requests, classes: Any, time: Ints) -> None:
        codes = requests.columns.codes
        person = self._persons(codes.get("user"), codes.get("client"), len(time))
        counts = (person >= 0) & (requests.outcome != SETUP)
        keys = [values[counts] for values in (time // HOUR_MS, classes, CLASS_CODE[requests.outcome], person)]
        self._contacts.append(_distinct(np.stack(keys, axis=1)))

    def _persons(self, user: Any, client: Any, rows: int) -> Any:
        """Return a number per person: even for a user, odd for the client of a request without a user."""
        nobody = np.full(rows, -1, np.int64)
        user = nobody if user is None else user.astype(np.int64)
        client = nobody if client is None else client.astype(np.int64)
        return np.where(user >= 0, 2 * user, np.where(client >= 0, 2 * client + 1, -1))

    def _fold(self) -> None:
        for name, tables in self._sums.items():
            if len(tables) > 1:
                self._sums[name] = [self._folded(tables)]
        if len(self._contacts) > 1:
            self._contacts = [_distinct(np.concatenate(self._contacts))]

    def _with_classes(self, table: pa.Table | None, fields: pa.Schema) -> pa.Table:
        """Return sums by code as sums by name."""
        if table is None:
            return fields.empty_table()
        columns = [self._named(each, table) for each in fields]
        return added([pa.table(columns, schema=fields)], fields)

    def _named(self, field: pa.Field, table: pa.Table) -> Any:
        match field.name:
            case "interval":
                return _times(table["interval"], schema.INTERVAL_MS)
            case "day":
                return table["day"].cast(pa.int32()).cast(pa.date32())
            case "host":
                return pa.array([word.decode() for word in self.parser.hosts.names.words], pa.string()).take(
                    table["host"]
                )
            case "outcome":
                return pa.array(schema.OUTCOMES, pa.string()).take(table["outcome"])
            case "service" | "kind" | "label":
                return self._class_part(field.name).take(table["class"])
            case name if name in SUM_NAMES:
                return table[name]
            case _:
                return pa.nulls(table.num_rows, field.type)

    def _class_part(self, name: str) -> pa.Array:
        position = ("service", "kind", "label").index(name)
        return pa.array([each[position] for each in self.classifier.classes], pa.string())

    def _user_table(self) -> pa.Table:
        if not self._contacts or not len(self._contacts[0]):
            return EMPTY.users
        contacts = self._contacts[0][np.lexsort(self._contacts[0].T[::-1])]
        hashes = self._person_hashes(np.unique(contacts[:, 3]))
        keys, starts = np.unique(contacts[:, :3], axis=0, return_index=True)
        groups = np.split(contacts[:, 3], starts[1:])
        sketches = [sketch.encode(np.array([hashes[person] for person in group], np.uint64)) for group in groups]
        classes = pa.array(keys[:, 1])
        columns = [
            _times(pa.array(keys[:, 0]), HOUR_MS),
            pa.nulls(len(keys), pa.string()),
            self._class_part("service").take(classes),
            self._class_part("label").take(classes),
            pa.array(schema.CLASSES, pa.string()).take(pa.array(keys[:, 2])),
            pa.array(sketches, pa.binary()),
        ]
        return pa.table(columns, schema=schema.USERS)

    def _person_hashes(self, persons: Any) -> dict[int, int]:
        words = self.parser.reader.vocabularies
        return {
            person: sketch.user_hash(
                ("client:" if person % 2 else "user:")
                + words["client" if person % 2 else "user"].words[person // 2].decode("utf-8", "backslashreplace")
            )
            for person in map(int, persons)
        }


def _times(values: Any, unit: int) -> Any:
    import pyarrow.compute as pc

    return pc.multiply(values.cast(pa.int64()), unit).cast(schema.TIME)
