"""The formats as a page of Markdown: what is read, how a denial is told, how sure that is, what cannot be shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from proxyscan.format import GRADES, Format
from proxyscan.outcome import Rule

HEAD: Final = """# Formats

Made by `proxyscan formats --markdown`; a test holds this page to it. `proxyscan formats NAME` shows one format with its
rules; a mapping file (`proxyscan formats --template`) describes a log that is not here, or changes the rules of one
that is. A log may also be behind a syslog prefix, in the objects of Docker (`json-file`) or journald
(`journalctl -o json`), and compressed. For a product whose log each site shapes itself, Smoothwall's export,
`sample_logs/mappings` has a mapping file to start from.
"""


def page(formats: Iterable[Format]) -> str:
    """Return the page."""
    known = list(formats)
    grades = [f"- *{grade}*: {words}" for grade, words in GRADES.items() if any(f.grade == grade for f in known)]
    rows = [f"| [`{f.name}`](#{f.name}) | {f.title} | {f.grade} |" for f in known]
    table = ["| format | log | how sure |", "|---|---|---|", *rows]
    return "\n".join([HEAD, "How sure a description is:", "", *grades, "", *table, "", *map(_section, known)])


def _section(format: Format) -> str:
    cannot = "; ".join(format.cannot)
    parts = [f"## {format.name}", "", f"{format.title}. Source: {format.source}. *{format.grade}*.", ""]
    for words, outcomes in (("Denied", ("denied",)), ("Coached", ("coached",)), ("Challenge", ("challenge",))):
        rules = [_condition(rule) for rule in format.rules if rule.outcome in outcomes]
        parts += [f"- {words}: {'; or '.join(rules)}"] if rules else []
    return "\n".join([*parts, f"- Cannot show: {cannot}", ""])


def _condition(rule: Rule) -> str:
    when = " and ".join(f"{name} `{_cell(pattern)}`" for name, pattern in rule.when.items()) or "always"
    return f"{when} ({rule.why}{', in doubt' if rule.doubt else ''})"


def _cell(pattern: str) -> str:
    return pattern if len(pattern) <= 90 else f"{pattern[:87]}..."
