"""Visits: contacts that people made, apart from those that pages made; who made them, and how often.

A visit is one person at one service in one hour of the clock, however many requests that took: at least one of them
has the label `use`. What pages of other sites ask for (`widget`), and media hosts (`asset`), make no visit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from proxyscan import schema
from proxyscan.coverage import NO_ACTIVE
from proxyscan.errors import ProxyscanError, nearest
from proxyscan.summary import Summary

KEYS: Final = ("service", "kind", "group")
"""What visits can be told apart by."""

SIDES: Final = ("allowed", "denied")
REQUESTS: Final = {"use": "uses", "asset": "assets", "widget": "widgets", None: "unlabelled"}
"""The figure that counts the requests of each label."""

USERS: Final = {"users": "", "users_a_day": "day", "users_a_week": "week"}
"""The figures of distinct users, and the length of time within which they are distinct."""


def visits(summary: Summary, keys: Sequence[str] = ("service", "kind")) -> pd.DataFrame:
    """Return who was at social media per distinct combination of `keys`, the most visits first.

    Columns after the keys, each for the sides `allowed` and `denied`:

    ``visits_allowed`` …: the sum of the distinct users of each hour and service, and group where these are told apart;
    who was both allowed and denied within an hour is in both;
    ``uses_…``, ``assets_…``, ``widgets_…``: requests by label; ``unlabelled_…``: those whose kind the log's category
    alone tells;
    ``users``: distinct users of label `use`, allowed or denied, in the whole time; ``users_…``: of each side;
    ``users_a_day_…``, ``users_a_week_…``: their mean over the days, and weeks from Monday (UTC), of which the log has a
    request. Users above 4096 are estimates.
    Null is what the summary cannot give: visits where the hours are not kept, people where no label is known.

    >>> import proxyscan
    >>> day = visits(proxyscan.scan("sample_logs/squid_day.log"), ["service"])
    >>> day[["service", "visits_denied", "uses_denied", "users_denied"]].head(1).values.tolist()
    [['facebook', 102.0, 161, 41.0]]
    """
    for key in keys:
        if key not in KEYS:
            raise ProxyscanError(f"cannot tell visits apart by '{key}'", nearest(key, KEYS))
    visitors = summary.people("active", [*dict.fromkeys([*keys, "service"]), "outcome_class"], "hour")
    users = _users(summary, keys)
    table = pd.concat([_sides(visitors, keys, "visits"), _requests(summary, keys), *users], axis=1).fillna(0)
    known = {"visits": len(visitors) > 0 and NO_ACTIVE not in summary.coverage.cannot, "users": len(users[0]) > 0}
    table = _known(table, known)
    order = [table[[f"{name}_{side}" for side in SIDES]].sum(axis=1).rename(name) for name in ("visits", "uses")]
    places = pd.concat(order, axis=1).reset_index()
    places = places.sort_values(["visits", "uses", *keys], ascending=[False, False, *(True for _ in keys)])
    table = table.reset_index().loc[places.index, [*keys, *table.columns]]
    table[[*keys]] = table[[*keys]].replace({"": None})
    return table.reset_index(drop=True)


def _requests(summary: Summary, keys: Sequence[str]) -> pd.DataFrame:
    """Return the requests for social media by label and side."""
    rows = summary.at([*dict.fromkeys([*keys, "kind", "label"])]).to_pandas()
    rows["side"] = rows["outcome"].map(schema.OUTCOME_CLASS)
    rows = rows[rows["kind"].notna() & rows["side"].isin(SIDES)]
    names = {f"{name}_{side}": (label, side) for label, name in REQUESTS.items() for side in SIDES}
    labels = rows["label"].where(rows["label"].notna(), None)
    counts = {
        name: rows["requests"].where((labels.isna() if label is None else labels == label) & (rows["side"] == side), 0)
        for name, (label, side) in names.items()
    }
    return rows[[*keys]].fillna("").assign(**counts, **_all(keys)).groupby([*keys] or ["all"]).sum()


def _users(summary: Summary, keys: Sequence[str]) -> list[pd.DataFrame]:
    in_all = summary.people("users", keys).fillna(dict.fromkeys(keys, "")).assign(**_all(keys))
    tables = [in_all.set_index([*keys] or ["all"]).rename(columns={"people": "users"})]
    days = summary.at([], "day").intervals
    for name, unit in USERS.items():
        total = _sides(summary.people("users", [*keys, "outcome_class"], unit), keys, name)
        tables.append(total / (_lasted(days, unit) if unit else 1))
    return tables


def _lasted(days: pa.Table, unit: str) -> int:
    """Return of how many days or weeks intervals have requests."""
    asked = days.filter(pc.greater(days["requests"], 0))
    return max(len(pc.unique(pc.floor_temporal(asked["interval"], unit=unit))), 1)


def _sides(frame: pd.DataFrame, keys: Sequence[str], name: str) -> pd.DataFrame:
    """Return the sum of people per combination of keys, a column for each side."""
    by = [*keys] or ["all"]
    people = {f"{name}_{side}": frame["people"].where(frame["outcome_class"] == side, 0.0) for side in SIDES}
    return frame[[*keys]].fillna("").assign(**people, **_all(keys)).groupby(by).sum()


def _all(keys: Sequence[str]) -> dict[str, Any]:
    """Return a column that all rows have the same value of, where there is no key."""
    return {} if keys else {"all": 0}


def _known(table: pd.DataFrame, known: Mapping[str, bool]) -> pd.DataFrame:
    """Return the table with what the summary cannot give as null; `known`: whether it knows of visits, of users."""
    counts = {name: "int64" for name in table.columns if name.rpartition("_")[0] in REQUESTS.values()}
    table = table.astype(dict.fromkeys(table.columns, "Float64") | counts)
    labelled = sum(table[f"{name}_{side}"] for label, name in REQUESTS.items() if label for side in SIDES)
    persons = [name for name in table.columns if name not in counts]
    table.loc[labelled == 0, persons] = pd.NA
    used = (table["uses_allowed"] + table["uses_denied"]).sum() > 0
    for name in [each for each in persons if used and not known[each.partition("_")[0]]]:
        table[name] = pd.NA
    return table
