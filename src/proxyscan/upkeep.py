"""The upkeep of a store: compact, prune, check, export. Each may be killed at any moment and run again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from proxyscan import durable, schema
from proxyscan.errors import InputError, ProxyscanError, StoreError, nearest
from proxyscan.gather import merged
from proxyscan.levels import bundles
from proxyscan.parts import MONTH_NAME, Part, counted, joined, month_name, parts_in, sums
from proxyscan.pieces import gaps
from proxyscan.places import place_at
from proxyscan.store import KEY, KEY_MARK, Moment, Store, moment
from proxyscan.summary import TABLE, TABLES, Summary, summary_of

NO_MONTH: Final = "0000-00"
"""The month of parts without requests."""

SPREAD: Final = timedelta(weeks=1)
"""How long before a log's first request the bytes of its transactions may have come."""

PARTITIONS: Final = {"date": "%Y-%m-%d", "month": "%Y-%m"}
DAMAGED: Final = ".damaged"


def _begun(path: str | Path) -> Store:
    """Return the store at a path; raises `InputError` for a folder in which an update never began one."""
    store = Store(path)
    if not parts_in(store.place) and not any(store.place.has(name) for name in (KEY, KEY_MARK)):
        raise InputError(f"{path}: is a folder, but no store", "name the folder that 'proxyscan update' made")
    return store


def compact(store: str | Path, before: Moment | None = None) -> list[str]:
    """Fold parts that end before a moment (default: this month) into one per month; return the names of these.

    A part belongs to the month of its first request. A part that ends in mid-line stays as it is, since it may be taken
    again with the rest of the line.
    """
    kept = _begun(store)
    limit = moment(before) or datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with kept.writing("proxyscan compact"):
        months: dict[str, list[Part]] = {}
        for part in kept.parts():
            month = _month(part, limit)
            if month and not any(stretch.rest for stretch in part.detailed):
                months.setdefault(month, []).append(part)
        written = [_fold(kept, month, parts) for month, parts in sorted(months.items()) if len(parts) > 1]
        kept.remove_superseded()
    return written


def _month(part: Part, limit: datetime) -> str:
    """Return the month that a part is to be folded into; empty when it is not yet to be."""
    first, last = part.coverage.first, part.coverage.last
    if first is None or last is None:
        return NO_MONTH
    return _utc(first).strftime("%Y-%m") if _utc(last) < limit else ""


def _utc(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _fold(store: Store, month: str, parts: Sequence[Part]) -> str:
    stretches = joined(stretch for part in parts for stretch in part.detailed)
    name = month_name(month, stretches)
    return store.add(merged(parts), stretches, name)


def prune(store: str | Path, before: Moment) -> list[str]:
    """Delete what a store holds of the time before a moment; return the names of the parts that lost something.

    What was taken of which log stays known, so that it is not taken again. Users and hosts are kept by day: days that
    end before the moment are deleted.
    """
    kept, limit = _begun(store), moment(before)
    if limit is None:
        raise StoreError("no date to prune before", "write for example --before 2026-01-01")
    with kept.writing("proxyscan prune"):
        return [part.name for part in kept.parts() if _pruned(kept, part, limit)]


def _pruned(store: Store, part: Part, limit: datetime) -> bool:
    """Delete what a part holds of the time before the limit; tell whether there was anything."""
    first = part.coverage.first
    if first is None or _utc(first) - SPREAD >= limit:
        return False
    whole, later = merged([part]), merged([part], since=limit)
    if all(getattr(whole, name).num_rows == getattr(later, name).num_rows for name in TABLES):
        return False
    left = first if _utc(first) >= limit else int(limit.timestamp() * 1000)
    ends = whole.coverage.last is not None and whole.coverage.last < left
    span = {"first": None, "last": None} if ends else {"first": left}
    store.add(replace(later, coverage=replace(whole.coverage, **span)), part.detailed, part.name)
    return True


@dataclass(frozen=True)
class Finding:
    """What is wrong in a store: with which file, and whether it is `damaged`, so that it must be made again."""

    file: str
    problem: str
    damaged: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain values."""
        return asdict(self)


def check(store: str | Path) -> list[Finding]:
    """Return what is wrong with a store, nothing when all is well.

    Every part is read and held against its checksums, name, schema and sums; overlapping parts and missing bytes
    are named.
    """
    kept = _begun(store)
    parts = parts_in(kept.place)
    found = [Finding(part.name, problem, damaged=True) for part in parts if (problem := _damage(part))]
    if parts and not any(kept.place.has(name) for name in (KEY, KEY_MARK)):
        found.append(Finding(KEY, "is missing: users could not be counted across nights; put it back"))
    broken = {finding.file for finding in found}
    return [*found, *_misplaced([part for part in parts if part.name not in broken])]


def _misplaced(parts: list[Part]) -> Iterator[Finding]:
    """Yield the parts that are not counted, and what is missing between those that are."""
    kept = counted(parts)
    names = {part.name for part in kept}
    for part in parts:
        if part.name not in names:
            other = next(each for each in kept if each.overlaps(part))
            yield Finding(part.name, f"is not counted: it overlaps {other.name}")
    stretches = sorted(stretch for part in kept for stretch in part.stretches)
    for log in sorted({stretch.log for stretch in stretches}):
        for start, stop in gaps([stretch for stretch in stretches if stretch.log == log])[:-1]:
            yield Finding(str(log), f"bytes {start} to {stop} of this log are missing; an update with it takes them")


def _damage(part: Part) -> str:
    """Return what is wrong with a part by itself; empty for nothing."""
    try:
        with part.place.opened(part.name) as stream:
            whole = pq.read_table(stream, page_checksum_verification=True)
        summary = summary_of(whole, part.path)
        stretches, expected = part.detailed, part.metadata["sums"]
    except ProxyscanError as problem:
        return problem.fact.removeprefix(f"{part.path}: ")
    except (OSError, KeyError, TypeError, ValueError, pa.ArrowException) as problem:
        return f"cannot be read as a part: {problem}"
    month = MONTH_NAME.fullmatch(part.name)
    name = month_name(part.name.partition(".")[0], stretches) if month else stretches[0].name
    if name != part.name:
        return f"its name should be {name}"
    found = {name: each for name, each in sums(summary).items() if name in expected or each["rows"]}
    if found != expected:
        return "its sums are not those that were written"
    return _wrong_level(part, whole, summary)


def _wrong_level(part: Part, whole: pa.Table, summary: Summary) -> str:
    """Return which level of a part is not what its finest rows say, or not where it is said to be."""
    derived = [each for bundle in bundles(summary) for each in bundle.items()] if part.slices else []
    wrong = [name for name, table in derived if not _holds(whole, name, table)]
    if wrong:
        return f"its table '{wrong[0]}' is not what its other tables say"
    rows = [(name, getattr(summary, name).num_rows) for name in TABLES] + [(name, len(each)) for name, each in derived]
    said = [tuple(each) for each in part.metadata.get("rows", ())]
    return "its tables are not where it says" if said and said != rows else ""


def _holds(whole: pa.Table, name: str, table: pa.Table) -> bool:
    found = whole.filter(pc.equal(whole[TABLE], name)).select(table.schema.names).cast(table.schema)
    return bool(found.equals(table))


def set_aside_damaged(store: Store) -> list[str]:
    """Rename damaged parts, so that an update makes them again; return their names. Only for who holds the lock."""
    damaged = [part.name for part in parts_in(store.place) if _damage(part)]
    for name in damaged:
        store.place.rename(name, name + DAMAGED)
    return damaged


def export(store: str | Path, output: str | Path, partition_by: str = "date") -> list[str]:
    """Write a store as Hive-partitioned Parquet, ``OUTPUT/TABLE/date=2026-11-23/…``; return the tables' folders.

    Partitions that are there already are replaced. `partition_by` is "date" or "month".
    """
    if partition_by not in PARTITIONS:
        raise StoreError(f"cannot partition by '{partition_by}'", nearest(partition_by, PARTITIONS))
    kept, target = _begun(store), place_at(output)
    filesystem, root = target.filesystem()
    try:
        for since, until in _months(kept):
            summary = kept.summary(since, until)
            for name in TABLES:
                _partitions(getattr(summary, name), filesystem, f"{root}/{name}", partition_by)
    except OSError as problem:
        raise durable.cannot_write(target, problem) from problem
    return [str(target.path(name)) for name in TABLES]


def _months(store: Store) -> Iterator[tuple[datetime, datetime]]:
    """Yield begin and end of each month of which a store may hold something."""
    coverage = [part.coverage for part in store.parts()]
    first = min((each.first for each in coverage if each.first is not None), default=None)
    last = max((each.last for each in coverage if each.last is not None), default=None)
    if first is None or last is None:
        return
    month = (_utc(first) - SPREAD).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month <= _utc(last):
        following = (month + timedelta(days=31)).replace(day=1)
        yield month, following
        month = following


def _partitions(table: pa.Table, filesystem: Any, folder: str, partition_by: str) -> None:
    import pyarrow.dataset as ds

    if not table.num_rows:
        return
    when = table.column(0).cast(schema.TIME)
    whole = table.append_column(partition_by, pc.strftime(when, format=PARTITIONS[partition_by]))
    partitioning = ds.partitioning(pa.schema([(partition_by, pa.string())]), flavor="hive")
    options = ds.ParquetFileFormat().make_write_options(compression="zstd")
    behaviour = "delete_matching"
    ds.write_dataset(
        whole,
        folder,
        filesystem=filesystem,
        format="parquet",
        partitioning=partitioning,
        existing_data_behavior=behaviour,
        file_options=options,
    )
