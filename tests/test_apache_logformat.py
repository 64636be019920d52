"""Any LogFormat of Apache and log_format of nginx gives a format that reads what was written with it."""

import pytest

import proxyscan
from proxyscan.detect import choices
from proxyscan.errors import LogformatError
from proxyscan.layouts import Block, Reader, apache_template

IO = '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %I %O %D'
ROWS = [
    (
        IO,
        '10.1.2.3 - x [23/Nov/2026:08:00:01 +0000] "GET http://a.example/x?y HTTP/1.1" 200 10 "-" "U A" 164 1392 1536',
        {"status": 200, "bytes_up": 164, "bytes_down": 1392, "duration_ms": 1},
    ),
    (
        '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" $request_time',
        '10.1.2.3 - - [23/Nov/2026:08:00:01 +0000] "CONNECT a.example:443 HTTP/1.1" 403 10 "http://b.example/" 1.250',
        {"status": 403, "bytes_down": 10, "duration_ms": 1250, "port": 443},
    ),
    (
        '$time_iso8601 ${host} "$request" $status $bytes_sent $body_bytes_sent',
        '2026-11-23T08:00:01+00:00 a.example "GET /x HTTP/1.1" 200 300 100',
        {"status": 200, "bytes_down": 300},
    ),
    (
        '%{Host}i %h %t \\"%r\\" %>s %B %{ms}T',
        'a.example 10.1.2.3 [23/Nov/2026:08:00:01 +0000] "\\x16\\x03" 400 226 12',
        {"status": 400, "bytes_down": 226, "duration_ms": 12},
    ),
]


@pytest.mark.parametrize(("logformat", "line", "numbers"), ROWS, ids=[row[0] for row in ROWS])
def test_a_line_is_read_as_its_format_says(logformat: str, line: str, numbers: dict[str, int]) -> None:
    columns = Reader(apache_template(logformat)).read(Block("x", 0, line.encode() + b"\n"))
    assert not columns.rejects.reasons
    found = {name: int(columns.numbers[name][0]) for name in [*numbers, "time"]}
    assert found == {**numbers, "time": 1795420801000}


@pytest.mark.parametrize(
    ("logformat", "words"),
    [
        ('%h "%r" %>s', "a time"),
        ("%h %t %>s", "a request"),
        ('$time_local "$request"', "a status"),
        ("%t%u%r", "between"),
    ],
)
def test_a_string_that_cannot_be_read_is_told_what_it_lacks(logformat: str, words: str) -> None:
    with pytest.raises(LogformatError, match=words):
        apache_template(logformat)


def test_the_option_takes_strings_of_squid_apache_and_nginx() -> None:
    strings = {
        "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru": "squid_custom",
        IO: "apache_custom",
        ROWS[1][0]: "apache_custom",
    }
    assert {string: choices(logformat=string)[0].name for string in strings} == strings


def test_a_path_alone_is_no_request_unless_the_log_names_the_host(tmp_path) -> None:
    log = tmp_path / "access.log"
    log.write_text('10.1.2.3 a.example [23/Nov/2026:08:00:01 +0000] "GET /x HTTP/1.1" 200 100\n')
    plain, named = ('%h %v %t "%r" %>s %b', '%h %{Host}i %t "%r" %>s %b')
    assert proxyscan.parse(log, logformat=plain).read_all().num_rows == 0
    assert proxyscan.parse(log, logformat=named).read_all()["host"].to_pylist() == ["a.example"]


@pytest.mark.parametrize(
    ("log", "format", "denied"),
    [("nginx", "apache", 2), ("privoxy_clf", "apache_common", 3), ("squid_e2guardian_3", "squid", 2)],
)
def test_other_products_that_write_a_known_format_are_read_in_it(log: str, format: str, denied: int) -> None:
    path = f"sample_logs/{log}.log"
    assert proxyscan.detect(path).format.name == format
    assert proxyscan.parse(path).read_all()["outcome"].to_pylist().count("denied") >= denied
