"""Where other tools are known to be wrong, each as a case that must never come back here."""

from pathlib import Path

import pyarrow as pa
import pytest

import proxyscan

NATIVE = "{time} {ms:6} 10.1.2.3 {tag} {size} {method} {url} {user} {peer} text/html\n"


def line(tag: str, url: str = "http://www.facebook.com/", **other: object) -> str:
    said = {"time": "1795422269.479", "ms": 7, "size": 1591, "method": "GET", "user": "-", "peer": "HIER_NONE/-"}
    return NATIVE.format(**{**said, "tag": tag, "url": url, **other})


@pytest.fixture
def read(tmp_path: Path):
    def parse(*lines: str, format: str | None = "squid") -> list[dict]:
        log = tmp_path / "access.log"
        log.write_text("".join(lines))
        return proxyscan.parse(log, format=format).read_all().to_pylist()

    return parse


def sample(name: str) -> list[dict]:
    return proxyscan.parse(f"sample_logs/{name}.log").read_all().to_pylist()


def outcomes(rows: list[dict]) -> list[str]:
    return [row["outcome"] for row in rows]


def test_01_a_407_is_a_challenge_and_never_a_denial(read) -> None:
    assert outcomes(read(line("TCP_DENIED/407"))) == ["challenge"]
    for name in ("bluecoat", "cisco_wsa", "mcafee", "zscaler_kv", "apache", "squid_json"):
        asked = [row["outcome"] for row in sample(name) if row["status"] == 407]
        assert asked
        assert set(asked) == {"challenge"}, name


def test_02_a_denial_has_any_status(read) -> None:
    tags = ["TCP_DENIED/403", "TCP_DENIED/302", "TCP_DENIED/000", "TCP_DENIED/200", "TCP_DENIED_REPLY/403"]
    rows = read(*map(line, tags), line("TCP_REDIRECT/302"), line("TCP_DENIED/200", "www.facebook.com:443", size=0))
    assert outcomes(rows) == ["denied"] * 7


def test_03_denied_requests_are_kept(read) -> None:
    assert len(read(line("TCP_DENIED/403"), line("TCP_MISS/200", peer="HIER_DIRECT/192.0.2.1"))) == 2


def test_04_a_status_of_400_and_more_is_no_failure_and_a_302_no_success(read) -> None:
    peer = "HIER_DIRECT/192.0.2.1"
    rows = read(line("TCP_MISS/404", peer=peer), line("TCP_DENIED/302"), line("TCP_DENIED/200"))
    assert outcomes(rows) == ["allowed", "denied", "denied"]


def test_05_a_sites_own_403_is_allowed(read) -> None:
    assert outcomes(read(line("TCP_MISS/403", peer="HIER_DIRECT/192.0.2.1"))) == ["allowed"]
    own = {"haproxy": "/refused-by-origin", "bluecoat": "/private", "traefik": "/private", "envoy": "/private"}
    for name, path in own.items():
        assert [row["outcome"] for row in sample(name) if row["path"] == path] == ["allowed"], name


def test_06_redirects_and_refused_replies_are_denied_and_keep_their_host(read) -> None:
    rows = read(line("TCP_REDIRECT/302"), line("TCP_DENIED_REPLY/403", peer="HIER_DIRECT/192.0.2.1"))
    assert [(row["outcome"], row["host"]) for row in rows] == [("denied", "www.facebook.com")] * 2


def test_07_the_bytes_of_a_transfer_that_was_cut_short_count(read) -> None:
    rows = read(line("TCP_MISS_ABORTED/200", size=20228, peer="HIER_DIRECT/192.0.2.1"))
    assert [(row["outcome"], row["bytes_down"]) for row in rows] == [("allowed_aborted", 20228)]


def test_08_a_request_without_a_result_tag_is_kept(read) -> None:
    rows = read(line("NONE_NONE/403", "www.threads.net:443", method="CONNECT", size=0), line("TAG_NONE/400", "/"))
    assert outcomes(rows) == ["denied", "error"]


def test_09_a_connect_has_a_host(read) -> None:
    [row] = read(line("TCP_TUNNEL/200", "www.facebook.com:443", method="CONNECT", peer="HIER_DIRECT/192.0.2.1"))
    assert (row["host"], row["port"]) == ("www.facebook.com", 443)
    for name in ("cisco_wsa", "zscaler_csv", "bluecoat", "mcafee", "haproxy", "squid_json", "apache", "suricata"):
        assert all(row["host"] for row in sample(name) if row["method"] == "CONNECT"), name


def test_10_a_tunnel_and_its_bytes_are_counted(read) -> None:
    [row] = read(
        line(
            "TCP_TUNNEL/200", "www.youtube.com:443", method="CONNECT", size=40_000_000_000, peer="HIER_DIRECT/192.0.2.1"
        )
    )
    assert (row["outcome"], row["bytes_down"]) == ("allowed", 40_000_000_000)


def test_11_a_status_of_000_and_a_method_of_a_dash_are_requests(read) -> None:
    rows = read(line("TCP_DENIED/000", size=0), line("NONE_NONE/000", "error:invalid-request", method="-", size=0))
    assert outcomes(rows) == ["denied", "aborted"]


def test_12_a_user_with_a_blank_is_whole(read) -> None:
    assert [row["user"] for row in read(line("TCP_DENIED/403", user="jane smith"))] == ["jane smith"]


def test_13_a_stock_squid_log_is_recognised_with_and_without_syslog(read) -> None:
    plain = line("TCP_DENIED/403")
    for text in (plain, f"<166>Sep 30 20:25:30 gw (squid-1)[72246]: {plain}"):
        assert outcomes(read(text, format=None)) == ["denied"]


def test_14_the_years_after_2020_are_read(read) -> None:
    rows = read(*(line("TCP_DENIED/403", time=f"{seconds}.000") for seconds in (1609459199, 1609459201, 4102444801)))
    assert [row["time"].year for row in rows] == [2020, 2021, 2100]


def test_15_a_page_that_lets_the_user_go_on_is_coached_and_what_follows_is_allowed() -> None:
    found = dict(zip([row["reason"] for row in sample("paloalto")], outcomes(sample("paloalto")), strict=True))
    assert found["block-continue"] == found["block-override"] == "coached"
    assert found["continue"] == "allowed"
    assert found["block-url"] == found["override-lockout"] == "denied"


def test_16_a_network_error_that_blue_coat_calls_denied_is_an_error() -> None:
    [row] = [row for row in sample("bluecoat") if "tcp_error" in (row["reason"] or "")]
    assert row["outcome"] == "error"


def test_17_a_connect_that_zscaler_blocked_with_200_is_denied() -> None:
    for name in ("zscaler_csv", "zscaler_kv", "zscaler_json", "zscaler_cef", "zscaler_leef"):
        [row] = [row for row in sample(name) if row["method"] == "CONNECT" and row["status"] == 200]
        assert row["outcome"] == "denied", name


def test_18_bytes_are_numbers_and_add_up() -> None:
    table = proxyscan.parse("sample_logs/bluecoat.log").read_all()
    assert table.schema.field("bytes_down").type == pa.int64()
    assert sum(table["bytes_up"].to_pylist()) == sum(int(row["bytes_up"]) for row in sample("bluecoat")) > 0


def test_19_a_line_is_not_cut_at_a_hash() -> None:
    row = sample("zeek_http")[0]
    assert (row["path"], row["status"], row["bytes_down"]) == ("/news", 200, 51234)


def test_20_a_zone_of_half_hours_is_exact(read) -> None:
    text = '10.1.2.3 - - [23/Nov/2026:13:30:00 +0530] "GET http://www.bbc.co.uk/ HTTP/1.1" 200 100 "-" "-"\n'
    [row] = read(text, format="apache")
    assert (row["time"].hour, row["time"].minute) == (8, 0)


def test_21_late_lines_and_the_lines_of_a_second_proxy_are_counted(tmp_path: Path) -> None:
    first, second = tmp_path / "one.log", tmp_path / "two.log"
    first.write_text(line("TCP_DENIED/403") + line("TCP_DENIED/403", time="1795335869.000"))
    second.write_text(line("TCP_DENIED/403", time="1795249469.000"))
    assert proxyscan.scan([first, second]).to_pandas()["requests"].sum() == 3
