"""The answer that a report gives: sections of sentences and figures, in the order in which people ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from proxyscan.report.coarse import coarse
from proxyscan.report.headline import headline_section, sides_unknown
from proxyscan.report.period import period_words, span
from proxyscan.report.privacy import MIN_USERS, guarded
from proxyscan.report.section import Section
from proxyscan.report.services import (
    categories_section,
    groups_section,
    kinds_section,
    service_rows,
    services_section,
)
from proxyscan.report.sureness import sureness_section
from proxyscan.report.times import intervals, peaks_section, time_section, week_section
from proxyscan.shares import social
from proxyscan.summary import Summary

UTC: Final = ZoneInfo("UTC")

TITLE: Final = "Social media in the proxy's log"


@dataclass(frozen=True)
class Answer:
    """What a report says, whoever writes it down: `period` in words, sections in their order."""

    title: str
    period: str
    sections: tuple[Section, ...]

    def with_section(self, section: Section) -> Answer:
        """Return the answer with one more section, before the one that says how sure it is."""
        last = [each.key for each in self.sections].index("sureness")
        return replace(self, sections=(*self.sections[:last], section, *self.sections[last:]))


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
    ['headline', 'services', 'time', 'week', 'peaks', 'kinds', 'categories', 'sureness']
    """
    flat = coarse(summary, "service", "kind")
    totals, services, times = social(flat), service_rows(flat), intervals(summary)
    unknown = sides_unknown(flat)
    coverage = summary.coverage
    told = {"filled": coverage.filled, "broad": coverage.broad, "differ": coverage.differ}
    sections = (
        headline_section(summary, totals, services, zone, line),
        services_section(services, totals, unknown),
        time_section(times, zone),
        week_section(times, zone),
        peaks_section(summary, times, zone, line),
        kinds_section(flat, unknown),
        groups_section(guarded(summary, min_users), unknown),
        categories_section(told),
        sureness_section(coverage, made or {}),
    )
    shown = tuple(section for section in sections if section is not None)
    return Answer(title, period_words(span(summary, zone), zone), shown)
