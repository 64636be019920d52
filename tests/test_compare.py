"""Two periods side by side: the means are those of a plain computation, and chance is not called a change."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import proxyscan
from policies import MONDAY, Visit, days, log, summary, visits
from proxyscan import schema
from proxyscan.days import days_of
from proxyscan.inputs import Span, input_of, summary_of
from proxyscan.report.comparison import comparison_section
from proxyscan.variation import Stratum, difference, student

PEOPLE = [f"u{number}" for number in range(12)]
HOSTS = ["www.linkedin.com", "www.reddit.com", "www.pinterest.com", "www.bbc.co.uk"]
LATER = MONDAY + timedelta(days=56)


def open_to(*denied: str):
    return lambda visit: visit.host not in denied


def world(folder: Path, seed: int, when, policy, a_day: float = 2.0, hosts=HOSTS) -> proxyscan.Summary:
    return summary(folder, visits(np.random.default_rng(seed), when, hosts, PEOPLE, a_day), policy)


@pytest.fixture(scope="module")
def trial(tmp_path_factory) -> tuple[proxyscan.Summary, proxyscan.Summary]:
    """LinkedIn is unblocked; all else stays as it is."""
    folder = tmp_path_factory.mktemp("trial")
    before = world(folder, 1, days(15), open_to("www.linkedin.com", "www.reddit.com"))
    return before, world(folder, 2, days(15, LATER), open_to("www.reddit.com"))


def found(comparison: proxyscan.Comparison, service: str, measure: str) -> pd.Series:
    rows = comparison.rows
    (row,) = rows[(rows["service"] == service) & (rows["measure"] == measure)].to_dict("records")
    return row


def test_a_service_that_was_unblocked_changed_and_no_other_did(trial) -> None:
    comparison = proxyscan.compare(*trial)
    verdicts = comparison.rows.set_index(["service", "measure"])["verdict"]
    assert verdicts["linkedin", "allowed"] == verdicts["linkedin", "users_allowed"] == "more"
    assert verdicts["linkedin", "bytes"] == "more"
    assert verdicts["linkedin", "denied"] == "less"
    assert verdicts["linkedin", "users"] == "usual"
    assert {verdicts["reddit", name] for name in ("allowed", "denied", "bytes", "max")} == {"usual"}
    said = " ".join(comparison_section(comparison).sentences)
    assert "LinkedIn changed beyond the usual variation of days: allowed requests a day: 0 before," in said
    assert "Reddit" not in said


def plain_days(path: Path, service: str) -> pd.DataFrame:
    """Return the figures of each day by plain pandas over the requests."""
    frame = proxyscan.classify(proxyscan.parse(path, format="squid").read_all()).to_pandas()
    frame = frame[frame["service"] == service]
    frame["day"] = frame["time"].dt.date
    allowed, denied = frame[frame["outcome"] == "allowed"], frame[frame["outcome"] == "denied"]
    bits = 8 * allowed.groupby(["day", allowed["time"].dt.floor("5min")])["bytes_down"].sum() / 300 / 1e6
    per_day = {day: np.append(part, np.zeros(288 - len(part))) for day, part in bits.groupby("day")}
    return pd.DataFrame(
        {
            "allowed": allowed.groupby("day").size(),
            "denied": denied.groupby("day").size(),
            "users_allowed": allowed.groupby("day")["user"].nunique(),
            "users": frame.groupby("day")["user"].nunique(),
            "bytes": allowed.groupby("day")["bytes_down"].sum(),
            "p95": pd.Series({day: np.percentile(values, 95) for day, values in per_day.items()}),
            "max": pd.Series({day: values.max() for day, values in per_day.items()}),
        }
    ).fillna(0)


def test_the_means_are_those_of_a_plain_computation(tmp_path: Path) -> None:
    everything = visits(np.random.default_rng(3), days(14, weekends=True), HOSTS, PEOPLE)
    path = log(tmp_path / "a.log", everything, lambda visit: visit.person != "u1")
    path.write_text(path.read_text().replace("    900 ", "      0 "))  # nothing is spread over two intervals
    counted = proxyscan.scan(path, format="squid")
    plain = plain_days(path, "reddit")
    assert len(plain) == 14
    comparison = proxyscan.compare(counted, counted)
    assert comparison.compared == ("weekdays", "weekends")
    for name in plain.columns:  # in two whole weeks every day has the same weight
        assert found(comparison, "reddit", name)["before"] == pytest.approx(plain[name].mean()), name


DRAWS = {
    "normal": lambda rng, n, columns: rng.normal(100, 10, (n, columns)),
    "skewed": lambda rng, n, columns: rng.lognormal(0, 1, (n, columns)),
    "rare": lambda rng, n, columns: rng.poisson(0.5, (n, columns)).astype(float),
}


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("counts", [(4, 4), (5, 20), (10, 10), (20, 20)])
def test_chance_alone_is_called_a_change_in_about_one_of_twenty(name: str, counts: tuple[int, int]) -> None:
    rng = np.random.default_rng(5)
    alarms = []
    for _ in range(4):
        before, after = (DRAWS[name](rng, n, 500) for n in counts)
        answer = difference([Stratum(before, after, 1.0)])
        alarms.append(((answer.low > 0) | (answer.high < 0)).mean())
    assert np.mean(alarms) < 0.08


def test_a_change_of_three_standard_deviations_is_seen() -> None:
    rng = np.random.default_rng(6)
    answer = difference([Stratum(rng.normal(100, 10, (5, 400)), rng.normal(130, 10, (5, 400)), 1.0)])
    assert (answer.low > 0).mean() > 0.9


@given(st.integers(4, 30), st.integers(4, 30), st.floats(0, 1e9), st.integers(0, 99))
@settings(max_examples=30)
def test_the_interval_holds_the_difference_and_the_same_question_has_the_same_answer(n, m, size, seed) -> None:
    rng = np.random.default_rng(seed)
    stratum = Stratum(rng.random((n, 3)) * size, rng.random((m, 3)) * size, 1.0)
    one, two = difference([stratum]), difference([stratum])
    middle = stratum.after.mean(axis=0) - stratum.before.mean(axis=0)
    assert (one.low <= middle + 1e-6).all()
    assert (one.high >= middle - 1e-6).all()
    assert (one.low == two.low).all()
    swapped = difference([Stratum(stratum.after, stratum.before, 1.0)])
    assert swapped.after - swapped.before == pytest.approx(-(one.after - one.before))


@pytest.mark.parametrize(("freedom", "quantile"), [(3, 3.182), (4, 2.776), (9, 2.262), (29, 2.045), (100, 1.984)])
def test_the_quantiles_of_student_are_those_of_the_tables(freedom: int, quantile: float) -> None:
    assert student(0.975, freedom) == pytest.approx(quantile, rel=0.01)


def test_a_period_without_change_has_none(trial) -> None:
    comparison = proxyscan.compare(trial[0], trial[0])
    assert (comparison.rows["difference"] == 0).all()
    assert comparison.exceeding == 0
    assert comparison.tested == len(comparison.rows)
    assert "Nothing changed beyond the usual variation of days." in comparison_section(comparison).sentences


def test_more_days_of_weekends_in_one_period_are_no_change(tmp_path: Path) -> None:
    def weeks(seed: int, count: int, first: date):
        rng = np.random.default_rng(seed)
        for day in days(count, first, weekends=True):
            yield from visits(rng, [day], HOSTS, PEOPLE, 2.0 if day.weekday() < 5 else 0.2)

    before = summary(tmp_path, weeks(7, 5, MONDAY), open_to())
    after = summary(tmp_path, weeks(8, 28, LATER), open_to())
    comparison = proxyscan.compare(before, after)
    assert comparison.compared == ("weekdays",)
    assert (comparison.before.weekends, comparison.after.weekends) == (0, 8)
    assert found(comparison, "linkedin", "allowed")["verdict"] == "usual"
    notes = comparison_section(comparison).notes
    assert "Only weekdays are compared; of other days there are too few." in notes


def test_too_few_days_have_means_and_no_verdict(tmp_path: Path) -> None:
    before, after = world(tmp_path, 9, days(3), open_to()), world(tmp_path, 10, days(10, LATER), open_to())
    comparison = proxyscan.compare(before, after)
    assert comparison.rows["before"].notna().all()
    assert comparison.rows["verdict"].isna().all()
    assert comparison.tested == 0
    section = comparison_section(comparison)
    assert "cannot be told" in section.sentences[1]
    assert set(section.figures[0].rows["word"]) == {"cannot be told"}


def test_what_a_log_lacks_has_no_figure(trial) -> None:
    refusals = trial[0]
    refusals = replace(refusals, coverage=replace(refusals.coverage, lacks={"allowed": {"squidguard": 10}}))
    comparison = proxyscan.compare(refusals, trial[1])
    for name in ("allowed", "users", "users_allowed", "bytes", "p95", "max"):
        row = found(comparison, "linkedin", name)
        assert np.isnan(row["before"])
        assert np.isnan(row["difference"])
        assert row["verdict"] is None
        assert row["after"] > 0
    assert found(comparison, "linkedin", "denied")["verdict"] == "less"
    assert any(
        note.startswith("The log before cannot show: allowed requests a day;")
        for note in comparison_section(comparison).notes
    )


def test_a_real_log_of_refusals_has_no_bytes() -> None:
    refusals = proxyscan.scan("sample_logs/squidguard.log")
    comparison = proxyscan.compare(refusals, refusals)
    assert comparison.rows[comparison.rows["measure"] != "denied"]["before"].isna().all()
    assert comparison.rows[comparison.rows["measure"] == "denied"]["before"].notna().all()


def test_a_day_that_the_log_holds_a_part_of_is_left_out(tmp_path: Path) -> None:
    everything = list(visits(np.random.default_rng(11), days(8), HOSTS, PEOPLE))
    noon = [each for each in everything if each.time.date() != MONDAY or each.time.hour >= 12]
    assert days_of(summary(tmp_path, everything, open_to())).partial == ()
    assert days_of(summary(tmp_path, noon, open_to())).partial == (MONDAY,)
    last = max(each.time.date() for each in everything)
    morning = [each for each in everything if each.time.date() != last or each.time.hour < 12]
    cut = proxyscan.compare(summary(tmp_path, morning, open_to()), summary(tmp_path, noon, open_to()))
    assert (cut.before.partial, cut.after.partial) == ((last,), (MONDAY,))
    assert any(note.endswith(f"in the midst of it: {last}.") for note in comparison_section(cut).notes)


def test_nothing_at_all_is_said_to_be_nothing() -> None:
    from proxyscan.summary import EMPTY

    section = comparison_section(proxyscan.compare(EMPTY, EMPTY))
    assert section.sentences[0] == "Before: no day with requests; after: no day with requests."
    assert not section.figures


def test_days_of_a_store_are_compared_as_the_logs_of_these_days_are(tmp_path: Path) -> None:
    everything = list(visits(np.random.default_rng(12), days(10), HOSTS, PEOPLE))
    proxyscan.update(tmp_path / "store", [str(log(tmp_path / "a.log", everything, open_to()))], format="squid")
    first = summary(tmp_path, [each for each in everything if each.time.date() < date(2026, 9, 14)], open_to())
    second = summary(tmp_path, [each for each in everything if each.time.date() >= date(2026, 9, 14)], open_to())
    halves = [
        summary_of([input_of(f"{tmp_path}/store@2026-09-{days}")], Span())
        for days in ("07..2026-09-11", "14..2026-09-18")
    ]
    expected, rows = proxyscan.compare(first, second).rows, proxyscan.compare(*halves).rows
    pd.testing.assert_frame_equal(rows, expected)


def test_a_hostile_name_of_a_service_is_shown_harmless(tmp_path: Path) -> None:
    counted = world(tmp_path, 13, days(5), open_to())
    table = counted.intervals.to_pandas()
    table.loc[table["service"] == "reddit", "service"] = "\x1b[31m<b>"
    import pyarrow as pa

    hostile = replace(counted, intervals=pa.Table.from_pandas(table, schema.INTERVALS, preserve_index=False))
    section = comparison_section(proxyscan.compare(hostile, counted))
    shown = [
        str(column.words(value))
        for each in section.figures
        for column in each.columns
        for value in each.rows[column.name]
    ]
    assert not any("\x1b" in text for text in [*shown, *section.sentences])


def test_a_visit_to_a_widget_makes_nobody_a_user(tmp_path: Path) -> None:
    widgets = [
        Visit(each.time, each.person, "www.facebook.com", path="/plugins/like.php")
        for each in visits(np.random.default_rng(14), days(5), ["x"], PEOPLE)
    ]
    comparison = proxyscan.compare(*[summary(tmp_path, widgets, open_to())] * 2)
    assert found(comparison, "facebook", "allowed")["before"] > 0
    assert found(comparison, "facebook", "users")["before"] == 0
