"""A format: the declarative description of one product's log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proxyscan.layouts import Layout
from proxyscan.outcome import Rule


@dataclass(frozen=True)
class Format:
    """Where things are in one product's log; `proxyscan.schema` says what they are.

    `reason`: the native fields that are quoted as the reason of an outcome. `cached`: conditions, any of
    which means that the bytes came out of the proxy's cache; None when the log does not say.
    `cannot`: what this log cannot show, a phrase each. `stamp`: whether the logged time is the "end" of the transaction
    or its "start". `source`: where the description comes from.
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

    def to_dict(self) -> dict[str, Any]:
        """Return name, title, source, rules and what the log cannot show, as plain values."""
        rules = [{"outcome": r.outcome, "when": dict(r.when), "why": r.why, "doubt": r.doubt} for r in self.rules]
        names = {"format": self.name, "title": self.title, "source": self.source}
        return {**names, "cannot": list(self.cannot), "rules": rules}

    def describe(self) -> str:
        """Return the same in words: the rules in their order, of which the first that fits decides."""
        lines = [f"{self.name}: {self.title}", self.source, "", "The first rule that fits decides:"]
        for number, rule in enumerate(self.rules, 1):
            when = ", ".join(f"{name} {pattern}" for name, pattern in rule.when.items())
            lines.append(f"{number:3}. {rule.outcome:16} {when}")
            lines.append(f"{'':22}{rule.why}{' (in doubt)' if rule.doubt else ''}")
        return "\n".join([*lines, "", f"This log cannot show: {'; '.join(self.cannot) or 'nothing that is asked'}"])
