"""Exactly one format for a log, or a refusal that says why."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import proxyscan
from proxyscan.detect import choices, recognise
from proxyscan.errors import DetectionError
from proxyscan.layouts import Block

NO_PROXY = {
    "an application's messages": "2026-11-23 08:00:01,123 INFO app.main: started\n2026-11-23 08:00:02,4 INFO db: ok\n",
    "a login daemon": "Nov 23 08:00:01 host sshd[12]: Accepted publickey for root from 10.1.2.3 port 50022 ssh2\n" * 3,
    "an application's JSON": '{"timestamp":"2026-11-23T08:00:01Z","level":"info","message":"started","url":"/x"}\n' * 3,
    "a table": "date,name,amount\n2026-11-23,Jane,5\n2026-11-24,Mary,6\n",
    "pairs of no gateway": "time=2026-11-23T08:00:01Z level=info msg=started user=jane action=login\n" * 3,
    "a web server's errors": '2026/11/23 08:00:01 [error] 12#34: *5 open() "/x" failed, client: 10.1.2.3\n' * 3,
    "prose": "The quick brown fox\njumps over the lazy dog\n",
}


@pytest.mark.parametrize("text", NO_PROXY.values(), ids=NO_PROXY)
def test_what_is_no_proxys_log_is_refused_with_a_reason(tmp_path: Path, text: str) -> None:
    log = tmp_path / "some.log"
    log.write_text(text)
    with pytest.raises(DetectionError, match=r"in no known format\. Nearest: .* lines fit; "):
        proxyscan.detect(log)


SAMPLES = [path.read_bytes().splitlines(True)[:30] for path in sorted(Path("sample_logs").glob("*.log"))]


@given(
    st.lists(st.sampled_from(SAMPLES), min_size=1, max_size=2),
    st.sampled_from([b"", b"<166>Sep 30 20:25:30 gw p[1]: "]),
)
def test_the_first_format_that_all_lines_fit_is_the_best_of_all_candidates(
    logs: list[list[bytes]], before: bytes
) -> None:
    lines = [before + line for log in logs for line in log]
    try:
        found = recognise(Block("", 0, b"".join(lines)), choices())
    except DetectionError:
        return
    best = found.candidates[0]
    assert (found.format, found.wrapper) == (best.format, best.wrapper)


def test_a_line_of_ciscos_appliance_is_never_taken_for_squids(tmp_path: Path) -> None:
    for number, line in enumerate(Path("sample_logs/cisco_wsa.log").read_text().splitlines(True)):
        log = tmp_path / f"{number}.log"
        log.write_text(line)
        found = proxyscan.detect(log)
        assert found.format.name == "cisco_wsa"
        assert not any(each.share for each in found.candidates if each.format.name.startswith("squid"))


def test_a_gateways_log_without_web_requests_has_none_and_no_rejects(tmp_path: Path) -> None:
    log, rejects = tmp_path / "traffic.log", []
    lines = Path("sample_logs/fortigate.log").read_text().splitlines(True)
    log.write_text("".join(line for line in lines if "webfilter" not in line))
    assert proxyscan.detect(log).format.name == "fortigate"
    assert proxyscan.parse(log, on_rejects=rejects.append).read_all().num_rows == 0
    assert not rejects


def test_columns_that_change_in_mid_file_are_read_by_their_last_header(tmp_path: Path) -> None:
    log = tmp_path / "joined.log"
    log.write_bytes(b"".join(Path(f"sample_logs/{name}.log").read_bytes() for name in ("w3c", "w3c")))
    assert proxyscan.parse(log).read_all().num_rows == 20


def test_lines_before_any_header_are_rejects_with_that_reason(tmp_path: Path) -> None:
    log, rejects = tmp_path / "headless.log", []
    lines = Path("sample_logs/bluecoat.log").read_text().splitlines(True)
    log.write_text("".join(line for line in lines if not line.startswith("#Fields")))
    with pytest.raises(DetectionError, match="Fields"):
        proxyscan.detect(log)
    proxyscan.parse(log, format="bluecoat", on_rejects=rejects.append).read_all()
    assert sum(table.num_rows for table in rejects) == 11


def test_a_line_with_a_column_too_few_or_too_many_is_a_reject(tmp_path: Path) -> None:
    log, rejects = tmp_path / "short.log", []
    head, *lines = Path("sample_logs/netskope.log").read_text().splitlines()
    log.write_text("\n".join([head, *lines, lines[0] + " more", lines[0].rpartition(" ")[0]]) + "\n")
    assert proxyscan.parse(log, on_rejects=rejects.append).read_all().num_rows == len(lines)
    assert sum(table.num_rows for table in rejects) == 2


UNTANGLE = ["<13>Nov 23 08:00:01 INFO  uvm-to-10.0.0.9 ", "<174>Nov 23 08:00:01 INFO  uvm[0]:  "]


@pytest.mark.parametrize("lead", UNTANGLE)
def test_an_object_is_read_behind_whatever_stands_before_its_brace(lead: str, tmp_path: Path) -> None:
    log = tmp_path / "led.log"
    log.write_text("".join(lead + line for line in Path("sample_logs/untangle.log").read_text().splitlines(True)))
    found = proxyscan.detect(log)
    assert (found.format.name, found.wrapper) == ("untangle", "lead")
    alone = proxyscan.parse("sample_logs/untangle.log").read_all()
    assert proxyscan.parse(log).read_all().equals(alone)


@pytest.mark.parametrize("wrapped", [1, 9])
def test_lines_with_and_without_a_wrapper_are_both_read(wrapped: int, tmp_path: Path) -> None:
    log = tmp_path / "some.log"
    lines = Path("sample_logs/zscaler_kv.log").read_text().splitlines(True)
    log.write_text("".join(("<134>" if number < wrapped else "") + line for number, line in enumerate(lines * 5)))
    assert (
        proxyscan.parse(log).read_all().num_rows
        == 5 * proxyscan.parse("sample_logs/zscaler_kv.log").read_all().num_rows
    )


NOTICES = {
    "cisco_wsa": ["Mon Nov 23 12:59:54 2026 Info: Begin Logfile", "23 Nov 2026 12:59:57 (GMT-1:00) Info: no request"],
    "haproxy": [
        "Proxy outward started.",
        "192.0.2.1:50033 [23/Nov/2026:02:43:10.123] out/1: SSL handshake failure",
    ],
}


@pytest.mark.parametrize("name", NOTICES)
@pytest.mark.parametrize("before", ["", "<134>Nov 23 13:14:15 gw "], ids=["alone", "behind syslog"])
def test_messages_of_the_product_among_its_requests_are_no_rejects(name: str, before: str, tmp_path: Path) -> None:
    lines = Path(f"sample_logs/{name}.log").read_text().splitlines()
    alone = proxyscan.scan(f"sample_logs/{name}.log").coverage
    log = tmp_path / "access.log"
    log.write_text("".join(before + line + "\n" for line in [*lines, *NOTICES[name], "neither"]))
    covered = proxyscan.scan(log, format=name).coverage
    assert (covered.other, covered.rejects) == (alone.other + len(NOTICES[name]), alone.rejects + 1)
