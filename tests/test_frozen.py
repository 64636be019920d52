"""A class made by `frozen` is what `dataclass(frozen=True)` makes of it."""

import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyscan.frozen import frozen


def described(make: Any) -> Any:
    class Thing:
        """What both are made of."""

        name: str
        size: int = 0
        words: tuple[str, ...] = ()
        seen: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

        @cached_property
        def double(self) -> int:
            return 2 * self.size

    Thing.__qualname__ = "Thing"
    return make(Thing)


Thing = described(frozen)
Model = described(dataclass(frozen=True))
VALUES = st.tuples(
    st.sampled_from("ab"), st.integers(0, 1), st.sampled_from([(), ("x",)]), st.just({}) | st.just({"y": 1})
)


@given(VALUES, VALUES)
def test_values_compare_hash_and_show_as_those_of_a_frozen_dataclass(one: Any, other: Any) -> None:
    thing, model = Thing(*one), Model(*one)
    assert (thing == Thing(*other)) is (model == Model(*other))
    assert len({thing, Thing(*other)}) == len({model, Model(*other)})
    assert repr(thing) == repr(model)
    assert asdict(thing) == asdict(model)
    assert [each.name for each in fields(Thing)] == [each.name for each in fields(Model)]
    assert repr(replace(thing, size=7)) == repr(replace(model, size=7))
    assert thing != model
    assert pickle.loads(pickle.dumps(thing)) == thing


@pytest.mark.parametrize("name", ["name", "seen", "another", "double"])
@pytest.mark.parametrize("make", [Thing, Model])
def test_nothing_of_a_value_can_be_set_or_deleted(make: Any, name: str) -> None:
    made = make("a", 3)
    assert made.double == 6  # a cached property is kept beside the fields
    with pytest.raises(FrozenInstanceError):
        setattr(made, name, "b")
    with pytest.raises(FrozenInstanceError):
        delattr(made, name)
    assert (made.name, made.double) == ("a", 6)


def test_a_class_keeps_its_own_methods_and_default_values() -> None:
    @frozen
    class Loud:
        text: str = "hey"

        def __repr__(self) -> str:
            return self.text.upper()

        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]

    assert repr(Loud()) == "HEY"
    assert Loud("a") == Loud("b")
    with pytest.raises(TypeError, match="unhashable"):
        hash(Loud())


@frozen
class Nothing:
    """No fields."""


def test_a_class_may_have_no_fields() -> None:
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())
    assert repr(Nothing()) == "Nothing()"
