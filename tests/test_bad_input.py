"""What is wrong with an input is said once and clearly, the exit status is right, and no line is lost silently."""

import bz2
import csv
import gzip
import json
import lzma
import os
import subprocess
import sys
import zipfile
import zlib
from itertools import takewhile
from pathlib import Path
from random import Random
from typing import NamedTuple

import pyarrow as pa
import pytest

UNDERSTOOD, WITH_REJECTS, NOT_DONE = 0, 1, 2

GOOD = (
    b"1795422269.479      7 10.0.0.1 TCP_MISS/200 259 GET http://www.bbc.co.uk/news - HIER_DIRECT/127.0.0.1 text/html\n"
)
BAD = b"this line is no request\n"


class Done(NamedTuple):
    status: int
    out: bytes
    err: str

    @property
    def messages(self):
        return [line for line in self.err.splitlines() if line.startswith("proxyscan: ")]

    @property
    def coverage(self):
        return json.loads(self.out)["coverage"]


def proxyscan(*words, stdin=b""):
    command = [sys.executable, "-m", "proxyscan.cli", *map(str, words)]
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    err = done.stderr.decode()
    assert "Traceback" not in err
    return Done(done.returncode, done.stdout, err)


def scanned(*words, stdin=b""):
    """Scan to JSON; every line is a request, a reject or blank, and the status says whether all is well."""
    done = proxyscan("scan", "--json", *words, stdin=stdin)
    coverage = done.coverage
    assert coverage["lines"] == coverage["requests"] + coverage["rejects"] + coverage["skipped"]
    clean = not coverage["rejects"] and not coverage["damage"]
    assert done.status == (UNDERSTOOD if clean else WITH_REJECTS)
    assert bool(done.messages) != clean
    return done


def refused(done, *words):
    """Check that nothing was done and that one message says why, in these words."""
    assert done.status == NOT_DONE
    assert done.out == b""
    assert len(done.messages) == 1
    for word in words:
        assert str(word) in done.err


@pytest.fixture
def log(tmp_path):
    """Write a file and return its path."""

    def write(data, name="access.log"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


@pytest.fixture(scope="module")
def many():
    """20,000 lines that compress to more than one piece."""
    random = Random(1)
    return b"".join(GOOD.replace(b"/news", b"/%x" % random.getrandbits(120)) for _ in range(20_000))


def whole_lines(data):
    return data.count(b"\n")


def same_lines(one, other):
    """Return how many lines are the same before the first that differs."""
    pairs = zip(one.splitlines(keepends=True), other.splitlines(keepends=True), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def all_lines(data):
    return whole_lines(data) + (data[-1:] not in (b"", b"\n"))


def zstd(data):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


# Files that cannot be read


@pytest.mark.parametrize("command", ["scan", "parse", "detect"])
def test_a_missing_file_is_refused(command, tmp_path):
    refused(proxyscan(command, tmp_path / "nope.log"), tmp_path / "nope.log", "no such file")


@pytest.mark.parametrize("command", ["scan", "parse", "detect"])
def test_a_directory_is_refused(command, tmp_path):
    refused(proxyscan(command, tmp_path), "is a directory")


@pytest.mark.parametrize("command", ["scan", "parse", "detect"])
def test_an_empty_file_is_refused(command, log):
    refused(proxyscan(command, log(b"")), "holds no lines")


def test_a_file_of_blank_lines_is_refused(log):
    refused(proxyscan("scan", log(b"\n\r\n\n")), "holds no lines")


def test_a_file_without_permission_is_refused(log):
    path = log(GOOD)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read every file")
    refused(proxyscan("scan", path), path, "Permission denied")


LONG = "a" * 300


@pytest.mark.parametrize(
    "words",
    [("scan", LONG), ("scan", f"{LONG}*"), ("report", LONG), ("audit", LONG), ("check", LONG), ("update", LONG, LONG)],
    ids=" ".join,
)
def test_a_name_that_the_system_refuses_is_told_as_that_and_not_as_a_full_disk(words, tmp_path):
    done = proxyscan(*words)
    refused(done, LONG)
    assert "disk" not in done.err


def test_a_link_that_leads_to_itself_is_told_as_that(tmp_path):
    path = tmp_path / "loop.log"
    path.symlink_to(path)
    refused(proxyscan("scan", path), path, "symbolic links")


def test_an_update_goes_on_after_a_log_that_may_not_be_looked_at(log, tmp_path):
    done = proxyscan("update", tmp_path / "store", LONG, log(GOOD))
    assert done.status == WITH_REJECTS
    assert b"access.log: new, 1 lines" in done.out


@pytest.mark.parametrize("command", ["scan", "report", "audit"])
def test_a_pipe_is_read_from_its_first_line_and_once(command, log):
    line = f'cat {log(GOOD * 3)} | "$@" /dev/fd/0 --json'
    done = subprocess.run(
        ["sh", "-c", line, "sh", sys.executable, "-m", "proxyscan.cli", command], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (UNDERSTOOD, b"")


def test_an_empty_file_beside_a_good_one_does_not_hide_it(log):
    done = proxyscan("scan", "--json", log(b"", "empty.log"), log(GOOD))
    assert done.status == WITH_REJECTS
    assert done.coverage["requests"] == 1
    assert len(done.messages) == 1
    assert "empty.log: holds no lines" in done.err


def test_each_of_two_missing_files_is_named(tmp_path):
    done = proxyscan("scan", tmp_path / "one.log", tmp_path / "two.log")
    assert done.status == NOT_DONE
    assert len(done.messages) == 2
    assert "one.log" in done.err
    assert "two.log" in done.err


# Formats


@pytest.mark.parametrize("command", ["scan", "parse", "detect"])
def test_binary_garbage_is_in_no_known_format(command, log):
    refused(proxyscan(command, log(Random(7).randbytes(200_000))), "in no known format")


def test_a_file_in_no_known_format_names_the_nearest_ones_and_why_each_failed(log):
    done = proxyscan("scan", log(BAD * 3))
    refused(done, "in no known format")
    assert done.err.count(": 0 of 3 lines fit; ") == 3
    assert done.err.count("expected") == 3


def test_an_unknown_format_names_the_nearest_one(log):
    refused(proxyscan("scan", "--format", "squid_comon", log(GOOD)), "squid_comon", "did you mean 'squid_common'?")


def test_an_unknown_format_is_named_once_for_many_files(log):
    refused(proxyscan("scan", "--format", "squid_comon", log(GOOD, "1.log"), log(GOOD, "2.log")), "squid_comon")


def test_lines_that_do_not_fit_are_counted(log):
    done = scanned(log(GOOD * 8 + BAD + GOOD + BAD))
    assert (done.coverage["requests"], done.coverage["rejects"]) == (9, 2)
    assert len(done.messages) == 1
    assert "2 of 11 lines were not understood" in done.err


def test_parse_says_that_lines_were_not_understood(log):
    done = proxyscan("parse", log(GOOD * 8 + BAD))
    assert done.status == WITH_REJECTS
    assert len(done.messages) == 1
    assert "1 of 9 lines" in done.err


def test_parse_keeps_each_reject_with_its_place(log, tmp_path):
    rejects = tmp_path / "rejects.jsonl"
    done = proxyscan("parse", log(GOOD * 8 + BAD), "--rejects", rejects)
    assert done.status == WITH_REJECTS
    [reject] = map(json.loads, rejects.read_text().splitlines())
    assert reject["offset"] == 8 * len(GOOD)
    assert reject["text"] == BAD.decode().rstrip()


def test_a_format_that_fits_no_line_makes_all_of_them_rejects(log):
    done = scanned("--format", "squid_common", log(GOOD * 3))
    assert done.coverage["rejects"] == 3


# Compression


def test_concatenated_gzip_members_are_one_log(log):
    assert scanned(log(gzip.compress(GOOD * 3) + gzip.compress(GOOD * 4), "a.log.gz")).coverage["requests"] == 7


def test_zero_padding_behind_gzip_is_no_damage(log):
    assert scanned(log(gzip.compress(GOOD * 3) + b"\0" * 512, "a.log.gz")).coverage["requests"] == 3


@pytest.mark.parametrize(
    "compress", [gzip.compress, bz2.compress, lzma.compress, zstd], ids=["gzip", "bzip2", "xz", "zstd"]
)
def test_compression_is_told_by_the_content_not_by_the_name(compress, log):
    assert scanned(log(compress(GOOD * 3), "access.log")).coverage["requests"] == 3


def test_plain_text_named_gz_is_read(log):
    assert scanned(log(GOOD * 3, "access.log.gz")).coverage["requests"] == 3


def test_a_truncated_gzip_gives_every_line_that_zlib_gives(log, many):
    cut = gzip.compress(many)[:-300_000]
    known = zlib.decompressobj(31).decompress(cut)
    done = scanned(log(cut))
    assert done.coverage["lines"] == all_lines(known)
    assert done.coverage["requests"] >= whole_lines(known) > 1000
    assert len([line for line in done.messages if "gzip data ends too early" in line]) == 1


@pytest.mark.parametrize("command", ["scan", "parse"])
def test_a_gzip_without_its_end_is_damaged_even_when_every_line_is_whole(command, log):
    done = proxyscan(command, log(gzip.compress(GOOD * 3)[:-8]))
    assert done.status == WITH_REJECTS
    assert len(done.messages) == 1
    assert "gzip data ends too early" in done.err


def test_parse_names_the_damage_and_keeps_the_lines_before_it(log, many):
    cut = gzip.compress(many)[:-300_000]
    known = zlib.decompressobj(31).decompress(cut)
    done = proxyscan("parse", log(cut))
    assert done.status == WITH_REJECTS
    assert done.out.count(b"\n") - 1 >= whole_lines(known)
    assert "gzip data ends too early" in done.err


PACKERS = {
    "gzip": (gzip.compress, lambda: zlib.decompressobj(31)),
    "bzip2": (bz2.compress, bz2.BZ2Decompressor),
    "xz": (lzma.compress, lzma.LZMADecompressor),
}


@pytest.mark.parametrize(
    ("name", "part"), [("gzip", 0.3), ("gzip", 0.5), ("bzip2", 0.5), ("bzip2", 0.8), ("xz", 0.3), ("xz", 0.8)]
)
def test_a_corrupt_file_gives_every_line_before_the_damage(name, part, log, many):
    compress, decompressor = PACKERS[name]
    spoilt = bytearray(compress(many))
    place = int(len(spoilt) * part)
    spoilt[place : place + 64] = b"\xff" * 64
    before = same_lines(_unpacked(spoilt, decompressor()), many)
    done = scanned(log(bytes(spoilt)))
    assert f"damaged {name} data" in done.err
    assert done.coverage["requests"] >= before > 1000


def _unpacked(data, stream):
    """Return what the standard library gives byte by byte until it finds the damage."""
    found = bytearray()
    try:
        for byte in data:
            found += stream.decompress(bytes([byte]))
    except (zlib.error, OSError, lzma.LZMAError):
        pass
    return bytes(found)


def test_a_gzip_with_a_wrong_checksum_is_damaged(log):
    packed = bytearray(gzip.compress(GOOD * 3))
    packed[-8] ^= 1
    done = scanned(log(bytes(packed)))
    assert done.coverage["requests"] == 3
    assert "damaged gzip data" in done.err


@pytest.mark.parametrize("kept", [2, 5, 15])
def test_a_gzip_that_ends_before_its_first_line_is_damaged_not_empty(kept, log):
    done = proxyscan("scan", log(gzip.compress(GOOD)[:kept]))
    refused(done, "gzip data")
    assert "rotated" not in done.err


def test_garbage_behind_gzip_is_damage(log):
    done = scanned(log(gzip.compress(GOOD * 3) + b"garbage"))
    assert done.coverage["requests"] == 3
    assert "gzip data" in done.messages[0]


@pytest.mark.parametrize(
    ("compress", "decompressor", "name"),
    [(bz2.compress, bz2.BZ2Decompressor, "bzip2"), (lzma.compress, lzma.LZMADecompressor, "xz")],
    ids=["bzip2", "xz"],
)
def test_a_truncated_file_gives_every_line_before_its_end(compress, decompressor, name, log, many):
    packed = compress(many)
    cut = packed[: len(packed) * 3 // 4]
    known = decompressor().decompress(cut)
    done = scanned(log(cut))
    assert done.coverage["lines"] == all_lines(known)
    assert done.coverage["requests"] >= whole_lines(known) > 1000
    assert f"the {name} data ends too early" in done.err


def test_a_truncated_zstd_gives_every_line_before_its_end(log, many):
    packed = zstd(many)
    cut = packed[: len(packed) * 3 // 4]
    known = _unpacked_zstd(cut)
    done = scanned(log(cut))
    assert "zstd data" in done.messages[0]
    assert done.coverage["requests"] >= whole_lines(known) > 10_000


def _unpacked_zstd(data):
    """Return what pyarrow gives in small reads until it finds the damage."""
    stream, found = pa.CompressedInputStream(pa.BufferReader(data), "zstd"), bytearray()
    try:
        while piece := stream.read(256):
            found += piece
    except OSError:
        pass
    return bytes(found)


def test_a_corrupt_zstd_gives_the_lines_before_the_damage(log, many):
    packed = bytearray(zstd(many))
    middle = len(packed) * 3 // 4
    packed[middle : middle + 5000] = b"\xff" * 5000
    before = same_lines(_unpacked_zstd(bytes(packed)), many)
    done = scanned(log(bytes(packed)))
    assert done.coverage["requests"] >= before > 5_000
    assert "damaged zstd data" in done.err


def test_concatenated_zstd_frames_are_one_log(log):
    assert scanned(log(zstd(GOOD * 3) + zstd(GOOD * 4))).coverage["requests"] == 7


# Lines


MEASURED = """
import sys
from proxyscan.cli import main
try:
    main()
finally:
    peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print("kB:", peak.split()[1], file=sys.stderr)
"""
"""Prints the peak of this process alone: what getrusage tells begins with the peak of the one that started it."""


def test_a_line_of_100_mb_is_one_reject_and_takes_little_memory(tmp_path):
    path = tmp_path / "long.log"
    with path.open("wb") as stream:
        stream.write(GOOD)
        for _ in range(100):
            stream.write(b"a" * 1_000_000)
        stream.write(b"\n" + GOOD)
    proxyscan("scan", "sample_logs/squid_day.log")  # compiles the kernels, which takes memory of its own
    command = [sys.executable, "-c", MEASURED, "scan", "--json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    coverage = json.loads(done.stdout)["coverage"]
    assert done.returncode == WITH_REJECTS
    assert (coverage["lines"], coverage["requests"], coverage["rejects"]) == (3, 2, 1)
    assert coverage["reject_reasons"] == {"the line is too long": 1}
    assert int(done.stderr.rpartition("kB:")[2]) < 600_000


def test_a_first_line_that_is_too_long_does_not_hide_the_rest(log):
    coverage = scanned(log(b"a" * 3_000_000 + b"\n" + GOOD * 2)).coverage
    assert (coverage["requests"], coverage["rejects"]) == (2, 1)


def test_a_long_line_without_an_end_is_one_reject(log):
    coverage = scanned(log(GOOD + b"a" * 3_000_000)).coverage
    assert (coverage["requests"], coverage["rejects"]) == (1, 1)


def test_the_place_of_a_long_line_and_of_a_line_behind_it_is_right(log, tmp_path):
    rejects = tmp_path / "rejects.jsonl"
    proxyscan("parse", log(GOOD + b"a" * 3_000_000 + b"\n" + GOOD + BAD), "--rejects", rejects)
    places = sorted(json.loads(line)["offset"] for line in rejects.read_text().splitlines())
    assert places == [len(GOOD), 2 * len(GOOD) + 3_000_001]


def test_bytes_that_are_no_utf_8_are_written_as_escapes(log):
    line = GOOD.replace(b"/news -", b"/n\xffws us\xfeer")
    path = log(line)
    assert scanned(path).coverage["requests"] == 1
    [row] = csv.DictReader(proxyscan("parse", "--users", "keep", path).out.decode().splitlines())
    assert row["path"] == r"/n\xffws"
    assert row["user"] == r"us\xfeer"


def test_nul_bytes_lose_no_line(log):
    coverage = scanned(log(GOOD + GOOD.replace(b"news", b"ne\0ws") + GOOD)).coverage
    assert coverage["lines"] == 3


def test_lines_of_nul_bytes_count_as_blank(log):
    coverage = scanned(log(GOOD + b"\0" * 4096 + b"\n" + GOOD)).coverage
    assert (coverage["requests"], coverage["skipped"]) == (2, 1)


def test_a_carriage_return_at_a_lines_end_is_no_part_of_it(log):
    done = proxyscan("parse", log(GOOD.replace(b"\n", b"\r\n") * 2))
    assert done.status == UNDERSTOOD
    rows = list(csv.DictReader(done.out.decode().splitlines()))
    assert [row["content_type"] for row in rows] == ["text/html", "text/html"]


def test_a_byte_order_mark_is_no_part_of_the_first_line(log):
    assert scanned(log(b"\xef\xbb\xbf" + GOOD * 2)).coverage["requests"] == 2


def test_a_last_line_without_an_end_counts(log):
    assert scanned(log(GOOD * 2 + GOOD.rstrip())).coverage["requests"] == 3


def test_blank_lines_are_counted_as_such(log):
    coverage = scanned(log(GOOD + b"\n \t\n\r\n" + GOOD)).coverage
    assert (coverage["requests"], coverage["skipped"], coverage["rejects"]) == (2, 3, 0)


# Standard input and globs


@pytest.mark.parametrize("data", [GOOD * 3, gzip.compress(GOOD * 3)], ids=["plain", "gzip"])
def test_a_dash_reads_standard_input(data):
    assert scanned("-", stdin=data).coverage["requests"] == 3


def test_empty_standard_input_is_refused():
    refused(proxyscan("scan", "-"), "holds no lines")


def test_a_glob_names_its_files(log, tmp_path):
    for name, data in (("1.log", GOOD), ("2.log", GOOD * 2), ("3.txt", BAD)):
        log(data, name)
    coverage = scanned(tmp_path / "*.log").coverage
    assert coverage["requests"] == 3
    assert [Path(file).name for file in coverage["files"]] == ["1.log", "2.log"]


def test_a_glob_that_matches_nothing_is_refused(tmp_path):
    refused(proxyscan("scan", tmp_path / "*.log"), "*.log", "no file matches")


def test_a_file_whose_name_looks_like_a_glob_is_read(log):
    assert scanned(log(GOOD, "a[1].log")).coverage["requests"] == 1


def test_a_directory_among_a_globs_matches_does_not_hide_the_files(log, tmp_path):
    log(GOOD, "1.log")
    (tmp_path / "2.log").mkdir()
    done = proxyscan("scan", "--json", tmp_path / "*.log")
    assert done.status == WITH_REJECTS
    assert done.coverage["requests"] == 1
    assert "2.log: is a directory" in done.err


# squid.conf


def test_a_missing_squid_conf_is_refused(log, tmp_path):
    refused(proxyscan("scan", "--squid-conf", tmp_path / "squid.conf", log(GOOD)), "squid.conf", "No such file")


@pytest.mark.parametrize(
    ("conf", "words"),
    [
        ("http_port 3128\n", "no logformat line"),
        ("logformat a %ts %>a%un %Ss %ru\n", "nothing stands between"),
        ("logformat a %ts %>a %! %Ss %ru\n", "no such code"),
        ("logformat a %ts %>a %Ss %ru %byte{x}\n", "%byte{x}"),
        ("logformat a %ts %>a %Ss %ru %byte{300}\n", "%byte{300}"),
        ("logformat a %>a %Ss %ru\n", "lacks a time"),
    ],
    ids=["none", "no separator", "unknown code", "byte no number", "byte too large", "no time"],
)
def test_a_broken_squid_conf_is_refused(conf, words, log):
    refused(proxyscan("scan", "--squid-conf", log(conf.encode(), "squid.conf"), log(GOOD)), words)


def test_a_broken_squid_conf_is_named_once_for_many_files(log):
    conf = log(b"http_port 3128\n", "squid.conf")
    refused(proxyscan("scan", "--squid-conf", conf, log(GOOD, "1.log"), log(GOOD, "2.log")), "no logformat line")


def test_a_broken_logformat_option_is_refused(log):
    refused(proxyscan("scan", "--logformat", "%ts %>a%un %Ss %ru", log(GOOD)), "nothing stands between")


# Outputs


@pytest.mark.parametrize(
    "options",
    [("scan", "-o", "x.csv"), ("scan", "-o", "x.parquet"), ("parse", "-o", "x.csv"), ("parse", "--rejects", "x.csv")],
    ids=" ".join,
)
def test_an_output_in_a_folder_that_does_not_exist_is_refused(options, log, tmp_path):
    command, option, name = options
    refused(proxyscan(command, option, tmp_path / "nope" / name, log(GOOD)), tmp_path / "nope" / name, "No such file")


@pytest.mark.parametrize("options", [("scan", "-o"), ("parse", "-o"), ("parse", "--rejects")], ids=" ".join)
def test_an_unknown_extension_of_the_output_is_refused(options, log, tmp_path):
    command, option = options
    refused(proxyscan(command, option, tmp_path / "x.xlsx", log(GOOD)), "cannot write '.xlsx' files", ".csv")
    assert not (tmp_path / "x.xlsx").exists()


def test_an_output_that_is_one_of_the_logs_is_refused(log):
    path = log(GOOD, "log.csv")
    refused(proxyscan("parse", "-o", path, path), path)
    assert path.read_bytes() == GOOD


def archive(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.mkdir("logs")
        for number, text in enumerate(members):
            packed.writestr(f"logs/{number}.log", text)
    return path


def test_the_files_of_a_zip_archive_are_one_log(tmp_path):
    done = proxyscan("scan", "--json", archive(tmp_path / "a.log", GOOD * 3, GOOD.removesuffix(b"\n"), GOOD))
    coverage = json.loads(done.out)["coverage"]
    assert (done.status, coverage["requests"], coverage["rejects"], coverage["damage"]) == (UNDERSTOOD, 5, 0, {})


def test_a_damaged_zip_archive_gives_what_stands_before_the_damage(tmp_path):
    path = archive(tmp_path / "a.log", GOOD * 3, GOOD * 2)
    packed = bytearray(path.read_bytes())
    second = packed.rindex(b"PK\x03\x04")
    packed[second + 50 : second + 54] = b"\0\0\0\0"
    path.write_bytes(packed)
    done = proxyscan("scan", "--json", path)
    coverage = json.loads(done.out)["coverage"]
    assert done.status == WITH_REJECTS
    assert coverage["requests"] >= 3
    assert "zip data" in coverage["damage"][str(path)]


def test_a_zip_archive_cut_short_is_named_as_damaged(tmp_path):
    path = archive(tmp_path / "a.log", GOOD * 3)
    path.write_bytes(path.read_bytes()[:-30])
    done = proxyscan("scan", path)
    assert done.status == NOT_DONE
    assert "damaged zip data" in done.messages[0]


@pytest.mark.parametrize("command", ["scan", "parse", "report", "update"])
@pytest.mark.parametrize("option", ["--tz", "--logformat", "--format"])
def test_an_empty_value_is_refused_as_a_wrong_one_is(command, option, log, tmp_path):
    words = [tmp_path / "store", log(GOOD)] if command == "update" else [log(GOOD)]
    done = proxyscan(command, *words, option, "")
    assert done.status == NOT_DONE
    assert len(done.messages) == 1


@pytest.mark.parametrize("words", [("update", "", "x.log"), ("check", ""), ("prune", "", "--keep-days", "3")], ids=str)
def test_a_store_without_a_name_is_told_as_that(words):
    refused(proxyscan(*words), "the name of a store is empty")


def test_two_dates_to_prune_before_are_refused(tmp_path):
    done = proxyscan("prune", tmp_path, "--before", "2026-01-01", "--keep-days", "30")
    refused(done, "--before and --keep-days", "give one of the two")


def test_a_summary_that_is_taken_for_a_log_is_told_what_shows_it(log, tmp_path):
    summary = tmp_path / "summary.parquet"
    proxyscan("scan", log(GOOD * 3), "-o", summary)
    refused(proxyscan("scan", summary), "in no known format", f"'proxyscan report {summary}' shows")
