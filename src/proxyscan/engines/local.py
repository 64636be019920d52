"""The local engine: threads of this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from functools import partial

from proxyscan.engines.engine import Failure, R, Shared, T, attempted, joined
from proxyscan.engines.threads import cores, in_threads
from proxyscan.frozen import frozen


@frozen
class Local:
    """So many threads. A scan counts blocks in them, which is finer than splits."""

    workers: int = field(default_factory=cores)

    @property
    def name(self) -> str:
        """What `--engine` calls it."""
        return f"local:{self.workers}"

    def check(self, files: Sequence[Shared]) -> None:
        """Find nothing wrong: this process is the only worker."""

    def map(self, task: Callable[[T], R], items: Iterable[T]) -> Iterator[R | Failure[T]]:
        """Yield the result of each item, in their order."""
        work = partial(attempted, task)
        return in_threads(lambda _, item: work(item), range(self.workers), items)

    def fold(
        self, task: Callable[[T], R], join: Callable[[Sequence[R]], R], items: Iterable[T], empty: R
    ) -> tuple[R, list[Failure[T]]]:
        """Return the results of all items joined, and the failures."""
        return joined(self.map(task, items), join, empty)
