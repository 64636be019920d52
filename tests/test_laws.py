"""The laws of parsing and of summaries, for any input."""

import gzip
import sys
from io import BytesIO
from itertools import accumulate, compress, pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import proxyscan
from proxyscan import blocks, decompress
from proxyscan.blocks import with_headers
from proxyscan.decompress import Chain, Plain, Poured
from proxyscan.detect import choices
from proxyscan.formats import formats
from proxyscan.kernels import PADDING
from proxyscan.layouts import Block, Reader
from proxyscan.parse import Reading, Split
from proxyscan.scan import scan_splits
from proxyscan.source import BOM, Source
from proxyscan.summary import EMPTY, TABLES, Summary, merge, read_parquet

SAMPLE = Path("sample_logs/squid_native.log")
DAY = Path("sample_logs/squid_day.log")
SQUID = [formats()["squid"]]
FORMAT = st.sampled_from(sorted(formats()))
QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

real_lines = st.sampled_from(SAMPLE.read_bytes().splitlines())
any_lines = st.lists(real_lines | st.binary(max_size=80), max_size=12).map(b"\n".join)


def scanned(data: bytes, path: Path) -> Summary:
    path.write_bytes(data)
    return scan_splits([Split(str(path))], SQUID, proxyscan.Policy())


def equal(one: Summary, two: Summary) -> bool:
    tables = all(getattr(one, name).equals(getattr(two, name)) for name in TABLES)
    return tables and one.coverage == two.coverage


@given(st.binary(max_size=2000), FORMAT)
def test_lines_are_requests_and_rejects_and_blanks_for_any_bytes(data: bytes, name: str) -> None:
    columns = Reader(formats()[name].layout).read(Block("x", 0, data))
    assert columns.lines == columns.rows + len(columns.rejects) + columns.skipped
    assert columns.lines == len(data.split(b"\n")) - (data.endswith(b"\n") or not data)


@QUIET
@given(any_lines)
@example(b"BZh")
def test_the_coverage_counts_every_line(tmp_path_factory, data: bytes) -> None:
    covered = scanned(data, tmp_path_factory.mktemp("log") / "a.log").coverage
    assert covered.lines == covered.requests + covered.rejects + covered.skipped + covered.other


@QUIET
@given(any_lines, st.lists(st.integers(0, 2500), max_size=3))
def test_a_log_cut_anywhere_merges_to_the_same_summary(tmp_path_factory, data: bytes, cuts: list[int]) -> None:
    path = tmp_path_factory.mktemp("log") / "a.log"
    whole = scanned(data, path)
    edges = [0, *sorted(cuts), 2**62]
    splits = [Split(str(path), start, stop) for start, stop in pairwise(edges)]
    parts = [scan_splits([split], SQUID, proxyscan.Policy()) for split in splits]
    assert equal(merge(parts), merge([whole]))


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, DAY.stat().st_size), min_size=1, max_size=4), st.randoms())
def test_a_day_cut_anywhere_merges_to_the_same_summary_in_any_order(cuts: list[int], random) -> None:
    edges = [0, *sorted(cuts), 2**62]
    splits = [Split(str(DAY), start, stop) for start, stop in pairwise(edges)]
    parts = [scan_splits([split], SQUID, proxyscan.Policy()) for split in splits]
    random.shuffle(parts)
    assert equal(merge(parts), merge([scan_splits([Split(str(DAY))], SQUID, proxyscan.Policy())]))


def test_merging_is_associative_and_commutative_and_empty_is_neutral() -> None:
    one, two, three = (
        proxyscan.scan(f"sample_logs/{name}.log") for name in ("squid_native", "squid_day", "squid_common")
    )
    left = merge([merge([one, two]), three])
    assert equal(left, merge([one, merge([two, three])]))
    assert equal(left, merge([three, two, one]))
    assert equal(merge([one, EMPTY]), merge([one]))


def test_a_summary_read_back_is_the_one_written(tmp_path: Path) -> None:
    summary = proxyscan.scan(DAY)
    summary.write_parquet(tmp_path / "s.parquet")
    assert equal(read_parquet(tmp_path / "s.parquet"), summary)


def test_a_summary_speaks_the_arrow_protocol() -> None:
    summary = proxyscan.scan(SAMPLE)
    assert pa.table(summary).equals(summary.to_arrow())


def test_detection_of_the_first_format_that_fits_prefers_the_sites_own() -> None:
    among = choices(squid_conf="sample_logs/squid_day.squid.conf")
    assert among[0].name == "squid:council"
    assert among[0].name not in formats()


SMALL = 1 << 9  # bytes of a piece in these tests; kernels may load a quarter of that behind a block's lines
lengths = st.lists(st.integers(0, 100) | st.integers(0, 3 * SMALL), max_size=40)
long_logs = lengths.map(lambda each: b"\n".join(bytes([97 + place % 26]) * size for place, size in enumerate(each)))
chunk_sizes = st.lists(st.integers(0, 5 * SMALL), min_size=1, max_size=6)


def in_pieces(kind: str, data: bytes, sizes: list[int], log: Source) -> Plain | Poured:
    """Return the bytes of a log as read from a file, or as a decompressor yields them in chunks of such sizes."""
    edges = [0, *accumulate(sizes), max(sum(sizes), len(data))]
    chunks = (data[start:stop] for start, stop in pairwise(edges))
    return Plain(BytesIO(data), log) if kind == "plain" else Poured(Chain(chunks))


@pytest.mark.parametrize("kind", ["plain", "decompressed"])
@settings(deadline=None)
@given(long_logs | st.binary(), chunk_sizes)
def test_blocks_are_the_bytes_of_a_log_cut_at_line_ends(kind: str, data: bytes, sizes: list[int]) -> None:
    data = data.removeprefix(BOM)
    log = Source("log")
    with pytest.MonkeyPatch.context() as small:
        small.setattr(decompress, "PIECE", SMALL)
        small.setattr(blocks, "PIECE", SMALL)
        found = [*blocks.cut(in_pieces(kind, data, sizes, log), log)]
    assert b"".join(block.data for block in found) == data
    assert [block.offset for block in found] == [0, *accumulate(map(len, found))][:-1]
    assert all(block.data.endswith(b"\n") for block in found[:-1])
    assert all(block.beyond >= PADDING for block in found if block.data.endswith(b"\n"))
    assert (log.end, log.rest) == (data.rfind(b"\n") + 1, len(data) - data.rfind(b"\n") - 1)


LONGEST = 50  # bytes of a line that is not too long in these tests


@pytest.mark.parametrize("kind", ["plain", "decompressed"])
@settings(deadline=None)
@given(long_logs, chunk_sizes, st.integers(40, 5 * SMALL))
def test_a_line_is_too_long_wherever_it_stands(kind: str, data: bytes, sizes: list[int], piece: int) -> None:
    log = Source("log")
    with pytest.MonkeyPatch.context() as small:
        small.setattr(decompress, "PIECE", piece)
        small.setattr(blocks, "PIECE", piece)
        small.setattr(blocks, "LONGEST_LINE", LONGEST)
        small.setattr(blocks, "PREVIEW", 20)
        found = [*blocks.cut(in_pieces(kind, data, sizes, log), log)]
    lines = data.splitlines(keepends=True)
    long = [len(line.removesuffix(b"\n")) > LONGEST for line in lines]
    places = [0, *accumulate(map(len, lines))][:-1]
    assert log.too_long == [*compress(zip(places, (line[:20] for line in lines), strict=True), long)]
    assert b"".join(block.data for block in found) == b"".join(compress(lines, [not each for each in long]))
    assert all(data.startswith(block.data, block.offset) for block in found)
    assert (log.end, log.rest) == (data.rfind(b"\n") + 1, len(data) - data.rfind(b"\n") - 1)


members = st.lists(long_logs | st.just(b""), min_size=1, max_size=3)
damages = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=2)


def gzipped(each: list[bytes], padding: int) -> bytes:
    return b"".join(gzip.compress(data) + bytes(padding) for data in each)


@settings(deadline=None)
@given(members, st.integers(0, 100))
def test_the_members_of_a_gzip_are_one_log_whatever_zeros_stand_between_them(each: list[bytes], padding: int) -> None:
    for ways in (decompress.decompressed, decompress.pieces):
        log = Source("log")
        with pytest.MonkeyPatch.context() as small:
            small.setattr(decompress, "COMPRESSED_PIECE", 1 << 6)
            small.setattr(decompress, "GZIP_PIECE", 1 << 6)
            small.setattr(decompress, "PIECE", SMALL)
            assert b"".join(ways(BytesIO(gzipped(each, padding)), log)) == b"".join(each)
        assert not log.damage


@settings(deadline=None)
@given(members, st.integers(0, 100), damages, st.integers(0, 2000))
def test_a_damaged_gzip_read_in_large_pieces_gives_what_it_gives_in_small_ones(
    each: list[bytes], padding: int, damages: list[tuple[int, int]], length: int
) -> None:
    packed = bytearray(gzipped(each, padding))
    for place, value in damages:
        packed[place % len(packed)] = value
    data = bytes(packed[: max(length, 2)])
    found = []
    for ways in (decompress.decompressed, decompress.pieces):
        log = Source("log")
        with pytest.MonkeyPatch.context() as small:
            small.setattr(decompress, "PIECE", SMALL)
            found.append((b"".join(ways(BytesIO(data), log)), log))
    assert found[0] == found[1]


class Watched:
    """Pieces of a log; before each one is read, it is noted by how many the texts of `blocks` are held."""

    def __init__(self, chunks: decompress.Pieces) -> None:
        self.chunks, self.texts, self.held, self.leave = chunks, [], [], chunks.leave

    def __iter__(self) -> "Watched":
        return self

    def __next__(self) -> bytes:
        self.held += [sys.getrefcount(self.texts[place]) - 2 for place in range(len(self.texts))]  # the list, the call
        return next(self.chunks)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_block_is_let_go_before_the_next_one_is_read(tmp_path, monkeypatch, pack) -> None:
    monkeypatch.setattr(decompress, "PIECE", SMALL)
    monkeypatch.setattr(blocks, "PIECE", SMALL)
    found, pieces = [], blocks._pieces
    monkeypatch.setattr(blocks, "_pieces", lambda *given: found.append(Watched(pieces(*given))) or found[-1])
    log = tmp_path / "access.log"
    log.write_bytes(pack(SAMPLE.read_bytes()))
    for _, block in Reading(SQUID).blocks([Split(str(log))]):
        found[0].texts.append(block.text)
        del block
    assert len(found[0].held) > 100
    assert not any(found[0].held)


header_lines = st.sampled_from([b"#Fields: a", b"#Fields: b", b"x #Fields: c", b"", b"row", b"#Date"])


@given(st.lists(st.lists(header_lines, max_size=4), max_size=5))
def test_a_block_knows_the_last_header_before_it(cut: list[list[bytes]]) -> None:
    texts = [b"".join(line + b"\n" for line in lines) for lines in cut]
    each = [Block("log", 0, text) for text in texts]
    found = [block.header for block in with_headers(each, b"#Fields:", lambda line: line.startswith(b"#Fields:"))]
    for place, header in enumerate(found):
        before = [line for lines in cut[:place] for line in lines if line.startswith(b"#Fields:")]
        assert header == (before[-1] if before else b"")
