"""Local times without a zone → UTC, by the zone that the user names or the machine is in."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from proxyscan.errors import ProxyscanError, nearest
from proxyscan.frozen import frozen
from proxyscan.layouts.columns import Ints

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

QUARTER_MS: Final = 900_000
"""A zone's offset changes at full quarters of an hour only."""

Offset = tuple[int, bool]


def zone(name: str | None = None) -> Zone:
    """Return the zone of that name, by default the machine's own; raises `ProxyscanError` for an unknown one.

    >>> zone("Europe/London").name
    'Europe/London'
    """
    if name is None:
        from tzlocal import get_localzone_name

        return Zone(get_localzone_name() or "UTC")
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        hint = nearest(name, available_timezones()) if name else ""
        hint = hint if hint.startswith("did") else "write it as in 'Europe/London'"
        raise ProxyscanError(f"no time zone is called '{name}'", hint) from problem
    return Zone(name)


@cache
def _rules(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


@frozen
class Zone:
    """A time zone by its name in the IANA database; it remembers the quarters of an hour it has met."""

    name: str
    _offsets: dict[int, Offset] = field(default_factory=dict, repr=False, compare=False)

    def to_utc(self, local: Ints) -> tuple[Ints, int]:
        """Return local times in UTC (both ms since 1970), and how many of them occur twice.

        A time that occurs twice, when clocks go back, is taken for the first of the two; one that does not
        exist, when they go forward, for what a clock would show that was not changed.
        """
        quarters, place = np.unique(local // QUARTER_MS, return_inverse=True)
        offsets = [self._offset(quarter) for quarter in quarters.tolist()]
        twice = np.array([ambiguous for _, ambiguous in offsets], bool)[place]
        return local - np.array([ms for ms, _ in offsets], np.int64)[place], int(np.count_nonzero(twice))

    def _offset(self, quarter: int) -> Offset:
        if quarter not in self._offsets:
            local = datetime(1970, 1, 1) + timedelta(milliseconds=quarter * QUARTER_MS)
            first, second = (local.replace(tzinfo=_rules(self.name), fold=fold).utcoffset() for fold in (0, 1))
            assert first is not None
            assert second is not None
            self._offsets[quarter] = first // timedelta(milliseconds=1), first > second
        return self._offsets[quarter]
