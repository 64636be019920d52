"""Where the category that a log names and the catalogue disagree, so that a rule by category misses a service.

A category that is only wider or another word for the same is no disagreement: vendors put microblogs and professional
networks under "Social Networking". Nor is one that says nothing of what a service is (content servers, advertising,
not rated): its media hosts and widgets have such names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from proxyscan.audit.facts import ENOUGH, Facts, command, named, number, part
from proxyscan.audit.finding import Finding
from proxyscan.catalogue import full_catalogue
from proxyscan.codes import fold
from proxyscan.vendors import kind_of

SHARE: Final = 0.05
"""Part of a service's requests from which on another category is told."""

NEAR: Final = (
    frozenset({"video", "live-streaming", "music", "photo"}),
    frozenset({"microblog", "blogging", "forum", "fediverse", "social-bookmarking", "reviews", "comments"}),
    frozenset({"messaging", "workplace-chat"}),
    frozenset({"professional", "workplace-chat"}),
    frozenset({"dating", "adult-subscription"}),
)
"""Kinds that vendors do not tell apart."""

WIDEST: Final = "social-network"
"""The kind that the widest names mean."""

APART: Final = frozenset({"dating", "adult-subscription"})
"""Kinds that are not meant by the widest names."""

SILENT: Final = frozenset(
    {"content", "cdn", "delivery", "ads", "advertising", "advertisement", "advertisements", "analytics", "tracking"}
    | {
        "infrastructure",
        "uncategorized",
        "uncategorised",
        "unrated",
        "unknown",
        "none",
        "unavailable",
        "allow",
        "block",
    }
    | {"custom", "whitelist", "blacklist", "allowed", "blocked", "any", "all", "default"}
)
"""Words in categories that do not say what a service is."""


def categories(facts: Facts) -> Iterator[Finding]:
    """Yield the services that the log's category takes for something else."""
    known = full_catalogue().services
    rows = facts.summary.hosts.to_pandas().groupby("service")["requests"].sum()
    for pair, count in facts.summary.coverage.differ.items():
        service, _, category = pair.partition(": ")
        total = int(rows.get(service, 0))
        few = count < ENOUGH or count < SHARE * total
        if service in known and not few and disagree(category, known[service].kind):
            yield _finding(service, known[service].kind, category, count, total, facts)


def disagree(category: str, kind: str) -> bool:
    """Tell whether a category means something else than a kind of the catalogue.

    >>> disagree("Social Networking", "microblog"), disagree("Business", "professional"), disagree("CDN", "video")
    (False, True, False)
    """
    meant = kind_of(category)
    if meant is None:
        return bool(fold(category)) and not SILENT & set(fold(category).split())
    if WIDEST in (meant, kind):
        return bool(APART & {meant, kind})
    return meant != kind and not any({meant, kind} <= near for near in NEAR)


def _finding(service: str, kind: str, category: str, count: int, total: int, facts: Facts) -> Finding:
    name = named(service)
    says = (
        f"The log calls {name} “{category}” in {number(count)} of {number(total)} requests ({part(count / total)}); "
        f"the catalogue calls it {kind}. A rule by the category of social media does not meet these requests."
    )
    return Finding(
        "category",
        service,
        says,
        {"requests": count, "of": total},
        decided=(f"category {category}: {number(count)} requests",),
        change=f"Name the hosts of {name} in the policy rather than rely on the category, or have the vendor mend it.",
        command=command(service, facts.form),
    )
