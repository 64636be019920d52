"""What each layout makes of lines in the shape that products write."""

import pytest

from proxyscan.errors import LayoutError
from proxyscan.layouts import Block, Delimited, Field, JsonLines, KeyValue, Literal, Reader, Template
from proxyscan.layouts.fast import FastReader

ELFF = Delimited(
    {
        "date": Field("time", type="date"),
        "time": Field("time", type="clock"),
        "time-taken": Field("duration_ms", type="int"),
        "cs-username": Field("user"),
        "sc-status": Field("status", type="int"),
        "cs-host": Field("host", type="host"),
        "cs-uri-path": Field("path", type="path"),
        "cs(Referer)": Field("referrer_host", type="url_host"),
        "sc-bytes": Field("bytes_down", type="int"),
    },
    header=b"#Fields:",
)
CSV = Delimited(
    {"when": Field("time", type="datetime"), "url": Field("url", type="url"), "verdict": Field("action")},
    order=("when", "internal", "verdict", "url", "size"),
    separator=b",",
    extra=True,
)
FIREWALL = KeyValue(
    {
        "date": Field("time", type="date"),
        "time": Field("time", type="clock"),
        "tz": Field("time", type="zone"),
        "action": Field("action"),
        "hostname": Field("host", type="host"),
        "url": Field("path", type="path"),
        "rcvdbyte": Field("bytes_down", type="int"),
        "bytes": (
            Field("bytes_up", type="int", part=(b"/", 0)),
            Field("bytes_down", type="int", part=(b"/", 3)),
        ),
    },
)
JSON = JsonLines(
    {
        "ts": Field("time", type="epoch"),
        "http.response.bytes": Field("bytes_down", type="int"),
        "url": Field("url", type="url"),
        "user": Field("user"),
        "duration": Field("duration_ms", type="duration_s"),
        "headers.Referer.0": Field("referrer_host", type="url_host"),
    }
)
MIDNIGHT = 1_795_392_000_000


@pytest.fixture(params=[Reader, FastReader])
def read(request):
    """Return a function from a layout and lines to the columns as plain values, and the reasons of rejects."""

    def rows(layout, *lines, header=b"", wrapper="", written=0):
        reader = request.param(layout, wrapper)
        columns = reader.read(Block("log", 0, b"\n".join(lines), header, written))
        values = {name: column.tolist() for name, column in columns.numbers.items()}
        for name, codes in columns.codes.items():
            words = reader.vocabularies[reader.stores[name]].words
            values[name] = [words[code] if code >= 0 else None for code in codes.tolist()]
        for name, spans in columns.spans.items():
            values[name] = [columns.data[i:j] if i >= 0 else None for i, j, _ in spans.tolist()]
        null = -(2**63)
        plain = {name: [None if value == null else value for value in column] for name, column in values.items()}
        return plain, columns.rejects.reasons, columns.skipped

    return rows


def test_a_header_says_which_columns_stand_behind_it(read):
    values, rejects, skipped = read(
        ELFF,
        b"#Software: SGOS",
        b"#Fields: date time  sc-status cs-host cs-uri-path cs-username",
        b'2026-11-23 08:24:29 403  www.facebook.com /a?b=c "jane ""jj"" smith"',
        b"#Fields: cs-host sc-status date time",
        b" www.bbc.co.uk 200 2026-11-23 00:00:01.5 ",
        b"www.bbc.co.uk 200 2026-11-23",
    )
    assert values["host"] == [b"www.facebook.com", b"www.bbc.co.uk"]
    assert values["user"] == [b'jane "jj" smith', None]
    assert values["path"] == [b"/a", None]
    assert values["status"] == [403, 200]
    assert values["time"] == [MIDNIGHT + 30_269_000, MIDNIGHT + 1500]
    assert values["naive"] == [1, 1]
    assert (rejects, skipped) == (["the line does not fit the format"], 3)


def test_a_block_may_begin_behind_its_header(read):
    values, rejects, _ = read(ELFF, b"a.example 2026-11-23 00:00:00", header=b"#Fields: cs-host date time")
    assert (values["host"], rejects) == ([b"a.example"], [])
    assert read(ELFF, b"a.example 2026-11-23 00:00:00")[1] == ["the line does not fit the format"]


def test_a_bracketed_time_is_one_value(read):
    layout = Delimited(
        {
            "time_stamp": Field("time", type="clf"),
            "req_line": (Field("method", part=(b" ", 0)), Field("url", type="url", part=(b" ", 1))),
        },
        header=b"# time_stamp",
    )
    values, rejects, _ = read(
        layout,
        b'# time_stamp "auth_user" "req_line"',
        b'[23/Nov/2026:01:00:00 +0100] "jane" "GET http://www.facebook.com/x?y HTTP/1.1"',
    )
    assert rejects == []
    assert (values["time"], values["method"], values["path"]) == ([MIDNIGHT], [b"GET"], [b"/x"])


def test_csv_keeps_blanks_but_not_before_a_quote(read):
    values, rejects, _ = read(
        CSV,
        b'"2026-11-23 00:00:00","", "BLOCKED","http://a.example/""x"",y?q","1","more"',
        b"2026-11-23T00:00:00Z,, BLOCKED,http://a.example/,1",
        b'"2026-11-23 00:00:00","","BLOCKED","http://a.example/,1',
    )
    assert values["action"] == [b"BLOCKED", b" BLOCKED"]
    assert values["path"] == [b'/"x",y', b"/"]
    assert values["naive"] == [1, 0]
    assert rejects == ["the line does not fit the format"]


def test_zeek_names_its_columns_and_its_missing_values(read):
    layout = Delimited(
        {
            "ts": Field("time", type="epoch"),
            "host": Field("host", type="host"),
            "status_code": Field("status", type="int"),
        },
        separator=b"\t",
        quote="none",
        header=b"#fields",
        nulls=(b"-", b"(empty)"),
    )
    values, rejects, skipped = read(
        layout,
        b"#separator \\x09",
        b"#fields\tts\tuid\thost\tstatus_code",
        b"#types\ttime\tstring\tstring\tcount",
        b'1795392000.123456\tC1\t"quoted\t-',
        b"1795392000.123456\tC1\t(empty)\t404",
    )
    assert values["host"] == [b'"quoted', None]
    assert (values["status"], values["time"]) == ([None, 404], [MIDNIGHT + 123] * 2)
    assert (rejects, skipped) == ([], 3)


def test_pairs_come_in_any_order_and_may_be_absent(read):
    values, rejects, _ = read(
        FIREWALL,
        b'date=2026-11-23 time=01:00:00 tz="+0100" action="blocked" url="/a\\"b\\\\c?d" hostname=a.example rcvdbyte=5',
        b"time=00:00:00 user=DOM\\jane smith hostname=a.example date=2026-11-23 bytes=1/2/3/4 action=passthrough",
        b"date=2026-11-23 time=00:00:00 rcvdbyte=many",
        b"nothing of it",
        b"action=blocked",
    )
    assert values["action"] == [b"blocked", b"passthrough"]
    assert values["path"] == [b'/a"b\\c', None]
    assert values["bytes_down"] == [5, 4]
    assert values["bytes_up"] == [None, 1]
    assert (values["time"], values["naive"]) == ([MIDNIGHT, MIDNIGHT], [0, 1])
    assert rejects == [
        "a number was expected (bytes_down)",
        "the line does not fit the format",
        "the time is missing",
    ]


def test_values_with_blanks_run_to_the_next_known_key(read):
    layout = KeyValue(
        {"user": Field("user"), "rt": Field("time", type="epoch"), "src_host": Field("client")},
        only_known=True,
        ignored=("http_user_agent",),
    )
    line = b"rt=1795392000000 user=LDAP://u OU=Users,DC=com/T\\, N src_host=10.0.0.4 http_user_agent=a b=c"
    values, _, _ = read(layout, line)
    assert values["user"] == [b"LDAP://u OU=Users,DC=com/T\\, N"]
    assert values["client"] == [b"10.0.0.4"]


def test_cef_and_leef_have_a_head(read):
    keys = {"rt": Field("time", type="epoch"), "request": Field("url", type="url"), "act": Field("action")}
    cef = KeyValue(keys, head="cef", holds=b"|Zscaler|", pipes={5: Field("name")})
    values, rejects, _ = read(
        cef,
        b"CEF:0|Zscaler|NSSWeblog|5.7|Allowed|A \\| name|3|act=Blo cked rt=1795392000000 request=http://a.example/x\\=y",
        b"CEF:0|Other|NSSWeblog|5.7|Allowed|A name|3|act=Blocked rt=1795392000000",
    )
    assert (values["action"], values["name"], values["path"]) == ([b"Blo cked"], [b"A | name"], [b"/x=y"])
    assert rejects == ["the line does not fit the format"]
    leef = KeyValue(keys, head="leef", separator=b"\t")
    values, rejects, _ = read(
        leef,
        b"LEEF:1.0|Zscaler|NSS|4|Block|act=Blo cked\trt=1795392000000",
        b"LEEF:2.0|Zscaler|NSS|4|Block|^|act=Blo cked^rt=1795392000000",
        b"LEEF:2.0|Zscaler|NSS|4|Block|0x7c|act=Blo cked|rt=1795392000000",
    )
    assert (values["action"], rejects) == ([b"Blo cked"] * 3, [])


def test_members_are_found_by_their_paths(read):
    values, rejects, _ = read(
        JSON,
        b'{"headers": {"Referer": ["http://r.example/", "x"]}, "ts": 1795392000.5, "http": {"response": {"bytes": 7}}}',
        b'{"ts":"1795392000500","url":"http:\\/\\/a.example\\/\\u00e9\\ud83d\\ude00?q","user":null,"duration":0.25}',
        b'{"ts":1795392000500,"http.response.bytes":8,"user":"a\\"\\ud83d b"}\r',
        b'{"ts":1795392000500,"http.response.bytes":"many"}',
        b'{"ts":1795392000500,}',
        b'{"other":1}',
    )
    assert values["time"] == [MIDNIGHT + 500] * 3
    assert values["referrer_host"] == [b"r.example", None, None]
    assert values["bytes_down"] == [7, None, 8]
    assert values["path"] == [None, "/é😀".encode(), None]
    assert values["user"] == [None, None, 'a"\N{REPLACEMENT CHARACTER} b'.encode()]
    assert values["duration_ms"] == [None, 250, None]
    assert rejects == [
        "a number was expected (bytes_down)",
        "the line does not fit the format",
        "the line does not fit the format",
    ]


@pytest.mark.parametrize(
    ("type", "text", "time", "naive"),
    [
        ("datetime", b"2026-11-23T01:00:00.250+01:00", MIDNIGHT + 250, 0),
        ("datetime", b"2026/11/23 00:00:00", MIDNIGHT, 1),
        ("datetime", b"2026.11.23 00:00:00", MIDNIGHT, 1),
        ("datetime", b"23/Nov/2026:00:00:00.007", MIDNIGHT + 7, 1),
        ("datetime", b"2026-11-23 00:00:00 UTC", MIDNIGHT, 0),
        ("datetime", b"2026-11-22T23:00:00-0100", MIDNIGHT, 0),
        ("datetime", b"2026:11:23-00:00:00", MIDNIGHT, 1),
        ("instant", b"2026-11-23T00:00:00Z", MIDNIGHT, 0),
        ("instant", b"1795392000.25", MIDNIGHT + 250, 0),
        ("asctime", b"Mon Nov 23 00:00:00 2026", MIDNIGHT, 1),
        ("epoch", b"1795392000", MIDNIGHT, None),
        ("epoch", b"1795392000123", MIDNIGHT + 123, None),
        ("epoch", b"1795392000123456", MIDNIGHT + 123, None),
        ("epoch", b"1795392000123456789", MIDNIGHT + 123, None),
        ("epoch", b"1795392000.1239", MIDNIGHT + 123, None),
        ("clf", b"23/Nov/2026:01:00:00 +0100", MIDNIGHT, None),
    ],
)
def test_times_are_read_in_their_shapes(read, type, text, time, naive):
    values, rejects, _ = read(KeyValue({"t": Field("time", type=type)}), b"t=" + text)
    assert (values["time"], rejects) == ([time], [])
    assert values.get("naive") == (None if naive is None else [naive])


@pytest.mark.parametrize(
    ("type", "text", "reason"),
    [
        ("datetime", b"2026-02-29 00:00:00", "the time does not exist"),
        ("datetime", b"2026-11/23 00:00:00", "the time does not exist"),
        ("datetime", b"2026-11-23 24:00:00", "the time does not exist"),
        ("datetime", b"2026-11-23 00:00:00 +2400", "the time does not exist"),
        ("datetime", b"1969-12-31 23:59:59", "the time is out of range"),
        ("asctime", b"Mon Nuv 23 00:00:00 2026", "the time does not exist"),
        ("epoch", b"123456789012345678901", "the time is no number"),
        ("epoch", b"12x", "the time is no number"),
        ("clf", b"yesterday", "the time does not exist"),
        ("date", b"2026-11-23", "the time is missing"),
        ("clock", b"00:00", "the time does not exist"),
        ("datetime", b"-", "the time is missing"),
    ],
)
def test_what_is_no_time_makes_the_line_a_reject(read, type, text, reason):
    values, rejects, _ = read(KeyValue({"t": Field("time", type=type)}), b"t=" + text)
    assert (values["time"], rejects) == ([], [reason])


def test_a_zone_that_many_places_use_says_nothing(read):
    values, _, _ = read(FIREWALL, b'date=2026-11-23 time=00:00:00 tz="CDT"')
    assert (values["time"], values["naive"]) == ([MIDNIGHT], [1])


def test_a_template_may_have_comments_and_times_without_a_zone(read):
    pieces = (Field("time", "word", "datetime"), Literal(b" "), Field("user", "text"))
    values, rejects, skipped = read(Template(pieces, comment=b"#"), b"# a comment", b"2026-11-23T00:00:00 jane smith")
    assert (values["user"], values["naive"], rejects, skipped) == ([b"jane smith"], [1], [], 1)


@pytest.mark.parametrize(
    "prefix",
    [
        b"<166>Sep 30 20:25:30 gw (squid-1)[72246]: ",
        b"Sep  3 20:25:30 gw squid:  ",
        b"<166> Sep  3 20:25:30 gw ",
        b"2026-11-23T08:24:29.123456+00:00 gw squid[1]: ",
        b"<166>2026-11-23T08:24:29Z gw squid[1]: ",
        b"<166>1 2026-11-23T08:24:29Z host app pid id [a b] \xef\xbb\xbf",
        b"<166>",
        b"<166> ",
    ],
)
def test_the_prefix_of_a_log_collector_is_stripped(read, prefix):
    values, rejects, _ = read(FIREWALL, prefix + b"date=2026-11-23 time=00:00:00 action=pass", wrapper="syslog")
    assert (values["action"], rejects) == ([b"pass"], [])


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (lambda: Field("status", type="integer"), "did you mean 'int'?"),
        (lambda: Field("time", type="datetme"), "did you mean 'datetime'?"),
        (lambda: Delimited({"a": Field("user")}, order=("b",)), "one of: b"),
        (lambda: Delimited({}, quote="double"), "did you mean 'doubled'?"),
        (lambda: KeyValue({}, head="cfe"), "did you mean 'cef'?"),
        (lambda: KeyValue({}, separator=b""), "write for example"),
    ],
)
def test_a_layout_that_cannot_be_is_refused_with_a_hint(make, hint):
    with pytest.raises(LayoutError) as caught:
        make()
    assert hint in caught.value.hint


def test_a_layout_without_a_time_takes_that_of_the_log_collector(read):
    layout = KeyValue({"user": Field("user")})
    lines = [
        b"<13>1 2026-11-23T01:00:00+01:00 gw mwg - - - user=a",
        b"<13>Nov 23 00:00:00 gw mwg: user=b",
        b"Nov 25 00:00:00 gw mwg: user=c",
        b"user=d",
    ]
    values, rejects, _ = read(layout, *lines, wrapper="syslog", written=MIDNIGHT + 3_600_000)
    assert values["time"] == [MIDNIGHT, MIDNIGHT, MIDNIGHT - 363 * 86_400_000]
    assert values["naive"] == [0, 1, 1]
    assert rejects == ["the time is missing"]
    assert read(layout, lines[1], wrapper="syslog")[1] == ["the year is not known"]


@pytest.mark.parametrize(
    ("wrapper", "prefix"),
    [
        ("syslog_hostless", b"<14>Jul 20 23:59:02 "),
        ("cri", b"2025-12-31T17:37:40.493035218+01:00 stdout F "),
        ("cri", b"2025-12-31T17:37:40Z stderr P "),
    ],
)
def test_other_prefixes_are_stripped_when_they_are_named(read, wrapper, prefix):
    values, rejects, _ = read(FIREWALL, prefix + b"date=2026-11-23 time=00:00:00 action=pass", wrapper=wrapper)
    assert (values["action"], rejects) == ([b"pass"], [])
