"""What every task of a run needs, pickled once and unpickled once in each process; and which code a process runs."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from proxyscan import __version__
from proxyscan.errors import EngineError

T = TypeVar("T")
R = TypeVar("R")

PACKAGE: Final = Path(__file__).parent.parent
CODE: Final = frozenset({".py", ".toml"})
DIGITS: Final = 12

_lock: Final = Lock()
_kept: dict[str, Any] = {}


@cache
def code() -> str:
    """Return version and digest of the code of this process: who has another one may count in another way."""
    digest = sha256()
    for path in sorted(each for each in PACKAGE.rglob("*") if each.suffix in CODE):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return f"{__version__} ({digest.hexdigest()[:DIGITS]})"


class Packed(Generic[T]):
    """A value on its way to workers."""

    def __init__(self, value: T) -> None:
        self.code = code()
        self.data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        self.digest = sha256(self.data).hexdigest()

    def made(self, make: Callable[[T], R], fits: Callable[[R], bool]) -> R:
        """Return what `make` makes of the value, the same one for all tasks of a process as long as it `fits`.

        A process keeps one such thing. Raises `EngineError` in a process with other code.
        """
        if code() != self.code:
            raise other_code("this worker", code(), self.code)
        with _lock:
            kept = _kept.get(self.digest)
            if kept is None or not fits(kept):
                _kept.clear()
                kept = _kept[self.digest] = make(pickle.loads(self.data))
            made: R = kept
            return made


def other_code(who: str, theirs: str, ours: str) -> EngineError:
    """Return the error for a worker that runs other code."""
    hint = "install the same proxyscan on all workers, and start them again: sums of two versions do not add up"
    return EngineError(f"{who} runs proxyscan {theirs}, this machine {ours}", hint)
