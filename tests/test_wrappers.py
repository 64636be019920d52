"""Lines in the objects of Docker and journald: what is damaged or strange there is a reject, never a wrong request."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

import proxyscan
from proxyscan.decide import Policy
from proxyscan.detect import choices
from proxyscan.parse import Split
from proxyscan.scan import scan_splits
from proxyscan.summary import merge

NATIVE = Path("sample_logs/squid_native.log").read_text().splitlines()
STAMP = '"stream":"stdout","time":"2026-11-23T08:24:29.123456789Z"'


def docker(line: str) -> str:
    return json.dumps({"log": f"{line}\n", "stream": "stdout", "time": "2026-11-23T08:24:29.123456789Z"})


def saved(tmp_path: Path, lines: list[str]) -> Path:
    log = tmp_path / "container-json.log"
    log.write_text("".join(line + "\n" for line in lines))
    return log


STRANGE = {
    "an object that is cut off": docker(NATIVE[0])[:-20],
    "a message that is a number": f'{{"log":5,{STAMP}}}',
    "a message that is null": f'{{"log":null,{STAMP}}}',
    "a message that is an object": f'{{"log":{{"a":"b"}},{STAMP}}}',
    "an array of what is no byte": f'{{"log":[49,300],{STAMP}}}',
    "an array of texts": f'{{"log":["a"],{STAMP}}}',
    "no message": f"{{{STAMP}}}",
    "half of a line that was too long for one object": f"{{{json.dumps('log')}:{json.dumps(NATIVE[0][:40])},{STAMP}}}",
    "two lines in one message": docker(NATIVE[0] + "\n" + NATIVE[1]),
}
HELD = {"a line that is no object": NATIVE[0], "an escape that is none": docker(NATIVE[0]).replace(r"\n", r"\q")}
"""These hold a whole line all the same."""


@pytest.mark.parametrize("strange", [*STRANGE.values(), *HELD.values()], ids=[*STRANGE, *HELD])
def test_a_strange_object_is_a_reject_or_the_line_it_holds_and_its_neighbours_are_read(
    strange: str, tmp_path: Path
) -> None:
    rejects: list = []
    lines = [docker(line) for line in NATIVE]
    log = saved(tmp_path, [*lines[:20], strange, *lines[20:]])
    table = proxyscan.parse(log, on_rejects=rejects.append).read_all()
    found = table["reason"].to_pylist()
    extra = table.num_rows - len(NATIVE)
    assert extra + sum(each.num_rows for each in rejects) == 1
    assert extra == (strange in HELD.values())
    alone = proxyscan.parse("sample_logs/squid_native.log").read_all()["reason"].to_pylist()
    assert found[:20] + found[20 + extra :] == alone


def test_an_empty_message_is_a_blank_line(tmp_path: Path) -> None:
    covered = proxyscan.scan(saved(tmp_path, [*map(docker, NATIVE), docker(""), f'{{"log":"",{STAMP}}}'])).coverage
    assert (covered.requests, covered.rejects, covered.skipped) == (len(NATIVE), 0, 2)


def test_a_reject_keeps_the_line_as_it_stands_in_the_file(tmp_path: Path) -> None:
    rejects: list = []
    broken = docker('no "request"')
    proxyscan.parse(saved(tmp_path, [*map(docker, NATIVE), broken]), on_rejects=rejects.append).read_all()
    assert [row["text"] for each in rejects for row in each.to_pylist()] == [broken]


def test_lines_of_another_format_in_objects_are_read_with_mixed(tmp_path: Path) -> None:
    common = Path("sample_logs/squid_common.log").read_text().splitlines()
    log = saved(tmp_path, [*map(docker, NATIVE), *map(docker, common)])
    covered = proxyscan.scan(log, mixed=True).coverage
    assert covered.complete
    assert covered.requests == len(NATIVE) + len(common)


def test_messages_of_the_product_in_objects_are_no_rejects(tmp_path: Path) -> None:
    lines = Path("sample_logs/cisco_wsa.log").read_text().splitlines()
    long = "Mon Nov 23 12:59:54 2026 Info: " + "Begin Logfile " * 40
    covered = proxyscan.scan(saved(tmp_path, [*map(docker, lines), docker(long)])).coverage
    assert (covered.other, covered.rejects) == (1, 0)


@pytest.mark.parametrize("name", ["w3c", "zeek_http"])
def test_a_log_with_headers_in_objects_may_be_cut_anywhere(name: str, tmp_path: Path) -> None:
    lines = Path(f"sample_logs/{name}.log").read_text().splitlines()
    log = saved(tmp_path, [*map(docker, lines)])
    whole = proxyscan.scan(log)
    ends = [0, *(place + 1 for place, byte in enumerate(log.read_bytes()) if byte == ord("\n"))]
    some = sorted({*ends[:: max(len(ends) // 4, 1)], ends[-1]})
    parts = [scan_splits([Split(str(log), *pair)], choices(), Policy()) for pair in pairwise(some)]
    assert merge(parts).intervals.equals(merge([whole]).intervals)


def test_a_log_in_objects_that_grows_is_taken_once(tmp_path: Path) -> None:
    log, store = tmp_path / "container-json.log", tmp_path / "store"
    lines = [docker(line) + "\n" for line in NATIVE]
    for stop in (30, len(lines)):
        log.write_text("".join(lines[:stop]))
        proxyscan.update(store, [log])
    [last] = proxyscan.update(store, [log]).logs
    assert last.state == "known"
    assert proxyscan.Store(store).summary().coverage.requests == len(NATIVE)
