"""The outcome of each request: a format's rules, evaluated once per distinct combination of values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from proxyscan import schema
from proxyscan.format import Format
from proxyscan.kernels.combinations import Combinations
from proxyscan.kernels.spans import begin_with, within
from proxyscan.layouts import NO_CODE, NULL, Columns, Vocabulary
from proxyscan.layouts.columns import Codes, Ints, Spans
from proxyscan.outcome import NO_REQUEST, condition, decide, fields_read, holds, number_range, wide_patterns

OUTCOME_CODE: Final = {NO_REQUEST: NO_CODE, **{name: code for code, name in enumerate(schema.OUTCOMES)}}
REWRITTEN: Final = ("no", "yes")


@dataclass(frozen=True)
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


class Decider:
    """The outcome of each distinct combination of the values that a format's rules read."""

    def __init__(self, format: Format, policy: Policy) -> None:
        conditions = [rule.when for rule in format.rules] + list(format.cached or ())
        self.format = format
        self.constants = policy.facts()
        self.inputs = tuple(sorted({*fields_read(conditions), *format.reason}))
        self.patterns = wide_patterns(conditions)
        self.reasons = Vocabulary()
        self._inputs: tuple[str, ...] | None = None
        self._unsaid: dict[str, Any] = {}
        self._known = Combinations(1)
        self._rows: list[tuple[int, int, int]] = []
        self._table = np.empty((0, 3), np.int32)
        self._doubts: dict[int, str] = {}

    def decide(self, columns: Columns, rewritten: Codes | None, words: dict[str, Vocabulary]) -> Any:
        """Return, per request, the number of its combination; see `rows` and `doubts`."""
        said = self._said(columns, rewritten)
        codes = np.zeros((max(len(said), 1), columns.rows), np.int64)
        for place, name in enumerate(said):
            codes[place] = self._codes(name, columns, rewritten)
        numbers = self._known.numbers(codes)
        for combination in self._known.since(len(self._rows)):
            facts = {name: self._fact(name, code, words) for name, code in zip(said, combination, strict=False)}
            self._judge({**self._unsaid, **facts, **self.constants})
        if len(self._table) < len(self._rows):
            self._table = np.array(self._rows, np.int32)
        return numbers

    def _said(self, columns: Columns, rewritten: Codes | None) -> tuple[str, ...]:
        """Return the inputs that the log has columns of; they are the same for all of its blocks."""
        if self._inputs is None:
            known = {*columns.numbers, *columns.codes, *columns.spans, *(() if rewritten is None else ("rewritten",))}
            self._inputs = tuple(name for name in self.inputs if name in known)
            self._known = Combinations(max(len(self._inputs), 1))
            for name in set(self.inputs) - known:
                nothing = frozenset(each for each in self.patterns.get(name, ()) if condition(each)(None))
                self._unsaid[name] = nothing if name in self.patterns else None
        return self._inputs

    def rows(self, numbers: Any) -> tuple[Codes, Codes, Codes]:
        """Return outcome (`NO_CODE` for a line that is no web request), reason and cached of combination numbers."""
        outcome, reason, cached = self._table.T
        return outcome[numbers], reason[numbers], cached[numbers]

    def doubts(self, numbers: Any) -> dict[str, int]:
        """Return how many of these requests were decided in doubt, by the doubt."""
        counted: Counter[str] = Counter()
        counts = np.bincount(numbers, minlength=len(self._rows)) if self._doubts else ()
        for number, doubt in self._doubts.items():
            counted[doubt] += int(counts[number])
        return {doubt: count for doubt, count in counted.items() if count}

    def _codes(self, name: str, columns: Columns, rewritten: Codes | None) -> Ints | Codes:
        if name in self.patterns:
            return self._truths(name, columns)
        if name == "rewritten" and rewritten is not None:
            return rewritten
        if name in columns.codes:
            return columns.codes[name]
        return columns.numbers.get(name, np.full(columns.rows, NULL, np.int64))

    def _truths(self, name: str, columns: Columns) -> Ints:
        """Return per request a bit for each pattern asked of a wide field."""
        if name in columns.numbers:
            return ranges_held(self.patterns[name], columns.numbers[name])
        bits = np.zeros(columns.rows, np.int64)
        for bit, pattern in enumerate(self.patterns[name]):
            bits |= text_held(pattern, columns.spans[name], columns.data).astype(np.int64) << bit
        return bits

    def _fact(self, name: str, code: int, words: dict[str, Vocabulary]) -> str | int | frozenset[str] | None:
        if name in self.patterns:
            return frozenset(pattern for bit, pattern in enumerate(self.patterns[name]) if code >> bit & 1)
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


def ranges_held(patterns: Sequence[str], values: Ints) -> Ints:
    """Return per number a bit for each pattern that holds."""
    parts = [(bit, part) for bit, pattern in enumerate(patterns) for part in pattern.removeprefix("!").split("|")]
    ranges = [(bit, (NULL, NULL) if part == "-" else number_range(part)) for bit, part in parts]
    table = np.array([(low, high, bit) for bit, span in ranges if span for low, high in [span]], np.int64)
    bits = np.empty(len(values), np.int64)
    lows, highs, places = np.ascontiguousarray(table.reshape(-1, 3).T)
    within(values, lows, highs, places, bits)
    return bits ^ sum(1 << bit for bit, pattern in enumerate(patterns) if pattern.startswith("!"))


def text_held(pattern: str, spans: Spans, data: Any) -> Any:
    """Tell per span of `data` whether a pattern holds."""
    fits = [_begins(part, spans, data) for part in pattern.removeprefix("!").split("|")]
    return np.logical_or.reduce(fits) != pattern.startswith("!")


def _begins(part: str, spans: Spans, data: Any) -> Any:
    """Tell which texts fit: only those that begin as the pattern does are looked at one by one, if at all."""
    if part == "-":
        return spans[:, 0] < 0
    fits = np.empty(len(spans), np.bool_)
    prefix, star, rest = part.partition("*")
    begin_with(np.frombuffer(data, np.uint8), spans, np.frombuffer(prefix.encode() + bytes(8), np.uint8), fits)
    for row in np.flatnonzero(fits) if rest or not star else ():
        begin, end = spans[row]
        fits[row] = condition(part)(bytes(data[begin:end]).decode("latin-1"))
    return fits
