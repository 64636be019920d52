"""Summaries: additive sums of requests, and their merging."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from proxyscan import arrow, schema, sketch
from proxyscan.coverage import Coverage, from_json, total
from proxyscan.durable import replacing
from proxyscan.errors import InputError
from proxyscan.frozen import frozen
from proxyscan.traffic import traffic

if TYPE_CHECKING:
    import pandas as pd

COVERAGE_KEY: Final = b"proxyscan.coverage"
SUM_NAMES: Final = tuple(name for name, _ in schema.SUMS)
RANKS: Final = 1 << 15
"""Distinct words of a column whose ranks are small enough for the fastest sort."""

PIECE: Final = 8 << 20
"""Bytes of a table that are written as one row group."""

TABLE: Final = "table_name"
TABLES: Final = {"intervals": schema.INTERVALS, "users": schema.USERS, "hosts": schema.HOSTS, "active": schema.ACTIVE}

SKETCHED: Final = frozenset(name for name, fields in TABLES.items() if "users" in fields.names)
"""The tables of sketches; the others are of sums."""

FIELDS: Final = {each.name: each for fields in TABLES.values() for each in fields}
FILE_SCHEMA: Final = pa.schema([pa.field(TABLE, pa.string()), *FIELDS.values()])
"""A summary's file: the rows of its tables, told apart by `table_name`."""


@frozen
class Summary:
    """Sums per five minutes (`intervals`), sketches of users per hour (`users`), sums per host (`hosts`).

    `active`: sketches of those who used social media, per hour; a store has them by the hour where it keeps `users`
    by the day.

    The tables have the schemas of `proxyscan.schema`; rows are distinct by their keys and sorted by them.
    """

    intervals: pa.Table
    users: pa.Table
    hosts: pa.Table
    active: pa.Table
    coverage: Coverage

    def at(self, keys: Sequence[str], every: str = "year") -> Summary:
        """Return a summary of the same that tells at least `keys` and lengths of time apart.

        The keys are those of `proxyscan.grain.SPLITS`, the lengths its `LENGTHS`. A summary out of a store reads no
        more than it must for that; this one has all in memory and is itself the answer.
        """
        return self

    def traffic(self) -> pa.Table:
        """Return what `proxyscan.traffic.traffic` makes of the intervals."""
        return traffic(self.intervals)

    def people(self, of: str, keys: Sequence[str], unit: str = "") -> pd.DataFrame:
        """Return how many distinct people were at social media themselves, as `people` does.

        `of`: "active", who is known by the hour, or "users", by the day: of these, as `users_of_use` chooses them.
        """
        found = self.at([*dict.fromkeys([*keys, "service", "kind", "label"])], "hour" if of == "active" else "day")
        return people(found.active if of == "active" else users_of_use(found.users), keys, unit)

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

    def write_parquet(
        self,
        path: Any,
        metadata: Mapping[bytes, str] = MappingProxyType({}),
        more: Sequence[Mapping[str, pa.Table]] = (),
    ) -> None:
        """Write all tables and the coverage into one Parquet file; `read_parquet` reads it back.

        `path` may be an open file. Each table has row groups of its own, so that who reads one need not read the
        others; of a large table they are several. `more`: tables to write beside them, some together in a row group.
        """
        import pyarrow.parquet as pq

        fields = FILE_SCHEMA.with_metadata({COVERAGE_KEY: self.coverage.to_json(), **metadata})
        plain = [name for name in fields.names if name != "users"]  # neither repeated nor of use as statistics
        packing = {"compression": "zstd", "compression_level": 5, "write_page_checksum": True}
        settings = {"use_dictionary": plain, "write_statistics": plain, **packing}
        with _sink(path) as stream, pq.ParquetWriter(stream, fields, **settings) as writer:
            for group in [*({name: piece} for name in TABLES for piece in _pieces(getattr(self, name))), *more]:
                whole = pa.concat_tables([_tagged(name, table) for name, table in group.items()])
                writer.write_table(whole.replace_schema_metadata(fields.metadata))


def _sink(path: Any) -> Any:
    """Open a file for a writer, which leaves one that it opened itself open when the disk is full."""
    return nullcontext(path) if hasattr(path, "write") else replacing(path)


def _pieces(table: pa.Table) -> Iterator[pa.Table]:
    """Yield the rows of a table, so many at a time as are little to hold once more, at least once."""
    rows = max(table.num_rows * PIECE // max(table.nbytes, 1), 1)
    for begin in range(0, max(table.num_rows, 1), rows):
        yield table.slice(begin, rows)


def _tagged(name: str, table: pa.Table) -> pa.Table:
    columns = [
        arrow.chosen([name], np.zeros(table.num_rows, np.int64))
        if each.name == TABLE
        else (table[each.name] if each.name in table.schema.names else pa.nulls(table.num_rows, each.type))
        for each in FILE_SCHEMA
    ]
    return pa.table(columns, schema=FILE_SCHEMA)


def read_parquet(path: str | Path) -> Summary:
    """Return the summary that `Summary.write_parquet` wrote; raises `InputError` for another file."""
    import pyarrow.parquet as pq

    try:
        whole = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as problem:
        raise InputError(f"{path}: {problem}", "name a file that 'proxyscan scan -o' wrote") from problem
    return summary_of(whole, path)


def summary_of(whole: pa.Table, path: object) -> Summary:
    """Return the summary whose file at `path` has these rows; raises `InputError` for another file."""
    import pyarrow.compute as pc

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
        united([part.active for part in parts], schema.ACTIVE),
        total(part.coverage for part in parts),
    )


def added(tables: Sequence[pa.Table], fields: pa.Schema) -> pa.Table:
    """Return the sums of tables of `fields`, one row per distinct key, sorted by the keys."""
    keys = [name for name in fields.names if name not in SUM_NAMES]
    whole = pa.concat_tables([arrow.nothing(fields), *(table.select(fields.names) for table in tables)])
    order, begins = _grouped(whole, keys)
    columns = [
        _sums(whole[name], order, begins) if name in SUM_NAMES else whole[name].take(arrow.numbers(order[begins]))
        for name in fields.names
    ]
    return pa.table(columns, schema=fields).combine_chunks()


def _grouped(table: pa.Table, keys: list[str]) -> tuple[Any, Any]:
    """Return the order of the rows by their keys, nulls first, and where in it each distinct key begins."""
    ranks = [_ranks(table[key]) for key in keys]
    order = np.arange(table.num_rows)
    for rank in reversed(ranks):
        order = order[np.argsort(rank[order], kind="stable")]
    fresh = np.zeros(table.num_rows, np.bool_)
    fresh[:1] = True
    for rank in ranks:
        fresh[1:] |= np.diff(rank[order]) != 0
    return order, np.flatnonzero(fresh)


def _ranks(column: Any) -> Any:
    """Return integers that order the values of a column; of null the lowest."""
    if not pa.types.is_string(column.type):
        integers = column.cast(pa.int32() if pa.types.is_date32(column.type) else pa.int64())
        return arrow.integers(integers.cast(pa.int64()), np.iinfo(np.int64).min)
    coded = column.combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    words = coded.dictionary.to_pylist()
    rank = np.empty(len(words) + 1, np.int16 if len(words) < RANKS else np.int64)
    rank[sorted(range(len(words)), key=lambda code: words[code].encode())] = np.arange(len(words))
    rank[-1] = -1
    return rank[arrow.integers(coded.indices, -1)]


def _sums(column: Any, order: Any, begins: Any) -> Any:
    """Return the sum of each group of rows; null where no row has a value."""
    if not len(begins):
        return arrow.numbers(np.empty(0, np.int64), column.type)
    values = arrow.integers(column, 0)[order]
    known = ~arrow.missing(column)[order]
    sums = np.add.reduceat(values, begins)
    return arrow.numbers(sums, column.type, ~np.logical_or.reduceat(known, begins))


def united(tables: Sequence[pa.Table], fields: pa.Schema = schema.USERS) -> pa.Table:
    """Return the union of tables of sketches, one row per distinct key, sorted by the keys.

    `fields` end in `users`, the sketches.
    """
    keys = [name for name in fields.names if name != "users"]
    whole = pa.concat_tables([arrow.nothing(fields), *(table.select(fields.names) for table in tables)])
    order, begins = _grouped(whole, keys)
    counts = np.diff(np.append(begins, len(order)))
    first = whole.select(keys).take(arrow.numbers(order[begins]))
    sketches = _unions(whole["users"], order, begins, counts)
    return pa.table([*first.columns, sketches], schema=fields).combine_chunks()


def _unions(sketches: Any, order: Any, begins: Any, counts: Any) -> Any:
    """Return the union of the sketches of each key; where few keys are repeated only theirs are looked into."""
    if not (counts > 1).any():
        return sketches.take(arrow.numbers(order))
    if 2 * counts[counts > 1].sum() > len(order):
        numbers = np.empty(len(order), np.int64)
        numbers[order] = np.repeat(np.arange(len(begins)), counts)
        return sketch.unions(sketches, numbers, len(begins))
    numbers = np.where(counts > 1, np.cumsum(counts > 1) - 1, 0)
    rows = np.repeat(counts > 1, counts)
    chosen = sketches.take(arrow.numbers(order[rows]))
    unions = sketch.unions(chosen, np.repeat(numbers, counts)[rows], int(np.count_nonzero(counts > 1)))
    single = sketches.take(arrow.numbers(order[begins[counts == 1]]))
    places = np.where(counts > 1, numbers, len(unions) + np.cumsum(counts == 1) - 1)
    return pa.chunked_array([unions, *single.chunks], pa.binary()).take(arrow.numbers(places))


def people(table: pa.Table, keys: Sequence[str], unit: str = "") -> pd.DataFrame:
    """Return how many distinct `people` a table of sketches has per `keys` and length of time, sorted by these.

    `unit`: "hour", "day" or "week", told by the column `hour`; empty: all the time is one.
    """
    import pyarrow.compute as pc

    kept = [*(["hour"] if unit else []), *keys]
    rows = table.select([*kept, "users"])
    if unit:
        rows = rows.set_column(0, "hour", pc.floor_temporal(rows["hour"], unit=unit).cast(schema.TIME))
    order, begins = _grouped(rows, kept)
    counts = np.diff(np.append(begins, len(order)))
    found: pd.DataFrame = rows.select(kept).take(arrow.numbers(order[begins])).to_pandas()
    return found.assign(people=_sizes(rows["users"], order, begins, counts))


def _sizes(sketches: Any, order: Any, begins: Any, counts: Any) -> Any:
    """Return how many people the sketches of each key are of; those of a key that has one are not looked into."""
    sizes = sketch.estimates(sketches)[order[begins]]
    several = counts > 1
    if several.any():
        chosen = sketches.take(arrow.numbers(order[np.repeat(several, counts)]))
        numbers = np.repeat(np.arange(int(several.sum())), counts[several])
        sizes[several] = sketch.union_sizes(chosen, numbers, int(several.sum()))
    return sizes


def users_of_use(users: pa.Table) -> pa.Table:
    """Return the sketches of who used social media, allowed or denied, out of those of all users."""
    import pyarrow.compute as pc

    sides = pc.is_in(users["outcome_class"], arrow.texts(["allowed", "denied"]))
    return users.filter(pc.and_(pc.and_(pc.equal(users["label"], "use"), pc.is_valid(users["kind"])), sides))


EMPTY: Final = Summary(coverage=Coverage(), **{name: arrow.nothing(fields) for name, fields in TABLES.items()})
"""The summary of nothing."""
