"""A summary made as coarse as a table of a report needs it, so that a year's figures are quickly computed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from proxyscan import schema
from proxyscan.grain import Grain, grain_of
from proxyscan.summary import EMPTY, Summary, added, united

SOCIAL: Final = "social media"
"""The one kind that `as_one_kind` leaves."""


def coarse(summary: Summary, *keys: str) -> Summary:
    """Return the summary of whole years with only `keys`, label and outcome told apart; without the rest.

    Its sums and its people are those of the whole.
    """
    found = summary.at(keys)
    intervals = _sums(found, grain_of([*keys, "label", "outcome"], "year"))
    people = _as_coarse(found.users, schema.USERS, grain_of([*keys, "outcome_class"], "year"))
    return replace(EMPTY, intervals=intervals, users=united([people]), coverage=summary.coverage)


def timed(summary: Summary) -> Summary:
    """Return the summary by interval, social media or not, and outcome; without people and hosts."""
    found = replace(EMPTY, intervals=_one_kind(summary.at(["kind"], "interval").intervals))
    intervals = _sums(found, grain_of(["kind", "outcome"], "interval"))
    return replace(EMPTY, intervals=intervals, coverage=summary.coverage)


def as_one_kind(summary: Summary) -> Summary:
    """Return the summary with all kinds of social media as one."""
    return replace(summary, intervals=_one_kind(summary.intervals), users=_one_kind(summary.users))


def without_people(summary: Summary) -> Summary:
    """Return the summary without its sketches, which are costly to unite."""
    return replace(summary, users=schema.USERS.empty_table())


def _sums(summary: Summary, grain: Grain) -> pa.Table:
    return added([_as_coarse(summary.intervals, schema.INTERVALS, grain)], schema.INTERVALS)


def _one_kind(table: pa.Table) -> pa.Table:
    place = table.schema.get_field_index("kind")
    kinds = pc.if_else(pc.is_valid(table["kind"]), SOCIAL, pa.scalar(None, pa.string()))
    return table.set_column(place, table.schema.field(place), kinds)


def _as_coarse(table: pa.Table, fields: pa.Schema, grain: Grain) -> pa.Table:
    return pa.table([_column(table, each, grain) for each in fields], schema=fields)


def _column(table: pa.Table, field: pa.Field, grain: Grain) -> Any:
    return grain.column(table, field) if field.name != "users" else table["users"]
