"""Lines of other formats inside a log: read with `mixed`, else rejects that say what they look like."""

import subprocess
import sys
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import proxyscan
from proxyscan.detect import choices
from proxyscan.formats import formats
from proxyscan.mixed import Misfits, line_formats
from proxyscan.parse import Split
from proxyscan.scan import scan_splits
from proxyscan.summary import merge

SAMPLES = Path("sample_logs")
NATIVE = SAMPLES.joinpath("squid_native.log").read_bytes().splitlines()
COMMON = SAMPLES.joinpath("squid_common.log").read_bytes().splitlines()
CHANGED = [*NATIVE, *COMMON, *NATIVE[:10]]
SEPARATE = sorted(
    each.name for each in line_formats() if not each.generic and SAMPLES.joinpath(f"{each.name}.log").exists()
)
QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)


@pytest.fixture
def log(tmp_path):
    """Write lines as a log and return its path."""

    def write(lines):
        path = tmp_path / "access.log"
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        return path

    return write


def run(*words):
    command = [sys.executable, "-m", "proxyscan.cli", *map(str, words)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True)


@pytest.fixture(params=["forcepoint_kv", "mcafee_kv", "bluecoat_syslog"])
def untimed(request, log):
    """Write a log whose lines have lost the wrapper that had their time; return its format and path."""
    lines = SAMPLES.joinpath(f"{request.param}.log").read_bytes().splitlines()
    return request.param, log([line.split(b"- ", 1)[-1] for line in lines])


def figures(summary):
    return summary.intervals, summary.users, summary.hosts, summary.coverage


# A log that changed its format


def test_a_log_that_changed_its_format_is_read_whole(log):
    summary = proxyscan.scan(log(CHANGED), mixed=True)
    covered = summary.coverage
    assert covered.complete
    assert covered.requests == covered.lines == len(CHANGED)
    assert covered.formats == {"squid": len(NATIVE) + 10, "squid_common": len(COMMON)}


def test_a_log_that_changed_its_format_has_the_figures_of_its_parts(log, tmp_path):
    mixed = proxyscan.scan(log(CHANGED), mixed=True)
    parts = []
    for number, lines in enumerate((NATIVE, COMMON, NATIVE[:10])):
        part = tmp_path / f"{number}.log"
        part.write_bytes(b"\n".join(lines))
        parts.append(proxyscan.scan(part))
    apart = merge(parts)
    assert merge([mixed]).intervals.equals(apart.intervals)
    assert merge([mixed]).hosts.equals(apart.hosts)
    assert merge([mixed]).coverage.doubts == apart.coverage.doubts


def test_without_mixed_lines_of_another_format_are_rejects(log):
    covered = proxyscan.scan(log(CHANGED)).coverage
    assert (covered.requests, covered.rejects) == (len(NATIVE) + 10, len(COMMON))


def test_every_request_of_a_mixed_log_is_found_at_its_offset(log):
    path = log(CHANGED)
    text = path.read_bytes()
    requests = proxyscan.parse(path, mixed=True, with_source=True).read_all()
    begins = {0, *(place + 1 for place, byte in enumerate(text) if byte == ord("\n"))}
    assert sorted(requests["offset"].to_pylist()) == sorted(begins - {len(text)})


def test_a_mixed_log_has_the_requests_of_its_formats_line_by_line(log):
    mixed = proxyscan.parse(log(CHANGED), mixed=True).read_all()
    native = proxyscan.parse(log(NATIVE)).read_all().to_pylist()
    common = proxyscan.parse(log(COMMON)).read_all().to_pylist()
    assert mixed.to_pylist() == [*native, *native[:10], *common]


def test_a_format_that_is_given_is_no_bar_to_other_formats_in_its_log(log):
    assert proxyscan.scan(log(CHANGED), format="squid", mixed=True).coverage.complete


@pytest.mark.parametrize("name", SEPARATE)
def test_lines_of_any_format_amid_squids_are_read_as_in_a_log_of_their_own(name, log):
    sample = SAMPLES.joinpath(f"{name}.log").read_bytes().splitlines()
    alone = proxyscan.scan(log(sample)).coverage
    mixed = proxyscan.scan(log([*NATIVE, *sample]), format="squid", mixed=True).coverage
    assert set(mixed.formats) == {"squid", name}
    assert mixed.requests == len(NATIVE) + alone.requests


# Laws


@QUIET
@given(
    st.lists(st.sampled_from([*NATIVE, *COMMON]) | st.binary(max_size=80), max_size=15).map(b"\n".join),
    st.lists(st.integers(0, 2500), max_size=3),
)
def test_a_mixed_log_cut_anywhere_merges_to_the_same_summary(tmp_path_factory, data, cuts):
    path = tmp_path_factory.mktemp("log") / "a.log"
    path.write_bytes(data)

    def scanned(*edges):
        splits = [Split(str(path), start, stop) for start, stop in pairwise(edges)]
        parts = [scan_splits([each], [formats()["squid"]], proxyscan.Policy(), mixed=True) for each in splits]
        return merge(parts)

    whole, cut = scanned(0, 2**62), scanned(0, *sorted(cuts), 2**62)
    assert all(one == two for one, two in zip(figures(whole), figures(cut), strict=True))
    covered = whole.coverage
    assert covered.lines == covered.requests + covered.rejects + covered.skipped + covered.other


@QUIET
@given(st.lists(st.binary(max_size=200), max_size=30).map(b"\n".join))
def test_garbage_amid_a_log_makes_no_request(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("log") / "a.log"
    path.write_bytes(b"\n".join([*NATIVE, data]))
    assert proxyscan.scan(path, format="squid", mixed=True).coverage.requests == len(NATIVE)


def test_lines_without_a_time_are_rejects(untimed):
    name, path = untimed
    covered = proxyscan.scan(path, format=name).coverage
    assert covered.lines == covered.rejects
    assert set(covered.reject_reasons) == {"the time is missing"}
    assert proxyscan.parse(path, format=name).read_all().num_rows == 0


# The hint


def test_the_hint_names_the_format_that_most_rejected_lines_fit(log):
    done = run("scan", log(CHANGED))
    assert f"proxyscan: {len(COMMON)} of {len(COMMON)} rejected lines look like 'squid_common'; --mixed" in done.stderr
    assert done.returncode == 1


def test_the_hint_says_how_many_lines_were_tried(log):
    done = run("parse", "-o", log([]).with_suffix(".csv"), log([*NATIVE * 20, *COMMON * 10]))
    assert "proxyscan: 100 of 100 rejected lines that were tried look like 'squid_common'" in done.stderr


@pytest.mark.parametrize("command", ["scan", "parse"])
def test_with_mixed_nothing_is_left_to_hint_at(command, log):
    done = run(command, "--mixed", log(CHANGED))
    assert (done.returncode, done.stderr) == (0, "")


def test_no_format_is_named_for_lines_that_look_like_none(log):
    misfits = Misfits()
    proxyscan.scan(log([*NATIVE, b"\x00\xff\x1b garbage", b"a b c"]), misfits=misfits)
    assert (misfits.rejects, misfits.look_like()) == (2, ("", 0))


# Headers


def test_concatenated_logs_with_headers_of_their_own_need_no_mixed(log):
    sample = SAMPLES.joinpath("w3c.log").read_bytes().splitlines()
    turned = [
        b"#Fields: date time sc-status c-ip cs-method cs-uri",
        b"2026-11-16 09:00:00 403 10.0.0.1 GET http://x.com/",
    ]
    covered = proxyscan.scan(log([*sample, *turned])).coverage
    alone = proxyscan.scan(log(sample)).coverage
    assert covered.complete
    assert covered.requests == alone.requests + 1


def test_formats_that_need_a_header_are_not_tried_on_single_lines():
    assert {"w3c", "bluecoat", "zeek_http"}.isdisjoint(each.name for each in line_formats(choices()))


def test_the_readers_of_all_formats_hold_little_memory_for_a_few_lines(log):
    """Each has room for the lines of its own blocks; a place for each byte of a megabyte would be gigabytes in all."""
    path = log([*SAMPLES.joinpath("squid_native.log").read_bytes().splitlines(), b"no line of any format"])
    tracemalloc.start()
    try:
        assert proxyscan.scan(path, mixed=True).coverage.rejects == 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 500_000_000
