"""An audit for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import pandas as pd

from proxyscan.audit import Audit, Finding
from proxyscan.audit.facts import named
from proxyscan.audit.finding import KINDS, NOTES
from proxyscan.report.section import Column, Figures, Section
from proxyscan.report.words import visible

FINDINGS: Final = (
    Column("number", "No.", "text"),
    Column("kind", "What", "text"),
    Column("service", "Service", "text"),
    Column("groups", "Groups", "text"),
    Column("command", "Rules for it", "text"),
)
HOSTS: Final = (
    Column("number", "No.", "text"),
    Column("host", "Host", "text"),
    Column("label", "Label", "text"),
    Column("allowed", "Allowed"),
    Column("denied", "Denied"),
)
NOTED: Final = (Column("kind", "What", "text"), Column("says", "Seen", "text"))

WHAT_IT_IS: Final = {
    "half-blocked": "half-blocked",
    "leak": "leak",
    "inconsistent": "inconsistent",
    "widgets": "widgets",
    "category": "categories differ",
}
"""What a finding's kind is called."""

NOTHING_TO_SEE: Final = "There are no requests by which a policy could be judged."

MOST_HOSTS: Final = 12
"""Hosts of a finding that are shown."""


def audit_section(audit: Audit) -> Section:
    """Return an audit as a section: the findings, their hosts side by side, what may be meant so, what is not known."""
    tables = (_findings(audit.findings), _hosts(audit.findings), _notes(audit.notes))
    return Section(
        "audit",
        "Is the policy what it is meant to be?",
        tuple(map(visible, _sentences(audit))),
        tuple(each for each in tables if len(each.rows)),
        tuple(visible(limit) for limit in audit.limits),
    )


def _sentences(audit: Audit) -> Iterator[str]:
    """Yield how much of what is found, and each finding in words."""
    counts = {kind: sum(each.kind == kind for each in audit.findings) for kind in KINDS}
    found = "; ".join(f"{number} × {WHAT_IT_IS[kind]} ({KINDS[kind]})" for kind, number in counts.items() if number)
    looked = f"in {audit.requests:,} requests for social media"
    nothing = f"Nothing was found that contradicts itself, {looked}." if audit.requests else NOTHING_TO_SEE
    yield f"Found: {found}." if found else nothing
    for number, each in enumerate(audit.findings, 1):
        decided = f" Decided: {'; '.join(each.decided)}." if each.decided else ""
        change = f" To change it: {each.change}" if each.change else ""
        yield f"{number}. {each.says}{decided}{change}"


def _findings(findings: Sequence[Finding]) -> Figures:
    rows = [
        {
            "number": str(number),
            "kind": WHAT_IT_IS[each.kind],
            "service": named(each.service) if each.service else None,
            "groups": ", ".join(group or "people of no group" for group in each.groups) or "all",
            "command": each.command or None,
        }
        for number, each in enumerate(findings, 1)
    ]
    return Figures("Findings", FINDINGS, pd.DataFrame(rows, columns=[each.name for each in FINDINGS]))


def _hosts(findings: Sequence[Finding]) -> Figures:
    rows = [
        {"number": str(number), "host": host.host, "label": host.label, "allowed": host.allowed, "denied": host.denied}
        for number, each in enumerate(findings, 1)
        for host in each.hosts[:MOST_HOSTS]
    ]
    return Figures("Hosts of the findings, side by side", HOSTS, pd.DataFrame(rows, columns=[c.name for c in HOSTS]))


def _notes(notes: Sequence[Finding]) -> Figures:
    rows = [{"kind": NOTES[each.kind], "says": each.says} for each in notes]
    return Figures("What may be meant so", NOTED, pd.DataFrame(rows, columns=[each.name for each in NOTED]))
