"""The fields of a layout as the table by which `proxyscan.kernels.values` fills the columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from proxyscan.kernels import values
from proxyscan.kernels.values import Sink
from proxyscan.layouts.columns import NO_CODE, NULL
from proxyscan.layouts.layout import LONGEST_DIVIDER, TIMES, Field
from proxyscan.layouts.names import as_bytes

NOWHERE: Final = -1

KINDS: Final = {
    "text": values.WORD,
    "host": values.WORD,
    "address": values.ADDRESS,
    "int": values.INTEGER,
    "duration_us": values.INTEGER,
    "duration_ns": values.INTEGER,
    "duration_s": values.SECONDS,
    "path": values.PATH,
    "url": values.URL,
    "url_host": values.URL,
    "seconds": values.SCALED,
    "ms": values.SCALED,
    "fixed": values.FIXED,
    "epoch": values.EPOCH,
    "instant": values.INSTANT,
    "clf": values.STAMP,
    "datetime": values.DATED,
    "asctime": values.ASCTIME,
    "date": values.DATE,
    "clock": values.CLOCK,
    "zone": values.ZONE,
    "syslog": values.SYSLOG,
}

SCALES: Final = {"seconds": 1000, "duration_us": 1000, "duration_ns": 1_000_000}

UNJUDGED: Final = frozenset({"text", "host", "address", "path", "url_host"})
"""Types whose values are never wrong: where their column is not wanted, they need not be read."""


@dataclass(frozen=True)
class Plan:
    """The columns of a layout by their numbers in the kernels' arrays, and the table of its fields."""

    fields: Any
    nulls: Any
    null_spans: Any
    times: Any
    numbers: tuple[str, ...]
    codes: tuple[str, ...]
    spans: tuple[str, ...]

    def sink(self, lines: int, written: int) -> Sink:
        """Return empty columns for so many lines of a log that was last written at a time."""
        return Sink(
            self.fields,
            self.nulls,
            self.null_spans,
            int(self.null_spans[:, 1].max(initial=0)),
            np.zeros(7, np.int64),
            np.append(self.times, written),
            np.empty(lines, np.int64),
            np.full((len(self.numbers), lines), NULL, np.int64),
            np.full((len(self.codes), lines), NO_CODE, np.int32),
            np.full((len(self.spans), lines, 2), NO_CODE, np.int32),
            np.empty((lines, 2), np.int64),
        )


def plan(
    fields: Sequence[Field], nulls: tuple[bytes, ...], stores: Mapping[str, str], vocabularies: Iterable[str]
) -> Plan:
    """Return how fields fill the columns named in `stores`; the words `nulls` say nothing."""
    numbers = tuple(name for name, store in stores.items() if store == "int")
    spans = tuple(name for name, store in stores.items() if store == "span")
    codes = tuple(name for name in stores if name not in numbers and name not in spans)
    places = {name: place for names in (numbers, spans, codes) for place, name in enumerate(names)}
    words = {name: number for number, name in enumerate(vocabularies)}
    table = np.full((len(fields), values.WIDTH), NOWHERE, np.int64)
    for row, field in zip(table, fields, strict=True):
        _fill_row(row, field, places, {name: words.get(store, NOWHERE) for name, store in stores.items()})
    timed = any(field.name and field.type in TIMES for field in fields)
    times = np.array([places.get("time", NOWHERE), places.get("naive", NOWHERE), timed], np.int64)
    return Plan(table, *_nulls(nulls), times, numbers, codes, spans)


def _fill_row(row: Any, field: Field, places: Mapping[str, int], words: Mapping[str, int]) -> None:
    """Fill in the row of one field: what becomes of it, and where its values go."""
    url = field.type == "url"
    row[values.KIND] = KINDS[field.type]
    row[values.COLUMN] = places.get("host" if url else field.name, NOWHERE)
    row[values.VOCABULARY] = words.get("host" if url else field.name, NOWHERE)
    row[values.SCALE] = SCALES.get(field.type, 1)
    if url:
        for column, name in ((values.SCHEME, "scheme"), (values.PORTS, "port"), (values.PATHS, "path")):
            row[column] = places.get(name, NOWHERE)
        row[values.SCHEMES] = words.get("scheme", NOWHERE)
    if field.part:
        signs = (field.part[0] * LONGEST_DIVIDER)[:LONGEST_DIVIDER]
        row[values.SIGN], row[values.NUMBER] = int.from_bytes(signs, "little"), field.part[1]
    unwanted = all(row[column] < 0 for column in (values.COLUMN, values.SCHEME, values.PORTS, values.PATHS))
    if not field.name or (unwanted and (url or field.type in UNJUDGED)):
        row[values.KIND] = values.NOTHING


def _nulls(nulls: tuple[bytes, ...]) -> tuple[Any, Any]:
    """Return the null words one behind the other, and where each begins and how long it is."""
    starts = [sum(map(len, nulls[:number])) for number in range(len(nulls))]
    spans = np.array(list(zip(starts, map(len, nulls), strict=True)), np.int64).reshape(-1, 2)
    return as_bytes(b"".join(nulls) + bytes(8)), spans
