"""The pipeline: logs → blocks → requests → classes → summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from proxyscan.catalogue import Catalogue
from proxyscan.classify import Classifier
from proxyscan.coverage import Coverage
from proxyscan.decide import Policy
from proxyscan.detect import choices
from proxyscan.format import Format
from proxyscan.layouts import Block
from proxyscan.mixed import Misfits, Strays, line_formats
from proxyscan.parse import Log, Parsers, Reading, Split, cores, in_threads, too_long
from proxyscan.requests import HostNames
from proxyscan.source import Source, expand
from proxyscan.summary import Summary
from proxyscan.tally import COUNTED, Tally, conclude
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
    misfits: Misfits | None = None,
    progress: Callable[[Source], None] | None = None,
) -> Summary:
    """Return the summary of logs.

    The arguments are those of `proxyscan.parse`; `catalogue` says which services count (default: those
    of the core kinds).

    >>> import proxyscan
    >>> proxyscan.scan("sample_logs/squid_native.log").coverage.requests
    56
    """
    files = expand([paths] if isinstance(paths, str | Path) else paths)
    among = choices(format, logformat, squid_conf, mapping)
    splits, local = [Split(file) for file in files], zone(tz) if tz else None
    return scan_splits(splits, among, policy or Policy(), local, catalogue, progress, mixed, misfits)


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
    reading = Reading(among, progress, misfits)
    others = line_formats(among) if mixed else ()
    hosts, classifier = HostNames(), Classifier(catalogue)
    workers = [Counting(Parsers(policy, hosts, COUNTED, tz, others), classifier) for _ in range(cores())]
    for log, left, rejects in in_threads(Counting.count, workers, reading.blocks(splits)):
        reading.note(log, left, rejects)
    tallies = [tally for worker in workers for tally in worker.tallies.values()]
    counted = conclude(tallies)
    found = [*map(_lacks, tallies), *(_source_coverage(log.source, log.split) for log in reading.logs)]
    coverage = sum(found, counted.coverage)
    return Summary(counted.intervals, counted.users, counted.hosts, coverage)


class Counting:
    """What one thread does with a block: lines → requests → classes → sums."""

    def __init__(self, parsers: Parsers, classifier: Classifier) -> None:
        self.parsers = parsers
        self.classifier = classifier
        self.tallies: dict[int, Tally] = {}

    def count(self, item: tuple[Log, Block]) -> tuple[Log, Strays, int]:
        """Count the requests of a block; return its log, its first rejected lines, and how many there are."""
        log, block = item
        read, left = self.parsers.parse(log, block)
        for parser, requests in read:
            if id(parser) not in self.tallies:
                self.tallies[id(parser)] = Tally(parser, self.classifier)
            self.tallies[id(parser)].add(requests)
        return log, left, len(read[0][1].columns.rejects)


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
