"""A summary made as coarse as a table of a report needs it, so that a year's figures are quickly computed."""

from __future__ import annotations

from dataclasses import replace

from proxyscan import schema
from proxyscan.grain import grain_of
from proxyscan.levels import folded
from proxyscan.summary import EMPTY, Summary


def coarse(summary: Summary, *keys: str) -> Summary:
    """Return the summary of whole years with only `keys`, label and outcome told apart; without the rest.

    Its sums and its people are those of the whole.
    """
    found = summary.at(keys)
    intervals = folded([found.intervals], "intervals", grain_of([*keys, "label", "outcome"], "year"))
    people = folded([found.users], "users", grain_of([*keys, "outcome_class"], "year"))
    return replace(EMPTY, intervals=intervals, users=people, coverage=summary.coverage)


def without_people(summary: Summary) -> Summary:
    """Return the summary without its sketches, which are costly to unite."""
    return replace(summary, users=schema.USERS.empty_table())
