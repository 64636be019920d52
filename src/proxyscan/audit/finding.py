"""What an audit finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

KINDS: Final = {
    "half-blocked": "pages open and their media shut, or the other way round",
    "leak": "shut, and reached in another way",
    "inconsistent": "open and shut to the same people",
    "widgets": "denials that nobody asked for",
    "category": "the log's category and the catalogue disagree",
}
"""What may be wrong."""

NOTES: Final = {
    "by hour": "open at some hours and shut at others",
    "by group": "open to some groups and shut to others",
    "by proxy": "open at one proxy and shut at another",
    "changed": "opened or shut on a day",
    "shared": "media hosts that another service needs",
}
"""What may be as it should be, and is told."""


@dataclass(frozen=True)
class Host:
    """Requests for a host of a service that were let through and denied."""

    host: str
    label: str
    allowed: int
    denied: int


@dataclass(frozen=True)
class Finding:
    """One thing that is found: its kind is one of `KINDS`, or of `NOTES`.

    `service`: None where it is of no single one. `groups`: those in which it is so, where it is not so for all (None
    stands for people of no group). `says`: what is found, in words, with the figures in them. `figures`: the same as
    numbers. `decided`: rules and categories that the log names for it. `change`: what to do; `command`: what prints the
    rules.
    """

    kind: str
    service: str | None
    says: str
    figures: Mapping[str, float] = field(default_factory=dict)
    groups: tuple[str | None, ...] = ()
    hosts: tuple[Host, ...] = ()
    decided: tuple[str, ...] = ()
    change: str = ""
    command: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain values."""
        return {**asdict(self), "figures": dict(self.figures), "groups": list(self.groups)}


@dataclass(frozen=True)
class Audit:
    """`findings`: what may be wrong (`KINDS`). `notes`: what may be meant so (`NOTES`). `limits`: what is not known.

    `requests`: those for services that were looked at; 0 where the logs have one side only, or no social media.
    """

    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    limits: tuple[str, ...]
    requests: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the audit as plain values."""
        return {
            "findings": [each.to_dict() for each in self.findings],
            "notes": [each.to_dict() for each in self.notes],
            "limits": list(self.limits),
            "requests": self.requests,
        }
