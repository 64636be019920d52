"""Logs compressed by bgzip are cut between its members, and each line counts once wherever they are cut."""

import gzip
import struct
import zlib
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bgzf_files import bgzf, bgzip
from proxyscan.bgzf import members, spread_members
from proxyscan.classify import Classifier
from proxyscan.counting import Question
from proxyscan.decide import Policy
from proxyscan.decompress import PIECE
from proxyscan.detect import choices
from proxyscan.engines import Local, Packed
from proxyscan.parse import Reading, Split
from proxyscan.splits import cut_by_members, placed
from proxyscan.spread import Scanned, Terms, add_scanned, scan_members, scan_split
from proxyscan.summary import TABLES

DAY = Path("sample_logs/squid_day.log")
READING = Reading(choices())
QUESTION = Question(Policy(), None, Classifier())
TASK = partial(scan_split, Packed(Terms.of(READING, QUESTION, True)))
LINES = [*DAY.read_bytes().splitlines(keepends=True)[:120], b"no request\n", b"\r\n", b"\n"]
ANYWHERE = st.lists(st.integers(0, sum(map(len, LINES))), max_size=12).map(sorted)


def facts(scanned: Scanned) -> tuple:
    """Return all that a scan tells, for comparison."""
    tables = [getattr(scanned.summary, name).to_pylist() for name in TABLES]
    rejects = scanned.rejects.sort_by("offset").to_pylist()
    source = scanned.source
    return tables, scanned.summary.coverage.to_json(), rejects, source.end, source.rest, source.damage


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=ANYWHERE, every=st.integers(1, 4000), last=st.sampled_from([b"", b"a line without an end"]))
def test_members_of_any_length_give_what_the_whole_gives(places: list, every: int, last: bytes, tmp_path: Path) -> None:
    text, log = b"".join(LINES) + last, tmp_path / "access.log.gz"
    stops = [*places, len(text)]
    log.write_bytes(bgzf([text[start:stop] for start, stop in zip([0, *places], stops, strict=True)]))
    assert gzip.decompress(log.read_bytes()) == text
    split = placed(Split(str(log)))
    pieces = cut_by_members(split, READING.among, every)
    whole = TASK(split)
    assert len(whole.rejects) == 1 + bool(last)
    if pieces:
        found = add_scanned([TASK(piece) for piece in pieces])
        assert facts(found) == facts(whole)
        assert text[: found.source.end].endswith(found.source.tail)


def test_members_are_where_the_index_of_bgzip_says(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(DAY.read_bytes())
    packed = bgzip(log)
    index = packed.with_name(f"{packed.name}.gzi").read_bytes()
    count = struct.unpack_from("<Q", index)[0]
    told = [struct.unpack_from("<QQ", index, 8 + 16 * number) for number in range(count)]
    with packed.open("rb") as stream:
        first, *found, end = members(stream)
    assert first == (0, 0)
    assert end == (packed.stat().st_size, DAY.stat().st_size)
    assert [*map(tuple, found)][: len(told)] == told
    assert {each.byte for each in found[len(told) :]} <= {end.byte}  # the empty member at the end


def test_splits_have_about_the_size_that_is_asked_for(tmp_path: Path) -> None:
    log = tmp_path / "access.log.gz"
    text = DAY.read_bytes()
    log.write_bytes(bgzf([text[start : start + 1000] for start in range(0, len(text), 1000)]))
    size = log.stat().st_size
    pieces = cut_by_members(placed(Split(str(log))), READING.among, size // 5 + 1)
    assert len(pieces) == 5
    lengths = [two.member - one.member for one, two in pairwise(pieces)]
    assert all(size / 5 - 1 <= length < size / 5 + 1000 for length in lengths)


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(gzip.compress(DAY.read_bytes()), id="gzip"),
        pytest.param(bgzf([b"".join(LINES)] * 4)[:-40], id="cut off"),
        pytest.param(bgzf([b"".join(LINES)] * 4) + b"\0" * 512, id="padded"),
        pytest.param(bgzf([b"".join(LINES)] * 2) + gzip.compress(b"".join(LINES)), id="followed by gzip"),
        pytest.param(b"\x1f\x8b\x08\x04", id="only a beginning"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_not_bgzf_as_a_whole_is_not_cut(packed: bytes, tmp_path: Path) -> None:
    log = tmp_path / "access.log.gz"
    log.write_bytes(packed)
    assert cut_by_members(placed(Split(str(log))), READING.among, 1) == []
    with log.open("rb") as stream:
        assert spread_members(stream, len(packed), 1) == []


def test_parts_of_a_log_and_logs_with_headers_are_not_cut(tmp_path: Path) -> None:
    log, w3c = tmp_path / "access.log.gz", tmp_path / "w3c.log.gz"
    log.write_bytes(bgzf([b"".join(LINES)] * 4))
    head = b"#Software: Example Gateway 4.2\n#Fields: date time c-ip cs-method cs-uri sc-status sc-bytes\n"
    w3c.write_bytes(bgzf([head, *[b"2026-11-16 10:00:01 10.1.1.1 GET http://www.youtube.com/a 200 500\n" * 9] * 4]))
    split = placed(Split(str(log)))
    assert len(cut_by_members(split, READING.among, 1)) == 4
    for other in (Split(split.file, 100), Split(split.file, 0, 10_000), placed(Split(str(w3c)))):
        assert cut_by_members(other, READING.among, 1) == []


def test_behind_damage_nothing_counts(tmp_path: Path) -> None:
    log = tmp_path / "access.log.gz"
    parts = [bgzf([b"".join(LINES)])] * 3
    packed = bytearray(b"".join(parts))
    packed[len(parts[0]) + len(parts[0]) // 2] ^= 0xFF
    log.write_bytes(packed)
    with pytest.raises((zlib.error, gzip.BadGzipFile)):
        gzip.decompress(packed)
    split = placed(Split(str(log)))
    pieces = cut_by_members(split, READING.among, 1)
    assert len(pieces) == 3
    found, failures = scan_members(Local(1), TASK, pieces)
    assert facts(found) == facts(TASK(split))
    assert (failures, len(pieces)) == ([], 1)
    assert "damaged gzip data" in found.source.damage
    assert found.summary.coverage.requests < 2 * len(LINES)


def test_a_line_may_be_longer_than_many_members(tmp_path: Path) -> None:
    log = tmp_path / "access.log.gz"
    text = b"".join([*LINES, b"x" * PIECE, b"\n", *LINES])
    log.write_bytes(bgzf([text[start : start + 30_000] for start in range(0, len(text), 30_000)]))
    split = placed(Split(str(log)))
    pieces = cut_by_members(split, READING.among, 300)
    assert len(pieces) > 6
    assert facts(add_scanned([TASK(piece) for piece in pieces])) == facts(TASK(split))
    reasons = TASK(split).rejects["reason"].to_pylist()
    assert "the line is too long" in reasons
