"""The outcome of each request: a format's rules, evaluated once per distinct combination of values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property, reduce
from typing import Any, Final

import numpy as np

from proxyscan import schema
from proxyscan.format import Format
from proxyscan.frozen import frozen
from proxyscan.kernels.combinations import WHOLE, Packed
from proxyscan.kernels.spans import begin_with
from proxyscan.layouts import NO_CODE, NULL, Columns, Vocabulary
from proxyscan.layouts.columns import Codes, Ints, Spans
from proxyscan.outcome import NO_REQUEST, condition, decide, fields_read, holds, number_range, wide_patterns

OUTCOME_CODE: Final = {NO_REQUEST: NO_CODE, **{name: code for code, name in enumerate(schema.OUTCOMES)}}
REWRITTEN: Final = ("no", "yes")
LEAST_BITS: Final = 8
"""Bits for the codes of a column that has few words yet."""

Asked = tuple[tuple[str, str | None], ...]
"""Inputs of rules, each pattern that is asked of a wide one by itself."""


@frozen
class Policy:
    """How to count what a log leaves open.

    `redirect`: a request that a rewriting program redirected is "denied" or "allowed".
    `upstream_filters`: a parent proxy filters, so its 403 and 302 are denials.
    """

    redirect: str = "denied"
    upstream_filters: bool = False

    def facts(self) -> dict[str, str]:
        """Return the options as the rules name them."""
        return {"--redirect": self.redirect, "--upstream-filters": "yes" if self.upstream_filters else "no"}


@frozen
class Decided:
    """What became of the requests of a block: `numbers` of their combinations, each of which is a column of `table`."""

    numbers: Ints
    table: Codes

    @cached_property
    def outcome(self) -> Codes:
        """Codes into `schema.OUTCOMES`; `NO_CODE` for a line that is no web request."""
        return _each(self.table[0], self.numbers)

    @cached_property
    def reason(self) -> Codes:
        """Codes into the decider's reasons."""
        return _each(self.table[1], self.numbers)

    @cached_property
    def cached(self) -> Codes:
        """1, 0, or -1 where the log does not say."""
        return _each(self.table[2], self.numbers)

    def requests(self) -> Any:
        """Tell which lines are web requests; None if all are."""
        return self.outcome != NO_CODE if (self.table[0] == NO_CODE).any() else None

    def keep(self, rows: Any) -> Decided:
        """Return what became of these rows only (truths)."""
        return Decided(self.numbers[rows], self.table)


def _each(values: Codes, numbers: Ints) -> Codes:
    found: Codes = values.take(numbers, mode="clip")  # all numbers are known: faster than the default, which looks
    return found


class Decider:
    """The outcome of each distinct combination of the values that a format's rules read."""

    def __init__(self, format: Format, policy: Policy) -> None:
        conditions = [rule.when for rule in format.rules] + list(format.cached or ())
        self.format = format
        self.constants = policy.facts()
        self.inputs = tuple(sorted({*fields_read(conditions), *format.reason}))
        self.patterns = wide_patterns(conditions)
        self.reasons = Vocabulary()
        self._said: Asked | None = None
        self._unsaid: dict[str, Any] = {}
        self._start(())

    def _start(self, bits: tuple[int, ...]) -> None:
        """Know no combination of inputs that have so many bits."""
        self._known = Packed(bits)
        self._rows: list[tuple[int, int, int]] = []
        self._table = np.empty((3, 0), np.int32)
        self._doubts: dict[int, str] = {}

    def decide(self, columns: Columns, rewritten: Codes | None, words: dict[str, Vocabulary]) -> Decided:
        """Return what became of the requests of a block."""
        asked = self._asked(columns, rewritten)
        bits = tuple(self._bits(name, words) if pattern is None else 1 for name, pattern in asked)
        if bits != self._known.bits:
            self._start(bits)
        values = [self._values(name, pattern, columns, rewritten) for name, pattern in asked]
        numbers = self._known.numbers(values, columns.rows)
        for combination in self._known.since(len(self._rows)):
            self._judge({**self._unsaid, **self._facts(asked, combination, words), **self.constants})
        if self._table.shape[1] < len(self._rows):
            self._table = np.array(self._rows, np.int32).T.copy()
        return Decided(numbers, self._table)

    def _asked(self, columns: Columns, rewritten: Codes | None) -> Asked:
        """Return what is asked of the columns that the log has; they are the same for all of its blocks."""
        if self._said is None:
            known = {*columns.numbers, *columns.codes, *columns.spans, *(() if rewritten is None else ("rewritten",))}
            said = [name for name in self.inputs if name in known]
            self._said = tuple((name, pattern) for name in said for pattern in self.patterns.get(name, (None,)))
            for name in set(self.inputs) - known:
                nothing = frozenset(each for each in self.patterns.get(name, ()) if condition(each)(None))
                self._unsaid[name] = nothing if name in self.patterns else None
        return self._said

    def _bits(self, name: str, words: dict[str, Vocabulary]) -> int:
        """Return how many bits tell the values of an input apart, and from the one that has them all set."""
        if name == "rewritten":
            return len(REWRITTEN)
        return max(len(words[name]).bit_length(), LEAST_BITS) if name in words else WHOLE

    def doubts(self, decided: Decided) -> dict[str, int]:
        """Return how many requests of the last block were decided in doubt, by the doubt."""
        counted: Counter[str] = Counter()
        counts = np.bincount(decided.numbers, minlength=len(self._rows)) if self._doubts else ()
        for number, doubt in self._doubts.items():
            counted[doubt] += int(counts[number])
        return {doubt: count for doubt, count in counted.items() if count}

    def _values(self, name: str, pattern: str | None, columns: Columns, rewritten: Codes | None) -> Any:
        """Return a value for each request: a truth if a pattern is asked, else a number or code."""
        if pattern is not None and name in columns.numbers:
            return number_held(pattern, columns.numbers[name])
        if pattern is not None:
            return text_held(pattern, columns.spans[name], columns.data)
        if name == "rewritten" and rewritten is not None:
            return rewritten
        if name in columns.codes:
            return columns.codes[name]
        return columns.numbers.get(name, np.full(columns.rows, NULL, np.int64))

    def _facts(self, asked: Asked, combination: Sequence[int], words: dict[str, Vocabulary]) -> dict[str, Any]:
        """Return a combination of values as rules read it."""
        facts: dict[str, Any] = {name: frozenset() for name, pattern in asked if pattern is not None}
        for (name, pattern), value in zip(asked, combination, strict=True):
            if pattern is None:
                facts[name] = self._fact(name, value, words)
            elif value:
                facts[name] |= {pattern}
        return facts

    def _fact(self, name: str, code: int, words: dict[str, Vocabulary]) -> str | int | None:
        if name == "rewritten":
            return REWRITTEN[code] if code in (0, 1) else None
        if name in words:
            return None if code == NO_CODE else words[name].words[code].decode("utf-8", "backslashreplace")
        return None if code == NULL else code

    def _judge(self, facts: dict[str, Any]) -> None:
        decision = decide(self.format.rules, facts)
        reason = "/".join(_native(facts[name]) for name in self.format.reason if facts[name] is not None)
        from_cache = self.format.cached is not None and any(holds(when, facts) for when in self.format.cached)
        allowed = schema.OUTCOME_CLASS.get(decision.outcome) == "allowed"
        cached = NO_CODE if self.format.cached is None else int(from_cache and allowed)
        code = self.reasons.code(reason.encode()) if reason else NO_CODE
        if decision.doubt:
            self._doubts[len(self._rows)] = decision.doubt
        self._rows.append((OUTCOME_CODE[decision.outcome], code, cached))


def _native(value: str | int) -> str:
    return f"{value:03d}" if isinstance(value, int) else value


def number_held(pattern: str, numbers: Ints) -> Any:
    """Tell per number whether a pattern holds."""
    fits = [_lies_in(part, numbers) for part in pattern.removeprefix("!").split("|")]
    return reduce(np.logical_or, fits) != pattern.startswith("!")


def _lies_in(part: str, numbers: Ints) -> Any:
    low, high = (NULL, NULL) if part == "-" else number_range(part) or (0, -1)
    return numbers == low if low == high else (numbers >= low) & (numbers <= high)


def text_held(pattern: str, spans: Spans, data: Any) -> Any:
    """Tell per span of `data` whether a pattern holds."""
    fits = [_begins(part, spans, data) for part in pattern.removeprefix("!").split("|")]
    return reduce(np.logical_or, fits) != pattern.startswith("!")


def _begins(part: str, spans: Spans, data: Any) -> Any:
    """Tell which texts fit: only those that begin as the pattern does are looked at one by one, if at all."""
    if part == "-":
        return spans[:, 0] < 0
    fits = np.empty(len(spans), np.bool_)
    prefix, star, rest = part.partition("*")
    begin_with(np.frombuffer(data, np.uint8), spans, np.frombuffer(prefix.encode() + bytes(8), np.uint8), fits)
    for row in np.flatnonzero(fits) if rest or not star else ():
        begin, end, _ = spans[row]
        fits[row] = condition(part)(bytes(data[begin:end]).decode("latin-1"))
    return fits
