"""What every format must do, joined by existing: a sample beside it, a golden, detected as itself alone.

The sample of the format NAME is sample_logs/NAME.log (of Squid's own default, squid_native.log); its golden
is the sample's requests, classified. `make bless` rewrites the goldens; read them line by line.
"""

import os
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import proxyscan
from proxyscan.detect import Detection, choices
from proxyscan.format import Format
from proxyscan.formats import formats
from proxyscan.layouts import Block, Reader
from proxyscan.schema import OUTCOMES
from proxyscan.write import harmless, plain

FORMATS = formats()
GOLDENS = Path("tests/goldens")


def sample(format: Format) -> Path:
    name = "squid_native" if format.name == "squid" else format.name
    return Path("sample_logs") / f"{name}.log"


def golden_text(path: Path) -> str:
    """Return the requests of a log as CSV, one line each."""
    import io

    import pyarrow.csv as csv

    table = proxyscan.classify(proxyscan.parse(path, with_source=True).read_all())
    stream = io.BytesIO()
    csv.write_csv(harmless(plain(table)), stream)
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


def test_a_sample_is_detected_as_its_format_and_nothing_else(format: Format) -> None:
    found: Detection = proxyscan.detect(sample(format))
    assert found.format.name == format.name
    assert {each.format.name for each in found.candidates if each.share > 0} == {format.name}


def test_a_sample_behind_syslog_gives_the_same_outcomes(format: Format, tmp_path: Path) -> None:
    wrapped = tmp_path / "wrapped.log"
    prefixes = (b"<166>Sep 30 20:25:30 gw (squid-1)[72246]: ", b"<134>1 2026-11-23T08:24:29Z gw squid 123 - - ")
    lines = sample(format).read_bytes().splitlines(keepends=True)
    wrapped.write_bytes(b"".join(prefixes[number % 2] + line for number, line in enumerate(lines)))
    plain_table, found = (proxyscan.parse(path).read_all() for path in (sample(format), wrapped))
    assert found.equals(plain_table)


def test_a_sample_with_logged_headers_gives_the_same_outcomes(format: Format, tmp_path: Path) -> None:
    if not format.layout.tail:
        pytest.fail("every shipped Squid format takes log_mime_hdrs")
    dumped = tmp_path / "headers.log"
    tail = rb" [Host: x%0d%0aUser-Agent: a b%0d%0a] [HTTP/1.1 200 OK%0d%0aServer: y%0d%0a]"
    dumped.write_bytes(b"".join(line + tail + b"\n" for line in sample(format).read_bytes().splitlines()))
    assert proxyscan.parse(dumped).read_all().equals(proxyscan.parse(sample(format)).read_all())


def test_every_rule_yields_an_outcome_and_says_why(format: Format) -> None:
    assert all(rule.outcome in OUTCOMES and rule.why for rule in format.rules)


def test_every_rule_reads_only_fields_that_exist(format: Format) -> None:
    known = {"tag", "status", "method", "scheme", "path", "hierarchy", "bytes_down", "bump_mode", "err_code"}
    read = {name for rule in format.rules for name in rule.when if not name.startswith("--")}
    assert read <= known | {"rewritten"}


HOSTILE = st.binary(max_size=60).map(lambda text: text.replace(b"\n", b""))


@given(value=HOSTILE, position=st.integers(0, 30), name=st.sampled_from(sorted(FORMATS)))
def test_a_hostile_value_in_any_field_is_a_request_or_a_reject(value: bytes, position: int, name: str) -> None:
    words = sample(FORMATS[name]).read_bytes().splitlines()[0].split(b" ")
    words[position % len(words)] = value
    line = b" ".join(words)
    columns = Reader(FORMATS[name].layout).read(Block("x", 0, line + b"\n"))
    assert columns.rows + len(columns.rejects) + columns.skipped + columns.other == columns.lines == 1


@given(name=st.text(string.ascii_lowercase + "_", min_size=1).filter(lambda text: text not in FORMATS))
def test_an_unknown_name_is_answered_with_known_ones(name: str) -> None:
    with pytest.raises(proxyscan.ProxyscanError) as caught:
        choices(name)
    assert any(known in caught.value.hint for known in FORMATS)
