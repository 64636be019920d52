"""Visits and who made them, held against plain pandas over the requests."""

from dataclasses import replace

import pandas as pd
import pytest

import proxyscan
from proxyscan import schema
from proxyscan.coverage import NO_ACTIVE
from proxyscan.report.visits import visits_section
from proxyscan.summary import EMPTY, merge
from proxyscan.visits import visits
from test_categories import log as categories_log

DAY = "sample_logs/squid_day.log"
WEEKS = ["sample_logs/squid_day.log", "sample_logs/squid_combined.log"]
SIDES = ("allowed", "denied")


@pytest.fixture(scope="module")
def summary() -> proxyscan.Summary:
    return proxyscan.scan(WEEKS)


@pytest.fixture(scope="module")
def requests() -> pd.DataFrame:
    frame = proxyscan.classify(proxyscan.parse(WEEKS).read_all()).to_pandas()
    frame = frame.astype(dict.fromkeys(("outcome", "user", "client", "service", "kind", "label"), object))
    frame["side"] = frame["outcome"].map(schema.OUTCOME_CLASS)
    frame["hour"] = frame["time"].dt.floor("h")
    frame["person"] = frame["user"].fillna("client " + frame["client"].astype(str))
    return frame[frame["service"].notna() & frame["side"].isin(SIDES)]


def one_side(rows: pd.DataFrame, side: str, label: str = "use") -> pd.DataFrame:
    return rows[(rows["label"] == label) & (rows["side"] == side)]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("key", ["service", "kind"])
def test_visits_are_persons_at_a_service_in_an_hour(summary, requests, side: str, key: str) -> None:
    used = one_side(requests, side).drop_duplicates(["hour", "service", "person"])
    plain = used.groupby(key).size()
    found = visits(summary, [key]).set_index(key)[f"visits_{side}"]
    assert found[found > 0].to_dict() == plain.to_dict()
    assert visits(summary, [])[f"visits_{side}"].tolist() == [plain.sum()]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("name", "label"), [("uses", "use"), ("assets", "asset"), ("widgets", "widget")])
def test_requests_by_label_are_those_of_a_plain_count(summary, requests, side: str, name: str, label: str) -> None:
    plain = one_side(requests, side, label).groupby("service").size()
    found = visits(summary, ["service"]).set_index("service")[f"{name}_{side}"]
    assert found[found > 0].to_dict() == plain.to_dict()


@pytest.mark.parametrize("side", SIDES)
def test_users_are_the_persons_of_the_period_and_the_mean_of_the_days_and_weeks(summary, requests, side: str) -> None:
    used = one_side(requests, side)
    everything = proxyscan.parse(WEEKS).read_all().to_pandas()["time"]
    found = visits(summary, []).iloc[0]
    assert found[f"users_{side}"] == used["person"].nunique()
    for unit, frequency in (("day", "D"), ("week", "W-SUN")):
        when = used["time"].dt.tz_localize(None).dt.to_period(frequency)
        lasted = everything.dt.tz_localize(None).dt.to_period(frequency).nunique()
        plain = used.groupby(when)["person"].nunique().sum() / lasted
        assert found[f"users_a_{unit}_{side}"] == pytest.approx(plain)


def test_users_of_both_sides_are_counted_once(summary, requests) -> None:
    plain = requests[requests["label"] == "use"].groupby("service")["person"].nunique().to_dict()
    found = visits(summary, ["service"]).set_index("service")["users"]
    assert found[found > 0].to_dict() == plain


def test_visits_are_null_where_the_hours_were_not_kept(summary) -> None:
    old = replace(summary, active=EMPTY.active)
    assert visits(old)[["visits_allowed", "visits_denied"]].isna().all(axis=None)
    assert visits(old)["users_denied"].notna().all()
    coverage = replace(summary.coverage, cannot={NO_ACTIVE: 1})
    assert visits(merge([summary, replace(old, coverage=coverage)]))["visits_denied"].isna().all()


def test_people_are_null_where_the_logs_category_alone_tells_the_kind(tmp_path) -> None:
    path, format = categories_log(tmp_path)
    found = visits(proxyscan.scan(path, format=format))
    alone = found[found["service"].isna()]
    assert alone["unlabelled_allowed"].tolist() == [2]
    assert alone[["visits_allowed", "users_denied", "users"]].isna().all(axis=None)
    assert found[found["service"] == "facebook"]["visits_allowed"].tolist() == [1]


def test_a_section_says_how_many_denied_requests_were_widgets() -> None:
    section = visits_section(proxyscan.scan(DAY))
    assert section.sentences == (
        "157 visits were allowed, 392 were denied.",
        "Of 611 denied requests 70 were made by pages of other sites (widgets), not by people who went there: 11.5 %.",
    )
    assert section.figures[0].says == "WhatsApp was visited most (61); Facebook was denied most (102)."
    assert section.figures[0].rows.set_index("name").loc["Facebook", "visits_denied"] == 102
    assert visits_section(EMPTY).figures == ()


def test_nothing_has_no_visits() -> None:
    assert visits(EMPTY).empty
    assert visits(EMPTY, []).empty


def test_a_key_that_is_not_known_is_answered_with_the_nearest() -> None:
    with pytest.raises(proxyscan.ProxyscanError, match="did you mean 'service'"):
        visits(EMPTY, ["servise"])
