"""On every engine the same logs give the same summary, whatever happens to its workers."""

import gzip
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import proxyscan
from bgzf_files import bgzip
from engine_fixtures import Engines, require
from failing import as_numbers, joined_numbers, process_of, scan_failing, scan_killing_once
from nights import COMPRESS, alike, stored, truth
from proxyscan import splits
from proxyscan.classify import Classifier
from proxyscan.counting import Question
from proxyscan.decide import Policy
from proxyscan.detect import choices
from proxyscan.engines import Engine, Failure, Local, Packed, Shared, engine_of
from proxyscan.errors import DetectionError, EngineError, InputError, ProxyscanError
from proxyscan.formats import formats
from proxyscan.groups import Groups, People
from proxyscan.mixed import Misfits, line_formats
from proxyscan.parse import Reading, Split
from proxyscan.splits import LEAST, MOST, cut, cut_by_members, headed, placed, width
from proxyscan.spread import Scanned, Terms, add_scanned, damage_of, scan_on
from proxyscan.store import Store
from proxyscan.summary import EMPTY, TABLES, Summary
from proxyscan.zone import zone

WORDS = ["local:1", "local:2", "dask:2", "spark:2"]
DAY = Path("sample_logs/squid_day.log")
SAMPLES = [log for log in (f"sample_logs/{name}.log" for name in formats()) if Path(log).exists()]
SMALL = 40_000
"""Bytes of a split, so that a sample has many."""

W3C = [
    b"#Software: Example Gateway 4.2\n",
    b"#Fields: date time c-ip cs-username cs-method cs-uri sc-status sc-bytes\n",
    b"2026-11-16 10:00:01 10.1.1.1 ann GET http://www.youtube.com/a 200 500\n",
    b"#Fields: date time c-ip cs-method cs-username cs-uri sc-status sc-bytes\n",
    b"2026-11-16 10:00:02 10.1.1.2 GET ben http://www.reddit.com/b 200 300\n",
]


@pytest.fixture(params=WORDS)
def engine(request, engines: Engines) -> Engine:
    return engines[request.param]


def reading_of(options: dict) -> tuple[Reading, Question]:
    among = choices(squid_conf=options.get("squid_conf"))
    others = tuple(line_formats(among)) if options.get("mixed") else ()
    local = zone(options["tz"]) if "tz" in options else None
    people = People(options.get("key", b""), options.get("groups"))
    return Reading(among, misfits=Misfits()), Question(Policy(), local, Classifier(), people, others)


def scanned(engine: Engine, logs: list, bytes_each: int = SMALL, **options) -> tuple[Summary, list]:
    reading, question = reading_of(options)
    rejects: list[pa.Table] = []
    done = scan_on(engine, reading, [Split(str(log)) for log in logs], question, rejects.append, bytes_each)
    found = pa.concat_tables(rejects).to_pylist() if rejects else []
    return done.summary, sorted(found, key=lambda reject: (reject["file"], reject["offset"]))


def same(one: Summary, two: Summary) -> bool:
    tables = all(getattr(one, name).equals(getattr(two, name)) for name in TABLES)
    return tables and one.coverage.to_json() == two.coverage.to_json()


def as_here(engine: Engine, logs: list, **options) -> bool:
    """Tell whether an engine gives the summary and the rejects that one thread of this process gives."""
    (summary, rejects), (ours, left) = scanned(engine, logs, **options), scanned(Local(1), logs, **options)
    return same(summary, ours) and rejects == left


def test_samples_give_the_same_summary_and_rejects(engine: Engine) -> None:
    assert as_here(engine, SAMPLES[::6])


@pytest.mark.slow
def test_every_sample_gives_the_same_summary_and_rejects(engine: Engine) -> None:
    assert as_here(engine, SAMPLES)


def test_options_travel_to_the_workers(engine: Engine) -> None:
    groups = Groups(("", "pupils"), patterns=(("*", 1),))
    logs = ["sample_logs/privoxy.log", "sample_logs/squid_day_custom.log.gz", DAY]
    options = {"groups": groups, "key": b"k" * 32, "tz": "Australia/Lord_Howe", "mixed": True}
    assert as_here(engine, logs, squid_conf="sample_logs/squid_day.squid.conf", **options)


def test_local_times_are_in_the_zone_of_the_machine_that_asks(engine: Engine) -> None:
    """The fixture starts the workers in another zone."""
    if not isinstance(engine, Local):
        assert list(engine.map(os.getenv, ["TZ"])) == ["Pacific/Chatham"]
    assert scanned(engine, ["sample_logs/privoxy.log"])[0].coverage.zones == {zone().name: 19}


def test_requests_are_those_that_pandas_counts(engine: Engine) -> None:
    frame = pd.read_csv(DAY, sep=r"\s+", header=None, usecols=[0, 4], names=["time", "bytes"])
    told = scanned(engine, [DAY])[0].coverage
    assert (told.requests, told.first, told.last) == (
        len(frame),
        round(frame["time"].min() * 1000),
        round(frame["time"].max() * 1000),
    )


def test_a_header_in_the_middle_of_a_log_holds_from_there_on(engine: Engine, tmp_path: Path) -> None:
    log = tmp_path / "w3c.log"
    log.write_bytes(b"".join([*W3C[:2], *W3C[2:3] * 300, W3C[3], *W3C[4:] * 300, W3C[1], *W3C[2:3] * 300]))
    summary, rejects = scanned(engine, [log], 2_000)
    counts = summary.intervals.group_by("service").aggregate([("requests", "sum")]).to_pylist()
    assert {each["service"]: each["requests_sum"] for each in counts} == {"youtube": 600, "reddit": 300}
    assert rejects == []
    assert as_here(engine, [log])


def test_a_compressed_log_is_read_as_a_whole(engine: Engine, tmp_path: Path) -> None:
    for name, packed in COMPRESS.items():
        (tmp_path / f"access.log.1.{name}").write_bytes(packed(DAY.read_bytes()))
    assert as_here(engine, sorted(tmp_path.iterdir()))


def test_a_log_of_bgzip_is_read_in_splits_alike_until_it_is_damaged(engine: Engine, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(DAY.read_bytes())
    packed = bgzip(log)
    split = placed(Split(str(packed)))
    assert len(cut_by_members(split, choices(), 15_000)) > 3
    (summary, rejects), whole = scanned(engine, [packed, DAY], 15_000), scanned(Local(1), [packed, DAY])
    assert same(summary, whole[0])
    assert rejects == whole[1]
    content = bytearray(packed.read_bytes())
    content[len(content) // 2] ^= 0xFF
    packed.write_bytes(content)
    assert same(scanned(engine, [packed, DAY], 15_000)[0], scanned(Local(1), [packed, DAY])[0])


def test_a_store_takes_logs_alike(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splits, "LEAST", 15_000)
    data, store, log = DAY.read_bytes(), tmp_path / "store", tmp_path / "access.log"
    for size in (len(data) // 3, len(data) // 2, len(data)):
        log.write_bytes(data[:size])
        assert stored(store, log, engine=engine).status == 0
    older = tmp_path / "older.log"
    older.write_bytes(b"".join(reversed(data.splitlines(keepends=True))))
    assert stored(store, bgzip(older), engine=engine).status == 0
    both = data + b"".join(reversed(data.splitlines(keepends=True)))
    assert alike(Store(store).summary(), truth(store, both, tmp_path / "clean"))


def test_lines_of_any_kind_are_counted_and_rejected_alike(engine: Engine, tmp_path: Path) -> None:
    log, cut_off = tmp_path / "any.log", tmp_path / "cut.log.gz"
    lines = DAY.read_bytes().splitlines(keepends=True)[:600]
    lines[200:200] = [bytes(range(256)) * 9, b"\n", b"x" * (3 << 20) + b"\n", b"\r\n", b"no request at all\n"]
    log.write_bytes(b"".join(lines) + b"a last line without an end")
    cut_off.write_bytes(gzip.compress(b"".join(lines))[:-9_000])
    assert as_here(engine, [log, cut_off])
    assert scanned(engine, [cut_off])[0].coverage.damage


def test_a_log_in_no_known_format_is_told_and_the_others_count(engine: Engine, tmp_path: Path) -> None:
    strange = tmp_path / "strange.log"
    strange.write_text("neither this\nnor that\n" * 40)
    problems: list[ProxyscanError] = []
    summary = proxyscan.scan([strange, DAY], engine=engine, on_problem=problems.append)
    assert [type(each) for each in problems] == [DetectionError]
    assert same(summary, proxyscan.scan(DAY))
    with pytest.raises(DetectionError):
        proxyscan.scan([strange, DAY], engine=engine)


def test_results_are_joined_once_each_and_failures_named(engine: Engine) -> None:
    numbers = [*range(40), -7, *range(40, 80)]  # more than two levels of the tree hold
    found, failures = engine.fold(as_numbers, joined_numbers, numbers, ())
    assert found == tuple(range(80))
    assert [(each.item, each.cause.fact) for each in failures] == [(-7, "ValueError: -7 is below 0")]
    assert engine.fold(as_numbers, joined_numbers, [], ()) == ((), [])
    told = list(engine.map(as_numbers, numbers))
    assert joined_numbers([each for each in told if not isinstance(each, Failure)]) == found
    assert [each.item for each in told if isinstance(each, Failure)] == [-7]


def test_two_items_are_worked_on_by_two_workers_of_dask(engines: Engines) -> None:
    dask = engines["dask:2"]
    dask.client.wait_for_workers(2, timeout=60)
    assert len({*dask.map(process_of, range(2))}) == 2


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 200 * MOST), workers=st.integers(1, 40))
def test_workers_have_as_many_splits_each_of_logs_that_are_not_small(size: int, workers: int, tmp_path: Path) -> None:
    log = tmp_path / "empty.log"
    with log.open("wb") as stream:
        stream.truncate(size)  # its bytes are not written
    each = width([Split(str(log))], workers)
    assert LEAST <= each <= 1.5 * MOST + 1
    assert -(-size // each) % workers == 0 or size < workers * LEAST


def pieces_of(log: Path) -> tuple[Packed[Terms], list[Split]]:
    reading, question = reading_of({})
    pieces = list(headed([cut(placed(Split(str(log))), reading.among, SMALL)], Local(1)))
    return Packed(Terms.of(reading, question, False)), pieces


@pytest.mark.parametrize("word", ["dask:2", "spark:2"])
def test_a_split_that_fails_twice_is_counted_once(word: str, engines: Engines, tmp_path: Path) -> None:
    terms, pieces = pieces_of(DAY)
    task = partial(scan_failing, str(tmp_path / "failed"), pieces[3].start, 2, terms)
    found, failures = engines[word].fold(task, add_scanned, pieces, Scanned(EMPTY))
    assert len(list(tmp_path.iterdir())) == 2
    assert failures == []
    assert same(found.summary, proxyscan.scan(DAY))


@pytest.mark.parametrize("word", ["dask:2", "spark:2"])
def test_a_worker_that_is_killed_in_the_middle_changes_nothing(word: str, engines: Engines, tmp_path: Path) -> None:
    terms, pieces = pieces_of(DAY)
    task = partial(scan_killing_once, str(tmp_path / "killed"), pieces[8].start, terms)
    found, failures = engines[word].fold(task, add_scanned, pieces, Scanned(EMPTY))
    assert list(tmp_path.iterdir())
    assert failures == []
    assert same(found.summary, proxyscan.scan(DAY))


def test_a_split_that_fails_for_good_is_named_and_the_rest_counts(engine: Engine, tmp_path: Path) -> None:
    terms, pieces = pieces_of(DAY)
    bad = pieces[3]
    task = partial(scan_failing, str(tmp_path / "failed"), bad.start, 99, terms)
    found, failures = engine.fold(task, add_scanned, pieces, Scanned(EMPTY))
    lines = DAY.read_bytes().splitlines(keepends=True)
    begins = pd.Series([0, *map(len, lines[:-1])]).cumsum()
    assert found.summary.coverage.lines == len(lines) - int(begins.between(bad.start, bad.stop, "left").sum())
    words = damage_of(failures, [pieces], None)[str(DAY)]
    assert words.startswith(f"bytes {bad.start:,} to {bad.stop:,} could not be read (no answer from the disk")


def test_a_log_of_which_nothing_could_be_read_is_a_problem() -> None:
    split = Split("/logs/a.log", name="a.log")
    problem = InputError("/logs/a.log: no such file")
    told: list[ProxyscanError] = []
    assert damage_of([Failure(split, problem)], [[split]], told.append) == {}
    assert told == [problem]


@pytest.mark.parametrize("word", ["dask:2", "spark:2"])
def test_a_file_that_a_worker_cannot_see_is_told_before_the_work(word: str, engines: Engines) -> None:
    with DAY.open("rb") as mine:
        hidden = f"/proc/self/fd/{os.dup2(mine.fileno(), 77, inheritable=False)}"
        try:
            with pytest.raises(EngineError, match=f"{hidden}") as told:
                proxyscan.scan(hidden, engine=engines[word])
        finally:
            os.close(77)
    assert "shared file system" in told.value.hint


@pytest.mark.parametrize("word", ["dask:2", "spark:2"])
def test_standard_input_is_refused(word: str, engines: Engines) -> None:
    with pytest.raises(InputError, match="standard input"):
        proxyscan.scan("-", engine=engines[word])


def other_package(folder: Path) -> Path:
    """Return a folder with a proxyscan of another version, as far as a worker is asked for it."""
    for name in ("__init__.py", "errors.py", "frozen.py", "engines"):
        (folder / "proxyscan").mkdir(exist_ok=True)
        source = Path(proxyscan.__file__).parent / name
        files = source.glob("*.py") if source.is_dir() else [source]
        for file in files:
            target = folder / "proxyscan" / file.relative_to(source.parent)
            target.parent.mkdir(exist_ok=True)
            target.write_text(file.read_text().replace(f'"{proxyscan.__version__}"', '"0.0.7"'))
    return folder


def package_missing(folder: Path) -> Path:
    """Return a folder that hides a package that is installed."""
    (folder / "datasketches.py").write_text("raise ModuleNotFoundError(\"No module named 'datasketches'\")")
    return folder


UNFIT = [
    pytest.param(other_package, r"runs proxyscan 0\.0\.7 .*, this machine", "the same proxyscan", id="version"),
    pytest.param(package_missing, "lacks datasketches", "pip install datasketches", id="package"),
]


@pytest.mark.parametrize(("folder_of", "fact", "hint"), UNFIT)
def test_an_unfit_executor_is_told_before_the_work(folder_of, fact, hint, engines: Engines, tmp_path: Path) -> None:
    engine = engines["spark:2"]
    before = engine.context.environment["PYTHONPATH"]
    engine.context.environment["PYTHONPATH"] = os.pathsep.join([str(folder_of(tmp_path)), before])
    try:
        with pytest.raises(EngineError, match=fact) as told:
            engine.check([])
    finally:
        engine.context.environment["PYTHONPATH"] = before
    assert hint in told.value.hint


@pytest.mark.parametrize(("folder_of", "fact", "hint"), UNFIT)
def test_an_unfit_worker_is_told_before_the_work(folder_of, fact, hint, tmp_path: Path) -> None:
    require("dask")
    from distributed import LocalCluster

    paths = [str(folder_of(tmp_path)), os.environ.get("PYTHONPATH", "")]
    with LocalCluster(n_workers=0, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny", "--no-dashboard"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, cwd=tmp_path) as worker:
            try:
                with (
                    engine_of(address.replace("tcp", "dask")) as engine,
                    pytest.raises(EngineError, match=fact) as told,
                ):
                    engine.check([])
            finally:
                worker.terminate()
    assert hint in told.value.hint


@pytest.mark.parametrize(
    ("word", "fact", "hint"),
    [
        ("dusk", "no engine is called 'dusk'", "did you mean 'dask'?"),
        ("sparc://master:7077", "no engine is called 'sparc'", "did you mean 'spark'?"),
        ("local:many", "'local:many' is no engine", "write for example local:4"),
        ("local:0", "'local:0' is no engine", "write for example"),
        ("local://host", "'local://host' is no engine", "write for example"),
        ("dask://", "'dask://' is no engine", "write for example"),
    ],
)
def test_a_word_that_means_no_engine_is_answered_with_the_nearest(word: str, fact: str, hint: str) -> None:
    with pytest.raises(EngineError) as told, engine_of(word):
        pass
    assert told.value.fact == fact
    assert hint in told.value.hint


def test_a_cluster_that_is_not_there_is_told() -> None:
    require("dask")
    from proxyscan.engines.dask import dask_at

    with pytest.raises(EngineError, match="cannot be reached"), dask_at("tcp://127.0.0.1:9", patience="1s"):
        pass


def test_an_engine_that_is_not_installed_names_the_command_that_installs_it(tmp_path: Path) -> None:
    hidden = "import sys; sys.meta_path.insert(0, type('Hidden', (), {'find_spec': staticmethod(spec)})())"
    script = f"""
def spec(name, path=None, target=None):
    if name.partition('.')[0] in ('distributed', 'pyspark'):
        raise ModuleNotFoundError(name)
{hidden}
from proxyscan.cli import main
sys.argv = ['proxyscan', 'scan', '{DAY}', '--engine', sys.argv[1]]
main()
"""
    for word, package in (("dask", "distributed"), ("spark", "pyspark")):
        done = subprocess.run([sys.executable, "-c", script, word], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert f"the engine '{word}' needs the package {package}" in done.stderr
        assert f"pip install 'proxyscan[{word}]'" in done.stderr


def test_a_process_with_other_code_gives_no_sums() -> None:
    terms, pieces = pieces_of(DAY)
    terms.code = "0.0.7 (another)"
    [failure] = Local(1).map(partial(scan_failing, "", -1, 0, terms), pieces[:1])
    assert isinstance(failure, Failure)
    assert re.search("runs proxyscan .*, this machine 0.0.7", failure.cause.fact)


def test_places_that_are_shorter_for_a_worker_are_told(engines: Engines, tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(b"12345")
    with pytest.raises(EngineError, match=r"sees 5 bytes in .*, this machine 6"):
        engines["dask:2"].check([Shared(str(file), 6)])
