"""Requests as Arrow record batches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from proxyscan import schema
from proxyscan.layouts import NULL, Rejects
from proxyscan.layouts.columns import Codes, Ints, Spans
from proxyscan.requests import Parser, Requests


def decoded(word: bytes, name: str) -> str:
    r"""Return a word as text: a user's doubled backslash undone, bytes that are no UTF-8 as ``\xNN``."""
    text = word.decode("utf-8", "backslashreplace")
    return text.replace("\\\\", "\\") if name == "user" else text


def _words(codes: Codes, vocabulary: Sequence[str]) -> pa.Array:
    mask = codes < 0
    indices = pa.array(np.where(mask, 0, codes).astype(np.int32), mask=mask)
    return pa.DictionaryArray.from_arrays(indices, pa.array(vocabulary, pa.string()))


def _numbers(values: Ints, type: pa.DataType) -> pa.Array:
    return pa.array(values, pa.int64(), mask=values == NULL).cast(type)


def _texts(spans: Spans, data: bytes) -> pa.Array:
    texts = [
        None if begin < 0 else data[begin:end].decode("utf-8", "backslashreplace") for begin, end in spans.tolist()
    ]
    return pa.array(texts, pa.string())


class Batches:
    """Makes record batches out of the requests of one parser."""

    def __init__(self, parser: Parser, fields: pa.Schema) -> None:
        self.parser = parser
        self.schema = fields

    def batch(self, requests: Requests) -> pa.RecordBatch:
        """Return the requests of one block as a record batch."""
        columns = [self._column(field, requests) for field in self.schema]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _column(self, field: pa.Field, requests: Requests) -> pa.Array:
        name, columns = field.name, requests.columns
        special = {
            "host": (requests.host, self.parser.hosts.names),
            "reason": (requests.reason, self.parser.reasons),
        }
        if name in special:
            codes, vocabulary = special[name]
            return _words(codes, [word.decode() for word in vocabulary.words])
        if name == "outcome":
            return _words(requests.outcome, schema.OUTCOMES)
        if name == "cached":
            return pa.array(requests.cached > 0, mask=requests.cached < 0)
        if name == "referrer_host" and name in columns.codes:
            codes = self.parser.hosts.codes(columns.codes[name])
            return _words(codes, [word.decode() for word in self.parser.hosts.names.words])
        if name == "file":
            return _words(np.zeros(columns.rows, np.int32), [requests.block.file])
        if name == "offset":
            return pa.array(columns.offsets, pa.int64())
        if name in columns.codes:
            words = self.parser.reader.vocabularies[name].words
            return _words(columns.codes[name], [decoded(word, name) for word in words])
        if name in columns.spans:
            return _texts(columns.spans[name], columns.data)
        if name in columns.numbers:
            return _numbers(columns.numbers[name], field.type)
        return pa.nulls(columns.rows, field.type)


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
