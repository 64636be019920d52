"""Nothing is counted twice and nothing is lost, whatever becomes of the logs between two runs."""

import gzip
import json
import multiprocessing
import os
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from nights import COMPRESS, LINES, SQUID, alike, stored, truth
from proxyscan.durable import LOCK, UNFINISHED, locked
from proxyscan.errors import InputError, ProxyscanError, StoreError
from proxyscan.fingerprint import WINDOW
from proxyscan.format import Format
from proxyscan.layouts import Delimited, Field
from proxyscan.outcome import Rule
from proxyscan.shares import by
from proxyscan.store import COPIES, KEY, Store
from proxyscan.update import NOT_DONE, UNDERSTOOD, WITH_REJECTS, update

TABLE = Format(
    name="table",
    title="columns that a header names",
    source="",
    layout=Delimited({"time": Field("time", type="seconds"), "host": Field("host", type="host")}, header=b"#Fields:"),
    rules=(Rule(outcome="allowed", when={}, why="all is allowed"),),
    reason=(),
)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def text(first: int, last: int) -> bytes:
    return b"".join(LINES[first:last])


def holds(store: Path, data: bytes, folder: Path) -> bool:
    return alike(Store(store).summary(), truth(store, data, folder))


def states(report) -> list[str]:
    return [log.state for log in report.logs]


def test_a_second_run_takes_nothing_and_says_so(store: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(text(0, 3000))
    first, second = stored(store, log), stored(store, log)
    assert (states(first), first.total("lines")) == (["new"], 3000)
    assert (states(second), second.total("lines")) == (["known"], 0)
    assert holds(store, text(0, 3000), tmp_path / "t")


@pytest.mark.parametrize("first", [1, 10, 1000])
def test_a_log_that_grew_is_taken_further_from_where_it_was(store: Path, tmp_path: Path, first: int) -> None:
    log = tmp_path / "access.log"
    for count in (first, first, 1500, 3000):
        log.write_bytes(text(0, count))
        stored(store, log)
    assert holds(store, text(0, 3000), tmp_path / "t")
    assert len({stretch.log for part in Store(store).parts() for stretch in part.stretches}) == 1


def test_a_log_cut_anywhere_in_its_last_200_bytes_is_whole_after_the_next_run(store: Path, tmp_path: Path) -> None:
    log, whole = tmp_path / "access.log", text(0, 20)
    log.write_bytes(whole[:-200])
    expected = None
    for cut in range(200, -1, -1):
        each = tmp_path / f"store{cut}"
        each.mkdir()
        if expected is not None:
            shutil.copy(tmp_path / "store200" / KEY, each / KEY)
        log.write_bytes(whole[: len(whole) - cut])
        stored(each, log)
        assert Store(each).summary().coverage.lines == whole[: len(whole) - cut].count(b"\n")
        log.write_bytes(whole)
        stored(each, log)
        found = Store(each).summary()
        expected = expected or truth(each, whole, tmp_path / "t")
        assert alike(found, expected), cut


@pytest.mark.parametrize("kind", COMPRESS)
def test_a_compressed_copy_of_a_log_already_taken_is_not_taken_again(store: Path, tmp_path: Path, kind: str) -> None:
    log, copy = tmp_path / "access.log", tmp_path / f"access.log.2.{kind}"
    log.write_bytes(text(0, 3000))
    stored(store, log)
    copy.write_bytes(COMPRESS[kind](text(0, 3000)))
    assert states(stored(store, log, copy)) == ["known", "known"]
    assert states(stored(store, copy)) == ["known"]
    assert holds(store, text(0, 3000), tmp_path / "t")


@pytest.mark.parametrize("kind", COMPRESS)
def test_a_log_that_grew_and_was_then_compressed_is_taken_further(store: Path, tmp_path: Path, kind: str) -> None:
    log, copy = tmp_path / "access.log", tmp_path / f"access.log.1.{kind}"
    log.write_bytes(text(0, 1000)[:-30])
    stored(store, log)
    copy.write_bytes(COMPRESS[kind](text(0, 2000)))
    assert states(stored(store, copy)) == ["grown"]
    log.write_bytes(text(0, 3000))
    assert states(stored(store, copy, log)) == ["known", "grown"]
    assert holds(store, text(0, 3000), tmp_path / "t")


def test_rotation_renames_compresses_and_begins_anew(store: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    for night in range(4):
        log.write_bytes(text(1000 * night, 1000 * night + 400))
        stored(store, *tmp_path.glob("access.log*"))
        with log.open("ab") as stream:
            stream.write(text(1000 * night + 400, 1000 * (night + 1)))
        for number in range(night, 0, -1):
            old = next(tmp_path.glob(f"access.log.{number}*"))
            packed = old.read_bytes() if old.suffix == ".gz" else gzip.compress(old.read_bytes())
            old.unlink()
            (tmp_path / f"access.log.{number + 1}.gz").write_bytes(packed)
        log.rename(tmp_path / "access.log.1")
    stored(store, *tmp_path.glob("access.log*"))
    assert holds(store, text(0, 4000), tmp_path / "t")


def test_the_same_log_under_several_names_in_one_call_is_one_log(store: Path, tmp_path: Path) -> None:
    log, link, copy = (tmp_path / name for name in ("access.log", "link.log", "access.log.1.gz"))
    log.write_bytes(text(0, 1000))
    link.symlink_to(log)
    copy.write_bytes(gzip.compress(text(0, 600)))
    assert states(stored(store, copy, log, link, log)) == ["new", "grown", "known", "known"]
    assert holds(store, text(0, 1000), tmp_path / "t")


@pytest.mark.parametrize("count", [10, 100, 299])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda data: gzip.compress(data)[:-100]])
def test_a_copy_of_a_logs_beginning_is_not_taken_again_in_whatever_order_both_are_met(tmp_path, count, pack) -> None:
    log, copy = tmp_path / "access.log", tmp_path / "copy.log"
    log.write_bytes(text(0, 300))
    copy.write_bytes(pack(text(0, count)))
    for number, logs in enumerate([(log, copy), (copy, log)]):
        store = tmp_path / f"store{number}"
        for _ in range(2):
            stored(store, *logs)
            assert holds(store, text(0, 300), tmp_path / f"t{number}")
            shutil.rmtree(tmp_path / f"t{number}")
        assert states(stored(store, copy)) == ["known"]
        log.write_bytes(text(0, 900))
        assert {log.state for log in stored(store, *logs).logs} == {"known", "grown"}
        assert holds(store, text(0, 900), tmp_path / f"t{number}")
        log.write_bytes(text(0, 300))


@pytest.mark.parametrize("more", [10, 30])
@pytest.mark.parametrize("step", [1, -1])
def test_two_logs_that_were_alike_when_they_were_met_are_two_once_they_differ(store, tmp_path, more, step) -> None:
    logs = [tmp_path / name for name in ("one.log", "two.log")]
    for log in logs:
        log.write_bytes(text(0, 5))
    assert states(stored(store, *logs)) == ["new", "known"]
    logs[0].write_bytes(text(0, 5) + text(100, 120))
    logs[1].write_bytes(text(0, 5) + text(200, 200 + more))
    for each in (logs[::step], logs[::-step]):
        stored(store, *each)
        assert holds(store, text(0, 5) + text(100, 120) + text(0, 5) + text(200, 200 + more), tmp_path / "t")
        shutil.rmtree(tmp_path / "t")


def test_a_log_cut_off_and_begun_anew_under_its_name_is_another_log(store: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(text(0, 1000))
    stored(store, log)
    log.write_bytes(text(1000, 1200))
    assert states(stored(store, log)) == ["new"]
    assert holds(store, text(0, 1200), tmp_path / "t")


def test_late_lines_go_to_their_time(store: Path, tmp_path: Path) -> None:
    late, early = tmp_path / "a.log", tmp_path / "b.log"
    early.write_bytes(text(2000, 3000))
    late.write_bytes(text(0, 2000))
    stored(store, early)
    stored(store, late)
    assert holds(store, text(0, 3000), tmp_path / "t")


def test_logs_that_begin_with_the_same_headers_are_two_logs(store: Path, tmp_path: Path) -> None:
    header = b"#Software: some\n#Fields: time host\n"
    logs = [tmp_path / name for name in ("one.log", "two.log")]
    for log in logs:
        log.write_bytes(header)
    assert states(update(store, logs, format=TABLE)) == ["waits", "waits"]
    for number, log in enumerate(logs):
        log.write_bytes(header + b"179542226%d host%d.example\n" % (number, number))
    assert states(update(store, logs, format=TABLE)) == ["new", "new"]
    logs[0].write_bytes(logs[0].read_bytes() + b"#Fields: host time\na.example 1795422277\n")
    assert states(update(store, logs, format=TABLE)) == ["grown", "known"]
    logs[0].write_bytes(logs[0].read_bytes() + b"b.example 1795422278\n")
    report = update(store, logs, format=TABLE)
    assert (states(report), report.total("requests"), report.total("rejects")) == (["grown", "known"], 1, 0)


def test_logs_that_begin_alike_for_longer_than_the_window_are_two_logs(store: Path, tmp_path: Path) -> None:
    logs = [tmp_path / name for name in ("one.log", "two.log")]
    begin = text(0, 1000)
    assert len(begin) > WINDOW
    logs[0].write_bytes(begin + text(1000, 1400))
    stored(store, logs[0])
    logs[1].write_bytes(begin + text(1500, 3000))
    assert states(stored(store, *logs)) == ["known", "new"]
    assert states(stored(store, *logs)) == ["known", "known"]
    assert Store(store).summary().coverage.lines == 1400 + 2500


def test_the_last_line_of_a_rotated_log_counts_without_its_end_and_once_when_it_goes_on(store: Path, tmp_path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(text(0, 10) + LINES[10][:-1])
    assert stored(store, log).total("lines") == 10
    log = log.rename(tmp_path / "access.log.1")
    assert stored(store, log).total("lines") == 1
    assert states(stored(store, log)) == ["known"]
    log.write_bytes(text(0, 20))
    stored(store, log)
    assert holds(store, text(0, 20), tmp_path / "t")


def test_a_compressed_log_that_was_cut_short_is_taken_further_when_it_is_whole(store: Path, tmp_path: Path) -> None:
    log, packed = tmp_path / "access.log.1.gz", gzip.compress(text(0, 3000))
    log.write_bytes(packed[: len(packed) // 2])
    report = stored(store, log)
    assert report.status == WITH_REJECTS
    assert 0 < report.total("lines") < 3000
    log.write_bytes(packed)
    assert stored(store, log).status == UNDERSTOOD
    assert holds(store, text(0, 3000), tmp_path / "t")


def test_a_part_that_was_lost_is_made_again_from_the_log(store: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    for count in (1000, 2000, 3000):
        log.write_bytes(text(0, count))
        stored(store, log)
    parts = Store(store).parts()
    for lost in parts:
        lost.path.unlink()
        assert states(stored(store, log)) == ["grown"]
        assert [part.path for part in Store(store).parts()] == [part.path for part in parts]
    assert holds(store, text(0, 3000), tmp_path / "t")


def test_of_overlapping_parts_only_the_larger_counts(store: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(text(0, 1000))
    stored(store, log)
    [small] = Store(store).parts()
    kept = small.path.read_bytes()
    small.path.unlink()
    log.write_bytes(text(0, 2000))
    shutil.rmtree(tmp_path / "other", ignore_errors=True)
    stored(store, log)
    [large] = Store(store).parts()
    small.path.with_name(f"{large.stretches[0].log}-0-{len(text(0, 1000))}.parquet").write_bytes(kept)
    assert Store(store).parts() == [large]
    assert Store(store).summary().coverage.lines == 2000
    stored(store, log)
    assert len(list(store.glob("*.parquet"))) == 1


def test_a_store_in_use_says_by_whom(store: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(text(0, 10))
    stored(store, log)
    with locked(store, "proxyscan compact"), pytest.raises(StoreError) as raised:
        stored(store, log)
    assert f"is in use: proxyscan compact, process {os.getpid()}" in str(raised.value)


def run(store: Path, log: Path, start, answers) -> None:
    start.wait()
    try:
        answers.put(states(stored(store, log))[0])
    except StoreError:
        answers.put("in use")


def test_of_two_updates_at_once_one_does_all_and_the_other_says_so_or_finds_nothing(store: Path, tmp_path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(text(0, 3000))
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(2), context.Queue()
    both = [context.Process(target=run, args=(store, log, start, answers)) for _ in range(2)]
    for each in both:
        each.start()
    found = sorted(answers.get(timeout=120) for _ in both)
    for each in both:
        each.join()
    assert found in (["in use", "new"], ["known", "new"])
    assert holds(store, text(0, 3000), tmp_path / "t")


def test_leftovers_of_a_crash_are_cleared_away_by_the_next_run(store: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(text(0, 10))
    stored(store, log)
    (store / f".some.parquet{UNFINISHED}").write_bytes(b"half")
    stored(store, log)
    assert {path.name for path in store.iterdir() if path.suffix != ".parquet"} == {KEY, LOCK}


def test_the_key_is_made_once_and_only_its_owner_may_read_it(store: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(text(0, 10))
    stored(store, log)
    key = (store / KEY).read_bytes()
    assert stat.S_IMODE((store / KEY).stat().st_mode) == 0o600
    log.write_bytes(text(0, 20))
    stored(store, log)
    assert (store / KEY).read_bytes() == key
    (store / KEY).unlink()
    with pytest.raises(StoreError, match="put it back"):
        stored(store, log)


def test_a_store_holds_no_user_and_no_client(store: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(text(0, 5000))
    stored(store, log)
    summary = Store(store).summary()
    words = json.dumps([summary.hosts.to_pylist(), summary.intervals.to_pylist()], default=str)
    words += summary.coverage.to_json() + json.dumps([part.metadata for part in Store(store).parts()])
    people = {line.split()[2] for line in LINES} | {line.split()[7] for line in LINES} - {b"-"}
    assert not [person for person in people if f'"{person.decode()}"' in words]


def test_rejects_go_to_a_folder_a_file_per_part(store: Path, tmp_path: Path) -> None:
    log, folder = tmp_path / "access.log", tmp_path / "rejects"
    log.write_bytes(text(0, 10) + b"no request\n" + text(10, 20))
    report = stored(store, log, rejects=folder)
    assert (report.status, report.total("rejects")) == (WITH_REJECTS, 1)
    [file] = folder.iterdir()
    assert file.stem == Store(store).parts()[0].path.stem
    assert "no request" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_log_that_cannot_be_read_is_told_and_the_others_are_taken(store: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(text(0, 10))
    report = stored(store, tmp_path / "missing.log", log)
    assert (states(report), report.status) == (["failed", "new"], WITH_REJECTS)
    assert "missing.log: no such file" in report.logs[0].problem
    assert stored(store, tmp_path / "missing.log").status == NOT_DONE


@pytest.mark.parametrize("damage", ["", "[]", '{"x": 5}', "no JSON", '["no fingerprint", 5]', '["a.b", 5]', "[5]"])
def test_what_is_remembered_of_copies_may_be_damaged_or_missing(store: Path, tmp_path: Path, damage: str) -> None:
    log = tmp_path / "access.log.1.gz"
    log.write_bytes(gzip.compress(text(0, 1000)))
    stored(store, log)
    [content] = json.loads((store / COPIES).read_text())
    (store / COPIES).write_text(json.dumps({content: json.loads(damage)}) if damage.startswith("[") else damage)
    assert states(stored(store, log)) == ["known"]
    (store / COPIES).unlink()
    assert states(stored(store, log)) == ["known"]
    assert holds(store, text(0, 1000), tmp_path / "t")


def test_a_pipe_is_refused_since_it_cannot_be_met_again_and_is_not_read(store: Path, tmp_path: Path) -> None:
    log, (end, begin) = tmp_path / "access.log", os.pipe()
    log.write_bytes(text(0, 10))
    os.write(begin, text(10, 20))
    os.close(begin)
    report = stored(store, Path(f"/dev/fd/{end}"), log, Path("/dev/null"))
    assert (states(report), report.status) == (["failed", "new", "failed"], WITH_REJECTS)
    assert "is a pipe or a device" in report.logs[0].problem
    assert os.read(end, 1 << 20) == text(10, 20)
    os.close(end)


def test_a_folder_of_other_things_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"is no store: it holds notes\.txt"):
        stored(tmp_path, tmp_path / "notes.txt")
    with pytest.raises(StoreError, match="is a file"):
        stored(tmp_path / "notes.txt", tmp_path / "notes.txt")
    with pytest.raises(InputError, match="is no store"):
        Store(tmp_path / "nowhere")


@pytest.mark.parametrize(("since", "until", "requests"), [("2026-11-17", None, 0), (None, "2026-11-16", 0)])
def test_a_summary_of_another_time_is_empty(store: Path, tmp_path: Path, since, until, requests: int) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(text(0, 5000))
    stored(store, log)
    summary = Store(store).summary(since, until)
    assert (summary.intervals.num_rows, summary.users.num_rows, summary.hosts.num_rows) == (0, 0, 0)
    assert summary.coverage.requests == requests


def test_the_summaries_of_two_spans_are_together_that_of_both(store: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(text(0, 5000))
    stored(store, log)
    middle = "2026-11-16T12:00"
    whole, early, late = (Store(store).summary(*span) for span in ((None, None), (None, middle), (middle, None)))
    rows = [each.intervals.num_rows for each in (early, late)]
    assert min(rows) > 0
    assert sum(rows) == whole.intervals.num_rows


def test_a_coarse_summary_has_the_figures_of_the_fine_one(store: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(text(0, 5000))
    stored(store, log)
    fine = Store(store).summary()
    coarse = Store(store).summary(by=["service", "outcome", "outcome_class"], every="month")
    pd.testing.assert_frame_equal(*(by(each, ["service"]).drop(columns="widgets") for each in (fine, coarse)))
    assert coarse.intervals.num_rows < fine.intervals.num_rows / 10
    assert set(coarse.intervals["interval"].to_pylist()) == {datetime(2026, 11, 1, tzinfo=UTC)}
    with pytest.raises(ProxyscanError, match="did you mean 'service'"):
        Store(store).summary(by=["servise"])


def test_a_store_says_what_is_no_date(store: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(text(0, 10))
    stored(store, log)
    with pytest.raises(StoreError, match="'tomorrow' is no date"):
        Store(store).summary(since="tomorrow")


def test_squid_lines_are_what_these_tests_are_about() -> None:
    assert SQUID.name == "squid"
    assert len(LINES) == 5000


def test_users_by_the_hour_are_not_known_from_a_store_which_keeps_them_by_the_day(store: Path) -> None:
    update(store, ["sample_logs/squid_day.log"])
    summary = Store(store).summary()
    assert by(summary, ["hour"])["users"].isna().all()
    assert by(summary, ["day"])["users"].tolist() == [71]
