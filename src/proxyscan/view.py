"""A summary out of a store that reads what it is asked for, when it is asked, at the grain that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from proxyscan.asks import Ask, Folded, People, Traffic
from proxyscan.coverage import Coverage
from proxyscan.errors import StoreError
from proxyscan.fingerprint import Fingerprint
from proxyscan.gather import Gathered
from proxyscan.grain import FINEST, SOCIAL, Grain, grain_of
from proxyscan.levels import LEVELS, level_for, whole_days
from proxyscan.parts import Part, joined
from proxyscan.reading import Span
from proxyscan.summary import TABLES, Summary

if TYPE_CHECKING:
    import pandas as pd

ATTEMPTS: Final = 10
LABELLED: Final = ("label", "outcome")
"""The keys of sums that are always told apart: figures count allowed, denied and widgets."""
CLASSED: Final = ("outcome_class",)
"""The same for sketches."""

Known = dict[Ask, Any]
"""What has been read."""

LEVELLED: Final = frozenset(level.of for level in LEVELS.values())
"""The tables that have levels."""

OVERVIEW: Final[tuple[Ask, ...]] = (
    Folded("services", grain_of(("service", "kind", *LABELLED), "year")),
    Folded("services", grain_of(LABELLED, "day")),
    Folded("groups", grain_of(("group", SOCIAL, *LABELLED), "year")),
    Folded("people", grain_of(("service", "kind", *CLASSED), "year")),
    Folded("members", grain_of(("group", SOCIAL, *CLASSED), "year")),
    Traffic("traffic"),
    People("uses", ("service",)),
    *(People("uses", ("service", *CLASSED), unit) for unit in ("", "day", "week")),
    People("visitors", ("service", *CLASSED), "hour"),
)
"""What a report is made from: it is read at the first question, and every part once for all."""


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
    try:
        return _bytes(before) == _bytes(now)
    except (StoreError, OSError):
        return False


def _bytes(parts: Sequence[Part]) -> list[tuple[Fingerprint, int, int]]:
    return [(each.log, each.start, each.stop) for each in joined(each for part in parts for each in part.stretches)]


class StoredSummary(Summary):
    """A summary whose tables are read when they are first used, and `at` coarser grains without the finest rows."""

    @classmethod
    def of(cls, find: Callable[[], list[Part]], span: Span) -> StoredSummary:
        """Return the summary of the parts that are found, of a time."""
        return cls._at(Pinned(find, span), {}, dict.fromkeys(TABLES, FINEST))

    @classmethod
    def _at(cls, pinned: Pinned, known: Known, grains: Mapping[str, Grain]) -> StoredSummary:
        made: StoredSummary = object.__new__(cls)
        for name, value in (("_pinned", pinned), ("_known", known), ("_grains", grains)):
            object.__setattr__(made, name, value)
        return made

    def __getattr__(self, name: str) -> Any:
        """Return a table or the coverage, read at its first use."""
        lazy = self.__dict__.get("_pinned")
        if lazy is None or name not in (*TABLES, "coverage"):
            raise AttributeError(f"a summary has no '{name}'")
        value = self._covered() if name == "coverage" else self._table(name)
        object.__setattr__(self, name, value)
        return value

    def at(self, keys: Sequence[str], every: str = "year") -> Summary:
        """Return a summary of the same that tells at least `keys` and lengths of time apart."""
        if "_pinned" not in self.__dict__:
            return self
        by_day = every if every in ("month", "year") else "day"  # a store keeps users by the day
        sums, hours = grain_of((*keys, *LABELLED), every), grain_of((*keys, *CLASSED), every)
        grains = {"intervals": sums, "hosts": sums, "active": hours, "users": grain_of((*keys, *CLASSED), by_day)}
        made = self._at(self._pinned, self._known, grains)
        if "coverage" in self.__dict__:
            object.__setattr__(made, "coverage", self.coverage)
        return made

    def traffic(self) -> pa.Table:
        """Return what `proxyscan.traffic.traffic` makes of the intervals."""
        if "_pinned" not in self.__dict__:
            return super().traffic()
        return self._answer(Traffic("traffic" if whole_days(*self._pinned.span) else "intervals"))

    def people(self, of: str, keys: Sequence[str], unit: str = "") -> pd.DataFrame:
        """Return how many distinct people were at social media themselves, as `proxyscan.summary.people` does."""
        ask = People("visitors" if of == "active" else "uses", tuple(keys), unit)
        if "_pinned" in self.__dict__ and ask in OVERVIEW and whole_days(*self._pinned.span):
            found: pd.DataFrame = self._answer(ask)
            return found
        return super().people(of, keys, unit)

    def _covered(self) -> Coverage:
        covered: Coverage = self._pinned.read(Gathered.coverage)
        return covered

    def _table(self, name: str) -> pa.Table:
        """Return a table at this summary's grain: of one that is known already, else out of the parts."""
        grain = self._grains[name]
        if grain == FINEST or name not in LEVELLED:
            return self._pinned.read(lambda gathered: gathered.table(name, grain))
        level = level_for(name, grain, *self._pinned.span)
        for ask in OVERVIEW if level != name else ():
            if isinstance(ask, Folded) and LEVELS[ask.table].of == name and ask.grain.answers(grain):
                return Folded(name, grain).some(self._answer(ask))
        return self._answer(Folded(level, grain))

    def _answer(self, ask: Ask) -> Any:
        """Return what is asked, with the rest of the overview if it is of that."""
        if ask not in self._known:
            asks = OVERVIEW if ask in OVERVIEW else (ask,)
            found = self._pinned.read(lambda gathered: gathered.answers(asks))
            self._known.update(zip(asks, found, strict=True))
        return self._known[ask]
