"""Requests as a data set: a folder of Parquet files, in a folder for each day (UTC), written by an engine's workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from proxyscan import schema
from proxyscan.catalogue import Catalogue
from proxyscan.classify import DAY_MS
from proxyscan.coverage import Coverage
from proxyscan.decide import Policy
from proxyscan.detect import choices
from proxyscan.durable import cannot_write
from proxyscan.engines import Engine, Failure, Packed, Shared, engine_of
from proxyscan.errors import ProxyscanError
from proxyscan.format import Format
from proxyscan.mixed import Misfits, line_formats
from proxyscan.objects import is_remote, local
from proxyscan.parse import Reading, Split
from proxyscan.rows import Rows
from proxyscan.source import expand
from proxyscan.splits import cut, headed, placed, shared, width
from proxyscan.spread import damage_of
from proxyscan.write import Write, straight
from proxyscan.zone import zone

SUCCESS: Final = "_SUCCESS"
"""The file that says, as Spark's do, that a data set is whole."""

UNFINISHED: Final = ".unfinished.parquet"
NO_DAY: Final = "__HIVE_DEFAULT_PARTITION__"
DIGITS: Final = 16

MOST_DAYS: Final = 32
"""Days whose files a worker holds open; a log of more days has several files of some."""


@dataclass(frozen=True)
class Written:
    """What was written of logs: `requests`, `rejects` (their `texts` as far as these are wanted), `damage` of files."""

    requests: int = 0
    rejects: int = 0
    texts: pa.Table = field(default_factory=schema.REJECT.empty_table)
    misfits: Misfits = field(default_factory=Misfits)
    damage: Mapping[str, str] = field(default_factory=dict)


def parse_to(
    paths: str | Path | Sequence[str | Path],
    folder: str | Path,
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
    on_rejects: Callable[[pa.Table], None] | None = None,
    misfits: Misfits | None = None,
    on_problem: Callable[[ProxyscanError], None] | None = None,
    engine: str | Engine | None = None,
) -> Written:
    """Write the requests of logs into a new folder, as ``date=YYYY-MM-DD/part-….parquet``.

    The arguments are those of `proxyscan.parse` and `proxyscan.scan`; `hide` is called with every batch, to hide the
    people in it. The workers write the files, so they must see the folder. A file is there whole or not at all; when
    all is written without a failure, ``_SUCCESS`` is.
    """
    files = expand([paths] if isinstance(paths, str | Path) else paths)
    among = choices(format, logformat, squid_conf, mapping)
    others = tuple(line_formats(among)) if mixed else ()
    rows = Rows(tuple(among), policy or Policy(), zone(tz), others, with_source, catalogue, hide)
    target = _made(folder, 0o777 if hide else 0o700)
    wanted = Wanted(rows, str(target), on_rejects is not None, misfits is not None)
    with engine_of(engine) as where:
        splits = [placed(Split(file)) for file in files]
        where.check([*shared(splits), Shared(str(target), 0)])
        cuts = [cut(split, among, width(splits, where.workers)) for split in splits]
        task = partial(write_split, Packed(wanted))
        written, failures = where.fold(task, add_written, headed(cuts, where), Written())
    _clean(target, failures)
    if on_rejects and written.texts.num_rows:
        on_rejects(written.texts.sort_by([("file", "ascending"), ("offset", "ascending")]))
    if misfits is not None:
        misfits.extend(written.misfits)
    damage = Coverage(damage=written.damage) + Coverage(damage=damage_of(failures, cuts, on_problem))
    return replace(written, damage=damage.damage)


def _made(folder: str | Path, mode: int) -> Path:
    """Return the folder of a new data set, made if it is not there; raises `ProxyscanError` for one in use."""
    if is_remote(folder):
        raise ProxyscanError(f"{folder}: is no folder on a disk", "name one that all workers see; copy it from there")
    target = local(folder).absolute()
    try:
        target.mkdir(mode, exist_ok=True)
        held = sorted(each.name for each in target.iterdir())
    except OSError as problem:
        raise cannot_write(target, problem) from problem
    if held:
        raise ProxyscanError(f"{folder}: holds {held[0]} already", "name a new folder: requests would be there twice")
    return target


def _clean(target: Path, failures: Sequence[Failure[Split]]) -> None:
    """Remove what killed workers and failed splits left; say that the rest is whole, if all of it is."""
    left = [*target.glob(f"*/.*{UNFINISHED}")]
    left += [file for each in failures for file in target.glob(f"*/{_name(each.item)}-*.parquet")]
    for file in left:
        file.unlink(missing_ok=True)
    if not failures:
        (target / SUCCESS).touch()


@dataclass(frozen=True)
class Wanted:
    """What workers are to write, as it travels to them."""

    rows: Rows
    folder: str
    texts: bool
    misfits: bool


def write_split(packed: Packed[Wanted], split: Split) -> Written:
    """Write the requests of a split; who does it again writes the same files."""
    wanted = packed.made(lambda made: made, lambda _: True)
    reading = Reading(wanted.rows.among, misfits=Misfits())
    texts: list[pa.Table] = []
    requests = 0
    with _Days(Path(wanted.folder), _name(split)) as days:
        for batch in wanted.rows.batches(reading, split, texts.append):
            days.write(batch)
            requests += batch.num_rows
    rejects = sum(table.num_rows for table in texts)
    whole = pa.concat_tables([schema.REJECT.empty_table(), *(texts if wanted.texts else ())])
    damage = {log.source.file: log.source.damage for log in reading.logs if log.source.damage}
    found = reading.misfits if wanted.misfits else None
    return Written(requests, rejects, whole, found or Misfits(), damage)


def add_written(parts: Sequence[Written]) -> Written:
    """Return what was written of all parts."""
    misfits = Misfits()
    for part in parts:
        misfits.extend(part.misfits)
    return Written(
        sum(part.requests for part in parts),
        sum(part.rejects for part in parts),
        pa.concat_tables([part.texts for part in parts]),
        misfits,
        {file: words for part in parts for file, words in part.damage.items()},
    )


def _name(split: Split) -> str:
    """Return how the names of a split's files begin: the same whoever writes them."""
    place = f"{split.file}:{split.start}".encode(errors="surrogateescape")
    return f"part-{sha256(place).hexdigest()[:DIGITS]}"


class _Days:
    """The files of one split, one for each day; they get their names when all are whole."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name, self.attempt = folder, name, uuid4().hex
        self._open: dict[str, tuple[ExitStack, Write]] = {}
        self._files: dict[Path, Path] = {}

    def __enter__(self) -> _Days:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._open:
            self._close(next(iter(self._open)))
        for unfinished, file in self._files.items():
            if problem is None:
                unfinished.replace(file)
            else:
                with suppress(OSError):
                    unfinished.unlink()

    def write(self, batch: pa.RecordBatch) -> None:
        """Write requests into the files of their days."""
        for day, rows in _by_day(batch):
            if day not in self._open:
                self._begin(day)
            self._open[day][1](pa.table(rows))

    def _begin(self, day: str) -> None:
        if len(self._open) >= MOST_DAYS:
            self._close(next(iter(self._open)))
        folder = self.folder / f"date={day}"
        folder.mkdir(exist_ok=True)
        number = sum(file.parent == folder for file in self._files.values())
        unfinished = folder / f".{self.name}-{number}-{self.attempt}{UNFINISHED}"
        self._files[unfinished] = folder / f"{self.name}-{number}.parquet"
        stack = ExitStack()
        self._open[day] = stack, stack.enter_context(straight(unfinished))

    def _close(self, day: str) -> None:
        self._open.pop(day)[0].close()


def _by_day(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Yield the days (UTC) of requests, each with its requests."""
    times: Any = batch.column("time").cast(pa.int64())
    missing = np.iinfo(np.int64).min
    days = np.asarray(pc.fill_null(times, missing)) // DAY_MS
    for day in np.unique(days).tolist():
        name = NO_DAY if day == missing // DAY_MS else str(np.datetime64(day, "D"))
        yield name, batch.filter(pa.array(days == day))
