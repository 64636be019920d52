"""A log that is read on from a place gives the lines behind it, under the header in force there."""

import gzip
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyscan.format import Format
from proxyscan.formats import formats
from proxyscan.layouts import Delimited, Field
from proxyscan.parse import Reading, Split, too_long
from proxyscan.source import LONGEST_LINE

SQUID = formats()["squid"]
DAY = Path("sample_logs/squid_day.log")
TABLE = Format(
    name="table",
    title="columns that a header names",
    layout=Delimited({"time": Field("time", type="seconds"), "host": Field("host", type="host")}, header=b"#Fields:"),
    source="",
    rules=(),
    reason=(),
)
HEADED = (
    b"#Fields: time host\n1 a.example\n2 b.example\n#Fields: host time\nc.example 3\n"
    b"d.example 4\n#Fields: time host\n5 e.example\n6 f.exa"
)


def read(format: Format, split: Split) -> list[tuple[int, bytes, bytes]]:
    """Return offset, text and header of each block."""
    return [(block.offset, block.data, block.header) for _, block in Reading([format]).blocks([split])]


@settings(deadline=None)
@given(st.lists(st.integers(0, DAY.stat().st_size), min_size=1, max_size=4))
def test_the_splits_of_a_log_are_the_log(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), 2**62]
    parts = [read(SQUID, Split(str(DAY), *span)) for span in pairwise(edges)]
    assert b"".join(text for part in parts for _, text, _ in part) == DAY.read_bytes()


@pytest.mark.parametrize("compressed", [False, True])
def test_each_line_has_the_header_in_force_wherever_reading_begins(tmp_path: Path, compressed: bool) -> None:
    path = tmp_path / "t.log"
    path.write_bytes(gzip.compress(HEADED) if compressed else HEADED)
    header, place = b"", 0
    for line in HEADED.splitlines(keepends=True):
        for known in (None, header):
            found = read(TABLE, Split(str(path), place, header=known))
            assert b"".join(text for _, text, _ in found) == HEADED[place:]
            assert (found[0][0], found[0][2]) == (place, header)
        header = line.rstrip(b"\n") if line.startswith(b"#") else header
        place += len(line)


def test_a_last_line_without_end_waits_when_the_log_is_not_finished(tmp_path: Path) -> None:
    path = tmp_path / "t.log"
    path.write_bytes(HEADED)
    reading = Reading([TABLE])
    text = b"".join(block.data for _, block in reading.blocks([Split(str(path), finished=False)]))
    assert text == HEADED.removesuffix(b"6 f.exa")
    [log] = reading.logs
    assert (log.source.end, log.source.rest) == (HEADED.rindex(b"\n") + 1, len(b"6 f.exa"))
    assert log.source.header == b"#Fields: time host"
    assert log.source.tail == HEADED[: log.source.end]


@pytest.mark.parametrize("end", [b"", b"\n", b"\n5 e.example\n"])
def test_a_line_that_is_too_long_waits_for_its_end_when_the_log_is_not_finished(end: bytes, tmp_path: Path) -> None:
    path = tmp_path / "t.log"
    path.write_bytes(HEADED.removesuffix(b"6 f.exa") + b"x" * (LONGEST_LINE + 1) + end)
    split = Split(str(path), finished=False)
    reading = Reading([TABLE])
    assert [block for _, block in reading.blocks([split])]
    [log] = reading.logs
    assert len(too_long(log.source, split)) == bool(end)
