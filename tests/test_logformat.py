"""Any custom Squid ``logformat`` becomes a template: codes, encodings, widths, arguments."""

import pytest

from proxyscan.errors import LogformatError
from proxyscan.formats._squid import squid_format
from proxyscan.layouts import NULL, Block, Reader, squid_conf_formats, squid_template
from proxyscan.requests import Parser

LINE = {
    "%ts.%03tu": "1795422269.479",
    "%6tr": "     7",
    "%>a": "10.0.0.1",
    "%Ss/%03>Hs": "TCP_MISS/200",
    "%<st": "259",
    "%rm": "GET",
    "%ru": "http://www.bbc.co.uk/news?",
    "%un": "jane smith",
    "%Sh/%<a": "HIER_DIRECT/1.2.3.4",
    "%mt": "text/html",
}


def read(logformat: str, line: str) -> dict[str, object]:
    """Return the values of one line, by column."""
    reader = Reader(squid_template(logformat))
    columns = reader.read(Block("x", 0, line.encode() + b"\n"))
    assert columns.rows == 1, columns.rejects.reasons
    values: dict[str, object] = {name: int(column[0]) for name, column in columns.numbers.items()}
    for name, codes in columns.codes.items():
        values[name] = reader.vocabularies[reader.stores[name]].words[codes[0]] if codes[0] >= 0 else None
    return values


def test_the_native_fields_may_stand_in_any_order() -> None:
    codes = list(LINE)
    for turn in range(len(codes)):
        order = codes[turn:] + codes[:turn]
        found = read(" | ".join(order), " | ".join(LINE[code] for code in order))
        assert (found["time"], found["duration_ms"], found["status"]) == (1795422269479, 7, 200)
        assert (found["user"], found["host"], found["tag"]) == (b"jane smith", b"www.bbc.co.uk", b"TCP_MISS")


@pytest.mark.parametrize(
    ("code", "text", "column", "value"),
    [
        ('%"un', "jane", "user", b"jane"),
        ("%[un", "jane%20x", "user", b"jane%20x"),
        ("%#un", "jane", "user", b"jane"),
        ("%/un", "jane", "user", b"jane"),
        ("%'un", "jane", "user", b"jane"),
        ("%-12un", "jane", "user", b"jane"),
        ("%ul", "jane", "user", b"jane"),
        ("%ue", "jane", "user", b"jane"),
        ("%http::<st", "12", "bytes_down", 12),
        ("%010<st", "0000000012", "bytes_down", 12),
        ("%12.20<st", "          12", "bytes_down", 12),
        ("%>st", "501603", "bytes_up", 501603),
        ("%>A", "pc7.council.example", "client", b"pc7.council.example"),
        ("%ssl::bump_mode", "terminate", "bump_mode", b"terminate"),
        ("%err_code", "ERR_ACCESS_DENIED", "err_code", b"ERR_ACCESS_DENIED"),
        ("%{Referer}>h", "https://www.bbc.co.uk/a b", "referrer_host", b"www.bbc.co.uk"),
        ("%>h{Referer}", "https://www.bbc.co.uk/", "referrer_host", b"www.bbc.co.uk"),
        ("%<A", "www.bbc.co.uk", "bytes_down", None),
        ("%note", "clt_conn_tag: a b", "bytes_down", None),
        ("%adapt::<last_h", "X: y", "bytes_down", None),
        ("%icap::to", "ICAP_MOD", "bytes_down", None),
        ("%proxy_protocol::>h", "1.2.3.4", "bytes_down", None),
        ("%master_xaction", "53", "bytes_down", None),
        ("%transport::>connection_id", "77", "bytes_down", None),
        ("%>brand_new", "77", "bytes_down", None),
        ("%{X-Any}<h", "a, b", "bytes_down", None),
    ],
)
def test_a_code_is_read_or_skipped(code: str, text: str, column: str, value: object) -> None:
    found = read(f"%ts.%03tu %Ss/%>Hs %>ru | {code} |", f"1795422269.479 TCP_MISS/200 http://a.example/ | {text} |")
    assert found.get(column) == value


def test_a_tab_may_separate_fields() -> None:
    found = read("%ts.%03tu%byte{9}%Ss%byte{9}%ru", "1795422269.479\tTCP_MISS\thttp://a.example/")
    assert found["host"] == b"a.example"


def test_a_percent_sign_may_stand_in_it() -> None:
    assert read("100%% %ts %Ss %ru", "100% 1795422269 TCP_MISS http://a.example/")["time"] == 1795422269000


def test_the_asked_url_counts_and_the_served_one_only_shows_that_it_was_rewritten() -> None:
    parser = Parser(squid_format("x", "x", "%ts %Ss/%>Hs %rm %ru %>ru"))
    line = b"1795422269 TCP_MISS/200 GET http://filter.example/blocked http://www.snapchat.com/x\n"
    requests = parser.parse(Block("x", 0, line))
    assert parser.hosts.names.words[requests.host[0]] == b"www.snapchat.com"
    assert parser.reasons.words[requests.reason[0]] == b"TCP_MISS/200"
    assert requests.outcome[0] == 2


def test_the_server_name_of_tls_stands_in_for_an_address() -> None:
    parser = Parser(squid_format("x", "x", "%ts %Ss/%>Hs %rm %ru %ssl::>sni"))
    line = b"1795422269 TCP_TUNNEL/200 CONNECT 157.240.1.35:443 www.facebook.com\n"
    requests = parser.parse(Block("x", 0, line))
    assert parser.hosts.names.words[requests.host[0]] == b"www.facebook.com"


def test_of_several_times_one_counts() -> None:
    found = read("[%tl] %ts.%03tu %Ss %ru", "[23/Nov/2026:09:24:29 +0100] 1795422269.479 TCP_MISS http://a.example/")
    assert found["time"] == 1795422269479


def test_a_start_time_becomes_the_end() -> None:
    parser = Parser(squid_format("x", "x", "%tS %tr %Ss/%>Hs %ru"))
    requests = parser.parse(Block("x", 0, b"1795422269.479 21 TCP_MISS/200 http://a.example/\n"))
    assert requests.columns.numbers["time"][0] == 1795422269500


def test_a_number_may_be_a_dash() -> None:
    assert read("%ts %Ss/%>Hs %ru %>st", "1795422269 TCP_TUNNEL/- a.example:443 -")["bytes_up"] == NULL


@pytest.mark.parametrize(
    ("logformat", "words"),
    [
        ("%ts%>a%ru %Ss", "nothing stands between"),
        ("%ts %Ss %ru %!", "no such code at character 13"),
        ("%Ss %ru", "lacks a time"),
        ("%ts %ru", "lacks what became of the request"),
        ("%ts %Ss", "lacks a host"),
        ("%{%H:%M}tl %Ss %ru", "cannot be read yet"),
    ],
)
def test_a_string_that_cannot_be_used_is_answered_with_the_reason(logformat: str, words: str) -> None:
    with pytest.raises(LogformatError, match=words) as caught:
        squid_template(logformat)
    assert caught.value.hint


def test_squid_conf_gives_the_formats_that_its_access_log_lines_use() -> None:
    conf = """
# logformat commented %ts
logformat one %ts %Ss %ru
logformat two %ts \\
  %Ss %>ru
logformat unused %ts %ru %Ss
access_log stdio:/var/log/squid/a.log logformat=one
access_log daemon:/var/log/squid/b.log two !local
access_log none
"""
    assert squid_conf_formats(conf) == {"one": "%ts %Ss %ru", "two": "%ts   %Ss %>ru"}
