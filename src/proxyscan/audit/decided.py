"""The rules and categories that decided, where logs name them: a second look at the hosts of the findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from proxyscan.audit.facts import SIDES, number
from proxyscan.audit.finding import Audit, Finding

SHOWN: Final = 6
"""Rules and categories that are named for a finding."""

WORDS: Final = ("rule", "category")
"""The columns that say what decided; the first that says something is shown."""

NOT_NAMED: Final = "These logs name neither the rule nor the category that decided."
NOT_KEPT: Final = "Which rule decided is not kept in summaries: name the logs themselves to see it."

Words = dict[str, Counter[tuple[str, str]]]
"""For each host, how often which side was decided by what."""


def with_rules(audit: Audit, requests: Iterable[pa.RecordBatch]) -> Audit:
    """Return an audit whose findings name the rules or categories that decided, as the requests of its logs do."""
    wanted = {host.host for finding in audit.findings for host in finding.hosts}
    seen: Words = {}
    for batch in requests if wanted else ():
        _look(batch, pa.array(sorted(wanted)), seen)
    limits = [each for each in audit.limits if each != NOT_KEPT]
    limits += [NOT_NAMED] if wanted and not seen else []
    return replace(audit, findings=tuple(_decided(each, seen) for each in audit.findings), limits=tuple(limits))


def _look(batch: pa.RecordBatch, wanted: pa.Array, seen: Words) -> None:
    table = pa.table({name: batch.column(name).cast(pa.string()) for name in ("host", "outcome", *WORDS)})
    table = table.filter(pc.is_in(table["host"], wanted))
    for row in table.group_by(table.column_names).aggregate([([], "count_all")]).to_pylist():
        side = SIDES.get(row["outcome"] or "")
        what = next((f"{name} {row[name]}" for name in WORDS if row[name]), "")
        if side and what:
            seen.setdefault(row["host"], Counter())[side, what] += row["count_all"]


def _decided(finding: Finding, seen: Words) -> Finding:
    counts: Counter[tuple[str, str]] = Counter()
    for host in finding.hosts:
        counts.update(seen.get(host.host, {}))
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    told = tuple(f"{side} by {what}: {number(count)} requests" for (side, what), count in most)
    return replace(finding, decided=(*finding.decided, *told))
