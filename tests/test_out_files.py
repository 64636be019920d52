"""A file that -o names is there whole or stays as it was, and only its owner may read what names persons."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

LOG = "sample_logs/squid_day.log"
BEFORE = b"last night's"


def proxyscan(*words, line='"$@"'):
    command = ["sh", "-c", line, "sh", sys.executable, "-m", "proxyscan.cli", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_too_little_memory_is_told_in_a_sentence(tmp_path):
    done = proxyscan("update", tmp_path / "store", LOG, line='ulimit -v 400000; exec "$@"')
    assert done.returncode == 2
    assert done.stderr.startswith("proxyscan: ")
    assert "  hint: " in done.stderr


def test_too_few_open_files_for_a_page_are_told_in_a_sentence(tmp_path):
    done = proxyscan("report", LOG, "-o", tmp_path / "x.html", line='ulimit -n 16; exec "$@"')
    assert done.returncode == 2
    assert done.stderr.startswith("proxyscan: ")
    assert "  hint: " in done.stderr
    assert names(tmp_path) == []


OUTPUTS = [
    ("scan", "-o", "x.parquet"),
    ("scan", "-o", "x.csv"),
    ("parse", "-o", "x.parquet"),
    ("parse", "-o", "x.csv"),
    ("parse", "-o", "x.jsonl"),
    ("report", "-o", "x.html"),
    ("report", "-o", "x.xlsx"),
    ("report", "--audit", "-o", "x.csv"),
]


@pytest.mark.parametrize("words", OUTPUTS, ids=" ".join)
def test_a_file_for_which_there_is_no_space_is_named_and_stays_as_it_was(words, tmp_path):
    command, *options, name = words
    path = tmp_path / name
    path.write_bytes(BEFORE)
    done = proxyscan(command, LOG, *options, path, line='ulimit -f 0; exec "$@"')
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"proxyscan: cannot write {path}: File too large\n  hint: ")
    assert path.read_bytes() == BEFORE
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("name", ["x.parquet", "x.csv"])
def test_rejects_for_which_there_is_no_space_are_named(name, tmp_path):
    log, rejects = tmp_path / "a.log", tmp_path / name
    log.write_bytes(Path(LOG).read_bytes() + b"no request\n")
    done = proxyscan("parse", log, "--rejects", rejects, line='ulimit -f 0; exec "$@" >/dev/null')
    assert done.returncode == 2
    assert f"cannot write {rejects}: File too large" in done.stderr
    assert names(tmp_path) == ["a.log"]


def test_a_file_of_which_no_log_could_be_read_stays_as_it_was(tmp_path):
    path, log = tmp_path / "x.csv", tmp_path / "a.log"
    path.write_bytes(BEFORE)
    log.write_bytes(b"no request\n" * 3)
    assert proxyscan("parse", log, "-o", path).returncode == 2
    assert path.read_bytes() == BEFORE
    assert names(tmp_path) == ["a.log", "x.csv"]


def test_a_file_whose_writer_is_killed_stays_as_it_was(tmp_path):
    path, log = tmp_path / "x.csv", tmp_path / "a.log"
    path.write_bytes(BEFORE)
    os.mkfifo(log)
    command = [sys.executable, "-m", "proxyscan.cli", "parse", "--format", "squid", str(log), "-o", str(path)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running, log.open("wb") as stream:
        stream.write(Path(LOG).read_bytes())
        stream.flush()
        running.send_signal(signal.SIGKILL)
    assert path.read_bytes() == BEFORE


@pytest.mark.parametrize("words", OUTPUTS, ids=" ".join)
def test_a_files_mode_stays_and_a_new_one_has_the_umasks(words, tmp_path):
    command, *options, name = words
    path, new = tmp_path / name, tmp_path / f"new{name}"
    path.write_bytes(BEFORE)
    path.chmod(0o604)
    for each in (path, new):
        done = proxyscan(command, LOG, *options, each, line='umask 027; exec "$@"')
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert (mode_of(path), mode_of(new)) == (0o604, 0o640)
    assert BEFORE not in path.read_bytes()
    assert names(tmp_path) == sorted([path.name, new.name])


@pytest.mark.parametrize("there", [True, False], ids=["to a file", "to nothing"])
def test_a_link_is_written_through(there, tmp_path):
    target, link = tmp_path / "folder" / "real.csv", tmp_path / "x.csv"
    target.parent.mkdir()
    if there:
        target.write_bytes(BEFORE)
    link.symlink_to(target)
    assert proxyscan("parse", LOG, "-o", link).returncode == 0
    assert link.is_symlink()
    assert target.read_bytes().startswith(b'"time"')


def test_what_is_no_regular_file_is_written_straight_into(tmp_path):
    for name, target in (("out.csv", "/dev/stdout"), ("null.csv", "/dev/null"), ("full.csv", "/dev/full")):
        (tmp_path / name).symlink_to(target)
    assert proxyscan("parse", LOG, "-o", tmp_path / "out.csv", line='"$@" | cat').stdout.startswith('"time"')
    assert proxyscan("parse", LOG, "-o", tmp_path / "null.csv").returncode == 0
    assert Path("/dev/null").is_char_device()
    done = proxyscan("report", LOG, "-o", tmp_path / "full.csv")
    assert f"cannot write {tmp_path / 'full.csv'}: No space left on device" in done.stderr
    fifo = tmp_path / "fifo.csv"
    os.mkfifo(fifo)
    done = proxyscan("scan", LOG, "-o", fifo, line=f'cat {fifo} & "$@"; wait')
    assert done.stdout.startswith('"service"')
    assert fifo.is_fifo()


def test_what_names_persons_only_its_owner_may_read(tmp_path):
    told = ("--users", "keep", "-o")
    proxyscan("parse", LOG, *told, tmp_path / "x.csv", "--rejects", tmp_path / "rejects.csv")
    proxyscan("parse", LOG, *told, f"{tmp_path}/folder/", "--rejects", tmp_path / "more.csv")
    modes = {path.name: mode_of(path) for path in tmp_path.iterdir()}
    assert modes == {"x.csv": 0o600, "rejects.csv": 0o600, "more.csv": 0o600, "folder": 0o700}


def test_a_file_that_is_there_keeps_its_mode_when_it_gets_what_names_persons(tmp_path):
    for name in ("x.csv", "rejects.csv"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o640)
    proxyscan("parse", LOG, "--users", "keep", "-o", tmp_path / "x.csv", "--rejects", tmp_path / "rejects.csv")
    assert [mode_of(tmp_path / name) for name in ("x.csv", "rejects.csv")] == [0o640, 0o640]
