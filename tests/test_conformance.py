"""What every format must do, joined by existing: a sample beside it, a golden, detected as itself alone.

The sample of the format NAME is sample_logs/NAME.log (of Squid's own default, squid_native.log); its golden
is the sample's requests, classified. `make bless` rewrites the goldens; read them line by line.
"""

import csv
import json
import os
import string
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import proxyscan
from proxyscan import arrow
from proxyscan.detect import Detection, choices
from proxyscan.format import GRADES, Format
from proxyscan.formats import formats
from proxyscan.formats._squid import RULES as SQUID_RULES
from proxyscan.layouts import Block, Reader, Template
from proxyscan.layouts.program import is_simple
from proxyscan.layouts.read import column_stores
from proxyscan.outcome import NO_REQUEST, condition, fields_read
from proxyscan.schema import OUTCOME_CLASS, OUTCOMES
from proxyscan.write import harmless

FORMATS = formats()
GOLDENS = Path("tests/goldens")
WRITTEN = 1795700000
"""When the samples were written, in seconds since 1970: it tells the year of times that are logged without one."""


def sample(format: Format) -> Path:
    name = "squid_native" if format.name == "squid" else format.name
    return Path("sample_logs") / f"{name}.log"


def golden_text(path: Path) -> str:
    """Return the requests of a log as CSV, one line each."""
    import io

    import pyarrow.csv

    os.utime(path, (WRITTEN, WRITTEN))
    table = proxyscan.classify(proxyscan.parse(path, with_source=True).read_all())
    stream = io.BytesIO()
    pyarrow.csv.write_csv(harmless(arrow.plain(table)), stream)
    return stream.getvalue().decode()


@pytest.fixture(params=FORMATS.values(), ids=list(FORMATS))
def format(request: pytest.FixtureRequest) -> Format:
    return request.param


def test_a_sample_yields_its_golden(format: Format) -> None:
    golden = GOLDENS / f"{format.name}.csv"
    found = golden_text(sample(format))
    if os.environ.get("BLESS"):
        golden.write_text(found)
    assert found == golden.read_text()


ONE_SIDE = {
    "squidguard": {"denied"},
    "ufdbguard": {"denied"},
    "privoxy": {"denied", "unknown"},
    "meraki_blocks": {"denied"},
    "meraki_urls": {"unknown"},
    "zeek_ssl": {"allowed"},
    "zeek_ssl_json": {"allowed"},
}
"""The classes that a log shows which does not show both what was allowed and what was denied."""


def test_a_golden_shows_what_was_allowed_and_what_was_denied(format: Format) -> None:
    rows = csv.DictReader((GOLDENS / f"{format.name}.csv").read_text().splitlines())
    shown = {OUTCOME_CLASS[row["outcome"]] for row in rows}
    assert ONE_SIDE.get(format.name, {"allowed", "denied"}) <= shown


NOT_SEEN = "the real program wrote the sample, and this did not happen to it"
ALWAYS = "rules for a line without a block id, and no such line was seen"

UNSEEN = {
    "apache": ({"allowed_aborted", "aborted"}, "nginx's 499; Apache wrote the sample"),
    "apache_common": ({"allowed_aborted", "aborted"}, "nginx's 499; Apache wrote the sample"),
    **{f"e2guardian_{number}": ({"challenge", "aborted"}, NOT_SEEN) for number in (1, 2, 4, 5)},
    "haproxy": ({"setup"}, NOT_SEEN),
    "privoxy": ({"setup"}, NOT_SEEN),
    "squid_json": ({"setup", "unknown"}, NOT_SEEN),
    "ufdbguard": ({"allowed"}, "logged by a setting only; the usual log, as the sample, has refusals alone"),
    "mcafee": ({"allowed_aborted", "aborted"}, ALWAYS),
    "mcafee_kv": ({"allowed_aborted", "aborted"}, ALWAYS),
}
"""The outcomes of a format's rules that its golden does not show, and why."""


def reachable(format: Format) -> set[str]:
    """Return the outcomes that a line of the format may have: those of rules whose columns it has, or may lack."""
    columns = {*column_stores(format.layout.fields), "--redirect", "--upstream-filters", "rewritten"}
    return {
        rule.outcome
        for rule in format.rules
        if all(name in columns or condition(pattern)(None) for name, pattern in rule.when.items())
    } - {NO_REQUEST}


def test_a_golden_shows_every_outcome_that_the_formats_rules_can_yield(format: Format) -> None:
    rows = csv.DictReader((GOLDENS / f"{format.name}.csv").read_text().splitlines())
    unseen, _ = UNSEEN.get(format.name, (set(), ""))
    assert reachable(format) - {row["outcome"] for row in rows} == unseen


def test_every_line_of_a_sample_is_understood(format: Format) -> None:
    rejects: list = []
    proxyscan.parse(sample(format), on_rejects=rejects.append).read_all()
    assert not rejects


def test_a_sample_is_detected_as_its_format_and_nothing_else(format: Format) -> None:
    found: Detection = proxyscan.detect(sample(format))
    assert found.format.name == format.name
    rivals = {each.format.name for each in found.candidates if each.share > 0} - {format.name}
    assert all(FORMATS[rival].generic for rival in rivals)
    assert not (rivals and format.generic)


def test_a_layout_is_one_that_the_kernels_read(format: Format) -> None:
    assert is_simple(format.layout)


SYSLOG_ONLY = {"bluecoat_syslog", "forcepoint_kv", "mcafee_kv"}
"""Formats whose lines have no time of their own: it is syslog's, so their samples are behind that already."""

PLAIN = [each for name, each in FORMATS.items() if name not in SYSLOG_ONLY]


@pytest.mark.parametrize("format", PLAIN, ids=[each.name for each in PLAIN])
def test_a_sample_behind_syslog_gives_the_same_outcomes(format: Format, tmp_path: Path) -> None:
    wrapped = tmp_path / "wrapped.log"
    prefixes = (b"<166>Sep 30 20:25:30 gw (squid-1)[72246]: ", b"<134>1 2026-11-23T08:24:29Z gw squid 123 - - ")
    lines = sample(format).read_bytes().splitlines(keepends=True)
    wrapped.write_bytes(b"".join(prefixes[number % 2] + line for number, line in enumerate(lines)))
    plain_table, found = (proxyscan.parse(path).read_all() for path in (sample(format), wrapped))
    assert found.equals(plain_table)


def in_docker(line: bytes) -> str:
    members = {"log": line.decode() + "\n", "stream": "stdout", "time": "2026-11-23T08:24:29.123456789Z"}
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))


def in_journald(line: bytes) -> str:
    message = line.decode() if line.isascii() else list(line)
    return json.dumps({"__REALTIME_TIMESTAMP": "1795422269479123", "MESSAGE": message, "_PID": "1"})


@pytest.mark.parametrize("around", [in_docker, in_journald])
def test_a_sample_in_the_objects_of_containers_and_journald_gives_the_same_outcomes(
    format: Format, around: Callable[[bytes], str], tmp_path: Path
) -> None:
    if format.name in SYSLOG_ONLY and around is in_journald:
        pytest.skip("journald takes syslog's header off")
    wrapped = tmp_path / "wrapped.log"
    lines = sample(format).read_bytes().splitlines()
    wrapped.write_text("".join(around(line) + "\n" for line in lines))
    os.utime(wrapped, (WRITTEN, WRITTEN))
    found = proxyscan.detect(wrapped)
    assert found.format.name == format.name
    assert found.wrapper.partition("+")[0] == around.__name__.removeprefix("in_")
    assert proxyscan.parse(wrapped).read_all().equals(proxyscan.parse(sample(format)).read_all())


SQUID = [each for each in FORMATS.values() if isinstance(each.layout, Template) and each.layout.tail]


@pytest.mark.parametrize("format", SQUID, ids=[each.name for each in SQUID])
def test_a_sample_with_logged_headers_gives_the_same_outcomes(format: Format, tmp_path: Path) -> None:
    dumped = tmp_path / "headers.log"
    tail = rb" [Host: x%0d%0aUser-Agent: a b%0d%0a] [HTTP/1.1 200 OK%0d%0aServer: y%0d%0a]"
    dumped.write_bytes(b"".join(line + tail + b"\n" for line in sample(format).read_bytes().splitlines()))
    found, plain = (proxyscan.parse(path).read_all() for path in (dumped, sample(format)))
    assert found.schema == plain.schema
    assert found.to_pylist() == plain.to_pylist()  # dictionaries are in the order in which words were met


def test_every_rule_yields_an_outcome_and_says_why(format: Format) -> None:
    assert all(rule.outcome in (*OUTCOMES, NO_REQUEST) and rule.why for rule in format.rules)


ANYWHERE = {"method", "scheme", "status", "bytes_down"}
"""Columns that shared rules ask for, also of a log that lacks them."""


def test_every_rule_reads_only_fields_that_exist(format: Format) -> None:
    optional = {"rewritten", "bump_mode", "err_code"} if format.rules is SQUID_RULES else set()
    family = [each for each in FORMATS.values() if each.rules is format.rules]
    columns = {name for each in family for name in column_stores(each.layout.fields)} | ANYWHERE | optional
    assert set(fields_read(rule.when for rule in format.rules)) <= columns
    assert set(fields_read(format.cached or ())) <= columns
    assert set(format.reason) <= columns


def test_a_format_says_how_sure_it_is_and_what_it_cannot_show(format: Format) -> None:
    assert format.grade in GRADES
    assert format.source
    assert format.cannot


HOSTILE = st.binary(max_size=60).map(lambda text: text.replace(b"\n", b""))


@given(value=HOSTILE, line=st.integers(0, 5), begin=st.integers(0, 300), name=st.sampled_from(sorted(FORMATS)))
def test_a_hostile_value_anywhere_is_a_request_or_a_reject(value: bytes, line: int, begin: int, name: str) -> None:
    lines = sample(FORMATS[name]).read_bytes().splitlines()[:20]
    hit = lines[-1 - line % len(lines)]
    lines[-1 - line % len(lines)] = hit[: begin % len(hit)] + value + hit[begin % len(hit) + len(value) // 2 :]
    columns = Reader(FORMATS[name].layout).read(Block("x", 0, b"\n".join(lines) + b"\n"))
    assert columns.rows + len(columns.rejects) + columns.skipped + columns.other == columns.lines == len(lines)


@given(name=st.text(string.ascii_lowercase + "_", min_size=1).filter(lambda text: text not in FORMATS))
def test_an_unknown_name_is_answered_with_known_ones(name: str) -> None:
    with pytest.raises(proxyscan.ProxyscanError) as caught:
        choices(name)
    assert any(known in caught.value.hint for known in FORMATS)
