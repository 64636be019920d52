"""Summaries: additive sums of requests, and their merging."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from proxyscan import schema, sketch
from proxyscan.coverage import Coverage, from_json
from proxyscan.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

COVERAGE_KEY: Final = b"proxyscan.coverage"
SUM_NAMES: Final = tuple(name for name, _ in schema.SUMS)
SUM_OR_NULL: Final = pc.ScalarAggregateOptions(min_count=1)
TABLE: Final = "table_name"
TABLES: Final = {"intervals": schema.INTERVALS, "users": schema.USERS, "hosts": schema.HOSTS}

FIELDS: Final = {each.name: each for fields in TABLES.values() for each in fields}
FILE_SCHEMA: Final = pa.schema([pa.field(TABLE, pa.string()), *FIELDS.values()])
"""A summary's file: the rows of its three tables, told apart by `table_name`."""


@dataclass(frozen=True)
class Summary:
    """Sums per five minutes (`intervals`), sketches of users per hour (`users`), sums per host (`hosts`).

    The tables have the schemas of `proxyscan.schema`; rows are distinct by their keys and sorted by them.
    """

    intervals: pa.Table
    users: pa.Table
    hosts: pa.Table
    coverage: Coverage

    def to_pandas(self) -> pd.DataFrame:
        """Return `intervals` as a data frame; sums are nullable integers."""
        import pandas as pd

        types = {pa.int64(): pd.Int64Dtype()}
        frame: pd.DataFrame = self.intervals.to_pandas(types_mapper=types.get)
        return frame

    def to_arrow(self) -> pa.Table:
        """Return `intervals` with the coverage in the schema's metadata."""
        return self.intervals.replace_schema_metadata({COVERAGE_KEY: self.coverage.to_json()})

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Hand `intervals` to any library that speaks the Arrow PyCapsule protocol."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def write_parquet(self, path: str | Path, metadata: Mapping[bytes, str] = MappingProxyType({})) -> None:
        """Write all three tables and the coverage into one Parquet file; `read_parquet` reads it back.

        Each table has row groups of its own, so that who reads one need not read the others.
        """
        fields = FILE_SCHEMA.with_metadata({COVERAGE_KEY: self.coverage.to_json(), **metadata})
        plain = [name for name in fields.names if name != "users"]  # neither repeated nor of use as statistics
        packing = {"compression": "zstd", "compression_level": 9, "write_page_checksum": True}
        with pq.ParquetWriter(path, fields, use_dictionary=plain, write_statistics=plain, **packing) as writer:
            for name in TABLES:
                writer.write_table(_tagged(name, getattr(self, name)).replace_schema_metadata(fields.metadata))


def _tagged(name: str, table: pa.Table) -> pa.Table:
    columns = [
        pa.array([name] * table.num_rows, pa.string())
        if each.name == TABLE
        else (table[each.name] if each.name in table.schema.names else pa.nulls(table.num_rows, each.type))
        for each in FILE_SCHEMA
    ]
    return pa.table(columns, schema=FILE_SCHEMA)


def read_parquet(path: str | Path) -> Summary:
    """Return the summary that `Summary.write_parquet` wrote; raises `InputError` for another file."""
    try:
        whole = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as problem:
        raise InputError(f"{path}: {problem}", "name a file that 'proxyscan scan -o' wrote") from problem
    metadata = whole.schema.metadata or {}
    if COVERAGE_KEY not in metadata or TABLE not in whole.schema.names:
        raise InputError(f"{path}: is no summary of proxyscan", "name a file that 'proxyscan scan -o' wrote")
    tables = {
        name: whole.filter(pc.equal(whole[TABLE], name)).select(each.names).cast(each) for name, each in TABLES.items()
    }
    return Summary(coverage=from_json(metadata[COVERAGE_KEY]), **tables)


def merge(summaries: Iterable[Summary]) -> Summary:
    """Return the sum of summaries: associative, commutative, with `EMPTY` neutral."""
    parts = list(summaries)
    return Summary(
        added([part.intervals for part in parts], schema.INTERVALS),
        united([part.users for part in parts]),
        added([part.hosts for part in parts], schema.HOSTS),
        sum((part.coverage for part in parts), Coverage()),
    )


def added(tables: Sequence[pa.Table], fields: pa.Schema) -> pa.Table:
    """Return the sums of tables of `fields`, one row per distinct key, sorted by the keys."""
    keys = [name for name in fields.names if name not in SUM_NAMES]
    whole = pa.concat_tables([fields.empty_table(), *(table.select(fields.names) for table in tables)])
    sums = [(name, "sum", SUM_OR_NULL) for name in SUM_NAMES]
    grouped = whole.group_by(keys, use_threads=False).aggregate(sums)
    named = grouped.rename_columns([name.removesuffix("_sum") for name in grouped.schema.names])
    return _sorted(named.select(fields.names).cast(fields), keys)


def united(tables: Sequence[pa.Table]) -> pa.Table:
    """Return the union of tables of sketches, one row per distinct key, sorted by the keys."""
    keys = [name for name in schema.USERS.names if name != "users"]
    whole = pa.concat_tables([schema.USERS.empty_table(), *tables])
    grouped = whole.group_by(keys, use_threads=False).aggregate([("users", "list")])
    sketches = [group[0] if len(group) == 1 else sketch.union(group) for group in grouped["users_list"].to_pylist()]
    named = grouped.select(keys).append_column("users", pa.array(sketches, pa.binary()))
    return _sorted(named.select(schema.USERS.names).cast(schema.USERS), keys)


def _sorted(table: pa.Table, keys: list[str]) -> pa.Table:
    sort_keys = [part for key in keys for part in ((f"{key}?", "ascending"), (key, "ascending"))]
    with_nulls = table
    for key in keys:  # nulls first, in every version of pyarrow
        with_nulls = with_nulls.append_column(f"{key}?", pc.is_valid(table[key]).cast(pa.int8()))
    order = pc.sort_indices(with_nulls, sort_keys=sort_keys)
    return table.take(order).combine_chunks()


EMPTY: Final = Summary(
    schema.INTERVALS.empty_table(), schema.USERS.empty_table(), schema.HOSTS.empty_table(), Coverage()
)
"""The summary of nothing."""
