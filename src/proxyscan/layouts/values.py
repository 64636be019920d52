"""What the bytes of a value mean, by the types that `proxyscan.layouts.read` lists: slow, and plainly right."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

LONGEST_INTEGER: Final = 18
"""Digits of the longest integer that is read; a longer one makes the line a reject."""

LAST_TIME: Final = 253_402_300_800_000
"""The year 10000; a later time makes the line a reject."""

DAY: Final = 86_400_000
MINUTE: Final = 60_000

MONTHS: Final = {
    name: month for month, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}

NO_YEAR: Final = "the year is not known"

ZONES: Final = (b"Z", b"UTC", b"GMT")
"""Names of zones that are UTC everywhere; other abbreviations mean several zones, and say nothing here."""

_CLOCK = rb"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?"
_DATE = rb"(?P<year>[0-9]{4})(?P<sign>[-/.:])(?P<month>[0-9]{2})(?P=sign)(?P<day>[0-9]{2})"
_NAMED = rb"(?P<day>[0-9]{2})/(?P<month>[A-Za-z]{3})/(?P<year>[0-9]{4})"
_SPOKEN = rb"(?P<month>[A-Za-z]{3}) (?P<day>[0-9]{2}) (?P<year>[0-9]{4})"
_ZONE = rb"(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})"

INTEGER: Final = re.compile(rb"-?[0-9]+")
DECIMAL: Final = re.compile(rb"(-?)([0-9]+)(?:\.([0-9]*))?(?:[eE]-([0-9]{1,2}))?")
DATE: Final = re.compile(_DATE)
CLOCK: Final = re.compile(_CLOCK)
ZONE: Final = re.compile(_ZONE)
DATETIME: Final = tuple(
    re.compile(rb"%s(?: ?%s)?" % (begin + _CLOCK, _ZONE))
    for begin in (_DATE + rb"[- T]", _NAMED + rb":", _SPOKEN + rb" ")
)
CLF: Final = re.compile(
    _NAMED + rb":(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2}) (?P<zone>[+-][0-9]{4})"
)
ASCTIME: Final = re.compile(
    rb"[A-Za-z]{3} (?P<month>[A-Za-z]{3}) (?P<day>[ 0-9][0-9]) "
    + _CLOCK.partition(rb"(?:")[0]
    + rb" (?P<year>[0-9]{4})"
)

YEARLESS: Final = re.compile(rb"(?P<month>[A-Za-z]{3}) (?P<day>[ 0-9][0-9]) " + _CLOCK)


class BadValueError(ValueError):
    """A field's bytes are not what its type says."""


def integer(text: bytes, name: str = "") -> int:
    """Return the value of digits.

    >>> integer(b"-50")
    -50
    """
    if not INTEGER.fullmatch(text):
        raise BadValueError(f"a number was expected ({name})")
    if len(text.removeprefix(b"-")) > LONGEST_INTEGER:
        raise BadValueError("a number is too large")
    return int(text)


def seconds(text: bytes, name: str = "") -> int:
    """Return a duration in seconds with decimals as whole milliseconds.

    >>> seconds(b"0.0419"), seconds(b"1.5e-02")
    (41, 15)
    """
    match = DECIMAL.fullmatch(text)
    if not match:
        raise BadValueError(f"a number was expected ({name})")
    if len(match[2]) > LONGEST_INTEGER - 3:
        raise BadValueError("a number is too large")
    value = (int(match[2]) * 1000 + int(((match[3] or b"") + b"000")[:3])) // int(b"1" + b"0" * int(match[4] or b"0"))
    return -value if match[1] else value


def moment(value: int, scale: int) -> int:
    """Return a time in milliseconds, `scale` of them for one of `value`."""
    if not value >= 0 or value * scale >= LAST_TIME:
        raise BadValueError("the time is out of range")
    return value * scale


def fixed(text: bytes) -> int:
    """Return seconds with decimals as whole milliseconds.

    >>> fixed(b"1795422269.4791")
    1795422269479
    """
    whole, _, decimals = text.partition(b".")
    if not whole.isdigit() or not (decimals or b"0").isdigit() or len(whole) > LONGEST_INTEGER:
        raise BadValueError("the time is no number")
    return moment(int(whole), 1000) + int((decimals + b"000")[:3])


def epoch(text: bytes) -> int:
    """Return seconds, milli-, micro- or nanoseconds since 1970, told by their digits, as whole milliseconds.

    >>> epoch(b"1545938629"), epoch(b"1545938629123456789")
    (1545938629000, 1545938629123)
    """
    whole, _, decimals = text.partition(b".")
    if len(whole) < 12:
        return fixed(text)
    if not whole.isdigit() or not (decimals or b"0").isdigit() or len(whole) > 20:
        raise BadValueError("the time is no number")
    return moment(int(whole[: len(whole) - 3 * ((len(whole) - 12) // 3)]), 1)


def zone(text: bytes) -> int | None:
    """Return how many milliseconds a zone's clock is ahead of UTC; None for a zone that is not known.

    >>> zone(b"+01:00"), zone(b"CDT")
    (3600000, None)
    """
    if text in ZONES:
        return 0
    if not ZONE.fullmatch(text) or int(text[1:3]) * 60 + int(text[-2:]) >= 1440:
        return None
    return (-1 if text.startswith(b"-") else 1) * (int(text[1:3]) * 60 + int(text[-2:])) * MINUTE


def is_date(text: bytes) -> bool:
    """Tell whether a text begins as a date does: no number of seconds has such a sign at its fifth place."""
    return text[4:5] in (b"-", b"/", b":")


def day(text: bytes) -> int:
    """Return the midnight that a date begins with, as milliseconds since 1970 on that clock.

    >>> day(b"2022/04/25")
    1650844800000
    """
    return _day(_matched(DATE.fullmatch(text)))


def clock(text: bytes) -> int:
    """Return the milliseconds since midnight.

    >>> clock(b"15:27:08.5")
    55628500
    """
    return _clock(_matched(CLOCK.fullmatch(text)))


def dated(text: bytes) -> tuple[int, int | None]:
    """Return date and time as milliseconds since 1970 on that clock, and the zone if it is told.

    >>> dated(b"2023-01-09T09:03:48+0000"), dated(b"23/Nov/2026:08:45:09.751"), dated(b"Nov 23 2026 08:45:09")
    ((1673255028000, 0), (1795423509751, None), (1795423509000, None))
    """
    match = _matched(next(filter(None, (pattern.fullmatch(text) for pattern in DATETIME)), None))
    ahead = zone(match["zone"]) if match["zone"] else None
    if match["zone"] and ahead is None:
        raise BadValueError("the time does not exist")
    return _day(match) + _clock(match), ahead


def clf(text: bytes) -> int:
    """Return a time in the common log format as milliseconds since 1970.

    >>> clf(b"23/Nov/2026:08:24:29 +0100")
    1795418669000
    """
    _matched(CLF.fullmatch(text))
    local, ahead = dated(text)
    return moment(local - (ahead or 0), 1)


def asctime(text: bytes) -> int:
    """Return C's `asctime` as milliseconds since 1970 on that clock.

    >>> asctime(b"Mon Jun 20 15:29:11 2022")
    1655738951000
    """
    match = _matched(ASCTIME.fullmatch(text))
    return _day(match) + _clock(match)


def yearless(text: bytes, written: int) -> int:
    """Return a time without a year as milliseconds since 1970 on that clock, at most a day after `written`.

    >>> yearless(b"Nov 23 00:00:00", 1_798_761_600_000), yearless(b"Nov 23 00:00:00.5", 1_795_000_000_000)
    (1795392000000, 1763856000500)
    """
    match = _matched(YEARLESS.fullmatch(text))
    since = _clock(match)
    if not written:
        raise BadValueError(NO_YEAR)
    last = 1971 + written // (365 * DAY)
    for year in range(last, last - 12, -1):
        try:
            midnight = _day_of(year, match)
        except BadValueError:
            continue
        if midnight + since <= written + DAY:
            return midnight + since
    raise BadValueError("the time does not exist")


def _matched(match: re.Match[bytes] | None) -> re.Match[bytes]:
    if match is None:
        raise BadValueError("the time does not exist")
    return match


def _day(match: re.Match[bytes]) -> int:
    return _day_of(int(match["year"]), match)


def _day_of(year: int, match: re.Match[bytes]) -> int:
    month = match["month"]
    try:
        number = int(month) if month.isdigit() else MONTHS[month.lower()]
        return (date(year, number, int(match["day"])) - date(1970, 1, 1)).days * DAY
    except (KeyError, ValueError) as problem:
        raise BadValueError("the time does not exist") from problem


def _clock(match: re.Match[bytes]) -> int:
    hour, minute, second = (int(match[name]) for name in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 59:
        raise BadValueError("the time does not exist")
    fraction = match.groupdict().get("fraction") or b""
    return ((hour * 60 + minute) * 60 + second) * 1000 + int((fraction + b"000")[:3])
