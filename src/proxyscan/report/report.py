"""The report: stores, summaries or logs → the answer, in a file where one is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from proxyscan.audit import audit as audit_summary
from proxyscan.catalogue import full_catalogue
from proxyscan.compare import compare as compare_summaries
from proxyscan.errors import ProxyscanError, nearest
from proxyscan.estimate import estimate
from proxyscan.inputs import Input, Span, input_of, period, span, summary_of, time_of
from proxyscan.line import line_speed
from proxyscan.privacy import MIN_USERS
from proxyscan.report.answer import TITLE, Answer, answer
from proxyscan.report.comparison import comparison_section
from proxyscan.report.estimates import estimate_section
from proxyscan.report.findings import audit_section
from proxyscan.report.save import save, writer_of
from proxyscan.report.section import Section
from proxyscan.source import check
from proxyscan.store import Moment
from proxyscan.summary import Summary
from proxyscan.zone import zone


def report(
    inputs: str | Path | Sequence[str | Path],
    *,
    output: str | Path | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    compare: str | Path | None = None,
    line: str | None = None,
    min_users: int = MIN_USERS,
    tz: str | None = None,
    title: str | None = None,
    audit: bool = False,
    unblock: Sequence[str] = (),
    **reading: Any,
) -> Answer:
    """Return the report on stores, summaries or logs, and write it to `output`: .html, .md, .csv, .json or .xlsx.

    Of the time in [since, until), dates beginning at midnight UTC. `compare`: what it is set beside, a store, a summary
    or a log, or days FIRST..LAST of the same inputs. `line`: what the internet line carries, as "500Mbit/s".
    `min_users`: groups of fewer distinct users are not shown alone. `tz`: the zone of days and hours, by default the
    machine's. `audit`: say, too, whether the policy is what it is meant to be; `unblock`: what these services would
    take if they were open (`proxyscan.audit`, `proxyscan.estimate`). `reading`: the other arguments of
    `proxyscan.scan`, for logs.

    >>> import proxyscan
    >>> found = proxyscan.report("sample_logs/squid_day.log", tz="UTC", line="100Mbit/s")
    >>> found.sections[0].title
    'The answer'
    """
    if output is not None:
        writer_of(output)
    found = [input_of(each) for each in ([inputs] if isinstance(inputs, str | Path) else inputs)]
    speed = None if line is None else line_speed(line)
    local, wanted = local_zone(tz), time_of(found, span(since, until))
    reading = {**reading, "tz": tz}
    other = None if compare is None else beside(str(compare), found, wanted)
    summary = summary_of(found, wanted, **reading)
    before = None if other is None else summary_of(*other, **reading)
    made = options(since=since, until=until, compare=compare, line=line, min_users=min_users, tz=str(local))
    made |= options(unblock=",".join(unblock))
    told = tell(summary, before, wanted, line=speed, min_users=min_users, zone=local, title=title, made=made)
    told = with_decisions(told, summary, audit=audit, unblock=unblock, line=speed, min_users=min_users)
    if output is not None:
        save(told, output)
    return told


def local_zone(name: str | None) -> ZoneInfo:
    """Return the zone of a report's days and hours, by default the machine's."""
    return ZoneInfo(zone(name).name)


def beside(name: str, found: Sequence[Input], wanted: Span) -> tuple[Sequence[Input], Span]:
    """Return what a report is set beside, and of which time; raises `ProxyscanError` for days that it is of, too."""
    if ".." not in name or Path(name).exists() or "@" in name:
        other = input_of(name)
        if other.sort == "log":
            check(other.path)
        return [other], Span()
    days = period(name)
    if days.overlaps(wanted):
        raise ProxyscanError(
            f"--compare {name}: the report is of these days, too", "say with --since and --until what it is to be of"
        )
    return found, days


def options(**given: object) -> dict[str, str]:
    """Return the options that a report was made with, as its page tells them."""
    return {name.replace("_", "-"): str(value) for name, value in given.items() if value not in (None, "", False)}


def tell(
    summary: Summary,
    before: Summary | None,
    wanted: Span,
    *,
    line: float | None,
    min_users: int,
    zone: ZoneInfo,
    title: str | None,
    made: Mapping[str, str],
) -> Answer:
    """Return the answer of a summary of the wanted time, set beside the summary of the time before if there is one."""
    told = answer(summary, line=line, zone=zone, title=title or TITLE, made=made, min_users=min_users)
    sections = [_of_time(section, wanted) for section in told.sections]
    if before is not None:
        sections.insert(1, comparison_section(compare_summaries(before, summary)))
    return replace(told, sections=tuple(sections))


def with_decisions(
    told: Answer, summary: Summary, *, audit: bool, unblock: Sequence[str], line: float | None, min_users: int
) -> Answer:
    """Return the answer with an audit, and what services would take if they were open, where these are wanted."""
    more = [audit_section(audit_summary(summary, min_users=min_users))] if audit else []
    more += [_estimated(summary, unblock, line)] if unblock else []
    *sections, sure = told.sections
    return replace(told, sections=(*sections, *more, sure))


def _estimated(summary: Summary, unblock: Sequence[str], line: float | None) -> Section:
    """Return the estimate, or why there is none and what would be needed; raises `ProxyscanError` for no service."""
    services = full_catalogue().services
    for each in unblock:
        if each not in services:
            raise ProxyscanError(f"--unblock {each}: there is no such service", nearest(each, services))
    try:
        return estimate_section(estimate(summary, unblock, line=line / 1e6 if line else None))
    except ProxyscanError as problem:
        title = f"If {' and '.join(services[each].name for each in unblock)} were unblocked"
        needed = f"{problem.hint[:1].upper()}{problem.hint[1:]}."
        return Section("estimate", title, (f"No estimate: {problem.fact}.",), (), (needed,))


def _of_time(section: Section, wanted: Span) -> Section:
    """Return the section on how sure all is with a word on what the time does not cut, when there is one."""
    if section.key != "sureness" or wanted == Span():
        return section
    cut = f"The report is of requests {wanted}; what is said here of lines and doubts is of whole logs."
    return replace(section, sentences=(cut, *section.sentences))
