"""The compiled readers of delimited lines, pairs and JSON yield what the slow, obviously right ones yield."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alike import PIECES, assert_same, blocks_of, law
from proxyscan.layouts import Block, Delimited, Field, JsonLines, KeyValue, Literal, Template
from proxyscan.layouts.fast import FastReader
from proxyscan.layouts.layout import TIMES, TYPES

NULLS = (b"-", b"NA", b"NotFound")
STATUS = Field("status", type="int")
CLIENT = Field("client", type="address")
URL = Field("url", type="url")
NAMED = {
    "date": Field("time", type="date"),
    "time": Field("time", type="clock"),
    "tz": Field("time", type="zone"),
    "rt": Field("time", type="instant"),
    "stamp": Field("time", type="datetime"),
    "taken": Field("duration_ms", type="duration_s"),
    "us": Field("duration_ms", type="duration_us"),
    "user": Field("user"),
    "cs(User)": Field("user", part=(b"{|}", 1)),
    "login": Field("user"),
    "result": (Field("tag", part=(b"/", 0)), Field("status", type="int", part=(b"/", 1))),
    "status": STATUS,
    "host": Field("host", type="host"),
    "url": URL,
    "path": Field("path", type="path"),
    "referer": Field("referrer_host", type="url_host"),
    "client": CLIENT,
}
CSV_ORDER = ("stamp", "user", "client", "url", "status", "referer", "result")
CSV = {name: NAMED[name] for name in CSV_ORDER}

LAYOUTS = {
    "w3c": Delimited(NAMED, header=b"#Fields:", nulls=NULLS),
    "w3c_needs": Delimited(NAMED, header=b"#Fields:", needs=("user",), lacks=("rt",), extra=True),
    "w3c_tab": Delimited(NAMED, header=b"#Fields:", separator=b"\t", quote="none"),
    "named": Delimited({**NAMED, "when": Field("time", type="clf")}, header=b"# when", comment=b"", quote="backslash"),
    "csv": Delimited(CSV, order=CSV_ORDER, separator=b","),
    "csv_loose": Delimited(CSV, order=CSV_ORDER, separator=b",", quote="backslash", least=3, extra=True, nulls=NULLS),
    "csv_headed": Delimited(NAMED, header=b"user,", separator=b",", comment=b""),
    "tsv": Delimited(CSV, order=CSV_ORDER, separator=b"\t", quote="none", least=2),
    "fixed": Delimited(CSV, order=CSV_ORDER, least=1),
    "pairs": KeyValue(NAMED),
    "pairs_doubled": KeyValue({**NAMED, "": Field("time", type="asctime")}, quote="doubled", lacks=("login",)),
    "pairs_known": KeyValue(NAMED, only_known=True, ignored=("agent",), needs=("host",), quote="none", holds=b"user="),
    "pairs_tab": KeyValue({**NAMED, "": Field("time", type="datetime")}, separator=b"\t", nulls=NULLS),
    "pairs_colon": KeyValue(NAMED, separator=b";", assign=b":", quote="doubled"),
    "cef": KeyValue(NAMED, head="cef", holds=b"|Zscaler|", pipes={0: Field("version"), 5: (Field("a"), Field("b"))}),
    "cef_bar": KeyValue(NAMED, head="cef", separator=b"|"),
    "leef": KeyValue(NAMED, head="leef", separator=b"\t", pipes={4: Field("tag")}),
    "json": JsonLines(NAMED, nulls=NULLS),
    "json_deep": JsonLines(
        {
            "a.b": Field("user"),
            "a.c.1": Field("tag"),
            "a.c.10": Field("tag"),
            "a.c.0.d": STATUS,
            "a": Field("a"),
            "t.stamp": NAMED["stamp"],
            "t.rt": NAMED["rt"],
            "r.uri": (NAMED["path"], Field("whole")),
        },
        lacks=("other",),
        holds=b"stamp",
    ),
}
LINES = {
    "w3c": [
        b"#Fields: date time user status host path referer result client",
        b'2026-11-23 08:24:29 "DOM\\jane ""jj"" smith" 403 www.a.example /a?b http://r.example/ T/200 10.0.0.1:80',
        b"2026-11-23  08:24:29.5 - 200 www.a.example - - -/- [::1]:80 ",
        b"#Fields: rt  taken login url status us",
        b'1795422269.479 0.25 jane "http://a.example:80/a b" - 1250',
        b"#Software: x",
    ],
    "w3c_tab": [
        b"#Fields: date\ttime\ttz\tuser\tstatus\thost\tpath",
        b"2026-11-23\t08:24:29.5\t+0100\tjane smith\t200\twww.a.example\t/x",
        b'2026-11-23\t08:24:29.5\t-\t"jane" \t\twww.a.example\t',
    ],
    "named": [
        b'# when "user" status',
        b'[23/Nov/2026:08:24:29 +0000] "ja\\"ne" 200',
        b"[23/Nov/2026:08:24:29 +0100]  DOM\\\\jane 200",
    ],
    "csv_headed": [b"user,stamp,status", b"jane,2026-11-23 08:24:29,200", b'"j, k", "2026-11-23 08:24:29",""'],
    "csv": [
        b'"2026-11-23 08:24:29","jane ""x""", "[::1]:80","http://a.example/a""b,c?d","200","NA","TCP_MISS/404"',
        b'2026-11-23T08:24:29Z,,::1,a.example:443,,-,TCP_DENIED,more,"',
        b"2026-11-23T08:24:29Z, jane,::1,a.example:443,,-,TCP_DENIED",
        b'"2026-11-23T08:24:29Z","DOM\\\\j\\"x","::1","a.example/\\"x"',
    ],
    "tsv": [
        b'2026-11-23T08:24:29Z\t"jane\t::1\ta.example:443\t5\t-\tTCP_DENIED/403',
        b"2026-11-23T08:24:29Z\tjane\t",
    ],
    "fixed": [
        b"2026-11-23T08:24:29Z jane ::1 a.example:443 5 - TCP_DENIED/403",
        b'2026-11-23T08:24:29Z  "jane smith" ::1 ',
    ],
    "pairs": [
        b'date=2026-11-23 time=08:24:29 tz="+0100" user="DOM\\jane \\"x\\"" status=403 host=a.example path="/a?b" us=1',
        b"rt=1795422269479 login=jane smith  url=http://a.example/?x=y agent=M (X; y) host=a.example user= ",
        b"Mon Nov 23 08:24:29 2026 stamp=2026-11-23T08:24:29.123+01:00 result=A/200 client=10.0.0.1:80 cs(User)={a|b}",
        b"2026-11-23 08:24:29\tuser=NA\tstatus=200\turl=a.example/x?y\ttaken=1.25\treferer=http://r.example/",
        b'stamp:2026-11-23 08:24:29; user:"jane ""x"""; status:"200";host:a.example',
        b"CEF:0|Zscaler|NSS|5|A\\|l|n\\\\m|3|rt=1795422269479 user=a\\=b\\nc url=http://a.example/\\\\x\\|y status=200",
        b"<13>Nov 23 CEF:0|Zscaler|NSS|5|Allow|name|3|user=|rt=1795422269479| status=200|url=http://a.example/a\\=b",
        b"LEEF:1.0|V|P|4|deny|rt=1795422269479\tuser=jane smith\tstatus=403",
        b"LEEF:2.0|V|P|4|deny|^|rt=1795422269479^user=jane smith^status=403",
        b"LEEF:2.0|V|P|4|deny|0x7C|rt=1795422269479|user=jane smith|status=403",
        b"LEEF:2.0|V|P|4|deny||rt=1795422269479\tuser=jane smith",
        b"LEEF:2.0|V|P|4|deny| |rt=1795422269479 user=jane smith status=4",
    ],
    "json": [
        b'{"stamp":"2026-11-23T08:24:29Z","user":"ja\\"ne","status":200,"url":"http:\\/\\/a.example\\/\\u00e9?q"}',
        b'{"rt": 1795422269.479, "login": "\\ud83d\\ude00", "user": null, "result": "TCP_MISS/200", "x": {"user": 5}}',
        b' {"date":"2026-11-23","time":"08:24:29","tz":"UTC","client":"[::1]:80","status":"NA","path":"\\/\\/"} \t',
        b'{"a": {"b": "x", "c": [{"d": 7}]}, "t": {"stamp": "2026-11-23 08:24:29", "rt":0}, "r": {"uri": "/x"}}',
        b'{"a.b":"y","a":{"c":[[],1,2,3,4,5,6,7,8,9,"ten"],"b":true},"t":{"rt":1795422269479,"stamp":""},"r":{"uri":[]}}',
        b'{"t.rt":1795422269479,"a":{"c.1":"dotted","c":["x"],"c.0.d":7,"b.c":1},"a.c":{"1":"never"}}',
        b'{"t":{"rt":1795422269479},"a":"\\n\\x\\u12","stamp":{},"r":{"uri":"/a\\u003fb"}}',
    ],
}
FAMILY = {KeyValue: "pairs", JsonLines: "json"}
BLOCKS = {family: blocks_of(lines) for family, lines in LINES.items()}


def family(name):
    """Return the name of the lines that a layout reads."""
    return FAMILY.get(type(LAYOUTS[name]), name if name in LINES else name.partition("_")[0])


@st.composite
def cases(draw):
    name = draw(st.sampled_from(sorted(LAYOUTS)))
    header = draw(st.sampled_from([LINES[family(name)][0], LINES["w3c"][3], b""]))
    return LAYOUTS[name], draw(BLOCKS[family(name)]), header


@given(cases())
@law(500)
def test_every_layout_is_read_alike_from_mutated_lines(case):
    layout, blocks, header = case
    assert_same(layout, blocks, header=header)


@pytest.mark.slow
@given(cases())
@law(12000)
def test_every_layout_is_read_alike_from_thousands_of_mutated_lines(case):
    layout, blocks, header = case
    assert_same(layout, blocks, header=header)


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_lines_themselves_are_read_alike(name):
    layout = LAYOUTS[name]
    lines = [line for each in LINES.values() for line in each]
    assert FastReader(layout).read(Block("log", 0, b"\n".join(LINES[family(name)]))).rows > 0
    assert_same(layout, [b"\n".join(lines), b"\r\n".join(reversed(lines))])
    assert_same(layout, [b"".join(b"<13>1 2026-11-23T08:24:29Z h a p i - " + line + b"\n" for line in lines)], "syslog")


SHAPES = [
    b"2026-11-23 08:24:29",
    b"2026-11-23T08:24:29.123456789Z",
    b"2026/02/29 08:24:29,5 +01:00",
    b"2026.11.23 08:24:29 GMT",
    b"23/Nov/2026:08:24:29.250",
    b"23/Nov/2026:08:24:29 +0100",
    b"Mon Nov  3 08:24:29 2026",
    b"Nov 03 2026 08:24:29.5 +0100",
    b"Feb 29 08:24:29",
    b"Nov  3 08:24:29.250",
    b"1795422269",
    b"1795422269479",
    b"1795422269479123456",
    b"1795422269.479",
    b"0.00125",
    b"1.25e-03",
    b"-7",
    b"+0530",
    b"Z",
    b"08:24:29.5",
    b"2026-11-23",
    b"TCP_MISS/200",
    b"[fe80::1]:8080",
    b"http://u:p@a.example:80/x?y",
]


@st.composite
def typed_texts(draw):
    text = draw(st.sampled_from(SHAPES))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(text)))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=2) | st.sampled_from([b"1", b"0", b"9", b":", b"."]))
        text = text[:place] + piece + text[place + draw(st.integers(0, 2)) :]
    return text.replace(b"\n", b"").replace(b"\t", b"")


@given(st.sampled_from(sorted(TYPES)), st.lists(typed_texts(), min_size=1, max_size=8))
@law(500)
def test_every_type_is_read_alike(type, texts):
    field = Field("time" if type in TIMES else "x", type=type)
    layout = KeyValue({"v": field, "at": Field("time", type="epoch")}, separator=b"\t", quote="none")
    lines = [b"v=" + text + b"\tat=7" for text in texts] + [b"v=" + text for text in texts]
    assert_same(layout, [b"\n".join(lines)], written=len(texts) % 3 and 1_795_422_269_000)


@pytest.mark.slow
@given(st.sampled_from(sorted(TYPES)), st.lists(typed_texts(), min_size=1, max_size=8))
@law(10000)
def test_every_type_is_read_alike_from_thousands_of_texts(type, texts):
    field = Field("time" if type in TIMES else "x", type=type)
    layout = KeyValue({"v": field, "at": Field("time", type="epoch")}, separator=b"\t", quote="none")
    assert_same(
        layout,
        [b"\n".join([b"v=" + text + b"\tat=7" for text in texts] + [b"v=" + text for text in texts])],
        written=1_795_422_269_000,
    )


def test_a_template_knows_every_type_and_comments():
    pieces = (Field("time", "word", "datetime"), Literal(b" "), CLIENT, Literal(b" "), NAMED["result"][1])
    lines = [b"# x", b"2026-11-23T08:24:29 10.0.0.1:80 A/200", b"2026-11-23T08:24:29Z [::1]:80 A", b"x y A/1"]
    assert_same(Template(pieces, comment=b"#"), [b"\n".join(lines)])


def test_only_wanted_columns_are_built_but_all_are_judged():
    layout = LAYOUTS["json"]
    data = b"\n".join([*LINES["json"], b'{"rt":7,"status":"x"}'])
    whole = FastReader(layout).read(Block("log", 0, data))
    some = FastReader(layout, want=frozenset({"time", "host", "path"})).read(Block("log", 0, data))
    assert {*some.numbers, *some.codes, *some.spans} == {"time", "host", "path"}
    assert some.rejects == whole.rejects
    assert "a number was expected (status)" in some.rejects.reasons
    np.testing.assert_array_equal(some.numbers["time"], whole.numbers["time"])


def test_the_table_of_words_grows_within_a_block_of_escaped_texts():
    line = b'{"rt":1795422269,"user":"u\\"%d","url":"http:\\/\\/h%d.example\\/\\u00e9%d"}\n'
    assert_same(LAYOUTS["json"], [b"".join(line % (n, n % 4000, n) for n in range(9000))])


def test_a_log_may_hold_many_different_headers():
    lines = [b"#Fields: date time user c%d\n2026-11-23 08:24:29 jane x\n" % number for number in range(200)]
    assert_same(LAYOUTS["w3c"], [b"".join(lines)])


@pytest.mark.parametrize("word", [b"a" * 50_000, b"a=" * 20_000, b'"' * 50_000, b"\\" * 50_000, b"[" * 50_000])
@pytest.mark.parametrize("name", LAYOUTS)
def test_hostile_long_lines_are_read_alike(name, word):
    lines = LINES[family(name)]
    assert_same(LAYOUTS[name], [b"\n".join([*lines, word, *(line + b" " + word for line in lines[:2])])])
