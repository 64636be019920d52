"""No kernel reads or writes outside of its arrays, whatever is in them: there are pages on both sides that end it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alike import HOSTILE, Guarded, assert_same_columns, law
from proxyscan.kernels import PADDING
from proxyscan.layouts import Block, Field, Literal, Reader, Template
from test_kernels import BLOCKS, TEMPLATES

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
