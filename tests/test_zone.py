"""Local times without a zone become UTC by the zone's own rules, the hour that occurs twice is counted."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyscan.errors import ProxyscanError
from proxyscan.zone import zone

ZONES = ["Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]
EPOCH = datetime(1970, 1, 1)
MS = timedelta(milliseconds=1)


def ms(local: datetime) -> int:
    return (local - EPOCH) // MS


@given(st.sampled_from(ZONES), st.lists(st.datetimes(datetime(1975, 1, 1), datetime(2035, 1, 1)), max_size=5))
def test_a_local_time_becomes_what_the_standard_library_makes_of_it(name: str, locals_: list[datetime]) -> None:
    found, _ = zone(name).to_utc(np.array([ms(local) for local in locals_], np.int64))
    plain = [local.replace(tzinfo=ZoneInfo(name)).astimezone(UTC).replace(tzinfo=None) for local in locals_]
    assert found.tolist() == [ms(each) for each in plain]


def test_the_hour_in_october_that_occurs_twice_is_counted() -> None:
    minutes = [datetime(2026, 10, 25, 0, 30) + timedelta(minutes=30 * step) for step in range(6)]
    found, twice = zone("Europe/London").to_utc(np.array([ms(local) for local in minutes], np.int64))
    assert twice == 2
    hours = np.diff(found).tolist()
    assert hours == [1_800_000, 1_800_000, 5_400_000, 1_800_000, 1_800_000]


@pytest.mark.parametrize(("name", "hint"), [("Europe/Lodon", "Europe/London"), ("../etc/passwd", "Europe/London")])
def test_an_unknown_zone_is_named_with_the_nearest_one(name: str, hint: str) -> None:
    with pytest.raises(ProxyscanError, match="no time zone is called") as raised:
        zone(name)
    assert hint in raised.value.hint
