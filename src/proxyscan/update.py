"""The nightly run: what is new in logs goes into a store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from proxyscan.catalogue import Catalogue
from proxyscan.decide import Policy
from proxyscan.detect import choices
from proxyscan.engines import Engine, engine_of
from proxyscan.format import Format
from proxyscan.groups import Groups, People
from proxyscan.logs import COUNTS, Taken
from proxyscan.mixed import line_formats
from proxyscan.rejected import Rejected
from proxyscan.source import Source
from proxyscan.store import key_of, made
from proxyscan.taking import How, Taking
from proxyscan.upkeep import set_aside_damaged

UNDERSTOOD, WITH_REJECTS, NOT_DONE = 0, 1, 2


@dataclass(frozen=True)
class Report:
    """What an update did, log by log."""

    logs: tuple[Taken, ...]
    seconds: float

    def total(self, name: str) -> int:
        """Return the sum of "lines", "requests" or "rejects" of all logs."""
        return sum(getattr(log, name) for log in self.logs)

    @property
    def status(self) -> int:
        """The exit status: 0 all understood, 1 with rejects, damaged or unreadable logs, 2 nothing done."""
        failed = [log for log in self.logs if log.problem]
        if failed and len(failed) == len(self.logs):
            return NOT_DONE
        return WITH_REJECTS if failed or self.total("rejects") or any(log.damage for log in self.logs) else UNDERSTOOD

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        counts = {name: self.total(name) for name in COUNTS}
        return {
            "files": len(self.logs),
            **counts,
            "seconds": round(self.seconds, 3),
            "status": self.status,
            "logs": list(map(asdict, self.logs)),
        }


def update(
    store: str | Path,
    logs: str | Path | Sequence[str | Path],
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
    rejects: str | Path | None = None,
    repair: bool = False,
    key: str | Path | None = None,
    progress: Callable[[Source], None] | None = None,
    engine: str | Engine | None = None,
) -> Report:
    """Put what is new in logs into a store, which is made if it is not there.

    The arguments are those of `proxyscan.scan`, and are to be the same each time: what was taken is not read again.
    `rejects` is a folder for the lines that were not understood, a CSV file per part; `repair` makes damaged parts
    again from the logs; `key` is a file with the key of the store's users, which is made if the store is new (default:
    a file in the store, unless that is on an object store). A log that cannot be read is reported and the others go
    on. Raises `StoreError` when another update is at work or the store cannot be written; what was committed until
    then stays, and the next run does the rest.
    """
    begun = monotonic()
    among = choices(format, logformat, squid_conf, mapping)
    others = tuple(line_formats(among)) if mixed else ()
    kept = made(store)
    with engine_of(engine) as where, kept.writing("proxyscan update"):
        if repair:
            set_aside_damaged(kept)
        how = How(among, policy or Policy(), tz, catalogue, People(key_of(kept, key), groups), progress, others)
        taking = Taking(kept, how, Rejected(rejects, kept.name) if rejects else None, where)
        taken = taking.all([str(path) for path in ([logs] if isinstance(logs, str | Path) else logs)])
        taking.logs.conclude()
    return Report(tuple(taken), monotonic() - begun)
