"""The pipeline: logs → blocks → requests → classes → summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from proxyscan.batches import rejects_table
from proxyscan.catalogue import Catalogue
from proxyscan.classify import Classifier
from proxyscan.conclude import conclude
from proxyscan.coverage import Coverage
from proxyscan.decide import Policy
from proxyscan.detect import choices
from proxyscan.errors import ProxyscanError
from proxyscan.format import Format
from proxyscan.groups import ANYBODY, Groups, People
from proxyscan.layouts import Block, Rejects
from proxyscan.mixed import Misfits, Strays, line_formats
from proxyscan.parse import Log, Parsers, Reading, Split, cores, in_threads, too_long
from proxyscan.requests import HostNames
from proxyscan.source import Source, expand
from proxyscan.summary import Summary
from proxyscan.tally import COUNTED, Tally
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
) -> Summary:
    """Return the summary of logs.

    The arguments are those of `proxyscan.parse`; `catalogue` says which services count (default: those
    of the core kinds); `groups` says who is in which group; `progress` is called after every block.
    With `on_problem` a log that cannot be read at all is told to it and passed over; without, it raises.

    >>> import proxyscan
    >>> proxyscan.scan("sample_logs/squid_native.log").coverage.requests
    56
    """
    files = expand([paths] if isinstance(paths, str | Path) else paths)
    among = choices(format, logformat, squid_conf, mapping)
    reading = Reading(among, progress, on_problem, misfits)
    others = tuple(line_formats(among)) if mixed else ()
    local = zone(tz) if tz else None
    question = Question(policy or Policy(), local, Classifier(catalogue), People(groups=groups), others)
    return scan_reading(reading, [Split(file) for file in files], question)


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


@dataclass(frozen=True)
class Question:
    """What is asked of the lines: how they count, who the people in them are; and the hosts met so far.

    `mixed`: formats in which lines are read that a log's own format rejects.
    """

    policy: Policy
    zone: Zone | None
    classifier: Classifier
    people: People = ANYBODY
    mixed: tuple[Format, ...] = ()
    hosts: HostNames = field(default_factory=HostNames)


def scan_reading(
    reading: Reading, splits: Sequence[Split], question: Question, on_rejects: Callable[[pa.Table], None] | None = None
) -> Summary:
    """Return the summary of what `reading` reads of the splits; `on_rejects` is called with tables of rejects."""
    workers = [Counting(question) for _ in range(cores())]
    for log, left, rejects in in_threads(Counting.count, workers, reading.blocks(splits)):
        reading.note(log, left, len(rejects))
        if on_rejects and len(rejects):
            on_rejects(rejects_table(log.source.file, rejects))
    for log in reading.logs:
        long = too_long(log.source, log.split)
        if on_rejects and len(long):
            on_rejects(rejects_table(log.source.file, long))
    tallies = [tally for worker in workers for tally in worker.tallies.values()]
    counted = conclude(tallies)
    found = [*map(_lacks, tallies), *(_source_coverage(log.source, log.split) for log in reading.logs)]
    coverage = sum(found, counted.coverage)
    return replace(counted, coverage=coverage)


class Counting:
    """What one thread does with a block: lines → requests → classes → sums."""

    def __init__(self, question: Question) -> None:
        self.parsers = Parsers(question.policy, question.hosts, COUNTED, question.zone, question.mixed)
        self.question = question
        self.tallies: dict[int, Tally] = {}

    def count(self, item: tuple[Log, Block]) -> tuple[Log, Strays, Rejects]:
        """Count the requests of a block; return its log, its first rejected lines whole, and its rejects."""
        log, block = item
        read, left = self.parsers.parse(log, block)
        for parser, requests in read:
            if id(parser) not in self.tallies:
                self.tallies[id(parser)] = Tally(parser, self.question.classifier, self.question.people)
            self.tallies[id(parser)].add(requests)
        return log, left, read[0][1].columns.rejects


def _lacks(tally: Tally) -> Coverage:
    """Return what the logs of a tally's format lack."""
    format, requests = tally.parser.format, tally.coverage.requests
    return Coverage(lacks={key: {format.name: requests} for key in format.lacks} if requests else {})


def _source_coverage(source: Source, split: Split) -> Coverage:
    long = too_long(source, split)
    return Coverage(
        files=(source.file,),
        lines=len(long),
        rejects=len(long),
        reject_reasons=dict(Counter(long.reasons)),
        damage={source.file: source.damage} if source.damage else {},
    )
