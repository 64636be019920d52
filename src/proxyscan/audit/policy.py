"""The audit: what is looked at, in which order, and what cannot be known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from proxyscan.audit.categories import categories
from proxyscan.audit.decided import NOT_KEPT
from proxyscan.audit.facts import PEOPLE, Facts, Scope, named, number
from proxyscan.audit.finding import KINDS, NOTES, Audit, Finding
from proxyscan.audit.halves import half_blocked
from proxyscan.audit.leaks import leaks, other_rules
from proxyscan.audit.proxies import between_proxies
from proxyscan.audit.times import by_hour, over_days, unsteady
from proxyscan.audit.widgets import widgets
from proxyscan.privacy import MIN_USERS
from proxyscan.shares import PERHAPS, gaps
from proxyscan.summary import Summary

CHECKS: Final[tuple[Callable[[Scope, Facts], Iterator[Finding]], ...]] = (
    half_blocked,
    leaks,
    other_rules,
    unsteady,
    over_days,
    by_hour,
)
"""What is looked for in each service and group."""

ORDER: Final = (*KINDS, *NOTES)


def audit(summary: Summary, parts: Mapping[str, Summary] | None = None, *, min_users: int = MIN_USERS) -> Audit:
    """Return whether the policy is what people think it is: what is half shut, what leaks, what is not steady.

    `parts`: the summary of each proxy by its name, if they are to be set against each other. `min_users`: groups of
    fewer users are not told apart.

    >>> import proxyscan
    >>> [each.kind for each in proxyscan.audit(proxyscan.scan("sample_logs/squid_day.log")).findings]
    ['widgets']
    """
    facts = Facts(summary, min_users)
    found = [*_services(facts), *_by_group(facts)] if not _one_sided(summary) else []
    found += between_proxies({name: Facts(each) for name, each in (parts or {}).items()})
    found += [*widgets(facts), *categories(facts)]
    found.sort(key=lambda each: (ORDER.index(each.kind), -max(each.figures.values(), default=0), each.service or ""))
    return Audit(
        tuple(each for each in found if each.kind in KINDS),
        tuple(each for each in found if each.kind in NOTES),
        tuple(_limits(facts, parts)),
        0 if _one_sided(summary) else int(facts.hosts[["allowed", "denied"]].to_numpy().sum()),
    )


def _services(facts: Facts) -> Iterator[Finding]:
    """Yield what is found in each service: of all people where it is so in every group, else of single groups."""
    found = [(scope, each) for scope in facts.group_scopes for check in CHECKS for each in check(scope, facts)]
    asked = Counter(scope.service for scope in facts.group_scopes)
    where = Counter((each.kind, each.service) for _, each in found)
    told = set()
    for each in (each for scope in facts.scopes for check in CHECKS for each in check(scope, facts)):
        key = each.kind, each.service
        if where[key] in (0, asked[str(each.service)]):
            told.add(key)
            yield each
    for scope, each in found:
        if (each.kind, each.service) not in told:
            yield replace(each, groups=(scope.group or None,), says=f"{_group(scope)}: {each.says}")


def _group(scope: Scope) -> str:
    return scope.group or "people of no group"


def _one_sided(summary: Summary) -> bool:
    return any(each in gaps(summary) for each in ("allowed", PERHAPS, "denied"))


def _by_group(facts: Facts) -> Iterator[Finding]:
    """Yield the services that are open to some groups and shut to others."""
    sides: dict[str, dict[str, list[str]]] = {}
    for scope in facts.group_scopes:
        if scope.state in ("open", "shut"):
            sides.setdefault(scope.service, {}).setdefault(scope.state, []).append(_group(scope))
    for service, found in sides.items():
        if len(found) == 2:
            says = f"{named(service)} is open to {', '.join(found['open'])} and shut to {', '.join(found['shut'])}."
            figures = {f"groups_{side}": len(groups) for side, groups in found.items()}
            yield Finding("by group", service, says, figures)


def _limits(facts: Facts, parts: Mapping[str, Summary] | None) -> Iterator[str]:
    """Yield what cannot be known, a sentence each."""
    lacking = gaps(facts.summary)
    for side, what in (("allowed", "was let through"), (PERHAPS, "was let through"), ("denied", "was denied")):
        if side in lacking:
            names = ", ".join(lacking[side])
            yield f"Logs of {names} do not show all that {what}: what is half shut and what leaks cannot be told."
    if facts.summary.coverage.requests and facts.crowd < PEOPLE:
        people = "nobody" if not facts.crowd else f"{facts.crowd} client" + "s" * (facts.crowd > 1)
        yield f"The log shows {people} only: whether the same people are let through and denied cannot be told."
    without = facts.summary.coverage.without_user
    if 0 < without < facts.summary.coverage.requests:
        yield (
            f"{number(without)} requests name no user, and count by address: who is denied before the login cannot be "
            "known again in who is let through after it."
        )
    if facts.groups in ((), ("",)):
        yield "No groups are known (--groups): what differs by group is told by the people alone."
    if not facts.summary.active.num_rows and facts.summary.users.num_rows:
        yield "Who was there in which hour is not known: what changes within a day cannot be told."
    if parts is None:
        yield "Which proxy wrote what is not known here: name the log of each proxy to set them against each other."
    yield NOT_KEPT
    yield "Addresses instead of names are known only where a list (--list) gives them to a service."
