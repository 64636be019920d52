"""Frozen dataclasses that are soon made, for the modules that every scan imports.

For a frozen class `dataclasses.dataclass` writes the text of six methods and has Python compile it, which takes a third
of the time to import a module. Here only `__init__` is made so; the other methods are the same for all classes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, Final, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Make a class what `dataclass(frozen=True)` makes it; what it has of the methods itself, stays.

    >>> @frozen
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> Point(1), Point(1) == Point(1, 0), len({Point(1), Point(1, 0)})
    (Point(x=1, y=0), True, 1)
    """
    own = {name: method for name, method in METHODS.items() if name not in vars(cls)}
    made = dataclass(repr=False, eq=False)(cls)
    for name, method in own.items():
        setattr(made, name, method)
    compared = [each.name for each in fields(made) if each.compare]  # type: ignore[arg-type]
    made._compared = staticmethod(attrgetter(*compared)) if compared else type  # type: ignore[attr-defined]
    return made


def _set(self: Any, name: str, value: object) -> None:
    """Let `__init__` set each field; what is set stays."""
    if name in self.__dict__ or name not in self.__dataclass_fields__:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    self.__dict__[name] = value


def _delete(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _equal(self: Any, other: Any) -> Any:
    return self._compared(self) == other._compared(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(self._compared(self))


def _shown(self: Any) -> str:
    values = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({values})"


METHODS: Final[dict[str, Callable[..., Any]]] = {
    "__setattr__": _set,
    "__delattr__": _delete,
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _shown,
}
