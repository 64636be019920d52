"""Compacting loses nothing, pruning forgets nothing that was taken, checking names what is wrong."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from nights import LINES, alike, stored, truth
from proxyscan.errors import StoreError
from proxyscan.parts import MONTH_NAME
from proxyscan.store import KEY, Store
from proxyscan.upkeep import check, compact, export, prune

LATER = "2030-01-01"


def text(first: int, last: int) -> bytes:
    return b"".join(LINES[first:last])


def shifted(data: bytes, days: int) -> bytes:
    """Return lines as they would be some days later."""
    return b"".join(b"%d%s" % (int(line[:10]) + 86400 * days, line[10:]) for line in data.splitlines(keepends=True))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "access.log"


@pytest.fixture
def store(tmp_path: Path, log: Path) -> Path:
    """Return a store of one log, taken in five parts."""
    store = tmp_path / "store"
    for count in (10, 1000, 2000, 3000, 4000):
        log.write_bytes(text(0, count))
        stored(store, log)
    return store


def test_compacting_changes_no_figure_and_no_position(store: Path, log: Path, tmp_path: Path) -> None:
    before = Store(store).summary()
    [name] = compact(store, LATER)
    assert MONTH_NAME.fullmatch(name)
    assert [path.name for path in store.glob("*.parquet")] == [name]
    assert alike(Store(store).summary(), before)
    assert check(store) == []
    assert stored(store, log).logs[0].state == "known"
    log.write_bytes(text(0, 5000))
    assert stored(store, log).total("lines") == 1000
    assert alike(Store(store).summary(), truth(store, text(0, 5000), tmp_path / "t"))


def test_compacting_again_takes_late_parts_in_and_then_finds_nothing_to_do(store: Path, log: Path, tmp_path) -> None:
    compact(store, LATER)
    log.write_bytes(text(0, 5000))
    stored(store, log)
    assert len(compact(store, LATER)) == 1
    assert len(list(store.glob("*.parquet"))) == 1
    assert compact(store, LATER) == []
    assert alike(Store(store).summary(), truth(store, text(0, 5000), tmp_path / "t"))


def test_there_is_one_part_a_month_and_the_month_that_is_not_over_stays(store: Path, log: Path) -> None:
    for days in (20, 25, 60):
        log.write_bytes(shifted(text(0, 200), days))
        stored(store, log)
    compact(store, "2027-01-01")
    names = sorted(path.name for path in store.glob("*.parquet"))
    assert [name[:7] for name in names if MONTH_NAME.fullmatch(name)] == ["2026-11", "2026-12"]
    assert len(names) == 3


def test_a_part_and_the_sum_in_its_place_are_not_both_counted(store: Path, tmp_path: Path) -> None:
    shutil.copytree(store, tmp_path / "copy")
    before = Store(store).summary()
    compact(store, LATER)
    for path in (tmp_path / "copy").glob("*.parquet"):
        shutil.copy(path, store)  # as after a crash between the renaming and the removing
    assert alike(Store(store).summary(), before)
    compact(store, LATER)
    assert len(list(store.glob("*.parquet"))) == 1


def test_pruning_deletes_what_is_older_and_nothing_of_it_comes_back(store: Path, log: Path, tmp_path: Path) -> None:
    late = tmp_path / "later.log"
    late.write_bytes(shifted(text(0, 4000), 3))
    stored(store, late)
    before = Store(store).summary("2026-11-18")
    assert prune(store, date(2026, 11, 18))
    whole = Store(store).summary()
    assert whole.intervals.equals(before.intervals)
    assert whole.users.equals(before.users)
    assert whole.hosts.equals(before.hosts)
    assert [each.state for each in stored(store, log, late).logs] == ["known", "known"]
    assert prune(store, date(2026, 11, 18)) == []
    compact(store, LATER)
    assert [each.state for each in stored(store, log, late).logs] == ["known", "known"]
    assert Store(store).summary().intervals.equals(before.intervals)
    assert check(store) == []


def test_a_store_in_order_has_no_findings(store: Path) -> None:
    assert check(store) == []


def test_check_names_a_damaged_part_and_repairing_makes_it_again(store: Path, log: Path, tmp_path: Path) -> None:
    part = Store(store).parts()[2].path
    whole = part.read_bytes()
    for broken in (whole[: len(whole) // 2], b"", whole[:100] + bytes([whole[100] ^ 1]) + whole[101:]):
        part.write_bytes(broken)
        assert [finding.file for finding in check(store) if finding.damaged] == [part.name]
        assert stored(store, log, repair=True).total("lines") > 0
        assert check(store) == []
    assert alike(Store(store).summary(), truth(store, text(0, 4000), tmp_path / "t"))


def test_a_damaged_part_is_an_error_that_says_what_to_do(store: Path) -> None:
    part = Store(store).parts()[0].path
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(StoreError, match="proxyscan check STORE"):
        Store(store).summary()


def test_check_names_wrong_sums_wrong_names_overlaps_and_what_is_missing(store: Path) -> None:
    parts = Store(store).parts()
    parts[0].path.unlink()
    wrong = parts[1].path
    table = pq.read_table(wrong)
    pq.write_table(table.slice(1), wrong)
    renamed = parts[2].path.rename(parts[2].path.with_name(f"{'0' * 32}.5-0-9.parquet"))
    (store / KEY).unlink()
    problems = {finding.file: finding.problem for finding in check(store)}
    assert problems[wrong.name] == "its sums are not those that were written"
    assert problems[renamed.name] == f"its name should be {parts[2].path.name}"
    assert "is missing" in problems[KEY]
    assert any("of this log are missing" in problem for problem in problems.values())


def test_the_exported_data_set_has_all_rows_by_date(store: Path, log: Path, tmp_path: Path) -> None:
    log.write_bytes(shifted(text(0, 200), 30))
    stored(store, log)
    for _ in range(2):  # again: partitions are replaced
        export(store, tmp_path / "out")
        found = ds.dataset(tmp_path / "out" / "intervals", partitioning="hive").to_table()
        assert found.num_rows == Store(store).summary().intervals.num_rows
    days = {path.name for path in (tmp_path / "out" / "intervals").iterdir()}
    assert days == {f"date={date(2026, 11, 16) + timedelta(days=days)}" for days in (0, 30)}
    with pytest.raises(StoreError, match="did you mean 'date'"):
        export(store, tmp_path / "out", "dates")
