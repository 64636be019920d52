"""Arrow arrays made from buffers are those that pyarrow makes."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyscan import arrow

NUMBERS = st.lists(st.none() | st.integers(-(2**31), 2**31 - 1))


@given(NUMBERS)
@pytest.mark.parametrize("kind", [pa.int64(), pa.int32(), pa.timestamp("ms", "UTC")])
def test_numbers_are_those_of_pyarrow_and_come_back(kind: pa.DataType, values: list[int | None]) -> None:
    missing = np.array([each is None for each in values], np.bool_)
    made = arrow.numbers(np.array([each or 0 for each in values], np.int64), kind, missing)
    made.validate(full=True)
    assert made.equals(pa.array(values, pa.int64()).cast(kind))
    assert arrow.integers(made, -7).tolist() == [-7 if each is None else each for each in values]
    assert arrow.integers(made[1:], -7).tolist() == [-7 if each is None else each for each in values[1:]]
    assert arrow.missing(made[1:]).tolist() == missing[1:].tolist()


@given(NUMBERS, NUMBERS)
def test_chunks_come_back_one_behind_the_other(one: list[int | None], other: list[int | None]) -> None:
    chunks = pa.chunked_array([one, other], pa.int64())
    assert arrow.integers(chunks, 0).tolist() == [each or 0 for each in (*one, *other)]
    assert arrow.missing(chunks).tolist() == [each is None for each in (*one, *other)]


def test_a_number_that_is_too_large_for_its_type_raises() -> None:
    with pytest.raises(pa.ArrowInvalid):
        arrow.numbers(np.array([1 << 20]), pa.int16())


@given(st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]))))
def test_texts_are_those_of_pyarrow(words: list[str | None]) -> None:
    made = arrow.texts(words)
    made.validate(full=True)
    assert made.equals(pa.array(words, pa.string()))


@given(st.data(), st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1))
def test_texts_that_codes_choose_are_those_of_pyarrow(data: st.DataObject, words: list[str | None]) -> None:
    codes = data.draw(st.lists(st.integers(0, len(words) - 1)))
    made = arrow.chosen(words, np.array(codes, np.int32))
    made.validate(full=True)
    assert made.equals(pa.array([words[code] for code in codes], pa.string()))


@pytest.mark.parametrize("code", [-1, 2])
def test_a_code_without_a_text_is_never_read(code: int) -> None:
    with pytest.raises(ValueError):
        arrow.chosen(["a", "b"], np.array([code]))


@given(st.lists(st.none() | st.booleans()))
def test_truths_are_those_of_pyarrow(values: list[bool | None]) -> None:
    missing = np.array([each is None for each in values], np.bool_)
    made = arrow.truths(np.array([bool(each) for each in values], np.bool_), missing)
    assert made.equals(pa.array(values, pa.bool_()))


def test_a_table_without_rows_has_its_columns() -> None:
    fields = pa.schema([("a", pa.int64()), ("b", pa.dictionary(pa.int32(), pa.string()))])
    assert arrow.nothing(fields).equals(fields.empty_table())
