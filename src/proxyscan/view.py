"""A summary out of a store that reads what it is asked for, when it is asked, at the grain that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import pyarrow as pa

from proxyscan.errors import StoreError
from proxyscan.gather import Gathered, Span
from proxyscan.grain import FINEST, Grain, grain_of
from proxyscan.levels import LEVELS, folded, level_for
from proxyscan.parts import Part, joined
from proxyscan.summary import SKETCHED, TABLES, Summary

ATTEMPTS: Final = 10
LABELLED: Final = ("label", "outcome")
"""The keys of sums that are always told apart: figures count allowed, denied and widgets."""
CLASSED: Final = ("outcome_class",)
"""The same for sketches."""
Known = dict[tuple[str, Grain], pa.Table]
"""Tables that have been read, by name and grain."""

KEPT_WHOLE: Final = frozenset({"services", "people"})
"""Levels so small that they are kept as they are, to answer every question about them."""


class Pinned:
    """The parts that a store had when it was first looked at; a sum may take the place of some of them."""

    def __init__(self, find: Callable[[], list[Part]], span: Span) -> None:
        self.find, self.span = find, span
        self.gathered = Gathered(find(), span)

    def read(self, ask: Callable[[Gathered], Any]) -> Any:
        """Return what is asked of the parts; raises `StoreError` when there are others meanwhile."""
        for _ in range(ATTEMPTS):
            before = self.gathered.parts
            try:
                return ask(self.gathered)
            except (StoreError, OSError):
                now = self.find()
                if now == before:
                    raise
                if not _the_same(before, now):
                    raise StoreError("the store has changed while it was read", "run it again") from None
                self.gathered = Gathered(now, self.span)
        raise StoreError("the store has changed all the time", "wait until its update has ended")


def _the_same(before: Sequence[Part], now: Sequence[Part]) -> bool:
    """Tell whether parts are the sums of the same bytes, as far as their names tell of those that are no more."""
    known = [{part.name: part for part in now}.get(part.name, part) for part in before]
    try:
        return joined(s for part in known for s in part.stretches) == joined(s for part in now for s in part.stretches)
    except (StoreError, OSError):
        return False


class StoredSummary(Summary):
    """A summary whose tables are read when they are first used, and `at` coarser grains without the finest rows."""

    @classmethod
    def of(cls, find: Callable[[], list[Part]], span: Span) -> StoredSummary:
        """Return the summary of the parts that are found, of a time."""
        return cls._at(Pinned(find, span), {}, FINEST, FINEST)

    @classmethod
    def _at(cls, pinned: Pinned, known: Known, sums: Grain, sketches: Grain) -> StoredSummary:
        made: StoredSummary = object.__new__(cls)
        for name, value in (("_pinned", pinned), ("_known", known), ("_grains", (sums, sketches))):
            object.__setattr__(made, name, value)
        return made

    def __getattr__(self, name: str) -> Any:
        """Return a table or the coverage, read at its first use."""
        lazy = self.__dict__.get("_pinned")
        if lazy is None or name not in (*TABLES, "coverage"):
            raise AttributeError(f"a summary has no '{name}'")
        value = lazy.read(Gathered.coverage) if name == "coverage" else self._table(name)
        object.__setattr__(self, name, value)
        return value

    def at(self, keys: Sequence[str], every: str = "year") -> Summary:
        """Return a summary of the same that tells at least `keys` and lengths of time apart."""
        if "_pinned" not in self.__dict__:
            return self
        sums, sketches = (grain_of((*keys, *more), every) for more in (LABELLED, CLASSED))
        made = self._at(self._pinned, self._known, sums, sketches)
        if "coverage" in self.__dict__:
            object.__setattr__(made, "coverage", self.coverage)
        return made

    def traffic(self) -> pa.Table:
        """Return what `proxyscan.summary.traffic` makes of the intervals."""
        if "_pinned" not in self.__dict__:
            return super().traffic()
        if ("traffic", FINEST) not in self._known:
            self._known["traffic", FINEST] = self._pinned.read(Gathered.traffic)
        return self._known["traffic", FINEST]

    def _table(self, name: str) -> pa.Table:
        """Return a table at this summary's grain: of one that is known already, else out of the parts."""
        grain = self._grains[name in SKETCHED]
        for (known, other), table in self._known.items():
            if known == name and other.answers(grain):
                return table if other == grain else folded([table], name, grain)
        level = level_for(name, grain, *self._pinned.span)
        read = LEVELS[level].grain if level in KEPT_WHOLE else grain
        self._known[name, read] = self._pinned.read(lambda gathered: gathered.table(name, read))
        return self._known[name, read] if read == grain else folded([self._known[name, read]], name, grain)
