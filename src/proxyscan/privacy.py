"""Groups too small to be shown: they are put together until nothing that is shown tells of fewer people than allowed.

What a reader can learn beyond the rows is what is left of a total when rows are taken from it: the sums of the other
rows. So it is enough that each row is of enough people; where the small groups together are not, others join them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from proxyscan import sketch
from proxyscan.summary import TABLES, Summary, merge

MIN_USERS: Final = 5
"""Distinct users that a group has at least if it is shown."""

SMALL_GROUPS: Final = "(small groups)"
"""The name of the row of all groups that are too small to be shown alone."""

Sketches = Mapping[str | None, Sequence[bytes]]
"""Sketches of users per group; None is the group of those who are in none."""


@dataclass(frozen=True)
class Guarded:
    """A summary whose groups are fit to be shown, and the sentence that says what was done to them ("": nothing)."""

    summary: Summary
    says: str = ""


def guarded(summary: Summary, min_users: int = MIN_USERS, services: Sequence[str] = ()) -> Guarded:
    """Return the summary with groups of fewer than `min_users` distinct users put together as `SMALL_GROUPS`.

    Counted over all the summary, whatever became of the requests; those in a group who were allowed or denied anything,
    those of them who asked for social media, and who were denied each of `services`, must be none or as many too.
    Further groups, the smallest first, join those put together until they are enough; if that takes all of them, no
    group is left.
    """
    groups = set(summary.intervals["group"].unique().to_pylist())
    if groups <= {None}:
        return Guarded(summary)
    small = _small(groups, _views(summary, services), min_users)
    if not small:
        return Guarded(summary)
    if small == groups:
        return Guarded(
            _renamed(summary, dict.fromkeys(groups)),
            f"No figures by group are shown: they would tell of fewer than {min_users} people.",
        )
    return Guarded(
        _renamed(summary, dict.fromkeys(small, SMALL_GROUPS)),
        f"Groups that would tell of fewer than {min_users} people are put together as '{SMALL_GROUPS}'.",
    )


def _views(summary: Summary, services: Sequence[str]) -> list[Sketches]:
    """Return who is in each group: all of them, those allowed or denied, those of them who asked for social media.

    Then those who were denied each of `services`, by whatever request, and by their own.
    """
    people = summary.users.drop_columns("hour").to_pandas()
    people = people[people["outcome_class"] != "setup"]
    asked = people[people["outcome_class"].isin(["allowed", "denied"])]
    denied = [asked[(asked["outcome_class"] == "denied") & (asked["service"] == each)] for each in services]
    uses = [rows[rows["label"] == "use"] for rows in denied]
    return [_sketches(rows) for rows in (people, asked, asked[asked["kind"].notna()], *denied, *uses)]


def _sketches(people: pd.DataFrame) -> Sketches:
    grouped = people.groupby("group", dropna=False)["users"]
    return {None if pd.isna(name) else str(name): [sketch.union(users)] for name, users in grouped}


def _small(groups: Iterable[str | None], views: Sequence[Sketches], min_users: int) -> set[str | None]:
    """Return the groups that are put together."""
    sizes = {group: _sizes([group], views) for group in groups}
    order = sorted(groups, key=lambda group: (sizes[group], group or ""))
    small = [group for group in order if not _enough(sizes[group], min_users)]
    others = [group for group in order if group not in small]
    while small and others and not _enough(_sizes(small, views), min_users):
        small.append(others.pop(0))
    return set(small)


def _sizes(groups: Iterable[str | None], views: Sequence[Sketches]) -> tuple[float, ...]:
    """Return the numbers of distinct people in some groups together, by view."""
    return tuple(
        sketch.estimate(sketch.union(each for group in groups for each in view.get(group, ()))) for view in views
    )


def _enough(sizes: Sequence[float], min_users: int) -> bool:
    return sizes[0] >= min_users and all(size == 0 or size >= min_users for size in sizes)


def _renamed(summary: Summary, names: Mapping[str | None, str | None]) -> Summary:
    """Return the summary with groups under other names; those of one name are added up."""
    tables = {
        name: _with_groups(getattr(summary, name), names) for name, fields in TABLES.items() if "group" in fields.names
    }
    return merge([replace(summary, **tables)])


def _with_groups(table: pa.Table, names: Mapping[str | None, str | None]) -> pa.Table:
    place = table.schema.names.index("group")
    groups: list[Any] = [names.get(group, group) for group in table["group"].to_pylist()]
    return table.set_column(place, table.schema.field(place), pa.array(groups, pa.string()))
