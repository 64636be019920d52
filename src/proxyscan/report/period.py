"""The time that a summary is of, and dates as people write them, whatever the machine's language."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from proxyscan import schema
from proxyscan.coverage import Coverage

MONTHS: Final = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Span = tuple[datetime, datetime]


def span(coverage: Coverage, traffic: pa.Table, zone: tzinfo) -> Span | None:
    """Return the time of the first and of the last request, in `zone`; None where there is none.

    Of a store, coverage and `traffic`, sums per interval, are not always of the same time; both hold.
    """
    found = pc.min_max(traffic["interval"]).as_py()
    if coverage.first is None or coverage.last is None or found["min"] is None:
        return None
    length = timedelta(milliseconds=schema.INTERVAL_MS - 1)  # at midnight, it is still the day before
    first = max(datetime.fromtimestamp(coverage.first / 1000, UTC), found["min"])
    last = min(datetime.fromtimestamp(coverage.last / 1000, UTC), found["max"] + length)
    return first.astimezone(zone), max(first, last).astimezone(zone)


def date_words(day: date) -> str:
    """Return a date in words.

    >>> date_words(date(2026, 11, 16))
    '16 November 2026'
    """
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def dates_words(first: date, last: date, between: str = " to ") -> str:
    """Return two dates in words, without what they share.

    >>> dates_words(date(2026, 11, 1), date(2026, 11, 30)), dates_words(date(2026, 10, 1), date(2026, 11, 2))
    ('1 to 30 November 2026', '1 October to 2 November 2026')
    """
    if first == last:
        return date_words(first)
    begin = date_words(first)
    if (first.year, first.month) == (last.year, last.month):
        begin = str(first.day)
    elif first.year == last.year:
        begin = f"{first.day} {MONTHS[first.month - 1]}"
    return f"{begin}{between}{date_words(last)}"


def period_words(found: Span | None, zone: tzinfo) -> str:
    """Return the period for people: of one day also the hours; always the zone of its times."""
    if found is None:
        return "No requests"
    first, last = found
    hours = " to ".join(dict.fromkeys([f"{first:%H:%M}", f"{last:%H:%M}"]))
    hours = f", {hours}" if first.date() == last.date() else ""
    return f"{dates_words(first.date(), last.date())}{hours} (times in {zone})"


def when_words(found: Span) -> str:
    """Return the period as a sentence begins with it.

    >>> when_words((datetime(2026, 11, 1), datetime(2026, 11, 30)))
    'Between 1 and 30 November 2026'
    """
    first, last = (each.date() for each in found)
    return f"On {date_words(first)}" if first == last else f"Between {dates_words(first, last, ' and ')}"
