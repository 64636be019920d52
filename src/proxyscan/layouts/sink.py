"""The fields of a layout as the table by which `proxyscan.kernels.values` fills the columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np

from proxyscan.frozen import frozen
from proxyscan.kernels import kinds
from proxyscan.kernels.values import Sink
from proxyscan.layouts.columns import NULL
from proxyscan.layouts.layout import LONGEST_DIVIDER, TIMES, Field
from proxyscan.layouts.names import as_bytes

NOWHERE: Final = -1

KINDS: Final = {
    "text": kinds.WORD,
    "host": kinds.WORD,
    "address": kinds.ADDRESS,
    "int": kinds.INTEGER,
    "duration_us": kinds.INTEGER,
    "duration_ns": kinds.INTEGER,
    "duration_s": kinds.SECONDS,
    "path": kinds.PATH,
    "url": kinds.URL,
    "url_host": kinds.URL,
    "seconds": kinds.SCALED,
    "ms": kinds.SCALED,
    "fixed": kinds.FIXED,
    "epoch": kinds.EPOCH,
    "instant": kinds.INSTANT,
    "clf": kinds.STAMP,
    "datetime": kinds.DATED,
    "asctime": kinds.ASCTIME,
    "date": kinds.DATE,
    "clock": kinds.CLOCK,
    "zone": kinds.ZONE,
    "syslog": kinds.SYSLOG,
}

SCALES: Final = {"seconds": 1000, "duration_us": 1000, "duration_ns": 1_000_000}

UNJUDGED: Final = frozenset({"text", "host", "address", "path", "url_host"})
"""Types whose values are never wrong: where their column is not wanted, they need not be read."""


@frozen
class Plan:
    """The columns of a layout by their numbers in the kernels' arrays, and the table of its fields."""

    fields: Any
    nulls: Any
    null_spans: Any
    times: Any
    numbers: tuple[str, ...]
    codes: tuple[str, ...]
    spans: tuple[str, ...]

    @cached_property
    def _stamped(self) -> Any:
        found = self.fields[:, kinds.KIND]
        return self.times if ((found >= kinds.FIXED) & (found < kinds.DATED)).any() else None

    @cached_property
    def _dated(self) -> Any:
        return self.times if (self.fields[:, kinds.KIND] >= kinds.DATED).any() else None

    @cached_property
    def _parted(self) -> Any:
        parted = np.isin(self.fields[:, kinds.KIND], (kinds.ADDRESS, kinds.PATH, kinds.SECONDS))
        return self.times if parted.any() or (self.fields[:, kinds.SIGN] >= 0).any() else None

    @cached_property
    def _longest_null(self) -> int:
        return int(self.null_spans[:, 1].max(initial=0))

    def sink(self, lines: int, written: int, spare: int = 0) -> Sink:
        """Return columns for so many lines of a log that was last written at a time, which hold nulls.

        With spare ones, for what is not wanted, they hold anything, and there are none of words.
        """
        sink = Sink(
            self.fields,
            self.nulls,
            self.null_spans,
            self._longest_null,
            np.zeros(7, np.int64),
            np.append(self.times, written),
            self._stamped,
            self._dated,
            self._parted,
            np.empty(lines, np.int64),
            np.empty((len(self.numbers) + spare, lines), np.int64),
            np.empty((len(self.codes), 0 if spare else lines, 2), np.int32),
            np.empty((len(self.spans) + spare, lines, 3), np.int32),
            np.empty((lines, 2), np.int64),
        )
        if not spare:
            sink.numbers.fill(NULL)
            sink.words.fill(NOWHERE)
            sink.spans.fill(NOWHERE)
        return sink


def plan(fields: Sequence[Field], nulls: tuple[bytes, ...], stores: Mapping[str, str]) -> Plan:
    """Return how fields fill the columns named in `stores`; the words `nulls` say nothing."""
    numbers = tuple(name for name, store in stores.items() if store == "int")
    spans = tuple(name for name, store in stores.items() if store == "span")
    codes = tuple(name for name in stores if name not in numbers and name not in spans)
    places = {name: place for names in (numbers, spans, codes) for place, name in enumerate(names)}
    table = np.full((len(fields), kinds.WIDTH), NOWHERE, np.int64)
    for row, field in zip(table, fields, strict=True):
        _fill_row(row, field, places)
    timed = any(field.name and field.type in TIMES for field in fields)
    times = np.array([places.get("time", NOWHERE), places.get("naive", NOWHERE), timed], np.int64)
    return Plan(table, *_nulls(nulls), times, numbers, codes, spans)


def _fill_row(row: Any, field: Field, places: Mapping[str, int]) -> None:
    """Fill in the row of one field: what becomes of it, and where its values go."""
    url = field.type == "url"
    row[kinds.KIND] = KINDS[field.type]
    row[kinds.COLUMN] = places.get("host" if url else field.name, NOWHERE)
    row[kinds.SCALE] = SCALES.get(field.type, 1)
    if url:
        for column, name in ((kinds.SCHEME, "scheme"), (kinds.PORTS, "port"), (kinds.PATHS, "path")):
            row[column] = places.get(name, NOWHERE)
    if field.part:
        signs = (field.part[0] * LONGEST_DIVIDER)[:LONGEST_DIVIDER]
        row[kinds.SIGN], row[kinds.NUMBER] = int.from_bytes(signs, "little"), field.part[1]
    unwanted = all(row[column] < 0 for column in (kinds.COLUMN, kinds.SCHEME, kinds.PORTS, kinds.PATHS))
    if not field.name or (unwanted and (url or field.type in UNJUDGED)):
        row[kinds.KIND] = kinds.NOTHING


def _nulls(nulls: tuple[bytes, ...]) -> tuple[Any, Any]:
    """Return the null words one behind the other, and where each begins and how long it is."""
    starts = [sum(map(len, nulls[:number])) for number in range(len(nulls))]
    spans = np.array(list(zip(starts, map(len, nulls), strict=True)), np.int64).reshape(-1, 2)
    return as_bytes(b"".join(nulls) + bytes(8)), spans
