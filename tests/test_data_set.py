"""A folder of requests holds each once, whichever engine wrote it, and so does a Spark data frame."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import proxyscan
from engine_fixtures import Engines
from failing import write_failing
from proxyscan.batches import without_users
from proxyscan.dataset import SUCCESS, Wanted, Written, add_written, parse_to
from proxyscan.decide import Policy
from proxyscan.detect import choices
from proxyscan.engines import Local, Packed
from proxyscan.errors import DetectionError, InputError, ProxyscanError
from proxyscan.parse import Split
from proxyscan.rows import Rows
from proxyscan.splits import cut, headed, placed
from proxyscan.summary import TABLES
from proxyscan.update import update
from proxyscan.zone import zone

WORDS = ["local:2", "dask:2", "spark:2"]
DAY = "sample_logs/squid_day.log"
LOGS = [DAY, "sample_logs/bluecoat.log", "sample_logs/zeek_http.log"]
SMALL = 40_000


def rows(table: pa.Table) -> list:
    """Return the rows of a table in an order of their own."""
    kept = [name for name in table.schema.names if name != "date"]
    return sorted(map(repr, table.select(kept).to_pylist()))


def whole(folder: Path) -> pa.Table:
    return duckdb.sql(f"select * from read_parquet('{folder}/*/*.parquet', hive_partitioning = true)").to_arrow_table()


def ours(logs: list[str], **options) -> pa.Table:
    return proxyscan.classify(proxyscan.parse(logs, **options).read_all())


@pytest.mark.parametrize("word", WORDS)
def test_a_data_set_holds_the_requests_that_parse_gives(word: str, engines: Engines, tmp_path: Path) -> None:
    rejects: list[pa.Table] = []
    written = parse_to(LOGS, tmp_path / "set", with_source=True, on_rejects=rejects.append, engine=engines[word])
    expected, found = ours(LOGS, with_source=True), whole(tmp_path / "set")
    assert rows(found.select(expected.schema.names)) == rows(expected)
    assert written.requests == expected.num_rows
    assert (tmp_path / "set" / SUCCESS).exists()
    assert [each.name for each in (tmp_path / "set").rglob(".*")] == []


def test_a_request_lies_in_the_folder_of_its_day(tmp_path: Path) -> None:
    parse_to(LOGS, tmp_path / "set", engine="local:1")
    found = whole(tmp_path / "set").to_pandas()
    assert len(found) == ours(LOGS).num_rows
    assert (found["time"].dt.strftime("%F") == found["date"].astype(str)).all()


def test_people_are_hidden_where_that_is_asked(tmp_path: Path) -> None:
    parse_to(DAY, tmp_path / "set", hide=without_users, engine="local:1")
    found = whole(tmp_path / "set")
    assert found["user"].null_count == found["client"].null_count == found.num_rows > 0


@pytest.mark.parametrize("word", ["dask:2", "spark:2"])
def test_a_split_that_is_written_again_is_there_once(word: str, engines: Engines, tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    among = choices()
    packed = Packed(Wanted(Rows(tuple(among), Policy(), zone()), str(tmp_path / "set"), False, False))
    pieces = list(headed([cut(placed(Split(DAY)), among, SMALL)], Local(1)))
    task = partial(write_failing, str(tmp_path / "failed"), pieces[3].start, 2, packed)
    written, failures = engines[word].fold(task, add_written, pieces, Written())
    assert failures == []
    assert written.requests == 5000
    assert rows(whole(tmp_path / "set")) == rows(ours([DAY]))


def test_a_log_that_cannot_be_read_leaves_the_set_without_its_mark(tmp_path: Path) -> None:
    strange = tmp_path / "strange.log"
    strange.write_text("neither this\nnor that\n" * 40)
    problems: list[ProxyscanError] = []
    parse_to([DAY, strange], tmp_path / "set", on_problem=problems.append, engine="local:1")
    assert [type(each) for each in problems] == [DetectionError]
    assert whole(tmp_path / "set").num_rows == 5000
    assert not (tmp_path / "set" / SUCCESS).exists()


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "old.csv").touch()
    with pytest.raises(ProxyscanError, match=r"holds old\.csv already"):
        parse_to(DAY, tmp_path)
    with pytest.raises(ProxyscanError, match="is no folder on a disk"):
        parse_to(DAY, "s3://bucket/set")
    with pytest.raises(InputError, match="standard input"):
        parse_to("-", tmp_path / "set")


@pytest.mark.parametrize("word", ["dask", "spark://master:7077"])
def test_requests_do_not_come_through_one_process_from_many(word: str) -> None:
    with pytest.raises(ProxyscanError, match="do not come through this process") as told:
        proxyscan.parse(DAY, engine=word)
    assert "-o FOLDER/" in told.value.hint


def test_spark_reads_logs_as_a_data_frame(engines: Engines) -> None:
    import proxyscan.spark as on_spark

    session = engines["spark:2"].session
    frame = on_spark.read(session, LOGS, bytes_each=SMALL)
    assert frame.rdd.getNumPartitions() > len(LOGS)
    frame.createOrReplaceTempView("requests")
    counts = session.sql("select service, outcome, count(*) n, sum(bytes_down) b from requests group by all").collect()
    expected = duckdb.from_arrow(ours(LOGS))
    sums = expected.aggregate("service, outcome, count(*), sum(bytes_down)", "all").fetchall()
    assert sorted(map(repr, map(tuple, counts))) == sorted(map(repr, sums))
    times = frame.selectExpr("min(unix_millis(time))", "max(unix_millis(time))").collect()[0]
    assert tuple(times) == expected.aggregate("epoch_ms(min(time)), epoch_ms(max(time))").fetchall()[0]


def test_spark_reads_the_lines_that_are_no_request_too(engines: Engines, tmp_path: Path) -> None:
    import proxyscan.spark as on_spark

    log = tmp_path / "access.log"
    log.write_bytes(Path(DAY).read_bytes() + b"not a request\n")
    [row] = on_spark.read_rejects(engines["spark:2"].session, log).collect()
    assert (row["offset"], row["text"]) == (Path(DAY).stat().st_size, "not a request")


@pytest.mark.parametrize("word", ["dask:2", "spark:2"])
def test_a_store_takes_the_same_from_an_engine(word: str, engines: Engines, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    logs = [tmp_path / f"{name}.log" for name in ("a", "b", "c")]
    data = Path(DAY).read_bytes()
    summaries = {}
    for engine in (Local(1), engines[word]):
        store = tmp_path / f"store-{engine.name.split(':')[0][:5]}"
        states = []
        for share in (0.5, 0.5, 0.90003, 1):
            for number, log in enumerate(logs):
                log.write_bytes(data[number * 999 :][: int(len(data) * share)])
            states.append([taken.state for taken in update(store, list(map(str, logs)), key=key, engine=engine).logs])
        assert states == [["new"] * 3, ["known"] * 3, ["grown"] * 3, ["grown"] * 3]
        summaries[engine.name] = proxyscan.Store(store).summary()
    one, two = summaries.values()
    assert all(getattr(one, name).equals(getattr(two, name)) for name in TABLES)
    assert one.coverage.to_json() == two.coverage.to_json()


def run(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "proxyscan.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_line_runs_on_an_engine(engines: Engines, tmp_path: Path) -> None:
    here = run("scan", DAY, "--json")
    there = run("scan", DAY, "--json", "--engine", engines["dask:2"].client.scheduler.address.replace("tcp", "dask"))
    assert (there.returncode, there.stdout) == (here.returncode, here.stdout)
    done = run("parse", DAY, "-o", f"{tmp_path}/set/", "--engine", "local:2")
    assert (done.returncode, done.stderr) == (0, "")
    assert whole(tmp_path / "set")["user"].null_count == 5000
    wrong = run("update", str(tmp_path / "store"), DAY, "--engine", "dusk")
    assert (wrong.returncode, wrong.stderr.splitlines()[1]) == (2, "  hint: did you mean 'dask'?")
