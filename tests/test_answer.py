"""The report's answer: every figure held against plain pandas over the requests; odd summaries read sensibly."""

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import proxyscan
from proxyscan import schema
from proxyscan.groups import read_groups
from proxyscan.report.answer import answer
from proxyscan.report.coarse import coarse
from proxyscan.report.sureness import coverage_lines
from proxyscan.shares import by, social
from year import year

DAY = "sample_logs/squid_day.log"
NEW_YORK = ZoneInfo("America/New_York")
ODD = re.compile(r"\bnan\b|<NA>|\bNone\b|\binf\b|\bNaT\b")


@pytest.fixture(scope="module")
def groups(tmp_path_factory):
    path = tmp_path_factory.mktemp("groups") / "groups.csv"
    path.write_text("who,group\n10.20.10.0/25,Libraries\n10.20.10.128/25,Schools\nuser*,Schools\n")
    return path


@pytest.fixture(scope="module")
def summary(groups):
    return proxyscan.scan(DAY, groups=read_groups(groups))


@pytest.fixture(scope="module")
def requests():
    frame = proxyscan.classify(proxyscan.parse(DAY).read_all()).to_pandas()
    frame["class"] = frame["outcome"].map(schema.OUTCOME_CLASS).astype(str)
    frame["social"] = frame["kind"].notna()
    return frame[frame["class"] != "setup"]


def section(found, key):
    return next(each for each in found.sections if each.key == key)


def words(found):
    """Return all that the answer says, as people read it."""
    lines = [found.title, found.period]
    for each in found.sections:
        lines += [each.title, *each.sentences, *each.notes]
        for figures in each.figures:
            lines += [figures.title, figures.says]
            lines += [column.words(value) for column in figures.columns for value in figures.rows[column.name].tolist()]
    return "\n".join(lines)


def test_the_sections_stand_in_the_order_in_which_people_ask(summary):
    keys = [each.key for each in answer(summary).sections]
    order = ["headline", "visits", "services", "time", "week", "peaks", "kinds", "groups", "categories", "sureness"]
    assert keys == order


def test_the_same_summary_gives_the_same_answer(summary):
    assert words(answer(summary, line=1e8, zone=NEW_YORK)) == words(answer(summary, line=1e8, zone=NEW_YORK))


def test_requests_by_label_are_those_of_a_plain_count(summary, requests):
    rows = section(answer(summary), "services").figures[1].rows.set_index("service")
    asked = requests[requests["class"].isin(["allowed", "denied"]) & requests["social"]]
    plain = asked.groupby(["service", "label"], observed=True).size().unstack(fill_value=0)
    for label in schema.LABELS:
        assert rows[label].to_dict() == plain[label].loc[rows.index].to_dict()


@pytest.mark.parametrize("zone", [ZoneInfo("UTC"), NEW_YORK, ZoneInfo("Asia/Kolkata")], ids=str)
def test_requests_by_hour_are_those_of_a_plain_count_in_the_zone(summary, requests, zone):
    rows = section(answer(summary, zone=zone), "time").figures[1].rows.set_index("when")
    hours = requests["time"].dt.tz_convert(zone).dt.strftime("%H:00")
    for name in ("allowed", "denied"):
        plain = hours[requests["social"] & (requests["class"] == name)].value_counts().reindex(rows.index, fill_value=0)
        assert rows[name].tolist() == plain.tolist()


def test_shares_by_hour_add_up_to_the_share_of_the_whole(summary):
    rows = section(answer(summary), "time").figures[0].rows
    totals = social(summary)
    assert rows["bytes"].sum() == totals.loc["social", "bytes"]
    assert rows["all_bytes"].sum() == totals.loc["all", "bytes"]
    assert (rows["share"] == rows["bytes"] / rows["all_bytes"]).all()


def test_the_week_of_one_monday_is_its_hours(summary, requests):
    allowed, denied = (figures.rows.set_index("hour")["monday"] for figures in section(answer(summary), "week").figures)
    hours = requests["time"].dt.strftime("%H:00")
    for name, found in (("allowed", allowed), ("denied", denied)):
        plain = hours[requests["social"] & (requests["class"] == name)].value_counts()
        assert found.to_dict() == plain.reindex(found.index, fill_value=0).to_dict()


def test_groups_are_those_of_a_plain_count(summary, requests):
    rows = section(answer(summary), "groups").figures[0].rows.set_index("group")
    networks = requests["client"].astype(str).str.extract(r"^10\.20\.10\.(\d+)$")[0].astype(float)
    named = requests["user"].astype(str).str.startswith("user")
    plain = np.select([named, networks < 128, networks >= 128], ["Schools", "Libraries", "Schools"], "(in no group)")
    asked = requests["class"].isin(["allowed", "denied"])
    masks = {"widgets": asked & (requests["label"] == "widget")}
    masks |= {name: requests["social"] & (requests["class"] == name) for name in ("allowed", "denied")}
    for name, mask in masks.items():
        counts = pd.Series(plain)[mask.to_numpy()].value_counts()
        assert rows[name].to_dict() == counts.reindex(rows.index, fill_value=0).to_dict()


def test_users_and_sums_stay_the_same_when_a_summary_is_made_coarse(summary):
    keys = ["service", "kind"]
    pd.testing.assert_frame_equal(by(summary, keys), by(coarse(summary, *keys), keys))


def test_the_line_is_what_the_peaks_are_a_share_of(summary):
    found = section(answer(summary, line=2e6), "peaks")
    rates, shares = (figures.rows.set_index("traffic") for figures in found.figures)
    assert shares.loc["All traffic", "max"] == pytest.approx(rates.loc["All traffic", "max"] / 2)
    assert "Of the line of 2 Mbit/s" in found.sentences[0]


SAMPLES = [
    "squid_day",
    "squidguard",
    "paloalto",
    "fortigate",
    "bluecoat",
    "zeek_ssl",
    "suricata",
    "umbrella_dns",
    "e2guardian_5",
]


@pytest.mark.parametrize("name", SAMPLES)
def test_no_answer_says_nan(name):
    found = answer(proxyscan.scan(f"sample_logs/{name}.log"), line=1e6)
    assert not ODD.search(words(found))


def test_nothing_is_said_to_be_nothing():
    from proxyscan.summary import EMPTY

    found = words(answer(EMPTY))
    assert not ODD.search(found)
    assert "No request was understood." in found


def only(summary, mask_of):
    """Return the summary of the intervals that a mask keeps."""
    frame = summary.to_pandas()
    return replace(summary, intervals=summary.intervals.filter(mask_of(frame).to_numpy()))


def test_a_log_without_social_media_says_so(summary):
    found = answer(only(summary, lambda rows: rows["kind"].isna()))
    assert "there was no request for social media" in section(found, "headline").sentences[0]
    assert not any(figures.chart for key in ("services", "kinds") for figures in section(found, key).figures)
    assert not ODD.search(words(found))


def test_a_log_in_which_nothing_is_allowed_gives_no_share(summary):
    found = answer(only(summary, lambda rows: rows["outcome"] == "denied"))
    assert "took no bandwidth" in section(found, "headline").sentences[0]
    assert not ODD.search(words(found))


def test_a_log_in_which_nothing_is_denied_says_so(summary):
    found = answer(only(summary, lambda rows: rows["outcome"] == "allowed"))
    assert any(sentence.startswith("0 of ") for sentence in section(found, "headline").sentences)
    assert section(found, "week").figures[1].says == "No request for social media was denied."


def test_a_log_of_denials_alone_leaves_open_what_was_allowed():
    found = answer(proxyscan.scan("sample_logs/squidguard.log"))
    rows = section(found, "services").figures[1].rows
    assert rows[["allowed", "bytes", "share"]].isna().all(axis=None)
    people = section(found, "visits").figures[0].rows
    assert people[["visits_allowed", "users_allowed", "users_a_day_allowed"]].isna().all(axis=None)
    assert people["users_denied"].tolist() == [1]
    assert "this log cannot show its share" in section(found, "headline").sentences[0]


def test_sentences_hold_no_character_that_a_terminal_acts_on(summary):
    hostile = replace(summary.coverage, doubts={"\x1b[31m\u202e": 3}, damage={"\x07.log": "cut"})
    assert all(line.isprintable() for line in coverage_lines(hostile))


def test_many_days_are_shown_by_the_week_and_add_up():
    summary = year(days=120)
    found = section(answer(summary), "time")
    rows = found.figures[0].rows.set_index("when")
    plain = summary.to_pandas()
    plain = plain[(plain["outcome"] == "denied") & plain["service"].notna()].set_index("interval")["requests"]
    weeks = plain.resample("W-SUN").sum()
    assert rows["denied"].tolist() == weeks.tolist()
    assert rows.index.tolist() == [f"{day - pd.Timedelta(days=6):%Y-%m-%d}" for day in weeks.index]
    assert "A week begins on Monday" in found.notes[0]


def test_days_without_any_request_are_gaps_and_not_nothing():
    summary = year(days=20)
    kept = ~summary.to_pandas()["interval"].dt.day.between(5, 7)
    found = section(answer(replace(summary, intervals=summary.intervals.filter(pa.array(kept.tolist())))), "time")
    rows = found.figures[1].rows.set_index("when")
    assert found.sentences[0].startswith("3 of 20 days have no request at all in the log")
    assert rows.loc["2025-11-05":"2025-11-07", ["allowed", "denied"]].isna().all(axis=None)
    assert rows.loc["2025-11-04", "denied"] > 0


def test_sentences_do_not_rank_weeks_that_are_not_whole():
    found = section(answer(year(days=120)), "time").figures[0]
    assert "2025-10-27" in found.rows["when"].tolist()
    assert "27 October 2025" not in found.says
