"""The compiled reader yields what the slow, obviously right reader yields."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from alike import assert_same, blocks_of, inserted, law, mutated_lines
from proxyscan import contacts, schema, tally
from proxyscan.contacts import Contacts, Crowd, gather
from proxyscan.formats import squid, squid_combined, squid_common
from proxyscan.kernels import PADDING, vectors
from proxyscan.kernels.bits import kernel, note_edges
from proxyscan.kernels.combinations import Combinations, Packed
from proxyscan.kernels.machine import _place
from proxyscan.kernels.sums import DOWN, add_intervals
from proxyscan.kernels.words import Words
from proxyscan.layouts import NULL, Block, Delimited, Field, Literal, Template, squid_conf_formats, squid_template
from proxyscan.layouts.fast import FastReader
from proxyscan.layouts.layout import listed
from proxyscan.layouts.program import is_simple
from proxyscan.layouts.read import column_stores
from proxyscan.layouts.sink import plan
from proxyscan.layouts.tokens import tokens_of
from proxyscan.layouts.wrapper import WRAPPERS
from proxyscan.tally import HOUR_MS, LONGEST_SPREAD, OUTCOME_CLASSES, Sums, key_parts, together

SAMPLES = Path(__file__).parent.parent / "sample_logs"
EVERY_TYPE = '%tS [%tl] %>a %Ss:%>Hs/%tr "%{Referer}>h" %>rd %ru %<st %>st %ssl::>sni %mt %ul "%{User-Agent}>h"'
TEMPLATES = {
    "squid": squid.FORMAT.layout,
    "squid_common": squid_common.FORMAT.layout,
    "squid_combined": squid_combined.FORMAT.layout,
    **{
        name: squid_template(string, tail)
        for conf in ("squid_custom.squid.conf", "squid_day.squid.conf")
        for name, string in squid_conf_formats((SAMPLES / conf).read_text()).items()
        for tail in (True,)
        if name not in ("squid", "combined", "common")
    },
    "every_type": squid_template(EVERY_TYPE),
    "text_last": squid_template("%ts.%03tu %Ss|%>rd %ru x=%un", tail=True),
    "fixed": squid_template("%tS %Ss  %tr^%>rd-%ru'%un end"),
    "tokens": squid_template("%ts.%03tu %tr  %>a:%>p %Ss/%>Hs|%Sh %ru %rm %un %<st"),
    "tokens_last": squid_template("%ts %>rd %Ss:%mt %>st_%>a %ru", tail=True),
}
EXAMPLES_OF_TYPES = [
    b'1795422269.4791 [23/Nov/2026:08:24:29 +0100] 10.0.0.1 TCP_MISS:200/-50 "https://a.example/x" h.example '
    b'http://u:p@[::1]:80/a?b 12 - sni.example text/html some one "curl/7 \\"x\\""',
    b"1795422269.479 TCP_MISS|h.example a.example:443 x=some one [Host: x]",
    b"1795422269.479 TCP_MISS  -7^h.example-http://a.example/b'c'd 'some one end",
    b"1795422269.479    12 10.0.0.1:5123 TCP_MISS/200|HIER_DIRECT http://a.example/b?c GET someone 1234567890",
    b"1795422269.479    - 10.0.0.1:5123 TCP_TUNNEL/200|HIER_NONE a.example:443 CONNECT - 12345",
    b"1795422269 a.example TCP:text 12_someone https://a.example/b",
]
LINES = [
    line for log in sorted(SAMPLES.glob("*.log")) for line in log.read_bytes().splitlines()[:60]
] + EXAMPLES_OF_TYPES

BLOCKS = blocks_of(LINES)


@given(st.sampled_from(sorted(TEMPLATES)), BLOCKS)
@law(400)
def test_fast_and_slow_reader_agree_on_mutated_lines(name, blocks):
    assert_same(TEMPLATES[name], blocks)


@pytest.mark.parametrize("name", ["squid", "tokens", "tokens_last"])
def test_lines_that_go_the_long_way_keep_their_places_among_those_that_do_not(name):
    plain = [line for line in LINES if not FastReader(TEMPLATES[name]).read(Block("", 0, line)).rejects]
    odd = [b"", b"  ", b"nonsense", *(line.replace(b" ", b" -1 ", 1) for line in plain)]
    odd += [line.replace(b" GET ", b" GET  ").replace(b"http:", b"ftp:").replace(b" us", b" a us") for line in plain]
    chance = Random(7)
    for share in (0.0, 0.02, 0.5):
        lines = [chance.choice(odd if chance.random() < share else plain) for _ in range(1500)]
        assert_same(TEMPLATES[name], [b"\n".join(lines)])


def test_squids_own_log_goes_the_short_way_and_one_with_quotes_does_not():
    assert all(tokens_of(TEMPLATES[name], plan_of(name), None) for name in ("squid", "tokens"))
    assert not tokens_of(TEMPLATES["squid_combined"], plan_of("squid_combined"), None)


def plan_of(name):
    layout = TEMPLATES[name]
    return plan(layout.fields, layout.nulls, column_stores(layout.fields))


@pytest.mark.slow
@given(st.sampled_from(sorted(TEMPLATES)), BLOCKS)
@law(8000)
def test_fast_and_slow_reader_agree_on_thousands_of_mutated_lines(name, blocks):
    assert_same(TEMPLATES[name], blocks)


SYSLOG = [
    b"<166>Sep 30 20:25:30 gw (squid-1)[72246]: ",
    b"Sep  3 20:25:30 gw squid: ",
    b"<166>1 2026-11-23T08:24:29Z host app pid id - ",
    b"<166>1 - - - - - - ",
    b"<166> Feb 29 20:25:30 gw ",
    b"<166>Dec 31 23:25:30 ",
    b"<16>2026-11-23T08:24:29.123+01:00 gw squid: ",
    b"2026-11-23T08:24:29.123456789+01:00 stdout F ",
    b"2026-11-23T08:24:29Z stderr P ",
    b"<1234>",
    b"<166>1 2026-11-23T08:24:29Z host app pid id [a b] \xef\xbb\xbf",
    b"",
]


CONTAINED = [
    b'{"log":"LINE\\n","stream":"stdout","time":"2026-11-23T08:24:29.123456789Z"}',
    b'{"time":"2026-11-23T08:24:29Z","attrs":{"tag":"a\\"b"},"log":"<166>Sep 30 20:25:30 gw squid: LINE\\r\\n"}',
    b'{"__REALTIME_TIMESTAMP" : "1795422269479123", "MESSAGE" : "LINE", "_PID" : "1"}',
    b'{"MESSAGE":[72, 101,10,108 ,255,13,10],"__REALTIME_TIMESTAMP":"1795422269479123"}',
    b'{"MESSAGE":[49,55,256],"log":["a"],"log":[65]}',
    b'{"log":"a\\nLINE","log":"b"} {"MESSAGE":null}',
    b'{"log":""}',
]
CONTAINERS = ["docker", "journald", "docker+syslog", "lead"]


@st.composite
def contained_lines(draw):
    escaped = json.dumps(
        draw(mutated_lines([*LINES, b'"a" 7', b"\\ 1234"])).decode("utf-8", "replace"), ensure_ascii=draw(st.booleans())
    )
    line = draw(st.sampled_from(CONTAINED)).replace(b"LINE", escaped[1:-1].encode())
    return inserted(draw, line) if draw(st.booleans()) else line


def assert_unwrapped_alike(lines, wrapper, written):
    text = b"".join(line + b"\n" for line in lines)
    assert_same(TEMPLATES["squid"], [text], wrapper)
    assert_same(TIMELESS, [text], wrapper, written=written)
    assert_same(NUMBERED, [text], wrapper)
    assert_same(COLUMNS, [text], wrapper, header=b'{"log":"#Fields: path user time"}')


WRITTEN = st.sampled_from([0, 1_795_422_269_000, 1_772_323_200_000])
WRAPPED = st.lists(st.tuples(mutated_lines(SYSLOG), mutated_lines(LINES)), max_size=8)
TIMELESS = Template((Field("user", "text"),))


@given(WRAPPED, st.sampled_from(WRAPPERS), WRITTEN)
@law(200)
def test_lines_of_a_log_collector_are_unwrapped_alike(lines, wrapper, written):
    text = b"".join(prefix + line + b"\n" for prefix, line in lines)
    assert_same(TEMPLATES["squid"], [text], wrapper)
    assert_same(TIMELESS, [text], wrapper, written=written)


@pytest.mark.slow
@given(WRAPPED, st.sampled_from(WRAPPERS), WRITTEN)
@law(6000)
def test_thousands_of_lines_of_a_log_collector_are_unwrapped_alike(lines, wrapper, written):
    text = b"".join(prefix + line + b"\n" for prefix, line in lines)
    assert_same(TEMPLATES["squid"], [text], wrapper)
    assert_same(TIMELESS, [text], wrapper, written=written)


NUMBERED = Template((Field("user", "text"), Literal(b" "), Field("size", "int", "int")))
COLUMNS = Delimited({"path": Field("path", type="path"), "user": Field("user")}, header=b"#Fields:")


@given(st.lists(contained_lines(), max_size=8), st.sampled_from(CONTAINERS), WRITTEN)
@law(300)
def test_lines_in_objects_of_a_log_collector_are_unwrapped_alike(lines, wrapper, written):
    assert_unwrapped_alike(lines, wrapper, written)


@pytest.mark.slow
@given(st.lists(contained_lines(), max_size=8), st.sampled_from(CONTAINERS), WRITTEN)
@law(8000)
def test_thousands_of_lines_in_objects_of_a_log_collector_are_unwrapped_alike(lines, wrapper, written):
    assert_unwrapped_alike(lines, wrapper, written)


@st.composite
def url_lines(draw):
    alphabet = st.sampled_from(
        [b"a", b"B", b"1", b":", b"/", b"//", b"?", b"#", b"@", b"[", b"]", b".", b"-", b"_", b"x" * 70]
    )
    url = b"".join(draw(st.lists(alphabet, max_size=12)))
    return b"1795422269.479 7 ::1 TCP_MISS/200 259 GET " + url + b" - HIER_DIRECT/127.0.0.1 text/html\n"


@given(st.lists(url_lines(), max_size=20))
@law(300)
def test_urls_are_split_alike(lines):
    assert_same(TEMPLATES["squid"], [b"".join(lines)])


@pytest.mark.slow
@given(st.lists(url_lines(), max_size=20))
@law(4000)
def test_thousands_of_urls_are_split_alike(lines):
    assert_same(TEMPLATES["squid"], [b"".join(lines)])


PIECE = st.one_of(
    st.sampled_from([b" ", b"  ", b"/", b'"', b" [", b"] ", b"-", b"5", b"^", b"| x="]).map(Literal),
    st.sampled_from(
        [
            Field("client"),
            Field("n", "int", "int"),
            Field("time", "int", "seconds"),
            Field("time", "int", "ms"),
            Field("time", "word", "fixed"),
            Field("tag", "code"),
            Field("time", "clf", "clf"),
            Field("url", "text", "url"),
            Field("url", "word", "url"),
            Field("user", "text"),
            Field("", "text"),
            Field("referrer_host", "text", "url_host"),
            Field("asked_host", "word", "host"),
            Field("", "int"),
            (Field("method", "text", part=(b" ", 0)), Field("url", "text", "url", part=(b" {|", 1))),
            (Field("tag", "word", part=(b"/", 0)), Field("n", type="int", part=(b"/", 1)), Field("tag")),
        ]
    ),
)


def kind(piece):
    """Return the kind of a place; empty for text."""
    return "" if isinstance(piece, Literal) else listed(piece)[0].kind


@st.composite
def templates(draw):
    pieces = []
    for piece in draw(st.lists(PIECE, min_size=1, max_size=9)):
        if pieces and kind(piece) and kind(pieces[-1]) not in ("", "int", "clf"):
            pieces.append(draw(st.sampled_from([Literal(b" "), Literal(b"/")])))
        pieces.append(piece)
    return Template(tuple(pieces), draw(st.booleans()))


VALUES = {
    "int": [b"5", b"-5", b"-", b" 12", b"1795422269"],
    "code": [b"TCP_MISS", b"A"],
    "clf": [b"23/Nov/2026:08:24:29 +0000", b"29/Feb/2023:08:24:29 +0000"],
    "word": [b"1795422269.479", b"a", b"a.example:80", b"55"],
    "text": [b"", b"a b", b"http://a.example/x y", b"-", b'a" 5'],
}


@st.composite
def template_and_lines(draw):
    template = draw(templates())
    lines = []
    for _ in range(draw(st.integers(1, 5))):
        parts = [
            piece.text if isinstance(piece, Literal) else draw(st.sampled_from(VALUES[kind(piece)]))
            for piece in template.pieces
        ]
        line = b"".join(parts) + draw(st.sampled_from([b"", b"", b" [x]", b" []", b" "]))
        lines.append(inserted(draw, line) if draw(st.booleans()) and draw(st.booleans()) else line)
    return template, b"\n".join(lines)


@given(template_and_lines())
@law(400)
def test_any_template_is_read_alike(case):
    assert_same(case[0], [case[1]])


@pytest.mark.slow
@given(template_and_lines())
@law(6000)
def test_thousands_of_templates_are_read_alike(case):
    assert_same(case[0], [case[1]])


@pytest.mark.parametrize("log", sorted(SAMPLES.glob("*.log")), ids=lambda path: path.stem)
@pytest.mark.parametrize("name", TEMPLATES)
def test_samples_are_read_alike_by_every_template(name, log):
    data = log.read_bytes()
    middle = data.index(b"\n", len(data) // 2) + 1
    assert_same(TEMPLATES[name], [data[:middle], data[middle:], b""])


def test_the_table_of_words_grows_within_a_block_and_across_blocks():
    line = b"1795422269.479 7 ::%d TCP_MISS/200 259 GET http://h%d.example/ user%d HIER_DIRECT/::1 text/html\n"
    blocks = [b"".join(line % (n, n % 7000, n) for n in range(first, first + 9000)) for first in (0, 5000)]
    assert_same(TEMPLATES["squid"], blocks)


def test_only_wanted_columns_are_built():
    data = (SAMPLES / "squid_native.log").read_bytes()
    want = frozenset({"time", "host", "bytes_down"})
    reader = FastReader(TEMPLATES["squid"], want=want)
    columns = reader.read(Block("log", 0, data))
    whole = FastReader(TEMPLATES["squid"]).read(Block("log", 0, data))
    assert {*columns.numbers, *columns.codes, *columns.spans} == want == set(reader.stores)
    assert list(reader.vocabularies) == ["host"]
    assert columns.rejects == whole.rejects
    np.testing.assert_array_equal(columns.codes["host"], whole.codes["host"])
    np.testing.assert_array_equal(columns.numbers["time"], whole.numbers["time"])


def test_every_format_that_ships_is_read_by_the_kernels():
    assert all(is_simple(template) for template in TEMPLATES.values())


small = st.integers(-2, 2) | st.sampled_from([2**62, -(2**63), NULL])


@given(
    st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(small, min_size=width, max_size=width), max_size=30)),
    st.integers(1, 9),
)
def test_rows_of_integers_are_numbered_in_the_order_first_seen(rows: list[list[int]], room: int) -> None:
    known: dict[tuple[int, ...], int] = {}
    expected = [known.setdefault(tuple(row), len(known)) for row in rows]
    keys = Combinations(len(rows[0]) if rows else 1, room)
    halves = [rows[: len(rows) // 2], rows[len(rows) // 2 :]]
    found = [number for half in halves if half for number in keys.numbers(np.array(half, np.int64).T)]
    assert found == expected
    assert [tuple(key) for key in keys.since(0)] == list(known)


columns_of_some_bits = st.sampled_from(
    [
        (1, st.booleans(), np.bool_),
        (2, st.integers(-1, 1), np.int32),
        (9, st.integers(-1, 510), np.int32),
        (31, st.integers(-1, 2**31 - 2), np.int32),
        (64, small, np.int64),
    ]
)


@given(st.data(), st.lists(columns_of_some_bits, max_size=6), st.integers(0, 30))
def test_packed_columns_are_numbered_as_their_rows_are(data: st.DataObject, kinds: list, rows: int) -> None:
    bits = [each for each, _, _ in kinds]
    columns = [np.array(data.draw(st.lists(values, min_size=rows, max_size=rows)), type) for _, values, type in kinds]
    known: dict[tuple[int, ...], int] = {}
    signs = [-each.astype(np.int64) if each.dtype == np.bool_ else each for each in columns]
    told = [tuple(each[row] for each in map(np.ndarray.tolist, signs)) for row in range(rows)]
    packed = Packed(bits)
    halves = [[each[: rows // 2] for each in columns], [each[rows // 2 :] for each in columns]]
    found = [packed.numbers(halves[0], rows // 2), packed.numbers(halves[1], rows - rows // 2)]
    assert np.concatenate(found).tolist() == [known.setdefault(each, len(known)) for each in told]
    assert [tuple(each) for each in packed.since(0)] == list(known)


alphabet = st.sampled_from([b"", b"a", b"\0", b"b" * 7, b"c" * 16, b"d" * 31])
words_of_all_lengths = (
    st.none() | st.lists(alphabet, max_size=5).map(b"".join) | st.integers(0, 9999).map(b"%d".__mod__)
)


@given(st.lists(st.lists(st.tuples(*[words_of_all_lengths] * 3), max_size=40), max_size=5), st.sampled_from([8, 64]))
@law(200)
def test_words_are_numbered_by_vocabulary_in_the_order_first_seen(
    blocks: list[list[tuple[bytes | None, ...]]], slots: int
) -> None:
    vocabularies = [0, 1, 0]
    words, known = Words(2, slots), ({}, {})
    for block in blocks:
        text, spans, expected = b"", np.full((3, len(block), 2), -1, np.int32), np.full((3, len(block)), -1)
        for column, vocabulary in enumerate(vocabularies):
            for row, word in enumerate(each[column] for each in block):
                if word is not None:
                    spans[column, row] = len(text), len(text) + len(word)
                    text += word
                    expected[column, row] = known[vocabulary].setdefault(word, len(known[vocabulary]))
        buffer = np.frombuffer(text + b"\n" * PADDING, np.uint8)
        found = words.codes(buffer, spans, len(block), np.array(vocabularies))
        np.testing.assert_array_equal(found, expected)
    assert words.since(0) == [[*each] for each in known]


def test_many_words_of_many_rows_have_codes_of_their_own():
    numbers = np.random.default_rng(1).integers(0, 30_000, 100_000)
    texts = [b"%d.example" % number for number in numbers]
    ends = np.cumsum([*map(len, texts)])
    spans = np.stack([np.append(0, ends[:-1]), ends], 1).astype(np.int32)[None]
    words = Words(1)
    buffer = np.frombuffer(b"".join(texts) + b"\n" * PADDING, np.uint8)
    codes = words.codes(buffer, spans, len(texts), np.array([0]))
    (known,) = words.since(0)
    assert [known[code] for code in codes[0].tolist()] == texts
    assert len(known) == len({*texts})


def _told(each: Contacts, known: tuple[np.ndarray, np.ndarray]) -> list[tuple[int, ...]]:
    crowd = Crowd([known])
    told = []
    for found in gather(crowd, [each.runs]):
        keys = [np.repeat(column, found.counts) for column in (found.when, found.what)]
        told += sorted(zip(*map(np.ndarray.tolist, [*keys, crowd.hashes[found.ranks]]), strict=True))
    assert not each.runs
    assert told == sorted(told)  # portion after portion
    return told


@pytest.mark.parametrize("most", [1 << 20, 200])
def test_contacts_of_many_folds_are_those_of_one(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "MOST_FOLDED", most)
    monkeypatch.setattr(contacts, "MOST_GATHERED", most)
    rng = np.random.default_rng(1)
    columns = [rng.integers(0, 3 * HOUR_MS, 3000), *(rng.integers(-1, 200, 3000) for _ in range(2))]
    columns += [rng.integers(0, 3, 3000), rng.integers(0, len(OUTCOME_CLASSES), 3000)]
    whole, cut = Contacts(), Contacts()

    def known():
        hashes = np.arange(400, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(1)
        return hashes, np.zeros(400, np.int64)

    whole.add([*columns, OUTCOME_CLASSES, HOUR_MS], 400, known)
    for part in range(30):
        persons = 400 if part > 20 else 10 * part + 50
        some = [each[part::30] for each in columns]
        few = (some[1] * 2 < persons - 1) & (some[2] * 2 < persons - 1)
        for rows, people in ((few, persons), (~few, 400)):
            cut.add([*(each[rows] for each in some), OUTCOME_CLASSES, HOUR_MS], people, known)
        cut.fold()
    whole.fold()
    assert (len(cut.runs) > 20) == (most > 200)
    one, many = (_told(each, known()) for each in (whole, cut))
    assert one == many
    plain = {
        ((int(time) // HOUR_MS, int(class_) << 8 | int(OUTCOME_CLASSES[outcome])), user if user >= 0 else ("c", client))
        for time, user, client, class_, outcome in zip(*map(np.ndarray.tolist, columns), strict=True)
        if OUTCOME_CLASSES[outcome] >= 0 and (user >= 0 or client >= 0)
    }
    assert len(one) == len(plain)


def test_contacts_of_more_hours_than_there_is_room_for_are_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "MOST_PRESENT", 64)
    rng, each, rows = np.random.default_rng(1), Contacts(), 3000
    hours, users, classes = rng.integers(0, 100, rows), rng.integers(0, 200, rows), rng.integers(0, 3, rows)
    hashes, outcome = np.arange(400, dtype=np.uint64), np.zeros(rows, np.int64)
    columns = [hours * HOUR_MS, users, np.full(rows, -1), classes, outcome, OUTCOME_CLASSES, HOUR_MS]
    each.add(columns, 400, lambda: (hashes, np.zeros(400, np.int64)))
    each.fold()
    assert len(each.runs) > 10
    told = _told(each, (hashes, np.zeros(400, np.int64)))
    assert {*told} == {
        *zip(hours.tolist(), (classes << 8 | OUTCOME_CLASSES[0]).tolist(), (2 * users).tolist(), strict=True)
    }


@pytest.mark.parametrize("most", [1 << 19, 9000])
def test_sums_that_were_put_aside_count_as_those_at_hand(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MOST_KEYS", 4096)
    monkeypatch.setattr(tally, "MOST_ROWS", most)
    rng, sums, rows = np.random.default_rng(1), Sums(), 80_000
    columns = {name: rng.integers(0, most_of, rows) for name, most_of in (("time", 99), ("class", 9), ("outcome", 99))}
    columns["time"] *= schema.INTERVAL_MS
    columns["outcome"] %= len(schema.OUTCOMES)
    bytes_down = np.where(rng.random(rows) < 0.1, NULL, rng.integers(0, 10_000, rows))
    unsaid, uncached = np.full(rows, NULL), np.full(rows, -1)
    for part in np.array_split(np.arange(rows), 9):
        some = [columns["time"], unsaid, bytes_down, unsaid, uncached, columns["class"], columns["outcome"]]
        sums.add(add_intervals, [*(each[part] for each in some), schema.INTERVAL_MS, LONGEST_SPREAD])
    assert len(sums.runs) > 1
    assert (sum(map(len, sums.runs)) > 30_000) == (most > 9000)
    taken = np.concatenate(sums.taken())
    when, what, requests, down, *_, known = together(taken, np.lexsort(taken[:, 1::-1].T))
    found = pd.DataFrame(key_parts(when, what) | {"requests": requests, "bytes": down, "known": known >> DOWN & 1 == 1})
    frame = pd.DataFrame(columns).assign(when=columns["time"] // schema.INTERVAL_MS, known=bytes_down != NULL)
    frame = frame.assign(bytes=np.where(frame["known"], bytes_down, 0)).groupby(["when", "class", "outcome"])
    plain = frame.agg(requests=("known", "size"), bytes=("bytes", "sum"), known=("known", "any")).reset_index()
    assert_frame_equal(found.drop(columns="group").sort_values(["when", "class", "outcome"], ignore_index=True), plain)


def test_kernels_find_an_array_where_numpy_has_it():
    whole = np.arange(12).reshape(3, 4)
    for array in (whole, whole[1:, ::2], whole.T, np.empty(0), np.frombuffer(b"text", np.uint8)):
        assert _place(array) == array.__array_interface__["data"][0]


def _noted(bits: np.ndarray, edges: np.ndarray) -> None:
    for row in range(len(bits)):
        note_edges(bits[row], row, edges[row], 0)


@pytest.mark.parametrize("features", [set(), {"avx512vbmi2"}])
def test_edges_are_noted_with_and_without_an_instruction_for_it(features, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(vectors, "_features", lambda: features)
    numbers = np.random.default_rng(1).integers(0, 1 << 63, 100, np.uint64) * np.uint64(2) | np.uint64(1 << 63)
    bits = np.concatenate([numbers, numbers & numbers[::-1] & np.roll(numbers, 7), [np.uint64(0), ~np.uint64(0)]])
    edges = np.zeros((len(bits), 16), np.int32)
    kernel(_noted)(bits, edges)
    for row, (word, noted) in enumerate(zip(bits.tolist(), edges.tolist(), strict=True)):
        places = [row + place for place in range(64) if word >> place & 1]
        assert noted[: len(places)] == places[:16]
