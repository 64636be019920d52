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
from proxyscan.parse import Split, read_log, too_long
from proxyscan.source import Source, expand, opened
from proxyscan.summary import Summary, merge
from proxyscan.tally import Tally


def scan(
    paths: str | Path | Sequence[str | Path],
    *,
    format: str | Format | Sequence[Format] | None = None,
    logformat: str | None = None,
    squid_conf: str | Path | None = None,
    policy: Policy | None = None,
    catalogue: Catalogue | None = None,
    progress: Callable[[Source], None] | None = None,
) -> Summary:
    """Return the summary of logs.

    The arguments are those of `proxyscan.parse`; `catalogue` says which services count (default: those
    of the core kinds); `progress` is called after every block.

    >>> import proxyscan
    >>> proxyscan.scan("sample_logs/squid_native.log").coverage.requests
    56
    """
    files = expand([paths] if isinstance(paths, str | Path) else paths)
    among = choices(format, logformat, squid_conf)
    return merge(scan_split(Split(file), among, policy or Policy(), catalogue, progress) for file in files)


def scan_split(
    split: Split,
    among: Sequence[Format],
    policy: Policy,
    catalogue: Catalogue | None = None,
    progress: Callable[[Source], None] | None = None,
) -> Summary:
    """Return the summary of the lines that begin in one split."""
    with opened(split.file) as stream:
        log = read_log(split, stream, among, policy, progress)
        tally = Tally(log.parser, Classifier(catalogue))
        for requests in log.requests:
            tally.add(requests)
    summary = tally.summary()
    return Summary(
        summary.intervals, summary.users, summary.hosts, summary.coverage + _source_coverage(log.source, split)
    )


def _source_coverage(source: Source, split: Split) -> Coverage:
    long = too_long(source, split)
    return Coverage(
        files=(source.file,),
        lines=len(long),
        rejects=len(long),
        reject_reasons=dict(Counter(long.reasons)),
        damage={source.file: source.damage} if source.damage else {},
    )
