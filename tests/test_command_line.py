"""The cases in tests/cases: a command line, and exactly what it prints and how it ends.

Each file is `$ proxyscan ARGS`, the standard output, `--- stderr`, the standard error, `--- exit N`.
`BLESS=1 pytest tests/test_command_line.py` writes what came out into the files; read the difference line by line.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CASES = sorted((ROOT / "tests" / "cases").glob("*.txt"))


def transcript(command):
    assert command.startswith("$ proxyscan ")
    environment = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "proxyscan.cli", *shlex.split(command)[2:]],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return f"{command}\n{done.stdout.decode()}--- stderr\n{done.stderr.decode()}--- exit {done.returncode}\n"


def test_there_are_cases():
    assert CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_command_prints_and_exits_as_its_case_says(case):
    expected = case.read_text(encoding="utf-8")
    found = transcript(expected.partition("\n")[0])
    if os.environ.get("BLESS"):
        case.write_text(found, encoding="utf-8")
    assert found == case.read_text(encoding="utf-8")


def test_a_reader_that_has_seen_enough_ends_a_command_without_a_traceback():
    command = [sys.executable, "-m", "proxyscan.cli", "parse", "sample_logs/squid_day.log"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout.readline().startswith(b'"time"')
        running.stdout.close()
        said = running.stderr.read()
    assert (running.returncode, said) == (1, b"")


def test_the_package_runs_as_the_command_does():
    command = [sys.executable, "-m", "proxyscan", "--version"]
    assert subprocess.run(command, capture_output=True, check=True).stdout.startswith(b"proxyscan ")


def test_without_a_command_the_help_is_shown_and_nothing_else():
    done = subprocess.run([sys.executable, "-m", "proxyscan.cli"], capture_output=True, check=False)
    assert (b"estimate" in done.stdout, done.stderr, done.returncode) == (True, b"", 2)


def shell(line, *words):
    """Run a line of the shell in which `"$@"` is a command of proxyscan."""
    command = ["sh", "-c", line, "sh", sys.executable, "-m", "proxyscan.cli", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("closed", "words", "status"),
    [
        (">&-", ("detect", "sample_logs/squid_native.log"), 0),
        (">&-", ("parse", "sample_logs/squid_native.log"), 0),
        ("<&-", ("scan", "-"), 2),
        ("2>&-", ("scan", "missing.log"), 2),
        ("2>/dev/full", ("scan", "missing.log"), 2),
        ("2>/dev/full", ("no-such-command",), 2),
        (">/dev/full 2>/dev/full", ("formats",), 2),
        ("<&- >&- 2>&-", ("detect", "missing.log"), 2),
    ],
)
def test_the_status_is_right_where_a_standard_stream_is_closed_or_full(closed, words, status):
    done = shell(f'"$@" {closed}', *words)
    assert b"Traceback" not in done.stderr
    assert done.returncode == status


def test_no_space_in_a_data_set_names_what_is_wrong_and_what_to_do(tmp_path):
    done = shell('ulimit -f 1; "$@"', "parse", "sample_logs/squid_day.log", "-o", f"{tmp_path}/requests/")
    assert done.returncode == 2
    assert b"OSError" not in done.stderr
    assert b"hint: see to space" in done.stderr


LATE = """
import sys, threading
from proxyscan.cli import process

def late():
    threading.main_thread().join()
    print("late")

threading.Thread(target=late).start()
sys.argv = ["proxyscan", "detect", "sample_logs/squid_native.log", "missing.log"]
process()
"""


def test_a_process_ends_with_its_status_when_its_threads_have_ended_and_all_is_written():
    done = subprocess.run([sys.executable, "-c", LATE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "sample_logs/squid_native.log: squid\nlate\n"
    assert done.returncode == 1
