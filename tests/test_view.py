"""A view of a store gives the figures of its whole summary, and reads no more than it must."""

import json
import shutil
from itertools import combinations
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nights import LINES, stored
from proxyscan.errors import StoreError
from proxyscan.gather import Gathered
from proxyscan.groups import read_groups
from proxyscan.levels import LEVELS
from proxyscan.parts import PART_KEY
from proxyscan.report.answer import answer
from proxyscan.report.plain import as_json
from proxyscan.shares import KEYS, by, peaks, social
from proxyscan.store import KEY, Store
from proxyscan.summary import Summary, read_parquet
from proxyscan.traffic import traffic
from proxyscan.upkeep import check, compact
from proxyscan.visits import visits

GROUPS = "who,group\nuser1*,pupils\nuser2*,others\n127.0.1.0/24,staff\n"
LATER = "2030-01-01"
ASKED = [(), *combinations(KEYS, 1), ("service", "kind"), ("kind", "hour"), ("group", "day"), ("group", "service")]
SPANS = [
    (None, None),
    ("2026-11-17", "2026-11-19"),
    (None, "2026-11-18"),
    ("2026-11-16T12:07", "2026-11-18T13:00"),
    ("2030-01-01", None),
]


def shifted(first: int, last: int, days: int) -> bytes:
    lines = LINES[first:last]
    return b"".join(b"%d%s" % (int(line[:10]) + 86400 * days, line[10:]) for line in lines)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of three days in five parts, with groups."""
    folder = tmp_path_factory.mktemp("view")
    (folder / "groups.csv").write_text(GROUPS)
    logs = [folder / f"{number}.log" for number in range(4)]
    pieces = [(0, 2000, 0), (1500, 3500, 1), (3000, 5000, 2), (0, 900, 2)]
    for log, (first, last, days) in zip(logs, pieces, strict=True):
        log.write_bytes(shifted(first, last, days))
        stored(folder / "store", log, groups=read_groups(folder / "groups.csv"))
    logs[3].write_bytes(shifted(0, 1200, 2))
    stored(folder / "store", logs[3], groups=read_groups(folder / "groups.csv"))
    return folder / "store"


def same(one: pd.DataFrame, two: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, two, check_dtype=False)


@pytest.mark.parametrize("keys", ASKED, ids=",".join)
@pytest.mark.parametrize("span", SPANS, ids=str)
def test_a_view_gives_the_figures_of_the_whole_summary(store: Path, span, keys: tuple[str, ...]) -> None:
    view, whole = Store(store).view(*span), Store(store).summary(*span)
    same(by(view, list(keys)), by(whole, list(keys)))


@pytest.mark.parametrize("span", SPANS, ids=str)
def test_a_view_gives_the_totals_peaks_tables_and_coverage_of_the_whole_summary(store: Path, span) -> None:
    view, whole = Store(store).view(*span), Store(store).summary(*span)
    same(social(view), social(whole))
    assert peaks(view) == peaks(whole)
    assert view.coverage == whole.coverage
    for name in ("intervals", "users", "hosts", "active"):
        assert getattr(view, name).equals(getattr(whole, name))


def test_the_levels_of_parts_hold_what_duckdb_sums_of_their_finest_rows(store: Path) -> None:
    files = [str(part.path) for part in Store(store).parts()]
    keys = "date_trunc('day', interval), service, kind, label, outcome"
    query = f"select {keys}, sum(requests), sum(bytes_down) from parts where table_name = $name group by all"
    duckdb.from_parquet(files).create_view("parts")
    found = [duckdb.sql(query, params={"name": name}).fetchall() for name in ("services", "intervals")]
    assert sorted(found[0], key=str) == sorted(found[1], key=str)
    line = "sum(bytes_down) filter (outcome in ('allowed', 'allowed_aborted'))"
    query = f"select interval, kind is null, {line} total from parts where table_name = $name group by all"
    query += " having total is not null"
    found = [duckdb.sql(query, params={"name": name}).fetchall() for name in ("traffic", "intervals")]
    assert sorted(found[0], key=str) == sorted(found[1], key=str)


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of many parts over ten weeks, some of which go on in the hour in which others end."""
    folder = tmp_path_factory.mktemp("weeks")
    (folder / "groups.csv").write_text(GROUPS)
    for number in range(20):
        begin = 200 * (number % 4)
        (folder / f"{number}.log").write_bytes(shifted(begin, begin + 400, 7 * (number // 2) - number % 3))
        stored(folder / "store", folder / f"{number}.log", groups=read_groups(folder / "groups.csv"))
    return folder / "store"


@pytest.mark.parametrize("span", [(None, None), ("2026-11-20", "2026-12-20")], ids=str)
def test_a_report_of_many_weeks_says_of_a_store_what_it_says_of_its_whole_summary(weeks: Path, span) -> None:
    view, whole = Store(weeks).view(*span), Store(weeks).summary(*span)
    found = answer(view, min_users=1)
    assert as_json(found) == as_json(answer(whole, min_users=1))
    assert "groups" in {each.key for each in found.sections}
    for keys in ((), ("service",), ("group",), ("kind", "group")):
        same(visits(view, keys), visits(whole, keys))
    assert len(list(Gathered(Store(weeks).parts())._spans(128))) > 4


def test_traffic_is_what_duckdb_sums_of_each_interval(store: Path) -> None:
    intervals = Store(store).summary().intervals
    view = Store(store).view()
    duckdb.from_arrow(intervals).create_view("lines")
    line = "bytes_down - coalesce(bytes_down_cached, 0)"
    allowed, social = "outcome in ('allowed', 'allowed_aborted')", "kind is not null"
    sums = {
        "requests": "sum(requests) filter (outcome != 'setup')",
        "all_allowed": f"sum(requests) filter ({allowed})",
        "all_bytes": f"sum({line}) filter ({allowed})",
        "allowed": f"sum(requests) filter ({allowed} and {social})",
        "denied": f"sum(requests) filter (outcome in ('denied', 'coached') and {social})",
        "bytes": f"sum({line}) filter ({allowed} and {social})",
    }
    query = ", ".join(f"{each} {name}" for name, each in sums.items())
    expected = duckdb.sql(f"select epoch_ms(interval), {query} from lines group by 1 order by 1").fetchall()
    for found in (traffic(intervals), view.traffic()):
        starts = found["interval"].cast(pa.int64()).to_pylist()
        columns = [found[name].to_pylist() for name in sums]
        assert list(zip(starts, *columns, strict=True)) == expected


def without_levels(part: Path) -> None:
    """Make a part what it was before there were levels."""
    summary, metadata = read_parquet(part), pq.read_metadata(part).metadata
    said = json.loads(metadata[PART_KEY])
    del said["rows"]
    summary.write_parquet(part, {PART_KEY: json.dumps(said)})


def test_parts_of_before_there_were_levels_are_read_too(store: Path, tmp_path: Path) -> None:
    shutil.copytree(store, tmp_path / "old")
    for part in Store(tmp_path / "old").parts()[::2]:
        without_levels(part.path)
    view, whole = Store(tmp_path / "old").view(), Store(store).summary()
    for keys in ASKED:
        same(by(view, list(keys)), by(whole, list(keys)))
    assert peaks(view) == peaks(whole)
    assert check(tmp_path / "old") == []


def test_check_names_a_level_that_is_not_what_the_finest_rows_say(store: Path, tmp_path: Path) -> None:
    shutil.copytree(store, tmp_path / "wrong")
    part = Store(tmp_path / "wrong").parts()[0].path
    metadata = pq.read_metadata(part).metadata
    read_parquet(part).write_parquet(part, {PART_KEY: metadata[PART_KEY].decode()})
    [finding] = [each for each in check(tmp_path / "wrong") if each.damaged]
    assert finding.file == part.name
    assert "is not what its other tables say" in finding.problem


def test_a_view_goes_on_when_its_parts_become_one_and_says_when_others_take_their_place(store: Path, tmp_path) -> None:
    shutil.copytree(store, tmp_path / "store")
    expected = by(Store(store).summary(), ["service"])
    compacted, changed = Store(tmp_path / "store").view(), Store(tmp_path / "store").view()
    compact(tmp_path / "store", LATER)
    same(by(compacted, ["service"]), expected)
    for part in Store(tmp_path / "store").parts():
        part.path.unlink()
    stored(tmp_path / "store", *sorted(store.parent.glob("1.log")))
    with pytest.raises(StoreError, match="has changed while it was read"):
        by(changed, ["service"])


def test_a_coarse_question_does_not_read_the_finest_rows(store: Path, tmp_path: Path) -> None:
    shutil.copytree(store, tmp_path / "store")
    for part in Store(tmp_path / "store").parts():
        damage(part.path)
    view = Store(tmp_path / "store").view()
    same(by(view, ["service"]), by(Store(store).summary(), ["service"]))
    with pytest.raises(StoreError, match="damaged"):
        Store(tmp_path / "store").summary()


def damage(part: Path) -> None:
    """Overwrite the pages of a part's finest rows."""
    footer, content = pq.read_metadata(part), bytearray(part.read_bytes())
    for number in range(footer.num_row_groups):
        group = footer.row_group(number)
        if group.column(0).statistics.min in ("intervals", "users"):
            for column in map(group.column, range(group.num_columns)):
                begin = column.dictionary_page_offset or column.data_page_offset
                content[begin : begin + column.total_compressed_size] = bytes(column.total_compressed_size)
    part.write_bytes(content)


def test_who_was_active_is_told_by_the_hour_where_hours_are_asked_for(store: Path) -> None:
    whole, view = Store(store).summary(by=["service", "outcome_class"], every="hour"), Store(store).view()
    assert view.at(["service"], "hour").active.equals(whole.active)
    assert len({when.hour for when in whole.active["hour"].to_pylist()}) > 1


def test_every_level_answers_itself_and_an_empty_store_has_no_figures(tmp_path: Path) -> None:
    assert all(level.grain.answers(level.grain) for level in LEVELS.values())
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / KEY).write_bytes(bytes(32))
    view = Store(tmp_path / "store").view()
    assert isinstance(view, Summary)
    assert view.coverage.requests == 0
    assert by(view, ["service"]).empty
    assert peaks(view) == {"all": None, "social": None}
