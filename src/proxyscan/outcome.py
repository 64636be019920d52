"""Outcomes, and the ordered rules that yield them.

A rule is data: conditions on named fields of one line, the outcome, and why. The first rule whose
conditions all hold decides. Rules are evaluated once per distinct combination of the values they
read, never once per line.

A condition is a text pattern:

=============  ==================================================================
``403``        equals (numbers and words alike)
``4*``         shell wildcard ``*``; case counts
``400-599``    a range of numbers, both ends included
``>0``         a number above
``-``          the log does not say (null)
``a|b``        any of several
``!a|b``       none of them
=============  ==================================================================

A field whose name begins with ``--`` is not in the line: it is the command-line option of that name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from proxyscan.frozen import frozen

Value = str | int | None
Facts = Mapping[str, "Value | frozenset[str]"]


WIDE: Final = frozenset({"bytes_down", "bytes_up", "duration_ms", "path"})
"""Fields with too many distinct values to combine: for these only the truth of each pattern counts."""

NO_REQUEST: Final = "no_request"
"""What a rule says of a line that is no web request (a firewall's, a login): none comes of it. No outcome."""

RANGE: Final = re.compile(r"(\d+)-(\d+)|>(\d+)|(\d+)")
NO_LIMIT: Final = 2**62


@frozen
class Rule:
    """When all conditions of `when` hold, the request's outcome is `outcome` (or `NO_REQUEST`).

    `doubt` is empty where the line alone proves the outcome; else it is the sentence that the
    coverage shows with the number of requests this rule decided.
    """

    outcome: str
    why: str
    when: Mapping[str, str] = field(default_factory=dict)
    doubt: str = ""


@frozen
class Decision:
    """What a set of rules says of one combination of values."""

    outcome: str
    why: str
    doubt: str


UNDECIDED: Final = Decision("unknown", "no rule fits", "")


def number_range(pattern: str) -> tuple[int, int] | None:
    """Return the inclusive range that a number pattern means, or None for a text pattern.

    >>> number_range("400-599"), number_range(">0"), number_range("GET")
    ((400, 599), (1, 4611686018427387904), None)
    """
    match = RANGE.fullmatch(pattern)
    if not match:
        return None
    low, high, above, exact = match.groups()
    if above:
        return int(above) + 1, NO_LIMIT
    return (int(exact), int(exact)) if exact else (int(low), int(high))


def _alternative(pattern: str) -> Callable[[Value], bool]:
    if pattern == "-":
        return lambda value: value is None
    span = number_range(pattern)
    if span:
        low, high = span
        return lambda value: str(value) == pattern if isinstance(value, str) else _within(value, low, high)
    return lambda value: isinstance(value, str) and fnmatchcase(value, pattern)


def _within(value: Value, low: int, high: int) -> bool:
    return isinstance(value, int) and low <= value <= high


@lru_cache(maxsize=4096)
def condition(pattern: str) -> Callable[[Value], bool]:
    """Return the test that a pattern of a rule stands for.

    >>> condition("!407|2*")("TCP_DENIED"), condition("300-399|403")(302), condition("-")(None)
    (True, True, True)
    """
    negated = pattern.startswith("!")
    tests = [_alternative(part) for part in pattern.removeprefix("!").split("|")]
    return lambda value: negated != any(test(value) for test in tests)


def holds(when: Mapping[str, str], facts: Facts) -> bool:
    """Tell whether all conditions of `when` hold; a wide field's fact is the set of patterns that hold."""
    return all(_holds(pattern, facts.get(name)) for name, pattern in when.items())


def _holds(pattern: str, fact: Value | frozenset[str]) -> bool:
    return pattern in fact if isinstance(fact, frozenset) else condition(pattern)(fact)


def decide(rules: Iterable[Rule], facts: Facts) -> Decision:
    """Return the decision of the first rule that fits."""
    for rule in rules:
        if holds(rule.when, facts):
            return Decision(rule.outcome, rule.why, rule.doubt)
    return UNDECIDED


def fields_read(conditions: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    """Return the names of the line's fields that the conditions read, sorted."""
    return tuple(sorted({name for when in conditions for name in when if not name.startswith("--")}))


def wide_patterns(conditions: Iterable[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return, per wide field, the distinct patterns that the conditions ask of it.

    A bit of a wide field's code is the truth of one of them; hence at most 8 patterns a field.
    """
    found: dict[str, set[str]] = {}
    for when in conditions:
        for name in WIDE & when.keys():
            found.setdefault(name, set()).add(when[name])
    return {name: tuple(sorted(patterns)) for name, patterns in found.items()}
