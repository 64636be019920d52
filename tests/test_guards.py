"""No kernel reads or writes outside of its arrays, whatever is in them: there are pages on both sides that end it."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import proxyscan
from alike import HOSTILE, Guarded, assert_same, assert_same_columns, guards, law, mutated_lines
from proxyscan import arrow, sketch
from proxyscan.decide import text_held
from proxyscan.groups import Groups
from proxyscan.host import at_a_glance
from proxyscan.kernels import PADDING
from proxyscan.kernels.combinations import WHOLE, Combinations, Packed
from proxyscan.kernels.tokens import CHUNK
from proxyscan.kernels.words import Words
from proxyscan.layouts import Block, Field, Literal, Reader, Template
from proxyscan.layouts.fast import FastReader
from proxyscan.layouts.wrapper import WRAPPERS
from test_kernels import BLOCKS, LINES, SAMPLES, TEMPLATES, WRAPPED, assert_unwrapped_alike, contained_lines, small
from test_layout_kernels import cases

WRAPPER = st.sampled_from(WRAPPERS)


@given(st.sampled_from(sorted(TEMPLATES)), BLOCKS)
@law(60)
def test_templates_are_read_within_all_arrays(name, blocks):
    with guards():
        assert_same(TEMPLATES[name], blocks)


@pytest.mark.parametrize("name", ["squid", "tokens", "tokens_last"])
def test_a_whole_chunk_of_lines_is_read_within_all_arrays(name):
    with guards():
        assert_same(TEMPLATES[name], [b"\n".join(LINES * (2 * CHUNK // len(LINES) + 1))])


@given(cases())
@law(60)
def test_other_layouts_are_read_within_all_arrays(case):
    layout, blocks, header = case
    with guards():
        assert_same(layout, blocks, header=header)


@given(WRAPPED.map(lambda lines: [b"".join(each) for each in lines]) | st.lists(contained_lines(), max_size=8), WRAPPER)
@law(30)
def test_wrapped_lines_are_read_within_all_arrays(lines, wrapper):
    with guards():
        assert_unwrapped_alike(lines, wrapper, 1_795_422_269_000)


@given(st.sampled_from(sorted(TEMPLATES)), BLOCKS, st.sets(st.sampled_from(["time", "host", "user", "path", "client"])))
@law(60)
def test_columns_that_nobody_wants_are_written_nowhere_else(name, blocks, want):
    with guards():
        for text in blocks:
            block, want = Block("", 0, text), frozenset(want)
            some, whole = FastReader(TEMPLATES[name], want=want), FastReader(TEMPLATES[name])
            assert some.read(block).rejects == whole.read(block).rejects


SECOND = Template(
    (Field("time", "int", "seconds"), Literal(b" "), Field("user"), Literal(b"|"), Field("url", "word", "url"))
)


@given(st.sampled_from([SECOND, *TEMPLATES.values()]), BLOCKS, HOSTILE)
@law(200)
def test_the_next_lines_behind_a_block_mean_nothing(layout, blocks, behind):
    text = b"".join(b"%b\n" % each.rstrip(b"\n") for each in blocks)
    behind = (behind * PADDING)[:PADDING] or bytes(PADDING)
    read = Guarded(layout).read(Block("", 0, text + behind, beyond=PADDING))
    read.data = read.data[: len(text)]
    assert_same_columns(Reader(layout).read(Block("", 0, text)), read)


@pytest.mark.parametrize("place", range(60, 66))
def test_an_address_behind_a_block_is_none_of_a_token_that_lacks_its_last_part(place):
    behind = (b"x" * place + b"://" + b"x" * PADDING)[:PADDING]
    reader = Guarded(SECOND)
    assert len(reader.read(Block("", 0, b"1795422269 ann\n" + behind, beyond=PADDING)).rejects) == 1


words_of_all_lengths = st.none() | st.binary(max_size=9) | st.integers(0, 99).map(lambda size: b"%d" % size * size)


@given(st.lists(words_of_all_lengths, max_size=40), st.integers(1, 3))
def test_words_are_encoded_within_all_arrays(texts, halves):
    ends = np.cumsum([len(text or b"") for text in texts], dtype=np.int64)
    spans = np.array([(-1, -1) if t is None else (end - len(t), end) for t, end in zip(texts, ends, strict=True)])
    buffer = np.frombuffer(b"".join(filter(None, texts)) + b"\n" * PADDING, np.uint8)
    known, codes = Words(1, 8), []
    with guards():
        for part in np.array_split(spans.reshape(-1, 2).astype(np.int32), halves):
            codes += known.codes(buffer, part[None], len(part), np.array([0]))[0].tolist()
    (words,) = known.since(0)
    assert [None if code < 0 else words[code] for code in codes] == texts


@given(st.lists(st.tuples(st.booleans(), st.integers(-1, 300), small), max_size=60))
def test_rows_are_numbered_within_all_arrays(rows):
    columns = [np.array([row[place] for row in rows], type) for place, type in enumerate((bool, np.int32, np.int64))]
    keys, packed = Combinations(3, 1), Packed((1, 9, WHOLE))
    with guards():
        found = keys.numbers(np.array(rows, np.int64).reshape(-1, 3).T)
        assert packed.numbers(columns, len(rows)).tolist() == found.tolist()
    assert [tuple(key) for key in keys.since(0)] == [*dict.fromkeys(rows)]


texts_or_none = st.none() | st.text(max_size=20)


@given(st.lists(texts_or_none, min_size=1, max_size=6), st.data())
def test_chosen_texts_are_written_within_all_arrays(texts, data):
    codes = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=9))
    with guards():
        assert arrow.chosen(texts, np.array(codes, np.int64)).to_pylist() == [texts[code] for code in codes]


@given(st.lists(st.binary(max_size=70) | st.sampled_from([b"", b".", b"a.", b".a", b"a.b.c", b"a" * 300])))
def test_hosts_are_looked_over_within_all_arrays(hosts):
    with guards():
        plain, ends = at_a_glance(hosts)
    assert len(plain) == len(ends) == len(hosts)


@given(st.lists(st.none() | st.binary(max_size=9), max_size=6), st.text("ab", max_size=9))
def test_beginnings_are_told_within_all_arrays(texts, prefix):
    data = b"".join(filter(None, texts))
    ends = np.cumsum([len(text or b"") for text in texts], dtype=np.int64)
    spans = np.full((len(texts), 3), -1, np.int32)
    for row, text in enumerate(texts):
        if text is not None:
            begin = ends[row] - len(text)
            spans[row] = begin, ends[row], np.frombuffer(text[:4].ljust(4, b"\0"), np.int32)[0]
    with guards():
        held = text_held(f"{prefix}*", spans, data)
    assert held.tolist() == [text is not None and text.startswith(prefix.encode()) for text in texts]


sketches = st.sampled_from([None, b"", bytes([1, 3, 3, 0, 0, 0x1A, 0xCC, 0x93])]) | st.sets(
    st.integers(1, 1 << 62), max_size=9
).map(lambda hashes: sketch.encode(np.array([*hashes], np.uint64)))


@given(st.lists(sketches, max_size=9), st.integers(1, 3))
def test_sketches_are_united_within_all_arrays(column, count):
    last = sketch.encode(np.arange(1, 9, dtype=np.uint64))
    numbers = np.arange(len(column) + 1) % count
    with guards():
        sketch.unions(pa.array([*column, last], pa.binary()), numbers, count)


USERS = b"1795422269.479 999999 10.0.0.%d TCP_MISS/200 259 GET http://facebook.com/%d user%d HIER_DIRECT/::1 text/html"
WEEKS = b"%d.479 604800000 10.0.0.1 TCP_TUNNEL/200 259 CONNECT facebook.com:443 user HIER_DIRECT/::1 -"
MANY = [*(USERS % (n, n, n) for n in range(200)), *(WEEKS % (1_795_422_269 + 604_800 * n) for n in range(6))]
LOGGED = {
    "squid": [*(SAMPLES / "squid_native.log").read_bytes().splitlines(), *MANY],
    "squid_combined": (SAMPLES / "squid_combined.log").read_bytes().splitlines(),
}
GROUPS = Groups(("", "one", "other"), {"user1": 1}, networks={(4, 8): {10: 2}})


@pytest.mark.parametrize("format", LOGGED)
@given(st.data())
@law(12)
def test_a_log_is_counted_within_all_arrays(tmp_path_factory, format, data):
    lines = [*LOGGED[format], *data.draw(st.lists(mutated_lines(LOGGED[format]) | HOSTILE, max_size=30))]
    path = tmp_path_factory.mktemp("guards") / "access.log"
    path.write_bytes(b"\n".join(lines))
    plain = proxyscan.scan(path, format=format, groups=GROUPS).to_arrow()
    with guards():
        assert proxyscan.scan(path, format=format, groups=GROUPS).to_arrow() == plain
        assert proxyscan.scan([path, path], format=format).coverage.requests >= len(LOGGED[format])
        assert proxyscan.parse(path, format=format).read_all().num_rows >= len(LOGGED[format])
