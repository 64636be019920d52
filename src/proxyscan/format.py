"""A format: the declarative description of one product's log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from proxyscan.frozen import frozen
from proxyscan.layouts import Layout
from proxyscan.layouts.read import column_stores
from proxyscan.outcome import Rule

GRADES: Final = {
    "run here": "the product itself wrote the sample beside the format",
    "vendor documentation": "after the vendor's documentation; the sample is written by hand in its shape",
    "third-party data": "after parsers and log lines that others published; the sample is written by hand",
    "unconfirmed": "from general knowledge; confirm it with a log of your own before you rely on it",
    "the site's own": "described by a mapping file",
}
"""How sure the description of a format is, the surest first."""

UNCONFIRMED: Final = "the meaning of a value in this log is not confirmed by its vendor's documentation"
"""The doubt of rules that rest on general knowledge; a mapping file with `extends` overrides them."""

MISSING: Final = {
    "user": "who the user is",
    "client": "which client asked",
    "bytes_down": "bytes to the client",
    "bytes_up": "bytes from the client (uploads)",
    "duration_ms": "how long a transfer took",
    "content_type": "the type of content",
    "referrer_host": "which site a request came from",
}
"""What a log without the column cannot show."""

LACKS: Final = {
    "allowed": "do not hold all that was allowed",
    "allowed, perhaps": "hold what was allowed only if so set, and here hold none of it",
    "denied": "do not hold what was denied",
    "bytes": "do not hold all bytes of a transfer",
}
"""What the logs of a format may lack so that figures cannot be set against each other, and that in words."""


def missing(layout: Layout, words: Mapping[str, str] = MISSING) -> tuple[str, ...]:
    """Return what a log in this layout cannot show, for want of a column."""
    columns = column_stores(layout.fields)
    return tuple(phrase for column, phrase in words.items() if column not in columns)


def unconfirmed(*rules: Rule) -> tuple[Rule, ...]:
    """Return rules that all rest on general knowledge: each in doubt."""
    return tuple(replace(rule, doubt=rule.doubt or UNCONFIRMED) for rule in rules)


@frozen
class Format:
    """Where things are in one product's log; `proxyscan.schema` says what they are.

    `reason`: the native fields that are quoted as the reason of an outcome. `cached`: conditions, any of
    which means that the bytes came out of the proxy's cache; None when the log does not say.
    `cannot`: what this log cannot show, a phrase each; `lacks`: what of that makes shares impossible, keys of `LACKS`.
    `stamp`: whether the logged time is the "end" of the transaction or its "start". `source`: where the description
    comes from; `grade`: how sure it is, a key of `GRADES`. A
    `generic` format yields to any other that fits a log as well. `zone`: the time zone of times logged without one,
    where the product (W3C extended logs are in UTC) or the site's mapping file says it. `notices`: how the product's
    messages begin that stand among the requests and are none, as a regular expression. `vendor`: whose numbers or codes
    stand in the column ``category`` (`proxyscan.codes.vendors`).
    """

    name: str
    title: str
    source: str
    layout: Layout
    rules: tuple[Rule, ...]
    reason: tuple[str, ...]
    cached: tuple[Mapping[str, str], ...] | None = None
    cannot: tuple[str, ...] = ()
    stamp: str = "end"
    grade: str = "unconfirmed"
    generic: bool = False
    zone: str = ""
    lacks: tuple[str, ...] = ()
    notices: str = ""
    vendor: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return name, title, source, grade, rules, and what the log cannot show and lacks, as plain values."""
        rules = [{"outcome": r.outcome, "when": dict(r.when), "why": r.why, "doubt": r.doubt} for r in self.rules]
        names = {"format": self.name, "title": self.title, "source": self.source, "grade": self.grade}
        return {**names, "cannot": list(self.cannot), "lacks": list(self.lacks), "rules": rules}

    def describe(self) -> str:
        """Return the same in words: the rules in their order, of which the first that fits decides."""
        lines = [f"{self.name}: {self.title}", self.source, f"{self.grade}: {GRADES[self.grade]}", ""]
        lines.append("The first rule that fits decides:")
        for number, rule in enumerate(self.rules, 1):
            when = ", ".join(f"{name} {pattern}" for name, pattern in rule.when.items())
            lines.append(f"{number:3}. {rule.outcome:16} {when}")
            lines.append(f"{'':22}{rule.why}{' (in doubt)' if rule.doubt else ''}")
        return "\n".join([*lines, "", f"This log cannot show: {'; '.join(self.cannot) or 'nothing that is asked'}"])
