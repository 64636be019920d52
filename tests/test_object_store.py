"""A store and logs on an object store (moto's S3 server, on this machine): nothing twice, nothing lost."""

import gzip
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import boto3
import pyarrow.dataset as ds
import pytest
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

import proxyscan
from nights import LINES, SQUID, alike
from proxyscan.errors import InputError, StoreError
from proxyscan.objects import objects_at
from proxyscan.places import WRITER, place_at
from proxyscan.shares import by
from proxyscan.store import KEY, Store
from proxyscan.summary import Summary
from proxyscan.update import Report, update
from proxyscan.upkeep import check, compact, export, prune

LATER = "2030-01-01"
BUCKET = "logs"


class Server:
    """An S3 server that refuses everything that changes something, or calls `watch`, from the n-th such request on."""

    def __init__(self) -> None:
        self.whole = DomainDispatcherApplication(create_backend_app)
        self.refuse_from = 0
        self.changes = 0
        self.watch = lambda: None

    def __call__(self, environ, respond):
        if environ["REQUEST_METHOD"] in ("PUT", "POST", "DELETE") and not environ["PATH_INFO"].startswith("/moto-api"):
            self.changes += 1
            if self.refuse_from and self.changes >= self.refuse_from:
                self.watch()
                respond("403 Forbidden", [("Content-Type", "application/xml")])
                return [b"<Error><Code>AccessDenied</Code><Message>refused by the test</Message></Error>"]
        return self.whole(environ, respond)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[tuple[str, Server]]:
    server = Server()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    http = make_server("127.0.0.1", 0, server, threaded=True)
    thread = Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}", server
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def server(endpoint: tuple[str, Server], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    url, server = endpoint
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in {**credentials, "AWS_ENDPOINT_URL": url, "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)
    server.refuse_from = server.changes = 0
    client().create_bucket(Bucket=BUCKET)
    yield server
    server.refuse_from, server.watch = 0, lambda: None
    for each in client().list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client().delete_object(Bucket=BUCKET, Key=each["Key"])


def client():
    return boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])


def names(prefix: str = "store/") -> list[str]:
    found = client().list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return [each["Key"].removeprefix(prefix) for each in found]


def put(name: str, content: bytes) -> str:
    client().put_object(Bucket=BUCKET, Key=name, Body=content)
    return f"s3://{BUCKET}/{name}"


def text(first: int, last: int) -> bytes:
    return b"".join(LINES[first:last])


STORE = f"s3://{BUCKET}/store"


def stored(tmp_path: Path, *logs: str | Path, store: str | Path = STORE, **options) -> Report:
    return update(store, [str(log) for log in logs], format=SQUID, key=tmp_path / "key", **options)


def truth(tmp_path: Path, content: bytes) -> Summary:
    """Return what a store on this machine says of one clean run over all the bytes, with the same key."""
    folder = tmp_path / "truth"
    folder.mkdir()
    (folder / "all.log.1").write_bytes(content)
    stored(tmp_path, folder / "all.log.1", store=folder / "store")
    return Store(folder / "store").summary()


def test_a_store_on_an_object_store_has_what_is_new_once_as_the_log_grows_rotates_and_comes_again(
    server: Server, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(text(0, 1000)[:-5])
    assert stored(tmp_path, log).logs[0].state == "new"
    assert stored(tmp_path, log).logs[0].state == "known"
    log.write_bytes(text(0, 1500))
    assert stored(tmp_path, log).logs[0].state == "grown"
    copy = tmp_path / "access.log.2.gz"
    copy.write_bytes(gzip.compress(text(0, 1500)))
    assert stored(tmp_path, copy, log).total("lines") == 0
    assert alike(Store(STORE).summary(), truth(tmp_path, text(0, 1500)))
    assert check(STORE) == []
    assert {name.rpartition(".")[2] for name in names() if name} == {"parquet", "json", "sha256"}


def test_logs_on_an_object_store_are_read_as_those_on_a_disk(server: Server, tmp_path: Path) -> None:
    whole = gzip.compress(text(0, 700))
    put("in/a/access.log", text(700, 1500))
    put("in/b/access.log.1.gz", whole)
    put("in/b/notes.txt", b"no log")
    put("in/b/day.zip", b"PK\x03\x04 no archive")
    for pattern in (f"s3://{BUCKET}/in/*/access.log*", f"s3://{BUCKET}/in/**/access.log*"):
        assert proxyscan.scan(pattern, format=SQUID).coverage.requests == 1500
    assert proxyscan.parse(f"s3://{BUCKET}/in/a/access.log").read_all().num_rows == 800
    assert stored(tmp_path, f"s3://{BUCKET}/in/*/access.log*").total("lines") == 1500
    put("in/a/access.log", text(700, 1600))
    again = stored(tmp_path, f"s3://{BUCKET}/in/*/access.log*")
    assert [(log.state, log.lines) for log in again.logs] == [("grown", 100), ("known", 0)]
    assert alike(Store(STORE).summary(), truth(tmp_path, text(700, 1600) + text(0, 700)))


def test_compacting_and_pruning_on_an_object_store_are_as_on_a_disk(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    for count in (10, 1000, 2000):
        log.write_bytes(text(0, count))
        stored(tmp_path, log)
    expected = truth(tmp_path, text(0, 2000))
    [name] = compact(STORE, LATER)
    assert [each for each in names() if each.endswith(".parquet")] == [name]
    assert alike(Store(STORE).summary(), expected)
    assert check(STORE) == []
    export(STORE, tmp_path / "out")
    assert ds.dataset(tmp_path / "out" / "intervals", partitioning="hive").count_rows() == expected.intervals.num_rows
    export(STORE, f"s3://{BUCKET}/out")
    assert any(each.startswith("hosts/date=2026-11-16/") for each in names("out/"))
    assert prune(STORE, "2026-11-17") == [name]
    assert Store(STORE).summary().intervals.num_rows == 0
    assert stored(tmp_path, log).logs[0].state == "known"


def test_a_damaged_part_on_an_object_store_is_named_and_made_again(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(text(0, 500))
    stored(tmp_path, log)
    [part] = Store(STORE).parts()
    put(f"store/{part.name}", b"PAR1 nothing")
    assert [finding.file for finding in check(STORE) if finding.damaged] == [part.name]
    with pytest.raises(StoreError, match="damaged"):
        Store(STORE).summary()
    assert stored(tmp_path, log, repair=True).total("lines") == 500
    assert check(STORE) == []
    assert f"{part.name}.damaged" in names()


def made_good(server: Server, tmp_path: Path, expected: Summary, step: int) -> bool:
    """Refuse an update's changes from one on, hold the next one against what is expected; tell if it came so far."""
    for name in names():
        client().delete_object(Bucket=BUCKET, Key=f"store/{name}")
    server.changes, server.refuse_from = 0, step
    try:
        stored(tmp_path, *tmp_path.glob("*.log*"))
    except StoreError as problem:
        assert "refused by the test" in str(problem)
    came_so_far = server.changes >= step
    server.refuse_from = 0
    if names():
        Store(STORE).summary()  # readable at any time
    stored(tmp_path, *tmp_path.glob("*.log*"))
    assert alike(Store(STORE).summary(), expected), step
    assert WRITER not in names()
    return came_so_far


@pytest.fixture
def two_logs(server: Server, tmp_path: Path) -> Summary:
    (tmp_path / "one.log").write_bytes(text(0, 300))
    (tmp_path / "two.log.1.gz").write_bytes(gzip.compress(text(300, 500)))
    return truth(tmp_path, text(0, 500))


@pytest.mark.parametrize("step", [1, 4, 6])
def test_an_update_that_is_refused_a_change_is_made_good_by_the_next(
    server: Server, tmp_path: Path, two_logs: Summary, step: int
) -> None:
    assert made_good(server, tmp_path, two_logs, step)


@pytest.mark.slow
def test_an_update_that_is_refused_any_change_is_made_good_by_the_next(
    server: Server, tmp_path: Path, two_logs: Summary
) -> None:
    step = 1
    while made_good(server, tmp_path, two_logs, step):
        step += 1
    assert step > 6


def test_an_update_that_is_killed_leaves_a_note_which_does_not_hold_up_the_next(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "one.log"
    log.write_bytes(text(0, 300))
    command = [sys.executable, "-m", "proxyscan.cli", "update", STORE, str(log), "--key", str(tmp_path / "key")]
    server.changes, server.refuse_from = 0, 4  # a note, the key's mark, the note: now the part
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        server.watch = lambda: os.kill(running.pid, signal.SIGKILL)
        assert running.wait() == -signal.SIGKILL
    server.refuse_from = 0
    assert WRITER in names()
    stored(tmp_path, log)
    assert alike(Store(STORE).summary(), truth(tmp_path, text(0, 300)))


def test_a_store_in_use_from_elsewhere_says_by_whom_and_until_when(server: Server, tmp_path: Path) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    put(f"store/{WRITER}", f"{now} proxyscan update, process 7 on elsewhere".encode())
    with pytest.raises(StoreError, match="is in use: proxyscan update, process 7 on elsewhere") as raised:
        stored(tmp_path, tmp_path / "missing.log")
    assert "if it was killed: after 2" in raised.value.hint
    put(f"store/{WRITER}", b"2026-01-01T00:00:00+00:00 proxyscan update, process 7 on elsewhere")
    log = tmp_path / "one.log"
    log.write_bytes(text(0, 10))
    assert stored(tmp_path, log).total("lines") == 10


def test_two_updates_that_did_not_see_each_other_count_nothing_twice(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "one.log"
    log.write_bytes(text(0, 300))
    stored(tmp_path, log)
    [small] = names("store/") and [part.name for part in Store(STORE).parts()]
    content = client().get_object(Bucket=BUCKET, Key=f"store/{small}")["Body"].read()
    client().delete_object(Bucket=BUCKET, Key=f"store/{small}")
    log.write_bytes(text(0, 600))
    stored(tmp_path, log)
    [large] = Store(STORE).parts()
    put(f"store/{large.stretches[0].log}-0-{len(text(0, 300))}.parquet", content)
    assert Store(STORE).summary().coverage.lines == 600


def test_the_key_of_a_store_on_an_object_store_is_in_a_file_of_its_own(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "one.log"
    log.write_bytes(text(0, 10))
    with pytest.raises(StoreError, match="cannot keep the key from other readers") as raised:
        update(STORE, str(log), format=SQUID)
    assert "--key" in raised.value.hint
    stored(tmp_path, log)
    assert KEY not in names()
    assert (tmp_path / "key").read_bytes() not in b"".join(
        client().get_object(Bucket=BUCKET, Key=f"store/{name}")["Body"].read() for name in names()
    )
    (tmp_path / "other").write_bytes(bytes(32))
    with pytest.raises(StoreError, match="is not the key of s3://logs/store"):
        update(STORE, str(log), format=SQUID, key=tmp_path / "other")
    (tmp_path / "key").unlink()
    with pytest.raises(StoreError, match="is missing"):
        stored(tmp_path, log)


def test_an_object_store_that_cannot_be_reached_is_one_clear_error(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no store"):
        Store(f"s3://{BUCKET}/nothing")
    with pytest.raises(InputError, match="no such file"):
        proxyscan.scan(f"s3://{BUCKET}/nothing.log")
    with pytest.raises(InputError, match="no file matches"):
        proxyscan.scan(f"s3://{BUCKET}/nothing/*.log")
    with pytest.raises(StoreError, match="no-such-bucket"):
        stored(tmp_path, tmp_path / "one.log", store="s3://no-such-bucket/store")
    nowhere = "?endpoint_override=http://127.0.0.1:1"
    with pytest.raises(InputError, match=r"s3://logs/store: cannot be reached: .*") as raised:
        Store(f"{STORE}{nowhere}")
    assert "AWS_ENDPOINT_URL" in raised.value.hint
    report = stored(tmp_path, f"s3://{BUCKET}/in.log{nowhere}")
    assert "cannot be reached" in report.logs[0].problem
    with pytest.raises(InputError, match="is no place of files"):
        place_at("http://example.com/store")


def test_a_view_of_a_store_on_an_object_store_gives_the_same_figures(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "one.log"
    log.write_bytes(text(0, 3000))
    stored(tmp_path, log)
    whole = Store(STORE).summary()
    assert by(Store(STORE).view(), ["service"]).equals(by(whole, ["service"]))


def test_a_report_of_a_store_on_an_object_store_says_what_one_of_a_folder_says(server: Server, tmp_path: Path) -> None:
    for number in range(3):
        log = tmp_path / f"{number}.log"
        log.write_bytes(text(1000 * number, 1000 * number + 1500))
        stored(tmp_path, log)
        stored(tmp_path, log, store=str(tmp_path / "store"))
    command = [sys.executable, "-m", "proxyscan.cli", "report", "--tz", "UTC", "--json"]
    found = [subprocess.run([*command, store], capture_output=True) for store in (STORE, str(tmp_path / "store"))]
    assert [each.returncode for each in found] == [0, 0]
    assert found[0].stdout == found[1].stdout
    assert b"visits" in found[0].stdout


def test_a_file_uri_is_a_path(tmp_path: Path) -> None:
    log = tmp_path / "one.log"
    log.write_bytes(text(0, 10))
    report = update(f"file://{tmp_path}/store", f"file://{log}", format=SQUID)
    assert report.total("lines") == 10
    assert Store(tmp_path / "store").summary().coverage.lines == 10
    assert objects_at("s3://bucket/a/?region=eu-west-1").root == "bucket/a"
