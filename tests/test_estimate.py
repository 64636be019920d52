"""Estimates: what they rest on, their arithmetic, and how near they come to the truth of simulated worlds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import proxyscan
from people import SERVICES, policies, world
from proxyscan.assumptions import Assumptions, read_assumptions
from proxyscan.coverage import NO_ACTIVE
from proxyscan.errors import ConfigError
from proxyscan.estimate import FIGURES, estimate
from proxyscan.groups import read_groups
from proxyscan.privacy import SMALL_GROUPS
from proxyscan.report.estimates import estimate_section
from proxyscan.report.words import size
from proxyscan.scenarios import SCENARIOS
from proxyscan.summary import EMPTY, Summary
from worlds import FIGURES as TITLES
from worlds import KNOWN, NAIVE, counted, crowded, judged, scanned, scores, within

START = 1_795_424_400  # Monday, 2026-11-23 09:00 UTC
DAY = 86_400
MB = 1_000_000


class Log:
    """Lines of a log, and what is counted of them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.lines = folder, []

    def visit(self, day: int, hour: int, user: str, url: str, size: int = MB, denied: bool = False) -> None:
        code = "TCP_DENIED/403" if denied else "TCP_MISS/200"
        time = START + day * DAY + hour * 3600
        self.lines.append(f"{time}.000 0 10.0.0.1 {code} {size} GET https://{url} {user} HIER_NONE/- -\n")

    def summary(self, format: str = "squid", groups: str = "who,group\na*,open\nd*,shut\n", **options) -> Summary:
        path = self.folder / "a.log"
        path.write_text("".join(sorted(self.lines)))
        (self.folder / "g.csv").write_text(groups)
        return proxyscan.scan(path, format=format, groups=read_groups(self.folder / "g.csv"), **options)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Return a log of five days: five users allowed Facebook visit twice a day, 1 MB each; ten are denied it daily."""
    found = Log(tmp_path)
    for day in range(5):
        for user in range(5):
            for hour in (1, 3):
                found.visit(day, hour, f"a{user}", "www.facebook.com/home")
        for user in range(10):
            found.visit(day, 2, f"d{user}", "www.facebook.com/home", denied=True)
            found.visit(day, 2, f"d{user}", "news.example/", size=100 * MB)
    return found


def middle_goes(allowed: int) -> float:
    """Return how far the middle goes from what people tried to what so many allowed people do, as an exponent."""
    return allowed / (allowed + 20) / 2


def without(log: Log, word: str) -> Log:
    log.lines = [line for line in log.lines if word not in line]
    return log


def test_the_three_scenarios_are_the_visits_that_their_words_say(log: Log) -> None:
    figures = estimate(log.summary(), ["facebook"]).figures
    assert figures.loc["users", ["low", "middle", "high"]].tolist() == [10, 15, 15]  # 15 people are in the log
    assert figures.loc["visits_a_day", "low"] == 10  # each once on each day
    assert figures.loc["visits_a_day", "middle"] == pytest.approx(15 * 2 ** middle_goes(5))  # once to twice a day
    assert figures.loc["visits_a_day", "high"] == 30
    for name in SCENARIOS:  # every visit takes 1 MB
        assert figures.loc["gb_a_day", name] * 1000 == pytest.approx(figures.loc["visits_a_day", name], rel=0.25)
    assert figures.loc["gb_a_day", "now"] == pytest.approx((10 * 100 + 10) / 1000)


def test_the_more_people_are_allowed_the_nearer_the_middle_comes_to_what_they_do(log: Log) -> None:
    for day in range(5):
        for user in range(5, 100):
            for hour in (1, 3):
                log.visit(day, hour, f"a{user}", "www.facebook.com/home")
    figures = estimate(log.summary(), ["facebook"], headcount=15).figures
    assert figures.loc["visits_a_day", "middle"] == pytest.approx(15 * 2 ** middle_goes(100))


def test_more_come_where_more_of_those_come_who_are_allowed(log: Log) -> None:
    for user in range(10, 30):
        log.visit(0, 2, f"d{user}", "news.example/")  # of 30 people who are denied, 10 tried; all of the allowed came
    figures = estimate(log.summary(), ["facebook"]).figures
    assert figures.loc["visits_a_day", "middle"] == pytest.approx(15 * (2 * 30 / 10) ** middle_goes(5))


def test_no_estimate_is_below_what_people_tried(log: Log) -> None:
    for day in range(5):
        for user in range(10):
            for hour in (4, 5, 6):
                log.visit(day, hour, f"d{user}", "www.facebook.com/home", denied=True)
    figures = estimate(log.summary(), ["facebook"]).figures
    assert figures.loc["visits_a_day", "middle"] == pytest.approx(15 * 4)  # the allowed come twice a day: no less here


def test_the_busiest_five_minutes_are_added_to_what_was_there(log: Log) -> None:
    figures = estimate(log.summary(), ["facebook"], line=50).figures
    assert figures.loc["peak", "now"] == pytest.approx(10 * 100 * 8 / 300)
    assert figures.loc["peak", "now"] <= figures.loc["peak", "low"] <= figures.loc["peak", "high"]
    assert figures.loc["peak", "high"] <= figures.loc["peak", "now"] + 60 * 8 / 300  # 30 visits a day, all in one hour
    assert figures.loc["line_share", "high"] == figures.loc["peak", "high"] / 50


def test_what_comes_on_other_days_is_not_of_a_working_day(log: Log) -> None:
    now = estimate(log.summary(), ["facebook"]).figures.loc["gb_a_day", "now"]
    log.visit(5, 1, "a1", "news.example/update", size=900 * MB)
    assert estimate(log.summary(), ["facebook"]).figures.loc["gb_a_day", "now"] == now


def test_the_head_count_is_the_most_that_can_come(log: Log) -> None:
    figures = estimate(log.summary(), ["facebook"], headcount=12).figures
    assert figures.loc["users", ["low", "middle", "high"]].tolist() == [10, 12, 12]


def test_the_same_question_has_the_same_answer(log: Log) -> None:
    summary = log.summary()
    pd.testing.assert_frame_equal(estimate(summary, ["facebook"]).figures, estimate(summary, ["facebook"]).figures)


def test_every_service_of_a_kind_is_meant_and_who_tries_two_counts_once(log: Log) -> None:
    for day in range(5):
        log.visit(day, 4, "d1", "vk.com/feed", denied=True)
    found = estimate(log.summary(), kinds=["social-network"])
    assert set(found.services["service"]) == {"facebook", "vk"}
    assert found.figures.loc["users", "low"] == 10
    assert "other services of the kind" in found.services.set_index("service").loc["vk", "basis"]


def test_behaviour_is_of_the_same_days_before_other_days_before_the_kind_before_assumptions(log: Log) -> None:
    basis = estimate(log.summary(), ["facebook"]).services["basis"][0]
    assert basis == "those who were allowed facebook on the same days"
    without(log, " d")
    for day in range(7, 12):
        log.visit(day, 2, "d1", "www.facebook.com/home", denied=True)
    assert estimate(log.summary(), ["facebook"]).services["basis"][0].endswith("in the whole time")
    moved = [line.replace("www.facebook.com", "vk.com") if "TCP_MISS" in line else line for line in log.lines]
    log.lines = moved
    assert "other services of the kind social-network" in estimate(log.summary(), ["facebook"]).services["basis"][0]


def test_the_range_is_wider_where_another_service_tells_what_a_visit_takes(log: Log, tmp_path: Path) -> None:
    log.lines = [line.replace("www.facebook.com", "vk.com") if "TCP_MISS" in line else line for line in log.lines]
    (tmp_path / "own.toml").write_text("[scenarios]\nservices_differ = 1\n")
    summary = log.summary()
    alike = estimate(summary, ["facebook"], assume=read_assumptions(tmp_path / "own.toml")).figures.loc["gb_a_day"]
    differ = estimate(summary, ["facebook"]).figures.loc["gb_a_day"]
    assert (differ / alike)[["low", "high"]].tolist() == pytest.approx([1 / 1.5, 1.5])
    assert any("1.5 times as heavy" in each for each in estimate(summary, ["facebook"]).assumptions)


def test_there_is_no_middle_of_bytes_where_only_another_service_tells_what_a_visit_takes(log: Log) -> None:
    whole = estimate(log.summary(), ["facebook"])
    log.lines = [line.replace("www.facebook.com", "vk.com") if "TCP_MISS" in line else line for line in log.lines]
    found = estimate(log.summary(), ["facebook"])
    assert whole.figures["middle"].drop(["gb_up_a_day", "line_share"]).notna().all()
    assert list(found.figures.index[found.figures["middle"].isna()]) == ["gb_a_day", "gb_up_a_day", "line_share"]
    assert found.figures.loc["gb_a_day", ["low", "high"]].notna().all()
    assert (whole.services["middle"].notna().all(), found.services["middle"].isna().all()) == (True, True)
    assert found.to_dict()["services"][0]["middle"] is None
    section = estimate_section(found)
    low, high = (size(found.figures.loc["gb_a_day", name] * 1e9) for name in ("low", "high"))
    assert f"it would take {low} to {high} a working day, beside" in section.sentences[0]
    assert any("no middle of bytes" in note for note in section.notes)


def test_an_assumption_is_used_only_out_of_the_users_own_file_and_is_said(log: Log, tmp_path: Path) -> None:
    summary = without(log, " a").summary()
    with pytest.raises(proxyscan.ProxyscanError, match="nobody who was allowed it"):
        estimate(summary, ["facebook"])
    (tmp_path / "own.toml").write_text("[scenarios]\nfollowers = 0\n[megabytes_per_visit]\nsocial-network = 3\n")
    found = estimate(summary, ["facebook"], assume=read_assumptions(tmp_path / "own.toml"))
    assert any("own.toml: 3 MB per visit" in each for each in found.assumptions)
    assert found.figures.loc["gb_a_day", "middle"] * 1000 == pytest.approx(30, rel=0.2)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[scenarios]\nfolowers = 1\n", "did you mean 'followers'"),
        ("[scenario]\n", "did you mean 'scenarios'"),
        ("[megabytes_per_visit]\nvidoe = 1\n", "did you mean 'video'"),
        ("[scenarios]\nfollowers = -1\n", "no number of 0 or more"),
        ("[scenarios]\nservices_differ = 0.5\n", "no number of 1 or more"),
        ("[", "begin with a copy"),
    ],
)
def test_assumptions_are_checked(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(ConfigError, match=problem):
        read_assumptions(tmp_path / "own.toml")


def test_a_file_of_assumptions_that_is_missing_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as problem:
        read_assumptions(tmp_path / "own.toml")
    assert problem.value.fact == f"{tmp_path}/own.toml: No such file or directory"


def test_uploads_are_null_where_the_log_has_none(log: Log) -> None:
    assert estimate(log.summary(), ["facebook"]).figures.loc["gb_up_a_day"].isna().all()


def test_nothing_is_estimated_where_nobody_was_denied(log: Log) -> None:
    with pytest.raises(proxyscan.ProxyscanError, match="nobody was denied it") as found:
        estimate(without(log, "TCP_DENIED").summary(), ["facebook"])
    assert "needed are" in found.value.hint


def test_nothing_is_estimated_from_one_day(log: Log) -> None:
    log.lines = [line for line in log.lines if int(line[:10]) < START + DAY]
    with pytest.raises(proxyscan.ProxyscanError, match=r"1 working day\(s\)"):
        estimate(log.summary(), ["facebook"])


def test_nothing_is_estimated_without_bytes(log: Log) -> None:
    log.lines = [line.replace(f" {MB} ", " 0 ").replace(f" {100 * MB} ", " 0 ") for line in log.lines]
    with pytest.raises(proxyscan.ProxyscanError, match="lacks bytes"):
        estimate(log.summary(), ["facebook"])


def test_nothing_is_estimated_from_a_log_of_denials_alone() -> None:
    with pytest.raises(proxyscan.ProxyscanError, match="nothing to estimate from"):
        estimate(proxyscan.scan("sample_logs/squidguard.log"), ["facebook"])


def test_nothing_is_estimated_without_the_hours_of_use(log: Log) -> None:
    summary = log.summary()
    old = replace(summary, coverage=replace(summary.coverage, cannot={NO_ACTIVE: 1}))
    for without_hours in (old, replace(summary, active=EMPTY.active), EMPTY):
        with pytest.raises(proxyscan.ProxyscanError, match="nothing to estimate from"):
            estimate(without_hours, ["facebook"])


def test_misspelt_names_are_answered_with_the_nearest(log: Log) -> None:
    summary = log.summary()
    for options in (
        {"unblock": ["facebok"]},
        {"kinds": ["social-netwrk"]},
        {"unblock": ["facebook"], "groups": ["shu"]},
    ):
        with pytest.raises(proxyscan.ProxyscanError, match="did you mean"):
            estimate(summary, **options)


def test_an_estimate_for_a_group_is_of_its_people_alone(log: Log) -> None:
    for user in range(5):
        log.visit(0, 2, f"x{user}", "www.facebook.com/home", denied=True)
    assert estimate(log.summary(), ["facebook"], groups=["shut"]).figures.loc["users", "low"] == 10
    assert estimate(log.summary(), ["facebook"]).figures.loc["users", "low"] == 15


def test_an_estimate_is_of_no_group_of_which_fewer_people_were_denied_than_may_be_told(log: Log) -> None:
    for group, denied in (("e", 4), ("f", 3)):  # of eleven people each
        for user in range(11):
            log.visit(0, 2, f"{group}{user}", "news.example/")
        for user in range(denied):
            log.visit(0, 2, f"{group}{user}", "www.facebook.com/home", denied=True)
    summary = log.summary(groups="who,group\na*,open\nd*,shut\ne*,few\nf*,fewer\n")
    for groups in (["few"], ["shut", "few"]):  # the second less 'shut' would tell of the first
        with pytest.raises(
            proxyscan.ProxyscanError, match="'few', or all without it, would tell of fewer than 5"
        ) as found:
            estimate(summary, ["facebook"], groups=groups)
        assert SMALL_GROUPS in found.value.hint
    users = {
        groups: estimate(summary, ["facebook"], groups=[groups]).figures.loc["users", "low"]
        for groups in ("shut", SMALL_GROUPS)
    }
    assert users == {"shut": 10, SMALL_GROUPS: 7}
    assert estimate(summary, ["facebook"], groups=["few"], min_users=3).figures.loc["users", "low"] == 4


def test_no_group_is_told_apart_where_what_is_left_would_tell_of_too_few(log: Log) -> None:
    log.visit(0, 2, "x", "www.facebook.com/home", denied=True)
    with pytest.raises(proxyscan.ProxyscanError, match="'shut', or all without it, would tell of fewer") as found:
        estimate(log.summary(), ["facebook"], groups=["shut"])
    assert found.value.hint == "choose no group"


def test_a_section_says_every_assumption_and_every_known_figure(log: Log) -> None:
    found = estimate(log.summary(), ["facebook"], line=50)
    section = estimate_section(found)
    assert len(section.notes) == len(found.assumptions)
    assert FIGURES["line_share"] in section.figures[0].rows["figure"].tolist()
    assert FIGURES["gb_up_a_day"] not in section.figures[0].rows["figure"].tolist()


def test_a_section_says_at_which_figure_the_line_is_full(log: Log) -> None:
    summary = log.summary()
    peak = estimate(summary, ["facebook"]).figures.loc["peak"]
    words = {
        0.99 * peak["now"]: "They already carry 101.0 % of what the line does: is it the right one?",
        0.99 * peak["middle"]: "The line would be full at the middle figure already.",
        0.99 * peak["high"]: "The line would be full at the high figure; at the middle one it carries ",
        2 * peak["high"]: "Even the high figure leaves 50.0 % of the line free in these five minutes.",
    }
    for line, said in words.items():
        assert estimate_section(estimate(summary, ["facebook"], line=line)).sentences[-1].startswith(said)


def test_assumptions_of_nobody_are_the_shipped_ones() -> None:
    assert read_assumptions() == Assumptions("the shipped table", 1.0, 1.5, {})


CROWDED = [6002, 6003, 6013, 6018, 6019, 6021, 6023, 6024, 6025, 6026, 6029]
"""From seed 6000 on, the worlds of no more than 140,000 lines: what is shown does not depend on how many there are."""


@pytest.mark.parametrize("seed", CROWDED)
def test_visits_are_counted_within_5_percent_where_nine_of_ten_contacts_are_widgets(tmp_path: Path, seed: int) -> None:
    now = crowded(seed)
    widgets = (now.world.caused.service >= 0).sum()
    wanted = (now.through.label <= 1).sum() + (now.denied.label <= 1).sum()
    assert widgets / (widgets + wanted) > 0.9
    for referrers in (False, True):
        assert counted(now, tmp_path, referrers) == pytest.approx(1, abs=0.05)


def test_the_simulators_hosts_are_what_it_takes_them_for() -> None:
    for service, (kind, *urls) in SERVICES.items():
        entries = [proxyscan.lookup(url) for url in urls]
        assert [(e.service.id, e.service.kind, e.label) for e in entries] == [
            (service, kind, label) for label in ("use", "asset", "widget")
        ]


def test_a_simulated_log_holds_what_the_simulator_notes(tmp_path: Path) -> None:
    now, _, _ = policies(world(2))
    rates, summary = now.rates(), scanned(now, tmp_path)
    assert proxyscan.shares.peaks(summary)["all"]["max"] == pytest.approx(rates.max())
    assert proxyscan.shares.social(summary).loc["all", "bytes"] == now.through.bytes.sum()


def test_estimates_of_some_worlds_cover_the_truth(tmp_path: Path) -> None:
    worlds = pd.DataFrame([judged(seed, tmp_path) for seed in range(5000, 5006)])
    found = scores(worlds)
    assert (found["covered"].dropna() >= 5 / 6).all()


@pytest.mark.slow
def test_estimates_of_200_worlds_cover_the_truth_and_beat_the_obvious_ways(tmp_path: Path) -> None:
    worlds = pd.DataFrame([judged(seed, tmp_path) for seed in range(2000, 2200)])
    found, groups = scores(worlds), scores(worlds[worlds["basis"] == "groups"])
    assert (found["covered"].dropna() >= 0.9).all()
    assert (found["within"][[*TITLES.values()]] >= 0.8).all()
    told, known = worlds["gb_a_day_middle"].notna(), worlds["basis"] == "groups"
    assert known[told].all()
    assert told[known & worlds["peak_low"].notna()].mean() >= 0.95  # not of small groups, which are put together
    assert groups.loc[KNOWN["with_visits"], "within"] >= 0.95
    assert groups.loc[TITLES["gb_a_day"], "within"] > groups.loc[KNOWN["fitted"], "within"] - 0.1
    assert found.loc[TITLES["gb_a_day"], "within"] > 2 * max(within(worlds[name]) for name in NAIVE)
