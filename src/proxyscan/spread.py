"""Counting on an engine: logs → splits → a worker's summary of each → their sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from functools import partial

import pyarrow as pa

from proxyscan import schema
from proxyscan.arrow import nothing
from proxyscan.catalogue import Catalogue, catalogue
from proxyscan.classify import Classifier
from proxyscan.counting import MOST_HOSTS, Question, scan_reading
from proxyscan.coverage import Coverage
from proxyscan.decide import Policy
from proxyscan.engines import Engine, Failure, Local, Packed
from proxyscan.errors import ProxyscanError
from proxyscan.format import Format
from proxyscan.frozen import frozen
from proxyscan.groups import People
from proxyscan.mixed import Misfits
from proxyscan.parse import ENDS, Reading, Split
from proxyscan.source import Source, shown
from proxyscan.splits import cut, cut_by_members, headed, placed, shared, width
from proxyscan.summary import EMPTY, Summary, merge
from proxyscan.zone import Zone, zone


@frozen
class Scanned:
    """What was counted of splits; `rejects` and `misfits` are as far as they were wanted.

    `source`: how the last of the splits ended that has a whole line; it begins at byte `start`. `failures`: splits that
    the workers could not read.
    """

    summary: Summary
    rejects: pa.Table = field(default_factory=partial(nothing, schema.REJECT))
    misfits: Misfits = field(default_factory=Misfits)
    source: Source = field(default_factory=lambda: Source(""))
    start: int = 0
    failures: tuple[Failure[Split], ...] = ()


def scan_on(
    engine: Engine,
    reading: Reading,
    splits: Sequence[Split],
    question: Question,
    on_rejects: Callable[[pa.Table], None] | None = None,
    bytes_each: int = 0,
) -> Scanned:
    """Return what an engine counts of splits, which are cut for its workers (`bytes_each`: as it suits them).

    What its workers could not read is told by the coverage's `damage`; a log that they could not read at all raises,
    or is told to `reading.on_problem`.
    """
    if isinstance(engine, Local):
        summary = scan_reading(reading, splits, question, on_rejects, engine.workers)
        return Scanned(summary, source=reading.logs[-1].source if reading.logs else Source(""))
    whole = [placed(split) for split in splits]
    engine.check(shared(whole))
    each = bytes_each or width(whole, engine.workers)
    apart = [cut_by_members(split, reading.among, each) for split in whole]
    cuts = [cut(split, reading.among, each) for split, pieces in zip(whole, apart, strict=True) if not pieces]
    task = partial(scan_split, Packed(Terms.of(reading, question, on_rejects is not None)))
    found, failures = engine.fold(task, add_scanned, headed(cuts, engine), Scanned(EMPTY))
    for pieces in filter(None, apart):
        cuts.append(pieces)
        more, failed = scan_members(engine, task, pieces)
        found, failures = add_scanned([found, more]), [*failures, *failed]
    if on_rejects and found.rejects.num_rows:
        on_rejects(found.rejects.sort_by([("file", "ascending"), ("offset", "ascending")]))
    if reading.misfits is not None:
        reading.misfits.extend(found.misfits)
    damage = Coverage(damage=damage_of(failures, cuts, reading.on_problem))
    summary = replace(found.summary, coverage=found.summary.coverage + damage)
    return replace(found, summary=summary, failures=tuple(failures))


def scan_members(
    engine: Engine, task: Callable[[Split], Scanned], pieces: list[Split]
) -> tuple[Scanned, list[Failure[Split]]]:
    """Return what an engine counts of one log cut by its members; `pieces` becomes one where the log is damaged.

    Behind damage nothing of a log counts. A worker that begins there does not know of it, so the log is read again.
    """
    found, failures = engine.fold(task, add_scanned, pieces, Scanned(EMPTY))
    if not found.summary.coverage.damage:
        return found, failures
    pieces[:] = [replace(pieces[0], stop=pieces[-1].stop)]
    return engine.fold(task, add_scanned, pieces, Scanned(EMPTY))


def damage_of(
    failures: Sequence[Failure[Split]],
    cuts: Sequence[Sequence[Split]],
    on_problem: Callable[[ProxyscanError], None] | None,
) -> dict[str, str]:
    """Return which bytes of logs were not read, and why; raise, or tell, what keeps a log from being read at all."""
    failed: dict[str, list[Failure[Split]]] = {}
    for each in failures:
        failed.setdefault(each.item.file, []).append(each)
    asked = Counter(piece.file for pieces in cuts for piece in pieces)
    for file, found in failed.items():
        if len(found) < asked[file]:
            continue
        if on_problem is None:
            raise found[0].cause
        on_problem(found[0].cause)
    partly = [found for file, found in failed.items() if len(found) < asked[file]]
    return {shown(found[0].item.name): "; ".join(sorted(map(unread, found))) for found in partly}


def unread(failure: Failure[Split]) -> str:
    """Return in words which bytes of a log could not be read, and why."""
    split = failure.item
    stop = "the end" if split.stop >= ENDS else f"{split.stop:,}"
    return f"bytes {split.start:,} to {stop} could not be read ({failure.cause.fact})"


@frozen
class Terms:
    """The question as it travels to workers, and what is wanted of them beside sums."""

    among: tuple[Format, ...]
    policy: Policy
    zone: Zone
    catalogue: Catalogue | None
    people: People
    mixed: tuple[Format, ...]
    rejects: bool
    misfits: bool

    @classmethod
    def of(cls, reading: Reading, question: Question, rejects: bool) -> Terms:
        """Return the terms of a question; times without a zone are in this machine's, not in the worker's."""
        among = question.classifier.among
        known = None if among is catalogue() else among
        local, misfits = question.zone or zone(), reading.misfits is not None
        return cls(
            tuple(reading.among), question.policy, local, known, question.people, question.mixed, rejects, misfits
        )

    def ready(self) -> tuple[Terms, Question]:
        """Return the terms and the question, which remembers the hosts that a worker has met."""
        return self, Question(self.policy, self.zone, Classifier(self.catalogue), self.people, self.mixed)


def scan_split(terms: Packed[Terms], split: Split) -> Scanned:
    """Return what one thread of a worker counts of a split."""
    asked, question = terms.made(Terms.ready, lambda made: len(made[1].hosts.names) < MOST_HOSTS)
    found: list[pa.Table] = []
    reading = Reading(asked.among, misfits=Misfits() if asked.misfits else None)
    summary = scan_reading(reading, [split], question, found.append if asked.rejects else None, threads=1)
    rejects = pa.concat_tables([nothing(schema.REJECT), *found])
    return Scanned(summary, rejects, reading.misfits or Misfits(), reading.logs[-1].source, split.start)


def add_scanned(parts: Sequence[Scanned]) -> Scanned:
    """Return what was counted of all parts."""
    misfits = Misfits()
    for part in parts:
        misfits.extend(part.misfits)
    last = max(parts, key=lambda part: (part.source.end, part.start))
    rejects = pa.concat_tables([part.rejects for part in parts])
    return Scanned(merge([part.summary for part in parts]), rejects, misfits, last.source, last.start)
