"""Logs that are taken at the same time are what they are one after the other."""

import gzip
import os
import signal
from pathlib import Path

import pytest

from nights import COMPRESS, LINES, alike, stored, truth
from proxyscan.errors import InputError, StoreError
from proxyscan.source import Source
from proxyscan.store import Store
from proxyscan.update import WITH_REJECTS, Report
from test_crash import forked

JUNK = b"no request\n"


def text(first: int, last: int) -> bytes:
    return b"".join(LINES[first:last])


def many(folder: Path) -> list[Path]:
    """Write logs of which some are copies of others, grown or in part, some cannot be read, and most are apart."""
    kinds = [*COMPRESS]
    files = {f"log{n}": text(100 * n, 100 * n + 10 * n + 10) + JUNK * (n % 3) for n in range(24)}
    packed = {f"{name}.{kinds[n % 4]}": COMPRESS[kinds[n % 4]](data) for n, (name, data) in enumerate(files.items())}
    mixed = {name: data for pair in zip(files.items(), packed.items(), strict=True) for name, data in pair}
    packed_whole = gzip.compress(text(4000, 5000))
    mixed |= {
        "longer": text(0, 60),
        "cut.gz": packed_whole[:-2000],
        "whole": text(4000, 5000),
        "c.gz": packed_whole[:5000],
    }
    for name, data in mixed.items():
        (folder / name).write_bytes(data)
    return [folder / "missing", *(folder / name for name in mixed), folder, folder / "log7"]


def told(report: Report) -> list[tuple[object, ...]]:
    return [(Path(log.file).name, log.state, log.parts, log.lines, log.rejects, log.problem) for log in report.logs]


@pytest.mark.parametrize("workers", [2, 3, 16])
def test_the_report_and_the_parts_are_those_of_one_log_after_the_other(tmp_path: Path, workers: int) -> None:
    logs = many(tmp_path)
    found = []
    for at_a_time in (1, workers):
        store, rejects = tmp_path / f"store{at_a_time}", tmp_path / f"rejects{at_a_time}"
        report = stored(store, *logs, engine=f"local:{at_a_time}", rejects=rejects)
        parts = sorted(part.name for part in Store(store).parts())
        lines = {path.name: path.read_text() for path in rejects.iterdir()}
        found.append((told(report), report.status, parts, lines))
    assert found[0] == found[1]
    states = [log.state for log in report.logs]
    assert [states.count(state) for state in ("new", "grown", "known", "failed")] == [25, 1, 27, 2]
    assert len(lines) == 16


def test_a_log_whose_reading_fails_leaves_the_others_and_their_rejects_as_they_are(tmp_path: Path) -> None:
    logs = [tmp_path / f"log{number}" for number in range(4)]
    for number, log in enumerate(logs):
        log.write_bytes(text(100 * number, 100 * number + 50) + JUNK * (number + 1))

    def fail(source: Source) -> None:
        if source.file.endswith(("log0", "log2")) and source.end:
            raise InputError(f"{source.file}: input/output error", "look at the disk")

    store, rejects = tmp_path / "store", tmp_path / "rejects"
    report = stored(store, *logs, rejects=rejects, progress=fail)
    assert [log.state for log in report.logs] == ["failed", "new", "failed", "new"]
    assert report.status == WITH_REJECTS
    assert sorted(path.read_text().count("no request") for path in rejects.iterdir()) == [2, 4]
    stored(store, *logs, rejects=rejects)
    expected = truth(store, b"".join(log.read_bytes() for log in logs), tmp_path / "t")
    assert alike(Store(store).summary(), expected)
    assert len([*rejects.iterdir()]) == 4


def test_a_store_that_cannot_be_written_ends_the_run_at_once(tmp_path: Path) -> None:
    logs = [tmp_path / f"log{number}" for number in range(20)]
    for number, log in enumerate(logs):
        log.write_bytes(text(100 * number, 100 * (number + 1)))
    store, read = tmp_path / "store", []

    def lose(source: Source) -> None:
        if store.exists():
            store.rename(tmp_path / "elsewhere")
        read.append(source.file)

    with pytest.raises(StoreError, match="cannot write: No such file"):
        stored(store, *logs, progress=lose, engine="local:2")
    assert len({*read}) < 8
    (tmp_path / "elsewhere").rename(store)
    stored(store, *logs)
    assert alike(Store(store).summary(), truth(store, text(0, 2000), tmp_path / "t"))


def test_a_log_that_is_exchanged_again_and_again_lets_others_have_it(tmp_path: Path) -> None:
    log, same = tmp_path / "log", tmp_path / "same"
    log.write_bytes(text(0, 50))
    same.symlink_to(log)
    turns = iter(range(100, 5000, 100))

    def exchange(source: Source) -> None:
        if source.file == str(log):
            turn = next(turns)
            log.write_bytes(text(turn, turn + 50))

    def work() -> None:
        signal.alarm(120)
        first, second = stored(tmp_path / "store", log, same, progress=exchange, engine="local:1").logs
        os._exit(0 if "was exchanged while it was read" in first.problem and second.state == "new" else 1)

    with forked(work) as process:
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


def test_an_interrupted_run_ends_before_the_next_blocks_and_leaves_whole_parts(tmp_path: Path) -> None:
    logs = [tmp_path / f"log{number}" for number in range(20)]
    for number, log in enumerate(logs):
        log.write_bytes(text(100 * number, 100 * (number + 1)))
    store, calls = tmp_path / "store", tmp_path / "calls"

    def interrupt(_: Source) -> None:
        with calls.open("ab") as stream:
            stream.write(b".")
        if calls.stat().st_size == 6:
            os.kill(os.getpid(), signal.SIGINT)

    def work() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            stored(store, *logs, progress=interrupt, engine="local:2")
        except KeyboardInterrupt:
            os._exit(42)

    with forked(work) as process:
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 42
    assert len(Store(store).parts()) < 8
    assert calls.stat().st_size < 12
    stored(store, *logs)
    assert alike(Store(store).summary(), truth(store, text(0, 2000), tmp_path / "t"))
