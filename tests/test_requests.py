"""What a line says of user, host and time, on lines as Squid writes them."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import proxyscan
from proxyscan import schema
from proxyscan.formats import squid
from proxyscan.layouts import Block
from proxyscan.outcome import NO_REQUEST, Rule
from proxyscan.requests import Parser

NATIVE = "1795422269.479      7 127.0.0.1 {tag} {size} {method} {url} {user} {peer} {mime}"


def request(tmp_path: Path, **fields: str) -> dict[str, object]:
    """Return the request of one native line."""
    usual = {"tag": "TCP_MISS/200", "size": "259", "method": "GET", "url": "http://www.bbc.co.uk/", "user": "-"}
    line = NATIVE.format(**{**usual, "peer": "HIER_DIRECT/1.2.3.4", "mime": "text/html", **fields})
    (tmp_path / "a.log").write_bytes(line.encode("utf-8", "surrogateescape") + b"\n")
    return proxyscan.parse(tmp_path / "a.log", format="squid").read_all().to_pylist()[0]


@pytest.mark.parametrize(
    ("logged", "user"),
    [
        ("jane smith", "jane smith"),
        ("council\\\\jsmith", "council\\jsmith"),
        ("jane@COUNCIL.EXAMPLE", "jane@COUNCIL.EXAMPLE"),
        ("HIER NONE", "HIER NONE"),
        ("josé x", "josé x"),
        ("jos\udce9", "jos\\xe9"),
        ("-", None),
    ],
)
def test_a_user_name_is_read_as_squid_writes_it(tmp_path: Path, logged: str, user: str | None) -> None:
    assert request(tmp_path, user=logged)["user"] == user


def test_each_of_many_result_codes_is_decided_by_itself(tmp_path: Path) -> None:
    usual = {"size": "259", "method": "GET", "url": "http://www.bbc.co.uk/", "user": "-", "peer": "HIER_DIRECT/1.2.3.4"}
    tags = [f"TCP_{'DENIED' if number % 3 == 0 else 'MISS'}_{number}/200" for number in range(700)]
    parser = Parser(squid.FORMAT)
    seen = []
    for first in range(0, 700, 100):
        lines = [NATIVE.format(**usual, tag=tag, mime="text/html") + "\n" for tag in tags[: first + 100]]
        seen.append(parser.parse(Block("a.log", 0, "".join(lines).encode())))
    for requests in seen:
        words = [parser.reasons.words[code].decode() for code in requests.reason]
        assert words == tags[: len(words)]
        denied = [schema.OUTCOMES[code] == "denied" for code in requests.outcome]
        assert denied == ["DENIED" in word for word in words]


def test_names_with_blanks_and_backslashes_of_a_real_squid_are_read() -> None:
    users = proxyscan.parse("sample_logs/squid_native_user_names.log").read_all()["user"].unique().to_pylist()
    assert set(users) == {"user 12", "council\\user3"}


@pytest.mark.parametrize(
    ("method", "url", "scheme", "host", "port", "path"),
    [
        ("CONNECT", "www.facebook.com:443", None, "www.facebook.com", 443, None),
        ("CONNECT", "[2a03:2880::1]:443", None, "2a03:2880::1", 443, None),
        ("CONNECT", "2a03:2880::1", None, "2a03:2880::1", None, None),
        ("GET", "http://WWW.Facebook.com.:8080/a?b=c", "http", "www.facebook.com", 8080, "/a"),
        ("GET", "http://user:word@www.facebook.com/", "http", "www.facebook.com", None, "/"),
        ("GET", "http://facebook.com@evil.example/", "http", "evil.example", None, "/"),
        ("GET", "/rel", None, None, None, "/rel"),
        ("-", "error:invalid-request", "error", None, None, None),
        ("OPTIONS", "http://:80*", "http", None, None, None),
        ("GET", "http://fácebook.com/", "http", "xn--fcebook-hwa.com", None, "/"),
        ("GET", "http://www.facebook.com%00.evil.example/", "http", None, None, "/"),
        ("CONNECT", "my_page.blogspot.com:443", None, "my_page.blogspot.com", 443, None),
        ("CONNECT", "r3---sn-4g5e6nez.googlevideo.com:443", None, "r3---sn-4g5e6nez.googlevideo.com", 443, None),
        ("GET", "http://www.bbc.co.uk:99999/", "http", "www.bbc.co.uk", None, "/"),
    ],
)
def test_a_url_gives_scheme_host_port_and_path(
    tmp_path: Path, method: str, url: str, scheme: str | None, host: str | None, port: int | None, path: str | None
) -> None:
    found = request(tmp_path, method=method, url=url)
    assert (found["scheme"], found["host"], found["port"], found["path"]) == (scheme, host, port, path)


def test_a_query_string_is_never_kept() -> None:
    rows = proxyscan.parse("sample_logs/squid_custom.log", squid_conf="sample_logs/squid_custom.squid.conf").read_all()
    assert "secret" in Path("sample_logs/squid_custom.log").read_text()
    assert not any("secret" in str(value) for row in rows.to_pylist() for value in row.values())


@pytest.mark.parametrize("agent", ['Mozilla/5.0 (X; "q") [br]', 'a" TCP_x', '" "', "", '\\"q\\"', "x] [y"])
def test_a_user_agent_with_any_quotes_leaves_the_other_columns_alone(tmp_path: Path, agent: str) -> None:
    text = Path("sample_logs/squid_combined.log").read_text()
    (tmp_path / "a.log").write_text(text.replace("curl/7.88.1", agent))
    plain = proxyscan.parse("sample_logs/squid_combined.log").read_all()
    assert proxyscan.parse(tmp_path / "a.log").read_all().equals(plain)


def test_bytes_from_the_cache_are_marked() -> None:
    frame = proxyscan.parse("sample_logs/squid_day.log").read_all().to_pandas()
    cached = set(frame[frame["cached"].astype(bool)]["reason"].astype(str))
    assert cached == {"TCP_INM_HIT/304", "TCP_MEM_HIT/200", "TCP_REFRESH_UNMODIFIED/200"}


def test_a_request_can_be_traced_to_its_line() -> None:
    data = Path("sample_logs/squid_day.log").read_bytes()
    rows = (
        proxyscan.parse("sample_logs/squid_day.log", with_source=True).read_all().select(["offset", "time"]).to_pylist()
    )
    for row in rows[::500]:
        line = data[row["offset"] :].partition(b"\n")[0]
        assert row["time"].timestamp() == float(line.split()[0])


TUNNEL = (
    "10.0.0.1:40000 [{begin}] fe be/s1 0/0/0/0/{lasted} 200 259 - - ---- 1/1/0/0/0 0/0 {{www.facebook.com|}} "
    '"CONNECT www.facebook.com:443 HTTP/1.1"\n'
)
HOUR = 3_600_000


def tunnel(tmp_path: Path, begin: str, lasted: int, tz: str = "Europe/Amsterdam") -> dict[str, object]:
    """Return the request of a line that HAProxy stamps with the local time at which the request began."""
    (tmp_path / "a.log").write_text(TUNNEL.format(begin=begin, lasted=lasted))
    assert proxyscan.scan(tmp_path / "a.log", format="haproxy", tz=tz).coverage.requests == 1
    return proxyscan.parse(tmp_path / "a.log", format="haproxy", tz=tz).read_all().to_pylist()[0]


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("29/Mar/2026:01:30:00.000", datetime(2026, 3, 29, 2, 30, tzinfo=UTC)),
        ("25/Oct/2026:01:30:00.000", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_transaction_lasts_as_long_as_it_says_when_clocks_change_meanwhile(
    tmp_path: Path, begin: str, end: datetime
) -> None:
    assert tunnel(tmp_path, begin, 2 * HOUR)["time"] == end


def test_a_transaction_that_would_end_after_all_years_does_not_say_how_long_it_took(tmp_path: Path) -> None:
    found = tunnel(tmp_path, "23/Nov/9998:08:45:09.000", 10**12)
    assert (found["time"], found["duration_ms"]) == (datetime(9998, 11, 23, 7, 45, 9, tzinfo=UTC), None)


def test_a_local_time_at_the_end_of_all_years_is_in_the_last_of_them(tmp_path: Path) -> None:
    found = tunnel(tmp_path, "31/Dec/9999:23:59:59.000", 0, "America/New_York")
    assert found["time"] == datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)


def test_sizes_that_cannot_be_are_not_said_and_make_no_negative_sums(tmp_path: Path) -> None:
    assert request(tmp_path, size=str(10**15))["bytes_down"] == 10**15
    assert request(tmp_path, size=str(10**18 - 1))["bytes_down"] is None
    (tmp_path / "a.log").write_bytes((tmp_path / "a.log").read_bytes() * 12)
    assert proxyscan.scan(tmp_path / "a.log", format="squid").intervals["bytes_down"].to_pylist() == [None]


@pytest.mark.parametrize(("logged", "port"), [(443, 443), (65535, 65535), (65536, None), (10**12, None), (-1, None)])
def test_a_port_that_cannot_be_is_not_said(tmp_path: Path, logged: int, port: int | None) -> None:
    line = Path("sample_logs/forcepoint_leef.log").read_text().splitlines()[0]
    (tmp_path / "a.log").write_text(re.sub(r"dstPort=\d+", f"dstPort={logged}", line))
    assert proxyscan.parse(tmp_path / "a.log", format="forcepoint_leef").read_all()["port"].to_pylist() == [port]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"size": "9" * 19}, "a number is too large"),
        ({"mime": "text/html extra words"}, "the line does not fit the format"),
    ],
)
def test_a_line_that_is_no_request_is_kept_as_a_reject(tmp_path: Path, fields: dict[str, str], reason: str) -> None:
    found: list[str] = []
    with pytest.raises(IndexError):
        request(tmp_path, **fields)
    proxyscan.parse(
        tmp_path / "a.log", format="squid", on_rejects=lambda table: found.extend(table["reason"].to_pylist())
    ).read_all()
    assert found == [reason]


def test_a_line_that_is_no_web_request_is_counted_but_never_a_request(tmp_path: Path) -> None:
    plain = proxyscan.formats()["squid"]
    rules = (Rule(NO_REQUEST, "not of the web", {"method": "LOGIN"}), *plain.rules)
    log = tmp_path / "a.log"
    lines = [
        NATIVE.format(
            tag="TCP_MISS/200", size=1, method=method, url="http://a.example/", user="-", peer="HIER_NONE/-", mime="-"
        )
        for method in ("GET", "LOGIN", "GET")
    ]
    log.write_text("\n".join(lines))
    format = replace(plain, rules=rules)
    assert proxyscan.parse(log, format=format).read_all()["method"].to_pylist() == ["GET", "GET"]
    covered = proxyscan.scan(log, format=format).coverage
    assert (covered.lines, covered.requests, covered.other, covered.rejects) == (3, 2, 1, 0)
