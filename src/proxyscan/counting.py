"""Counting: blocks of lines → requests → classes → sums → a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from typing import Final

import pyarrow as pa

from proxyscan.batches import rejects_table
from proxyscan.classify import Classifier
from proxyscan.conclude import conclude
from proxyscan.coverage import Coverage
from proxyscan.decide import Policy
from proxyscan.engines.heap import keeping
from proxyscan.engines.threads import cores, in_threads
from proxyscan.format import Format
from proxyscan.frozen import frozen
from proxyscan.groups import ANYBODY, People
from proxyscan.layouts import Block, Rejects
from proxyscan.mixed import Strays
from proxyscan.parse import Log, Parsers, Reading, Split, comes_slowly, too_long
from proxyscan.requests import HostNames
from proxyscan.source import Source
from proxyscan.summary import Summary
from proxyscan.tally import COUNTED, Tally
from proxyscan.zone import Zone

MOST_HOSTS: Final = 500_000
"""Distinct hosts that are remembered from log to log."""


@frozen
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
    reading: Reading,
    splits: Sequence[Split],
    question: Question,
    on_rejects: Callable[[pa.Table], None] | None = None,
    threads: int = 0,
) -> Summary:
    """Return the summary of what `reading` reads of the splits; `on_rejects` is called with tables of rejects.

    `threads`: how many count (0: one for each processor).
    """
    workers = [Counting(question) for _ in range(threads or cores())]
    with keeping():
        for log, left, rejects in in_threads(Counting.count, workers, reading.blocks(splits), comes_slowly):
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
