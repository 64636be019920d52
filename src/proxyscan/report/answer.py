"""The answer that a report gives: sections of sentences and figures, in the order in which people ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from proxyscan.privacy import MIN_USERS, guarded
from proxyscan.report.basis import basis
from proxyscan.report.headline import headline_section
from proxyscan.report.period import period_words
from proxyscan.report.section import Section
from proxyscan.report.services import (
    categories_section,
    groups_section,
    kinds_section,
    service_rows,
    services_section,
)
from proxyscan.report.sureness import sureness_section
from proxyscan.report.times import peaks_section, time_section, week_section
from proxyscan.report.visits import visits_section
from proxyscan.summary import Summary

UTC: Final = ZoneInfo("UTC")

TITLE: Final = "Social media in the proxy's log"


@dataclass(frozen=True)
class Answer:
    """What a report says, whoever writes it down: `period` in words, sections in their order."""

    title: str
    period: str
    sections: tuple[Section, ...]


def answer(
    summary: Summary,
    *,
    line: float | None = None,
    zone: tzinfo = UTC,
    title: str = TITLE,
    made: Mapping[str, str] | None = None,
    min_users: int = MIN_USERS,
) -> Answer:
    """Return what a summary says of social media; the same summary and arguments give the same answer.

    `line`: what the internet line carries, bit/s; `zone`: of days and hours; `made`: options by name that the summary
    was made with, to be told. `min_users`: groups of fewer distinct users are not shown alone.

    >>> import proxyscan
    >>> found = answer(proxyscan.scan("sample_logs/squid_day.log"))
    >>> found.period
    '16 November 2026, 07:30 to 17:59 (times in UTC)'
    >>> [section.key for section in found.sections]
    ['headline', 'visits', 'services', 'time', 'week', 'peaks', 'kinds', 'categories', 'sureness']
    """
    on = basis(summary, zone, line)
    services, coverage = service_rows(on.flat), on.coverage
    told = {"filled": coverage.filled, "broad": coverage.broad, "differ": coverage.differ}
    sections = (
        headline_section(on, services),
        visits_section(summary, on.unknown),
        services_section(on, services),
        time_section(on),
        week_section(on),
        peaks_section(on),
        kinds_section(on),
        groups_section(on, guarded(on.grouped, min_users)),
        categories_section(told),
        sureness_section(coverage, made or {}),
    )
    shown = tuple(section for section in sections if section is not None)
    return Answer(title, period_words(on.period, zone), shown)
