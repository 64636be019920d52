"""Requests → summary: the counting itself, block by block, on columns of codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np

from proxyscan import schema, sketch
from proxyscan.classify import DAY_MS, Categories, Classifier
from proxyscan.contacts import Contacts
from proxyscan.coverage import Coverage
from proxyscan.groups import ANYBODY, Members, People
from proxyscan.kernels import sums as kernels
from proxyscan.kernels.combinations import Combinations
from proxyscan.layouts import NO_CODE, NULL, Columns
from proxyscan.layouts.columns import Codes, Ints
from proxyscan.referrals import Referrals
from proxyscan.requests import Parser, Requests

HOUR_MS: Final = 3_600_000
LONGEST_SPREAD: Final = 2016
"""Intervals (a week) over which a transaction is spread at most; what came before is put into them."""

MOST_KEYS: Final = 1 << 13
"""Rows of sums that a processor's cache holds beside its other tables (512 kB)."""

MOST_ROWS: Final = 1 << 19
"""Rows that are put aside before those with the same key are brought together."""

HASH: Final = np.int64(0x1E3779B97F4A7C15)
"""An odd number; a product's highest bits tell most integers apart."""

OUTCOME_CLASSES: Final = np.array(
    [NO_CODE if name == "setup" else schema.CLASSES.index(schema.OUTCOME_CLASS[name]) for name in schema.OUTCOMES]
)
"""The class of each outcome; -1 for one that is no contact of a person."""

WHEN_MASK: Final = (1 << kernels.WHEN_SHIFT) - 1
OUTCOME_MASK: Final = (1 << kernels.CLASS_SHIFT) - 1

COUNTED: Final = frozenset(
    {
        "time",
        "duration_ms",
        "bytes_down",
        "bytes_up",
        "user",
        "client",
        "host",
        "path",
        "naive",
        "category",
        "referrer_host",
    }
)
"""The columns that counting reads."""

CLASS_PARTS: Final = ("service", "kind", "label")
"""What a class is made of, in its order."""


class Sums:
    """Sums of requests by their keys.

    A log is in the order of time, or nearly so. Keys that were met long ago are put aside in `runs`, and met again if
    need be, so that the table stays in the processor's cache.
    """

    def __init__(self) -> None:
        self.runs: list[Any] = []
        self._least = 0
        self._start()

    def _start(self) -> None:
        self.keys = Combinations(2, MOST_KEYS, kernels.BEHIND)

    def add(self, kernel: Callable[..., int], columns: Sequence[Any]) -> None:
        """Add all rows of the columns; a row has fewer keys than the table has room for."""
        rows, row = len(columns[0]), 0
        while (row := kernel(row, *columns, *self.keys.table)) < rows:
            self._fold()

    def _fold(self) -> None:
        """Put the sums so far aside, and bring them together when they have become many."""
        self.runs.append(self.keys.keys[: len(self.keys)])
        self._start()
        if sum(map(len, self.runs)) > 2 * self._least + MOST_ROWS:
            rows = np.concatenate(self.taken())
            self.runs = [np.ascontiguousarray(together(rows, _side_by_side(rows)).T)]
            self._least = len(self.runs[0])

    def taken(self) -> list[Any]:
        """Return the runs, each with a row for each key as `kernels.sums` fills it, and keep nothing."""
        runs = [*self.runs, self.keys.keys[: len(self.keys)]]
        self.runs = []
        self._start()
        return runs


def _side_by_side(rows: Any) -> Any:
    """Return an order of rows, that of time, in which the same keys stand side by side, but for a few of them.

    At the same time, they are in the order of 16 bits of a hash, which other keys may share.
    """
    when = rows[:, 0] - rows[:, 0].min(initial=0)
    hashes = (rows[:, 1] * HASH).view(np.uint64) >> np.uint64(48)
    return ascending(when << 16 | hashes.view(np.int64), min(int(when.max(initial=0)).bit_length() + 16, 64))


def ascending(numbers: Any, bits: int) -> Any:
    """Return the order of numbers from 0 on of so many bits: 16 at a time, the lowest first, which NumPy counts out."""
    order = np.argsort(numbers.astype(np.uint16), kind="stable")
    for shift in range(16, bits, 16):
        order = order[np.argsort((numbers >> shift).astype(np.uint16)[order], kind="stable")]
    return order


def keys_of(rows: Any) -> dict[str, Any]:
    """Return the parts of the keys of rows, a column each."""
    return key_parts(rows[:, 0].copy(), rows[:, 1].copy())


def together(rows: Any, order: Any) -> Any:
    """Return the columns of rows in an order; the same keys that stand side by side in it are one, summed."""
    columns = np.empty(rows.shape[::-1], np.int64)
    return columns[:, : kernels.sum_rows(rows, order, columns)]


def key_parts(when: Any, what: Any) -> dict[str, Any]:
    """Return the parts of keys, given the two integers of each: `when`, and group, class and outcome out of `what`."""
    class_ = what >> kernels.CLASS_SHIFT
    return {
        "when": when,
        "group": class_ >> kernels.GROUP_SHIFT,
        "class": class_ & kernels.CLASS_MASK,
        "outcome": what & OUTCOME_MASK,
    }


class Tally:
    """Counts the requests of logs in one format. Tallies of one run share the classifier and its hosts."""

    def __init__(self, parser: Parser, classifier: Classifier, people: People = ANYBODY) -> None:
        self.parser = parser
        self.classifier = classifier
        self.categories = Categories(classifier, parser.format.vendor)
        self.referrals = Referrals(classifier)
        self.people = people
        self._members = Members(people.groups) if people.groups else None
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
        referrers = columns.codes.get("referrer_host")
        if referrers is not None:
            by = self.parser.hosts.codes(referrers)
            self.classifier.learn(self.parser.hosts.names.words)
            classes = self.referrals.settle(classes, requests.host, by, self.parser.hosts.names.words)
        sums: list[Any] = [time, *(_numbers(columns, name) for name in ("duration_ms", "bytes_down", "bytes_up"))]
        who = {name: _codes(columns, name) for name in self._hashes}
        named, classes = classes, self._with_category(classes, columns)
        if self._members is not None:
            people = self._members.code(who, self.parser.reader.vocabularies, classes)
            who = {"user": people, "client": people}
            if named is not classes:
                named |= classes & ~kernels.CLASS_MASK
        self.hosts.add(kernels.add_hosts, [*sums, requests.cached, named, requests.outcome, requests.host, DAY_MS])
        sums += [requests.cached, classes, requests.outcome]
        self.intervals.add(kernels.add_intervals, [*sums, schema.INTERVAL_MS, LONGEST_SPREAD])
        contacts = [time, *who.values(), classes, requests.outcome, OUTCOME_CLASSES, HOUR_MS]
        self.contacts.add(contacts, self._persons(), self.known)

    def _with_category(self, classes: Any, columns: Columns) -> Any:
        codes = columns.codes.get("category")
        if codes is None or not (codes >= 0).any():
            return classes
        words = self.parser.reader.vocabularies["category"].words
        classes, pairs = self.categories.settle(classes, codes, words)
        counts = np.bincount(pairs, minlength=len(self.categories.pairs)).tolist()
        found = [(pair, count) for pair, count in zip(self.categories.pairs, counts, strict=True) if count]
        self.coverage += Coverage(
            differ=_counted((pair.differs, count) for pair, count in found),
            filled=_counted((pair.filled, count) for pair, count in found),
            broad=_counted((pair.broad, count) for pair, count in found),
        )
        return classes

    def close(self) -> None:
        """Fold what is kept one by one, so that the tally can be concluded."""
        self.contacts.fold()

    def known(self) -> tuple[Any, Any]:
        """Return hash and group of each person, as `Contacts.add` counts them."""
        hashes = self._person_hashes()
        return (hashes, np.zeros(len(hashes), np.int64)) if self._members is None else self._members.known(hashes)

    def _persons(self) -> int:
        if self._members is not None:
            return 2 * len(self._members)
        words = self.parser.reader.vocabularies
        return 2 * max((len(words[name]) for name in self._hashes if name in words), default=0)

    def _person_hashes(self) -> Any:
        """Return the hash of each person: of user 0, client 0, user 1 …; 0 where there is none."""
        for name, hashes in self._hashes.items():
            vocabulary = self.parser.reader.vocabularies.get(name)
            fresh = vocabulary.words[len(hashes) :] if vocabulary else []
            texts = [self.people.text(name, word) for word in fresh]
            self._hashes[name] = np.concatenate([hashes, sketch.user_hashes(texts)])
        both = np.zeros((max(map(len, self._hashes.values())), 2), np.uint64)
        for column, hashes in enumerate(self._hashes.values()):
            both[: len(hashes), column] = hashes
        return both.ravel()


def _counted(found: Iterable[tuple[str, int]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for words, count in found:
        counts[words] += count
    return {words: count for words, count in counts.items() if words}


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
