"""The pipeline: logs → blocks → requests → classes → summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from proxyscan.catalogue import Catalogue
from proxyscan.classify import Classifier
from proxyscan.counting import Question, scan_reading
from proxyscan.decide import Policy
from proxyscan.detect import choices
from proxyscan.engines import Engine, Local, engine_of
from proxyscan.errors import ProxyscanError
from proxyscan.format import Format
from proxyscan.groups import ANYBODY, Groups, People
from proxyscan.mixed import Misfits, line_formats
from proxyscan.parse import Reading, Split
from proxyscan.source import Source, expand
from proxyscan.summary import Summary
from proxyscan.zone import Zone, zone


def scan(
    paths: str | Path | Sequence[str | Path],
    *,
    format: str | Format | Sequence[Format] | None = None,
    logformat: str | None = None,
    squid_conf: str | Path | None = None,
    mapping: str | Path | None = None,
    policy: Policy | None = None,
    tz: str | None = None,
    mixed: bool = False,
    catalogue: Catalogue | None = None,
    groups: Groups | None = None,
    misfits: Misfits | None = None,
    progress: Callable[[Source], None] | None = None,
    on_problem: Callable[[ProxyscanError], None] | None = None,
    engine: str | Engine | None = None,
) -> Summary:
    """Return the summary of logs.

    The arguments are those of `proxyscan.parse`; `catalogue` says which services count (default: those
    of the core kinds); `groups` says who is in which group; `progress` is called after every block.
    With `on_problem` a log that cannot be read at all is told to it and passed over; without, it raises.
    `engine` says where the work runs: "local:4", "dask", "dask://host:8786", "spark" … (default: all processors of
    this machine). A split that its workers cannot read is told by the coverage's `damage`.

    >>> import proxyscan
    >>> proxyscan.scan("sample_logs/squid_native.log").coverage.requests
    56
    """
    files = expand([paths] if isinstance(paths, str | Path) else paths)
    among = choices(format, logformat, squid_conf, mapping)
    reading = Reading(among, progress, on_problem, misfits)
    others = tuple(line_formats(among)) if mixed else ()
    local = None if tz is None else zone(tz)
    question = Question(policy or Policy(), local, Classifier(catalogue), People(groups=groups), others)
    splits = [Split(file) for file in files]
    with engine_of(engine) as where:
        if isinstance(where, Local):
            return scan_reading(reading, splits, question, threads=where.workers)
        from proxyscan.spread import scan_on

        return scan_on(where, reading, splits, question).summary


def scan_splits(
    splits: Sequence[Split],
    among: Sequence[Format],
    policy: Policy,
    tz: Zone | None = None,
    catalogue: Catalogue | None = None,
    progress: Callable[[Source], None] | None = None,
    mixed: bool = False,
    misfits: Misfits | None = None,
) -> Summary:
    """Return the summary of the lines that begin in the splits: blocks of lines are counted in all threads."""
    question = Question(policy, tz, Classifier(catalogue), ANYBODY, tuple(line_formats(among)) if mixed else ())
    return scan_reading(Reading(among, progress, misfits=misfits), splits, question)
