"""Requests as Arrow record batches, whose dictionaries only grow from batch to batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final

import numpy as np
import pyarrow as pa

from proxyscan import arrow, schema
from proxyscan.codes import named
from proxyscan.kernels.spans import copy_spans
from proxyscan.layouts import NO_CODE, NULL, Rejects
from proxyscan.layouts.columns import Codes, Growing, Ints, Spans
from proxyscan.requests import Parser, Requests

FIXED_WORDS: Final = {"outcome": schema.OUTCOMES}
"""Columns whose words are known beforehand."""


def decoded(word: bytes, name: str) -> str:
    r"""Return a word as text: a user's doubled backslash undone, bytes that are no UTF-8 as ``\xNN``."""
    text = word.decode("utf-8", "backslashreplace")
    return text.replace("\\\\", "\\") if name == "user" else text


class Dictionary:
    """The distinct texts of one column of a run, as an Arrow dictionary; the run's threads share it."""

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self._codes: dict[str, int] = {}
        self._lock = Lock()
        self._fresh: list[str] = []
        self._array = arrow.texts([])
        self.codes(texts)

    def codes(self, texts: Sequence[str]) -> list[int]:
        """Return the codes of texts, new ones for those not seen before."""
        with self._lock:
            return [self._code(text) for text in texts]

    def _code(self, text: str) -> int:
        code = self._codes.setdefault(text, len(self._codes))
        if code == len(self._array) + len(self._fresh):
            self._fresh.append(text)
        return code

    def array(self) -> pa.Array:
        """Return all texts so far, by their codes."""
        with self._lock:
            if self._fresh:
                self._array = pa.concat_arrays([self._array, arrow.texts(self._fresh)])
                self._fresh = []
            return self._array

    def words(self, codes: Codes) -> pa.Array:
        """Return texts by their codes; null for `NO_CODE`."""
        dictionary = self.array()
        missing = codes < 0
        indices = arrow.numbers(np.where(missing, 0, codes).astype(np.int32), None, missing)
        return pa.DictionaryArray.from_arrays(indices, dictionary, safe=False)


class Dictionaries:
    """The dictionaries of a run, by the name of the column."""

    def __init__(self) -> None:
        names = [
            each.name for each in (*schema.REQUEST, *pa.schema(schema.SOURCE)) if pa.types.is_dictionary(each.type)
        ]
        self._of = {name: Dictionary(FIXED_WORDS.get(name, ())) for name in names}

    def __getitem__(self, name: str) -> Dictionary:
        return self._of[name]


class _Translation:
    """Codes of one reader's vocabulary → codes of the run's dictionary."""

    def __init__(self, dictionary: Dictionary, text: Callable[[bytes], str]) -> None:
        self.dictionary = dictionary
        self._text = text
        self._codes = Growing(NO_CODE, np.int32)

    def words(self, codes: Codes, vocabulary: Sequence[bytes]) -> pa.Array:
        """Return the texts of a column of codes into a vocabulary that grows."""
        if self._codes.used < len(vocabulary):
            fresh = [self._text(word) for word in vocabulary[self._codes.used :]]
            self._codes.extend(self.dictionary.codes(fresh))
        return self.dictionary.words(self._codes.values[codes])


def _numbers(values: Ints, type: pa.DataType) -> pa.Array:
    return arrow.numbers(values, type, values == NULL)


def _texts(spans: Spans, data: bytes) -> pa.Array:
    r"""Return spans of bytes as texts; bytes that are no UTF-8 become ``\xNN``."""
    offsets = np.empty(len(spans) + 1, np.int32)
    size = int(np.maximum(spans[:, 1] - spans[:, 0], 0).sum())
    texts = np.empty(size, np.uint8)
    copy_spans(np.frombuffer(data, np.uint8), spans, offsets, texts)
    missing = np.packbits(spans[:, 0] >= 0, bitorder="little")
    buffers = [pa.py_buffer(missing), pa.py_buffer(offsets), pa.py_buffer(texts)]
    array = pa.Array.from_buffers(pa.string(), len(spans), buffers)
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        found = (None if begin < 0 else data[begin:end] for begin, end, _ in spans.tolist())
        return arrow.texts([None if each is None else each.decode("utf-8", "backslashreplace") for each in found])
    return array


class Batches:
    """Makes record batches out of the requests of one parser."""

    def __init__(self, parser: Parser, fields: pa.Schema, dictionaries: Dictionaries) -> None:
        self.parser = parser
        self.schema = fields
        self.dictionaries = dictionaries
        self._translations: dict[str, _Translation] = {}

    def batch(self, requests: Requests) -> pa.RecordBatch:
        """Return the requests of one block as a record batch."""
        columns = [self._column(field, requests) for field in self.schema]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _column(self, field: pa.Field, requests: Requests) -> pa.Array:
        name, columns, hosts = field.name, requests.columns, self.parser.hosts
        match name:
            case "host":
                return self._words(name, requests.host, hosts.names.words)
            case "referrer_host" if name in columns.codes:
                return self._words(name, hosts.codes(columns.codes[name]), hosts.names.words)
            case "reason":
                return self._words(name, requests.reason, self.parser.reasons.words)
            case "outcome":
                return self.dictionaries[name].words(requests.outcome)
            case "cached":
                return arrow.truths(requests.cached > 0, requests.cached < 0)
            case "file":
                return self._words(name, np.zeros(columns.rows, np.int32), [requests.block.file.encode()])
            case "offset":
                return arrow.numbers(columns.offsets)
        if name in columns.codes:
            return self._words(name, columns.codes[name], self.parser.reader.vocabularies[name].words)
        if name in columns.spans:
            return _texts(columns.spans[name], columns.data)
        if name in columns.numbers:
            return _numbers(columns.numbers[name], field.type)
        return pa.nulls(columns.rows, field.type)

    def _words(self, name: str, codes: Codes, vocabulary: Sequence[bytes]) -> pa.Array:
        if name not in self._translations:
            self._translations[name] = _Translation(self.dictionaries[name], lambda word: self._text(word, name))
        return self._translations[name].words(codes, vocabulary)

    def _text(self, word: bytes, name: str) -> str:
        text = decoded(word, name)
        return named(text, self.parser.format.vendor) if name == "category" else text


def without_users(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return requests without user names and client addresses: those columns are null."""
    for name in ("client", "user"):
        index = batch.schema.get_field_index(name)
        each = batch.schema.field(index)
        batch = batch.set_column(index, each, pa.nulls(batch.num_rows, each.type))
    return batch


def rejects_table(file: str, rejects: Rejects) -> pa.Table:
    """Return rejects as a table of `schema.REJECT`."""
    texts = [text.decode("utf-8", "backslashreplace") for text in rejects.texts]
    columns = [[file] * len(rejects), rejects.offsets, rejects.reasons, texts]
    return pa.table(
        [pa.array(values, each.type) for values, each in zip(columns, schema.REJECT, strict=True)], schema=schema.REJECT
    )
