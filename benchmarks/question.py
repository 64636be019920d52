"""The question that every engine answers, and what all of them may know beforehand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

DOMAINS = {
    "facebook.com": ("facebook", "use"),
    "fbcdn.net": ("facebook", "asset"),
    "instagram.com": ("instagram", "use"),
    "cdninstagram.com": ("instagram", "asset"),
    "linkedin.com": ("linkedin", "use"),
    "licdn.com": ("linkedin", "asset"),
    "reddit.com": ("reddit", "use"),
    "redd.it": ("reddit", "asset"),
    "tiktok.com": ("tiktok", "use"),
    "tiktokcdn.com": ("tiktok", "asset"),
    "twitter.com": ("twitter", "use"),
    "twimg.com": ("twitter", "asset"),
    "youtube.com": ("youtube", "use"),
    "googlevideo.com": ("youtube", "asset"),
    "ytimg.com": ("youtube", "asset"),
}
"""Service and label of the domains that occur in the made logs; the other engines look for no more than these."""

SERVICES = {service for service, _ in DOMAINS.values()}
OTHER = "-"
"""What all that is no social media is called here."""

Sums = dict[str, list[int]]
Answer = dict[str, Any]
"""`sums`: requests and bytes by "service outcome". `intervals`: requests by "start service outcome", and `users`:
distinct users by "hour service", of those engines that answer the whole question, else None."""


def service_of(host: str) -> str:
    """Return the service of a host.

    >>> service_of("i.ytimg.com"), service_of("notfacebook.com")
    ('youtube', '-')
    """
    return DOMAINS.get(".".join(host.rsplit(".", 2)[-2:]), (OTHER,))[0]


def outcome_of(tag: str, size: int) -> str:
    """Return the outcome that Squid's result code and status, such as `TCP_MISS/200`, tell of the made logs."""
    result, status = tag.split("/")
    if status == "407":
        return "challenge"
    if "DENIED" in result:
        return "denied"
    if status.startswith("50"):
        return "error"
    if status == "000" and not size:
        return "aborted"
    return "allowed_aborted" if "ABORTED" in result else "allowed"


def summed(rows: Iterable[tuple[str, str, int, int]]) -> Sums:
    """Return the sums of rows of service, outcome, requests and bytes."""
    sums: Sums = {}
    for service, outcome, requests, size in rows:
        both = sums.setdefault(f"{service if service in SERVICES else OTHER} {outcome}", [0, 0])
        both[0] += int(requests)
        both[1] += int(size)
    return sums


def simple(rows: Iterable[tuple[str, str, int, int]]) -> Answer:
    """Return the answer that rows of host, tag, requests and bytes give."""
    named = ((service_of(host), outcome_of(tag, size), requests, size) for host, tag, requests, size in rows)
    return {"sums": summed(named), "intervals": None, "users": None}


def folded(sums: Sums) -> Sums:
    """Return sums of denied, challenge and the rest alone: what can be compared between formats."""
    keys = (key.split() for key in sums)
    kept = ((service, outcome if outcome in ("denied", "challenge") else "rest") for service, outcome in keys)
    return summed((*key, *both) for key, both in zip(kept, sums.values(), strict=True))
