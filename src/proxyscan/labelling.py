"""Requests in Arrow batches → the same with domain, service, kind and label."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from proxyscan import arrow, schema
from proxyscan.batches import Dictionary
from proxyscan.catalogue import Catalogue
from proxyscan.classify import Categories, Classifier
from proxyscan.host import domain
from proxyscan.layouts import NO_CODE, Vocabulary
from proxyscan.layouts.columns import Growing
from proxyscan.referrals import Referrals


def classify(requests: pa.Table | pa.RecordBatch, among: Catalogue | None = None) -> pa.Table:
    """Return requests with the columns `domain`, `service`, `kind` and `label` added.

    >>> import proxyscan
    >>> requests = proxyscan.parse("sample_logs/squid_native.log").read_all()
    >>> proxyscan.classify(requests).group_by("service").aggregate([]).num_rows
    8
    """
    table = pa.table(requests) if isinstance(requests, pa.RecordBatch) else requests
    batches = list(classified(table.to_batches(), among))
    return pa.Table.from_batches(batches or [_Labelling(among).batch(_no_rows(table.schema))])


def classified(batches: Iterable[pa.RecordBatch], among: Catalogue | None = None) -> Iterator[pa.RecordBatch]:
    """Yield batches of requests with the columns `domain`, `service`, `kind` and `label` added.

    The batches of `proxyscan.parse` share a growing dictionary of hosts; each host of it is looked at once.
    """
    labelling = _Labelling(among)
    yield from map(labelling.batch, batches)


def _no_rows(fields: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.nulls(0, each.type) for each in fields], schema=fields)


class _Labelling:
    """Adds columns to batches; what it learnt of the hosts of one dictionary serves those that continue it."""

    def __init__(self, among: Catalogue | None) -> None:
        self.classifier = Classifier(among)
        self._by_category, self._categories = Categories(self.classifier), Vocabulary()
        self._referrals = Referrals(self.classifier)
        self._parts = {name: Dictionary() for name, _ in schema.CLASSIFIED}
        self._names: list[bytes] = []
        self._known: dict[str, int] = {}
        self._domains = Growing(NO_CODE, np.int32)
        self._classes = [Growing(NO_CODE, np.int32) for _ in schema.CLASSIFIED[1:]]
        self._hosts = {name: _Codes(self._host) for name in ("host", "referrer_host")}

    def batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the batch with its new columns."""
        hosts = self._hosts["host"].codes(batch.column("host"))
        referrers = self._hosts["referrer_host"].codes(batch.column("referrer_host"))
        self.classifier.learn(self._names)
        paths, data = _spans(batch.column("path").cast(pa.string()))
        times = arrow.integers(batch.column("time"), 0)
        classes = self.classifier.classify(hosts, paths, data, times)
        classes = self._referrals.settle(classes, hosts, referrers, self._names)
        classes = self._with_category(classes, batch.column("category"))
        codes = [self._domains.values[hosts], *(part.values[classes] for part in self._class_codes())]
        for (name, type_), each in zip(schema.CLASSIFIED, codes, strict=True):
            batch = batch.append_column(pa.field(name, type_), self._parts[name].words(each))
        return batch

    def _with_category(self, classes: Any, column: pa.Array) -> Any:
        if column.null_count == len(column):
            return classes
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        words = encoded.dictionary.to_pylist()
        codes = np.array([*map(self._categories.code, (word.encode() for word in words)), NO_CODE], np.int32)
        found = codes[arrow.integers(encoded.indices, NO_CODE)]
        return self._by_category.settle(classes, found, self._categories.words)[0]

    def _host(self, name: str) -> int:
        code = self._known.setdefault(name, len(self._names))
        if code == len(self._names):
            self._names.append(name.encode())
            self._domains.extend([self._code("domain", domain(name))])
        return code

    def _class_codes(self) -> list[Growing]:
        for place, part in enumerate(self._classes):
            name = schema.CLASSIFIED[place + 1][0]
            part.extend([self._code(name, each[place]) for each in self.classifier.classes[part.used :]])
        return self._classes

    def _code(self, name: str, text: str | None) -> int:
        return NO_CODE if text is None else self._parts[name].codes([text])[0]


class _Codes:
    """The codes of a column's hosts, whose dictionary grows from batch to batch; `code` gives that of one host."""

    def __init__(self, code: Callable[[str], int]) -> None:
        self._code = code
        self._seen = arrow.texts([])
        self._codes = Growing(NO_CODE, np.int32)

    def codes(self, column: pa.Array) -> Any:
        """Return the code of each host; `NO_CODE` for null."""
        if column.null_count == len(column):
            return np.full(len(column), NO_CODE, np.int32)
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        self._learn(encoded.dictionary)
        return self._codes.values[arrow.integers(encoded.indices, NO_CODE)]

    def _learn(self, dictionary: pa.Array) -> None:
        both = min(len(dictionary), len(self._seen))
        if not dictionary.slice(0, both).equals(self._seen.slice(0, both)):
            self._codes, self._seen = Growing(NO_CODE, np.int32), dictionary.slice(0, 0)
        if len(dictionary) > len(self._seen):
            fresh = dictionary.slice(len(self._seen)).to_pylist()
            self._codes.extend([NO_CODE if name is None else self._code(name) for name in fresh])
            self._seen = dictionary


def _spans(texts: pa.Array) -> tuple[Any, bytes]:
    """Return begin and end of each text in the bytes of them all; -1 for null."""
    if not len(texts):
        return None, b" "
    whole = pa.concat_arrays([texts]) if texts.offset else texts
    ends = np.frombuffer(whole.buffers()[1], np.int32, len(whole) + 1)
    spans = np.stack([ends[:-1], ends[1:]], axis=1)
    spans[arrow.missing(whole)] = -1
    return spans, whole.buffers()[2] or b" "
