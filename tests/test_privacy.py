"""What a report shows by group, and what can be worked out from it, is never of fewer people than allowed."""

from dataclasses import replace
from itertools import chain, combinations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyscan import schema
from proxyscan.privacy import SMALL_GROUPS, guarded
from proxyscan.report.answer import answer
from proxyscan.report.services import NO_GROUP
from proxyscan.sketch import encode, user_hash
from proxyscan.summary import EMPTY, Summary, added, united

HOUR = 1_795_420_800_000

requests = st.tuples(
    st.integers(0, 25).map("user {}".format),
    st.sampled_from([None, "pupils", "staff", "library", "head", "a b"]),
    st.sampled_from([None, "video"]),
    st.sampled_from(["allowed", "denied", "challenge", "error"]),
)
logs = st.lists(requests, max_size=80)


def summary_of(log) -> Summary:
    """Return the summary of requests of (user, group, kind, outcome), one of each in the same interval."""
    intervals = [
        {"interval": HOUR, "group": group, "kind": kind, "outcome": outcome, "requests": 1, "bytes_down": 10}
        for _, group, kind, outcome in log
    ]
    users = [
        {
            "hour": HOUR,
            "group": group,
            "kind": kind,
            "outcome_class": schema.OUTCOME_CLASS[outcome],
            "users": encode(np.array([user_hash(user)], np.uint64)),
        }
        for user, group, kind, outcome in log
    ]
    return replace(
        EMPTY,
        intervals=added([pa.Table.from_pylist(intervals, schema.INTERVALS)], schema.INTERVALS),
        users=united([pa.Table.from_pylist(users, schema.USERS)]),
    )


def shown(log, min_users):
    """Return the requests behind each row of groups that is shown, as told by the log itself."""
    names = set(guarded(summary_of(log), min_users).summary.intervals["group"].to_pylist())
    if names <= {None}:
        return {}
    rows = {}
    for request in log:
        rows.setdefault(request[1] if request[1] in names else SMALL_GROUPS, []).append(request)
    return rows


def people(found, *, asked=False, social=False):
    """Return who made the requests; of those allowed or denied; of those for social media."""
    return {
        user
        for user, _, kind, outcome in found
        if (not asked or outcome in ("allowed", "denied")) and (not social or kind)
    }


@given(logs, st.integers(1, 8))
def test_no_row_and_nothing_left_of_the_total_when_rows_are_taken_away_is_of_too_few_people(log, min_users) -> None:
    rows = shown(log, min_users)
    for kept in chain.from_iterable(combinations(rows, size) for size in range(1, len(rows) + 1)):
        left = [request for name in kept for request in rows[name]]  # the total without all other rows
        assert len(people(left)) >= min_users
        for options in ({"asked": True}, {"asked": True, "social": True}):
            assert len(people(left, **options)) == 0 or len(people(left, **options)) >= min_users


@given(logs, st.integers(1, 8))
def test_putting_groups_together_changes_no_sum(log, min_users) -> None:
    before, after = summary_of(log), guarded(summary_of(log), min_users).summary
    for name in ("requests", "bytes_down"):
        for row, found in shown(log, min_users).items():
            of_row = after.to_pandas().query("group.isna()" if row is None else "group == @row")
            assert of_row[name].sum() == len(found) * (10 if name == "bytes_down" else 1)
        assert after.to_pandas()[name].sum() == before.to_pandas()[name].sum()
    assert set(after.users["group"].to_pylist()) <= set(after.intervals["group"].to_pylist())


@given(logs, st.integers(1, 8))
def test_no_groups_together_that_are_told_apart_for_a_service_have_too_few_who_were_denied_it(log, min_users) -> None:
    summary = summary_of(log)
    of_service = pa.array(["youtube" if kind else None for kind in summary.users["kind"].to_pylist()], pa.string())
    users = summary.users.set_column(summary.users.schema.names.index("service"), "service", of_service)
    told = guarded(replace(summary, users=users), min_users, ["youtube"]).summary
    names = set(told.intervals["group"].to_pylist())
    rows = {}
    for user, group, kind, outcome in log:
        if kind and outcome == "denied" and names != {None}:
            rows.setdefault(group if group in names else SMALL_GROUPS, set()).add(user)
    for left in chain.from_iterable(combinations(rows.values(), size) for size in range(1, len(rows) + 1)):
        assert len(set().union(*left)) >= min_users


@given(logs)
def test_groups_that_are_all_large_enough_stay_as_they_are(log) -> None:
    assert guarded(summary_of(log), 1).summary == summary_of(log)


@settings(max_examples=15)
@given(logs, st.integers(2, 6))
def test_a_report_shows_no_group_of_fewer_people(log, min_users) -> None:
    told = answer(summary_of(log), min_users=min_users)
    rows = [
        row
        for section in told.sections
        if section.key == "groups"
        for each in section.figures
        for row in each.rows.itertuples()
    ]
    for row in rows:
        name = None if row.group == NO_GROUP else row.group
        found = shown(log, min_users)[name]
        assert row.users == len(people(found, asked=True, social=True))
        assert row.users == 0 or row.users >= min_users
        assert row.denied == sum(kind is not None and outcome == "denied" for _, _, kind, outcome in found)


def crowd(group, number, first=0):
    return [(f"user {first + each}", group, "video", "denied") for each in range(number)]


def test_a_small_group_takes_the_smallest_of_the_others_with_it() -> None:
    log = crowd("head", 2) + crowd("library", 6, 10) + crowd("staff", 9, 20) + crowd(None, 12, 40)
    assert {name: len(rows) for name, rows in shown(log, 5).items()} == {SMALL_GROUPS: 8, "staff": 9, None: 12}


def test_those_in_no_group_are_a_group_too() -> None:
    log = crowd(None, 2) + crowd("library", 3, 10) + crowd("staff", 9, 20)
    assert {name: len(rows) for name, rows in shown(log, 5).items()} == {SMALL_GROUPS: 5, "staff": 9}


def test_of_two_groups_of_which_one_is_small_neither_is_shown_and_a_sentence_says_so() -> None:
    found = guarded(summary_of(crowd("head", 1) + crowd("staff", 9, 20)), 5)
    assert set(found.summary.intervals["group"].to_pylist()) == {None}
    assert found.says == "No figures by group are shown: they would tell of fewer than 5 people."


def test_a_group_of_many_of_whom_one_alone_asked_for_social_media_is_not_shown_alone() -> None:
    others = [(f"user {each}", "library", None, "allowed") for each in range(30, 50)]
    log = [*crowd("library", 1), *others, *crowd("staff", 9, 60), *crowd("pupils", 20, 80)]
    assert set(shown(log, 5)) == {SMALL_GROUPS, "pupils"}


def test_groups_of_which_nobody_knows_how_many_people_they_have_are_not_shown() -> None:
    known = summary_of(crowd("staff", 9) + crowd("pupils", 9, 20))
    found = guarded(replace(known, users=known.users.slice(0, 0)), 5)
    assert set(found.summary.intervals["group"].to_pylist()) == {None}


def test_a_summary_without_groups_has_nothing_to_guard() -> None:
    found = guarded(summary_of(crowd(None, 2)), 5)
    assert (found.summary, found.says) == (summary_of(crowd(None, 2)), "")
