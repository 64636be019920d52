"""What a terminal acts on never comes out of a log raw, and the first screen stays right where figures are missing."""

import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import proxyscan
from proxyscan.format import LACKS
from proxyscan.formats import formats
from proxyscan.report.words import count, percent, size, visible
from proxyscan.shares import by, gaps

HOSTILE = "\x1b[31m\x1b]0;owned\x07\u202egnp.exe\u2066[red]bold[/red]\x9b2J\x7f\x08"
"""Colours, a window title, writing direction, rich markup, a one-byte escape sequence, delete, backspace."""

NAME = "\x1b[2J\u202e[red]\x07.log"
GOOD = (
    "1795422269.479      7 10.0.0.1 TCP_MISS/200 259 GET http://www.bbc.co.uk/news - HIER_DIRECT/127.0.0.1 text/html\n"
)
FACEBOOK = GOOD.replace("www.bbc.co.uk", "www.facebook.com")
DENIED = FACEBOOK.replace("TCP_MISS/200", "TCP_DENIED/403").replace("HIER_DIRECT/127.0.0.1", "HIER_NONE/-")

FIELDS = {
    "client": GOOD.replace("10.0.0.1", HOSTILE),
    "tag": GOOD.replace("TCP_MISS", HOSTILE),
    "method": GOOD.replace("GET", HOSTILE),
    "host": GOOD.replace("www.bbc.co.uk", HOSTILE),
    "subdomain of a service": GOOD.replace("www.bbc.co.uk", f"{HOSTILE}.facebook.com"),
    "path": FACEBOOK.replace("/news", f"/{HOSTILE}"),
    "user": FACEBOOK.replace(" - HIER", f" {HOSTILE} HIER"),
    "hierarchy": GOOD.replace("HIER_DIRECT", HOSTILE),
    "content type": GOOD.replace("text/html", HOSTILE),
    "whole line": f"{HOSTILE}\n",
}


def run(*words, encoding="utf-8"):
    environment = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1", "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "proxyscan.cli", *words]
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr
    return done


def acted_on(text):
    """Return the characters that a terminal acts on, beyond the line end."""
    return {each for each in text if not each.isprintable() and each != "\n"}


def calm(*words):
    """Run a command, check that no terminal would act on what it prints, and return that."""
    done = run(*words)
    out, err = done.stdout.decode(), done.stderr.decode()
    assert not acted_on(out)
    assert not acted_on(err)
    return out, err


@pytest.fixture
def log(tmp_path):
    """Write a text as a log and return its path."""

    def write(text, name="access.log"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


@pytest.fixture
def screen(log):
    """Scan a text and return the first screen."""

    def show(text, *options):
        done = run("scan", *options, log(text))
        return done.stdout.decode()

    return show


# Logs that attack the terminal


@pytest.mark.parametrize("field", FIELDS)
def test_a_hostile_field_never_reaches_the_screen(field, log):
    calm("scan", log(GOOD * 3 + FIELDS[field], NAME))


@pytest.mark.parametrize("field", FIELDS)
def test_a_hostile_field_never_reaches_an_error(field, log):
    calm("detect", "-v", log(GOOD + FIELDS[field] * 2, NAME))


def test_a_log_of_hostile_lines_alone_is_refused_without_showing_them(log):
    _, err = calm("scan", log(FIELDS["whole line"] * 5, NAME))
    assert "in no known format" in err


def test_parse_writes_hostile_fields_as_data_inside_quoted_cells(log):
    done = run("parse", "--users", "keep", log("".join(FIELDS.values()), NAME))
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode(), newline="")))
    assert HOSTILE in {row["user"] for row in rows}
    outside = "".join(done.stdout.decode().split('"')[::2])
    assert not acted_on(outside)
    assert not acted_on(done.stderr.decode())


def test_parse_writes_hostile_fields_as_json_escapes(log, tmp_path):
    output = tmp_path / "out.jsonl"
    run("parse", "--users", "keep", "-o", str(output), log(FACEBOOK + FIELDS["user"]))
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert rows[1]["user"] == HOSTILE
    assert b"\x1b" not in output.read_bytes()


def test_rejects_keep_a_hostile_line_as_data(log, tmp_path):
    rejects = tmp_path / "rejects.csv"
    calm("scan", log(GOOD * 3 + FIELDS["whole line"], NAME))
    run("parse", "--rejects", str(rejects), log(GOOD * 3 + FIELDS["whole line"], NAME))
    [row] = csv.DictReader(rejects.read_text().splitlines())
    assert row["text"] == HOSTILE


@pytest.mark.parametrize("start", ["=cmd|'/c calc'!A0", "+1+1", "@SUM(A1)", "-1+1"])
def test_a_user_name_that_a_spreadsheet_would_run_gets_an_apostrophe(start, log):
    line = GOOD.replace(" - HIER", f" {start} HIER")
    done = run("parse", "--users", "keep", log(line))
    [row] = csv.DictReader(done.stdout.decode().splitlines())
    assert row["user"] == f"'{start}"


def test_an_apostrophe_in_front_is_for_csv_only(log, tmp_path):
    output = tmp_path / "out.jsonl"
    run("parse", "--users", "keep", "-o", str(output), log(GOOD.replace(" - HIER", " =1+1 HIER")))
    assert json.loads(output.read_text())["user"] == "=1+1"


def test_a_quote_in_a_user_name_stays_inside_its_cell(log):
    done = run("parse", "--users", "keep", log(GOOD.replace(" - HIER", ' a",=1+1,"b HIER')))
    [row] = csv.DictReader(done.stdout.decode().splitlines())
    assert row["user"] == 'a",=1+1,"b'
    assert row["host"] == "www.bbc.co.uk"


def test_user_names_and_addresses_are_left_out_unless_kept(log):
    line = GOOD.replace(" - HIER", " alice HIER")
    assert b"alice" not in run("parse", log(line)).stdout
    assert b"10.0.0.1" not in run("parse", log(line)).stdout


# File names that attack the terminal


@pytest.mark.parametrize("command", ["scan", "parse", "detect"])
def test_a_hostile_name_of_a_missing_file_is_escaped(command, tmp_path):
    _, err = calm(command, str(tmp_path / NAME))
    assert r"\x1b[2J\u202e[red]\x07.log" in err


@pytest.mark.parametrize("command", ["scan", "parse", "detect"])
def test_a_hostile_name_of_an_empty_file_is_escaped(command, log):
    _, err = calm(command, log("", NAME))
    assert r"\x1b[2J\u202e[red]\x07.log: holds no lines" in err


def test_a_hostile_name_of_a_detected_file_is_escaped(log):
    out, _ = calm("detect", "-v", log(GOOD, NAME))
    assert r"\x1b[2J\u202e[red]\x07.log: squid" in out


@pytest.mark.parametrize("command", ["scan", "parse"])
def test_a_hostile_name_of_a_damaged_file_is_escaped(command, log):
    done = run(command, log(gzip.compress(GOOD.encode() * 3)[:-9], NAME))
    assert r"\x1b[2J\u202e[red]\x07.log" in done.stderr.decode()
    assert not acted_on(done.stderr.decode())
    assert command == "parse" or not acted_on(done.stdout.decode())


def test_a_line_end_in_a_file_name_makes_no_message_of_its_own(tmp_path):
    _, err = calm("scan", str(tmp_path / "a\nproxyscan: all is well"))
    assert len([line for line in err.splitlines() if line.startswith("proxyscan: ")]) == 1


def test_a_hostile_name_of_a_logformat_is_escaped(log):
    conf = f"logformat {NAME} %ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %un %Sh/%<a %mt\n"
    words = ("--squid-conf", log(conf, "squid.conf"), log(GOOD))
    assert r"squid:\x1b[2J\u202e[red]\x07.log" in calm("scan", *words)[0]
    assert r"squid:\x1b[2J\u202e[red]\x07.log" in calm("detect", *words)[0]


def test_a_hostile_logformat_is_escaped_in_the_error(log):
    calm("scan", "--logformat", f"%ts {HOSTILE} %>a%un", log(GOOD))


@pytest.mark.parametrize(
    "words",
    [
        ("formats", HOSTILE),
        ("scan", "--format", HOSTILE, "sample_logs/squid_native.log"),
        ("scan", "--by", HOSTILE, "sample_logs/squid_native.log"),
        ("scan", "--kinds", HOSTILE, "sample_logs/squid_native.log"),
        ("scan", "--redirect", HOSTILE, "sample_logs/squid_native.log"),
        ("scan", f"--{HOSTILE}", "sample_logs/squid_native.log"),
        ("scan", "-o", HOSTILE, "sample_logs/squid_native.log"),
        ("services", "lookup", HOSTILE),
        ("services", "lookup", "--date", HOSTILE, "x.com"),
        (HOSTILE,),
    ],
    ids=["format name", "--format", "--by", "--kinds", "--redirect", "option", "-o", "lookup", "--date", "command"],
)
def test_a_hostile_word_on_the_command_line_is_escaped(words):
    calm(*words)


@pytest.mark.parametrize(
    "words",
    [("scan",), ("scan", "--json"), ("parse",), ("parse", "--with-source"), ("detect",), ("detect", "--json")],
    ids=" ".join,
)
def test_a_file_name_that_is_no_utf_8_is_read(words, tmp_path):
    path = tmp_path / os.fsdecode(b"\xff.log")
    path.write_bytes(GOOD.encode())
    assert run(*words, str(path)).returncode == 0


def test_a_reject_in_a_file_whose_name_is_no_utf_8_is_kept(tmp_path):
    path, rejects = tmp_path / os.fsdecode(b"\xff.log"), tmp_path / "rejects.csv"
    path.write_bytes(GOOD.encode() * 2 + b"no request\n")
    assert run("parse", "--rejects", str(rejects), str(path)).returncode == 1
    assert "no request" in rejects.read_text()


def test_a_store_whose_name_is_no_utf_8_is_made_and_read(log, tmp_path):
    store = str(tmp_path / os.fsdecode(b"store\xff"))
    for words in (("update", store, log(FACEBOOK)), ("update", store, log(FACEBOOK)), ("check", store)):
        assert run(*words).returncode == 0
    assert "1 request" in run("report", store).stdout.decode()


def test_a_summary_whose_name_is_no_utf_8_is_refused(log, tmp_path):
    summary = str(tmp_path / os.fsdecode(b"\xff.parquet"))
    assert run("scan", log(FACEBOOK), "-o", summary).returncode == 0
    done = run("report", summary)
    assert done.returncode == 2
    assert rb"\udcff.parquet: a name must be UTF-8 here" in done.stderr


@pytest.mark.parametrize(
    "words", [("parse", "--users", "keep"), ("parse", "--rejects", "-"), ("scan", "--by", "label")]
)
def test_rows_that_are_written_to_a_terminal_hold_nothing_that_it_acts_on(words, log):
    path = log("".join(FIELDS.values()))
    reader, terminal = os.openpty()
    command = [sys.executable, "-m", "proxyscan.cli", *words, path]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=subprocess.DEVNULL) as running:
        os.close(terminal)
        shown = b""
        while piece := _piece(reader):
            shown += piece
    os.close(reader)
    assert running.returncode == 1
    assert shown.count(b"\n") > 1
    assert not acted_on(shown.decode().replace("\r\n", "\n"))


def _piece(reader):
    try:
        return os.read(reader, 1 << 16)
    except OSError:  # nobody writes any more
        return b""


def test_a_terminal_that_knows_only_ascii_still_gets_the_answer(log):
    done = run("scan", log(FACEBOOK + DENIED), encoding="ascii")
    assert done.returncode == 0
    assert b"1 of 2 requests" in done.stdout


def test_output_to_a_file_has_no_colours(log):
    assert "\x1b" not in run("scan", log(FACEBOOK)).stdout.decode()


# Words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ümläut, 日本", "plain text, ümläut, 日本"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\u202e\u2066\u200b\ufeff", r"\u202e\u2066\u200b\ufeff"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x9b\x7f\0", r"\x9b\x7f\x00"),
        ("\udcff", r"\udcff"),
        ("[red]x[/red]", "[red]x[/red]"),
        ("", ""),
    ],
)
def test_visible_escapes_what_a_terminal_acts_on(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1,000"),
        (1_234_567.0, "1,234,567"),
        (None, "–"),
        (pd.NA, "–"),
        (float("nan"), "–"),
    ],
)
def test_counts_have_thousands_apart_and_a_dash_for_unknown(value, words):
    assert count(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (999_949_999, "999.9 MB"),
        (10**9, "1.0 GB"),
        (10**15, "1.0 PB"),
        (10**18, "1000.0 PB"),
        (None, "–"),
        (pd.NA, "–"),
        (float("nan"), "–"),
    ],
)
def test_sizes_have_a_decimal_unit_and_never_four_digits_before_the_point(value, words):
    assert size(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0.0 %"),
        (1e-12, "<0.1 %"),
        (0.00049, "<0.1 %"),
        (0.0005, "0.1 %"),
        (0.5, "50.0 %"),
        (0.9994, "99.9 %"),
        (0.9996, ">99.9 %"),
        (1 - 1e-12, ">99.9 %"),
        (1, "100.0 %"),
        (1.0004, "100.0 %"),
        (None, "–"),
        (pd.NA, "–"),
    ],
)
def test_percentages_are_never_nought_for_something_nor_all_for_less(value, words):
    assert percent(value) == words


# The first screen where something is missing


ALLOWED, WIDGETS, SHARE = 5, 7, 9
"""Columns of the first screen: after the service and its kind come visits and users, then requests."""


def row(text, name):
    """Return the cells of the table's row of that name."""
    rows = [[cell.strip() for cell in line.split("│")] for line in text.splitlines()]
    [found] = [cells for cells in rows if cells[0] == name and len(cells) > 1]
    return found


def test_a_log_without_social_media_says_so(screen):
    text = screen(GOOD * 2)
    assert text.startswith("2026-11-23 08:24 to 08:24 UTC: no request for social media.\n")
    assert row(text, "All social media")[ALLOWED:] == ["0", "0", "–", "0 B", "0.0 %"]
    assert row(text, "All")[2:] == ["–", "–", "–", "2", "0", "–", "518 B", "100.0 %"]


def test_one_of_a_thing_is_told_in_the_singular(screen):
    text = " ".join(screen(DENIED).split())
    assert "1 of 1 request for social media was denied (100.0 %)" in text
    assert "Read 1 line in 1 file(s) (squid): 1 request, 0 not understood, 0 blank." in text
    assert "1 request without a user, counted by client address." in text


def test_who_is_counted_by_name_and_by_address_counts_twice_and_it_is_said(screen):
    text = screen(DENIED + FACEBOOK.replace(" - HIER", " jsmith HIER"))
    assert row(text, "Facebook")[4] == "2"
    words = "1 request without a user, counted by client address; whom other requests name counts twice."
    assert words in " ".join(text.split())


def test_a_log_with_denied_requests_alone_shows_no_bytes(screen):
    text = screen(DENIED * 3)
    assert "3 of 3 requests for social media were denied (100.0 %)" in text
    assert "visits: 1 denied, 0 allowed; " in text
    assert row(text, "Facebook")[2:] == ["0", "1", "1", "0", "3", "0", "0 B", "–"]


def test_a_log_with_nothing_allowed_has_no_share(screen):
    text = screen(DENIED * 3)
    assert row(text, "Facebook")[SHARE] == "–"
    assert row(text, "All")[SHARE] == "–"
    assert "nan" not in text.lower()


def test_a_log_with_nothing_denied_says_none(screen):
    text = screen(FACEBOOK + GOOD)
    words = "0 of 1 request for social media were denied (0.0 %); it took 50.0 % of the bandwidth"
    assert words in " ".join(text.split())


def test_a_log_without_bytes_has_dashes_for_them_and_says_so(screen):
    lines = "".join(
        f"1795422269.479 10.0.0.1 {tag}/200 GET http://www.facebook.com/\n" for tag in ("TCP_MISS", "TCP_HIT")
    )
    text = screen(lines, "--logformat", "%ts.%03tu %>a %Ss/%>Hs %rm %ru")
    words = "0 of 2 requests for social media were denied (0.0 %); this log cannot show its share"
    assert words in " ".join(text.split())
    assert row(text, "Facebook")[2:] == ["1", "0", "1", "2", "0", "0", "–", "–"]
    assert "nan" not in text.lower()
    assert "<NA>" not in text


def test_a_log_without_users_and_addresses_has_dashes_for_users(screen):
    lines = "1795422269.479 TCP_MISS/200 300 GET http://www.facebook.com/\n" * 2
    text = screen(lines, "--logformat", "%ts.%03tu %Ss/%>Hs %<st %rm %ru")
    assert "visits:" not in text
    assert row(text, "Facebook")[2:ALLOWED] == ["–", "–", "–"]
    assert row(text, "All social media")[2:ALLOWED] == ["–", "–", "–"]
    assert row(text, "Everything else")[ALLOWED:] == ["0", "0", "–", "0 B", "0.0 %"]
    assert "2 requests without user and client: nobody is counted for them." in text
    assert "by client address" not in text


# Logs that hold one side only


SOME = "e2guardian_1"


def scanned(*names):
    return run("scan", *(f"sample_logs/{name}.log" for name in names)).stdout.decode()


@pytest.mark.parametrize("name", ["squidguard", "privoxy"])  # of ufdbGuard there is a PASS
def test_a_log_of_refusals_shows_no_share_of_denied_requests_and_no_allowed_ones(name):
    text = " ".join(scanned(name).split())
    assert "requests for social media were denied; what was allowed is not in this log;" in text
    assert f"Logs of {name} do not hold all that was allowed." in text
    assert " %" not in text
    assert not re.search(r"visits: .*\d allowed", text)
    assert [row(scanned(name), "All social media")[each] for each in (2, ALLOWED)] == ["–", "–"]


@pytest.mark.parametrize(("name", "denied", "allowed"), [("paloalto", 5, "1 … was"), ("fortigate", 3, "0 … were")])
def test_a_log_that_lacks_some_of_the_allowed_requests_shows_no_share_of_denied_ones(name, denied, allowed):
    text = scanned(name)
    held = allowed.replace("…", "that this log holds")
    words = f"{denied} requests for social media were denied, {held} allowed"
    assert words in " ".join(text.split())
    assert " %" not in text
    assert row(text, "All social media")[ALLOWED:WIDGETS] == [allowed[0], str(denied)]


@pytest.mark.parametrize("name", ["zeek_ssl", "zeek_ssl_json"])
def test_a_log_without_refusals_shows_none(name):
    text = scanned(name)
    words = "1 request for social media was allowed; what was denied is not in this log;"
    assert f"UTC: visits: 1 allowed; {words}" in " ".join(text.split())
    assert row(text, "All social media")[2:4] == row(text, "All social media")[ALLOWED:WIDGETS] == ["1", "–"]


def test_a_log_that_lacks_some_bytes_shows_no_share_of_the_bandwidth():
    text = " ".join(scanned("fortigate").split())
    words = "3 requests for social media were denied, 0 that this log holds were allowed, 1 of these widgets;"
    assert f"{words} this log cannot show its share" in text
    assert "Logs of fortigate do not hold all bytes of a transfer. " in text
    assert "This log cannot show how busy the line was." in text


def test_a_log_that_may_be_set_to_refusals_alone_is_taken_as_such_where_it_has_nothing_else(tmp_path):
    lines = Path(f"sample_logs/{SOME}.log").read_text().splitlines(keepends=True)
    path = tmp_path / "access.log"
    path.write_text("".join(line for line in lines if "*DENIED*" in line))
    alone = run("scan", str(path)).stdout.decode()
    words = "2 requests for social media were denied; what was allowed is not in this log;"
    assert words in " ".join(alone.split())
    assert "2 of 4 requests for social media were denied (50.0 %)" in scanned(SOME)


def test_one_log_of_refusals_among_others_takes_the_shares_from_all_of_them():
    text = scanned("squid_native", "squidguard")
    assert "Logs of squidguard do not hold all that was allowed." in " ".join(text.split())
    assert " %" not in text
    assert row(text, "All social media")[ALLOWED] != "–"


def test_merged_and_stored_summaries_remember_what_their_logs_lack(tmp_path):
    refusals = proxyscan.scan("sample_logs/squidguard.log")
    both = proxyscan.merge([proxyscan.scan("sample_logs/squid_native.log"), refusals])
    both.write_parquet(tmp_path / "both.parquet")
    stored = proxyscan.read_parquet(tmp_path / "both.parquet")
    assert gaps(stored) == gaps(refusals) == {"allowed": ("squidguard",)}
    assert by(stored, ["service"])["share"].isna().all()
    assert stored.coverage == both.coverage


def test_every_word_for_what_a_format_lacks_is_known():
    assert {key for each in formats().values() for key in each.lacks} <= set(LACKS)


def test_a_log_over_midnight_shows_both_days(screen):
    text = screen(GOOD + GOOD.replace("1795422269", "1795482269"))
    assert text.startswith("2026-11-23 08:24 to 2026-11-24 01:04 UTC: ")


@pytest.mark.parametrize("text", [GOOD, DENIED], ids=["no social media", "nothing allowed"])
def test_json_has_null_and_no_nan_for_what_is_not_known(text, log):
    done = run("scan", "--json", log(text))
    json.loads(done.stdout, parse_constant=pytest.fail)
    assert done.returncode == 0


def test_json_of_a_log_in_which_nothing_was_understood_is_valid(log):
    done = run("scan", "--json", "--format", "squid_common", log(GOOD))
    answer = json.loads(done.stdout, parse_constant=pytest.fail)
    assert answer["rows"] == []


def test_every_service_of_a_long_table_is_counted_in_the_total(screen):
    hosts = [f"a{number}.facebook.com" for number in range(40)]
    text = screen("".join(GOOD.replace("www.bbc.co.uk", host) for host in hosts))
    assert row(text, "Facebook")[ALLOWED] == "40"
    assert row(text, "All social media")[ALLOWED] == "40"
