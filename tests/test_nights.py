"""Whatever happens to logs and store, in any order, the store's summary is that of the lines written.

A proxy writes lines; its log is rotated, compressed, copied, cut in mid-line; updates run, crash, run twice; the store
is compacted and pruned. Then one update more, and the figures must be the truth.
"""

import gzip
import shutil
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nights import COMPRESS, LINES, alike, stored, truth
from proxyscan.store import KEY, Store
from proxyscan.upkeep import check, compact, prune
from test_crash import killed_before

DAY = 86_400
PRUNED = "2026-11-18"
"""Two days after the sample's day: a machine's second and later days of lines are kept, the first two are not."""

proxies = st.sampled_from(["one", "two"])


class Nights(RuleBasedStateMachine):
    """Two proxies, their logs, and a store."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(mkdtemp())
        self.store = self.folder / "store"
        self.written: list[bytes] = []
        self.next = {"one": 0, "two": 2500}
        self.day = 0
        self.unfinished = {"one": b"", "two": b""}
        self.pruned = False
        self.taken = False
        for proxy in self.next:
            self.append(proxy, 5, 20)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    def live(self, proxy: str) -> Path:
        return self.folder / f"{proxy}.log"

    def logs(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("*.log*"))

    def write(self, proxy: str, data: bytes) -> None:
        with self.live(proxy).open("ab") as stream:
            stream.write(data)

    @rule(proxy=proxies, count=st.integers(1, 40), cut=st.integers(0, 60))
    def write_and_update(self, proxy: str, count: int, cut: int) -> None:
        self.append(proxy, count, cut)
        self.update()

    @rule(proxy=proxies, count=st.integers(1, 40), cut=st.integers(0, 60))
    def append(self, proxy: str, count: int, cut: int) -> None:
        """Write some lines; of the last one perhaps only a beginning, whose rest comes first the next time."""
        begin = self.next[proxy]
        lines = [later(line, self.day) for line in LINES[begin : begin + count]]
        self.next[proxy] += count
        self.written += lines
        data = self.unfinished[proxy] + b"".join(lines)
        stop = len(data) - cut if cut < len(lines[-1]) else len(data)
        self.write(proxy, data[:stop])
        self.unfinished[proxy] = data[stop:]

    def flush(self, proxy: str) -> None:
        self.write(proxy, self.unfinished[proxy])
        self.unfinished[proxy] = b""

    @rule(days=st.integers(1, 20))
    def pass_time(self, days: int) -> None:
        """Go to a later day."""
        self.day += days

    @rule(proxy=proxies, last_line=st.booleans())
    def rotate(self, proxy: str, last_line: bool) -> None:
        """Rename the logs, each one number further; the proxy may write its last line after that."""
        for path in sorted(self.folder.glob(f"{proxy}.log.*"), key=number, reverse=True):
            path.rename(path.with_name(f"{proxy}.log.{number(path) + 1}{path.suffix if path.suffixes[2:] else ''}"))
        if self.live(proxy).exists():
            rotated = self.live(proxy).rename(self.folder / f"{proxy}.log.1")
            if last_line:
                self.taken = bool(stored(self.store, rotated))
            with rotated.open("ab") as stream:
                stream.write(self.unfinished[proxy])
            self.unfinished[proxy] = b""

    @rule(proxy=proxies, kind=st.sampled_from(sorted(COMPRESS)), keep=st.booleans())
    def compress(self, proxy: str, kind: str, keep: bool) -> None:
        """Compress rotated logs; the plain one may stay beside its copy."""
        for path in self.folder.glob(f"{proxy}.log.*"):
            if not path.suffixes[2:]:
                path.with_name(f"{path.name}.{kind}").write_bytes(COMPRESS[kind](path.read_bytes()))
                if not keep:
                    path.unlink()

    @rule(proxy=proxies)
    def truncate(self, proxy: str) -> None:
        """Copy the log away and begin it anew under its name, as logrotate's copytruncate does."""
        self.flush(proxy)
        data = self.live(proxy).read_bytes()
        if data:
            copies = len(list(self.folder.glob("*.log*")))
            (self.folder / f"old{copies}.{proxy}.log.gz").write_bytes(gzip.compress(data))
            self.live(proxy).write_bytes(b"")

    @rule()
    def update(self) -> None:
        stored(self.store, *self.logs())
        self.taken = True

    @rule(step=st.integers(1, 70))
    def crash(self, step: int) -> None:
        killed_before(step, lambda: stored(self.store, *self.logs()))

    @precondition(lambda self: self.taken)
    @rule(step=st.integers(1, 30))
    def crash_in_compact(self, step: int) -> None:
        killed_before(step, lambda: compact(self.store, "2030-01-01"))

    @precondition(lambda self: self.taken)
    @rule()
    def compact(self) -> None:
        compact(self.store, "2030-01-01")

    @precondition(lambda self: self.taken)
    @rule()
    def prune(self) -> None:
        prune(self.store, PRUNED)
        self.pruned = True

    @precondition(lambda self: self.taken)
    @invariant()
    def in_order(self) -> None:
        assert [finding for finding in check(self.store) if finding.damaged] == []

    @precondition(lambda self: self.taken)
    @rule()
    def the_summary_is_the_truth(self) -> None:
        """Finish the lines, take all, and compare; of what is pruned, later lines of that time count."""
        for proxy in self.next:
            self.flush(proxy)
        stored(self.store, *self.logs())
        again = stored(self.store, *self.logs())
        assert {log.state for log in again.logs} <= {"known", "waits"}
        shutil.rmtree(self.folder / "t", ignore_errors=True)
        expected = truth(self.store, b"".join(self.written), self.folder / "t")
        found = Store(self.store).summary()
        assert found.coverage.lines == len(self.written)
        if self.pruned:
            kept = expected.intervals.filter(late(expected.intervals["interval"]))
            assert found.intervals.filter(late(found.intervals["interval"])).equals(kept)
        else:
            assert alike(found, expected)


def number(path: Path) -> int:
    return int(path.name.split(".")[2])


def later(line: bytes, days: int) -> bytes:
    return b"%d%s" % (int(line[:10]) + DAY * days, line[10:])


def late(times):
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.greater_equal(times, pa.scalar(1_794_960_000_000, pa.int64()).cast(times.type))


Nights.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestNights = Nights.TestCase


@pytest.mark.slow
class TestManyNights(Nights.TestCase):
    settings = settings(max_examples=400, stateful_step_count=40, deadline=None)


def test_the_day_that_the_machine_prunes_at_is_the_one_it_compares_from() -> None:
    from datetime import UTC, datetime

    assert datetime.fromisoformat(PRUNED).replace(tzinfo=UTC).timestamp() == 1_794_960_000
    assert KEY
