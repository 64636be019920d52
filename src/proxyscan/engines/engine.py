"""The seam: where the work runs. A split goes in, a summary comes out; what cannot be read is told, not raised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Generic, Protocol, TypeVar

from proxyscan.errors import EngineError, ProxyscanError
from proxyscan.frozen import frozen

T = TypeVar("T")
R = TypeVar("R")

FAN_IN: Final = 16
"""Results that are joined at a time."""

ATTEMPTS: Final = 3
"""How often an item is tried."""

TROUBLE: Final = (ProxyscanError, OSError, ArithmeticError, AttributeError, LookupError, MemoryError)
TROUBLE_TOO: Final = (RuntimeError, TypeError, ValueError, ImportError)
"""What the work on an item may raise that is no reason to give up the others."""


@frozen
class Failure(Generic[T]):
    """An item that could not be done, and why."""

    item: T
    cause: ProxyscanError


@frozen
class Shared:
    """A file that the workers must see: where it is, and its bytes there."""

    file: str
    size: int


class Engine(Protocol):
    """Where the work runs. Tasks and joins are pure functions that pickle; so do items and results.

    An item is tried up to `ATTEMPTS` times, perhaps on several workers, and its result is used once.
    """

    @property
    def name(self) -> str:
        """What people call it, as `--engine` does."""

    @property
    def workers(self) -> int:
        """How many items are worked on at a time."""

    def check(self, files: Sequence[Shared]) -> None:
        """Raise `EngineError` when a worker lacks a package, has other code than this one, or cannot see a file."""

    def map(self, task: Callable[[T], R], items: Iterable[T]) -> Iterator[R | Failure[T]]:
        """Yield the result of each item, in any order."""

    def fold(
        self, task: Callable[[T], R], join: Callable[[Sequence[R]], R], items: Iterable[T], empty: R
    ) -> tuple[R, list[Failure[T]]]:
        """Return the results of all items joined on the workers, in a tree, and the failures of single items.

        `join` is associative and commutative; `empty` is its neutral element.
        """


def attempted(task: Callable[[T], R], item: T) -> R | Failure[T]:
    """Return the result of an item, or why there is none."""
    try:
        return task(item)
    except (*TROUBLE, *TROUBLE_TOO) as problem:
        return Failure(item, caused(problem))


def caused(problem: BaseException) -> ProxyscanError:
    """Return a problem as one that is told without a traceback."""
    if isinstance(problem, ProxyscanError):
        return problem
    if isinstance(problem, OSError):
        place = f"{problem.filename}: " if problem.filename else ""
        return EngineError(f"{place}{problem.strerror or problem}", "see to space and permissions")
    return EngineError(f"{type(problem).__name__}: {problem}")


def joined(results: Iterable[R | Failure[T]], join: Callable[[Sequence[R]], R], empty: R) -> tuple[R, list[Failure[T]]]:
    """Return results joined, `FAN_IN` at a time as they come, and the failures among them."""
    found: list[Any] = []
    failures: list[Failure[T]] = []
    for each in results:
        if isinstance(each, Failure):
            failures.append(each)
            continue
        found.append(each)
        if len(found) > FAN_IN:
            found = [join(found)]
    return (join(found) if len(found) > 1 else found[0] if found else empty), failures
