"""Logs as Spark data frames: requests that analysts go on with in SQL.

It works with the session that it is given, Spark Connect's too, and needs nothing of pyspark itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from proxyscan import schema
from proxyscan.catalogue import Catalogue
from proxyscan.decide import Policy
from proxyscan.detect import choices
from proxyscan.engines import Local, Packed
from proxyscan.format import Format
from proxyscan.mixed import line_formats
from proxyscan.parse import Reading, Split
from proxyscan.rows import Rows
from proxyscan.source import expand
from proxyscan.splits import cut, headed, placed, width
from proxyscan.zone import zone

SQL_TYPES: Final = {
    pa.string(): "string",
    pa.bool_(): "boolean",
    pa.int16(): "smallint",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.timestamp("us", "UTC"): "timestamp",
}
"""What Spark calls the types of our columns."""

AT_A_TIME: Final = 16
"""Splits for each that the session works on at a time."""


def read(
    spark: Any,
    paths: str | Path | Sequence[str | Path],
    *,
    format: str | Format | Sequence[Format] | None = None,
    logformat: str | None = None,
    squid_conf: str | Path | None = None,
    mapping: str | Path | None = None,
    policy: Policy | None = None,
    tz: str | None = None,
    mixed: bool = False,
    with_source: bool = False,
    catalogue: Catalogue | None = None,
    hide: Callable[[pa.RecordBatch], pa.RecordBatch] | None = None,
    bytes_each: int = 0,
) -> Any:
    """Return the requests of logs as a data frame of the session `spark`, with domain, service, kind and label.

    The arguments are those of `proxyscan.parse`; users and clients are in it unless `hide` hides them (as
    `proxyscan.batches.without_users` does). Executors read the logs, so they must see them. Lines that are no request
    are not in it: see `read_rejects`. `bytes_each`: bytes of a split (0: as it suits).
    """
    rows = _rows(choices(format, logformat, squid_conf, mapping), policy, tz, mixed, with_source, catalogue, hide)
    return _frame(spark, paths, rows, _requests, _plain(rows.fields), bytes_each)


def read_rejects(
    spark: Any,
    paths: str | Path | Sequence[str | Path],
    *,
    format: str | Format | Sequence[Format] | None = None,
    logformat: str | None = None,
    squid_conf: str | Path | None = None,
    mapping: str | Path | None = None,
    mixed: bool = False,
    bytes_each: int = 0,
) -> Any:
    """Return the lines that `read` cannot read as a data frame: file, offset, reason, text."""
    rows = _rows(choices(format, logformat, squid_conf, mapping), None, None, mixed, False, None, None)
    return _frame(spark, paths, rows, _rejects, schema.REJECT, bytes_each)


def _rows(
    among: Sequence[Format],
    policy: Policy | None,
    tz: str | None,
    mixed: bool,
    with_source: bool,
    catalogue: Catalogue | None,
    hide: Callable[[pa.RecordBatch], pa.RecordBatch] | None,
) -> Rows:
    others = tuple(line_formats(among)) if mixed else ()
    return Rows(tuple(among), policy or Policy(), zone(tz), others, with_source, catalogue, hide)


Make = Callable[[Rows, Split], Iterator[pa.RecordBatch]]


def _frame(
    spark: Any, paths: str | Path | Sequence[str | Path], rows: Rows, make: Make, fields: pa.Schema, bytes_each: int
) -> Any:
    """Return the rows of all splits: the frame has a partition for each."""
    files = expand([paths] if isinstance(paths, str | Path) else paths)
    whole = [placed(Split(file)) for file in files]
    cuts = [cut(split, rows.among, bytes_each or width(whole, AT_A_TIME)) for split in whole]
    splits = list(headed(cuts, Local()))
    packed = Packed((rows, splits))

    def of_partition(numbers: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from proxyscan.spark import batches_of

        return batches_of(packed, make, fields, numbers)

    each = spark.range(0, len(splits), 1, max(len(splits), 1))
    return each.mapInArrow(of_partition, ", ".join(f"`{f.name}` {SQL_TYPES[f.type]}" for f in fields))


def batches_of(
    packed: Packed[tuple[Rows, list[Split]]], make: Make, fields: pa.Schema, numbers: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of the splits of these numbers."""
    rows, splits = packed.made(lambda made: made, lambda _: True)
    for batch in numbers:
        for number in batch.column(0).to_pylist():
            for made in make(rows, splits[number]):
                yield made.cast(fields)


def _requests(rows: Rows, split: Split) -> Iterator[pa.RecordBatch]:
    return rows.batches(Reading(rows.among), split)


def _rejects(rows: Rows, split: Split) -> Iterator[pa.RecordBatch]:
    found: list[pa.Table] = []
    for _ in rows.batches(Reading(rows.among), split, found.append):
        pass
    return (batch for table in found for batch in table.to_batches())


def _plain(fields: pa.Schema) -> pa.Schema:
    """Return columns as Spark takes them: texts without dictionaries, times in microseconds."""
    return pa.schema([each.with_type(_plain_type(each.type)) for each in fields])


def _plain_type(type: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(type):
        return type.value_type
    return pa.timestamp("us", "UTC") if pa.types.is_timestamp(type) else type
