"""What people ask of a summary: counts, shares, distinct users, peaks; all computed last, from sums."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from proxyscan import schema, sketch
from proxyscan.errors import ProxyscanError, nearest
from proxyscan.summary import Summary, people

KEYS: Final = ("service", "kind", "label", "outcome", "hour", "day", "group")
"""What a summary can be grouped by."""

COUNTED: Final = ("allowed", "denied", "auth", "error", "unknown")
PERHAPS: Final = "allowed, perhaps"
UNWEIGHED: Final = ("allowed", PERHAPS, "bytes")
"""What a log may lack so that there is no share of the bandwidth."""

SECONDS: Final = schema.INTERVAL_MS // 1000


def by(summary: Summary, keys: Sequence[str]) -> pd.DataFrame:
    """Return the figures of a summary per distinct combination of `keys`, the most bytes first.

    Columns after the keys:

    ``allowed``, ``denied``, ``auth``, ``error``, ``unknown``: requests by outcome class;
    ``widgets``: requests, allowed or denied, that another site's page caused;
    ``bytes``: to the client, of allowed requests, over the internet line; ``cached``: the same out of the
    proxy's cache; ``bytes_up``: from the client; ``share``: part of all `bytes` of the summary, 0 to 1;
    ``users``: distinct users of allowed or denied requests (estimated above 4096; null when grouped by
    outcome, and by hour for a summary out of a store, which keeps them by the day). A figure that the log cannot
    give is null. ``setup`` requests are in none of them.
    """
    for key in keys:
        if key not in KEYS:
            raise ProxyscanError(f"cannot group by '{key}'", nearest(key, KEYS))
    summary = _coarse(summary, keys)
    rows = _rows(summary)
    columns = list(keys)
    figures = _figures(rows, columns) if columns else _figures(rows.assign(all=0), ["all"]).drop(columns="all")
    figures["share"] = _shares(figures["bytes"], rows, gaps(summary))
    figures["users"] = _users(summary, figures, columns)
    order = ["bytes", "allowed", "denied"]
    return figures.sort_values([*order, *columns], ascending=[False] * 3 + [True] * len(columns)).reset_index(drop=True)


def _coarse(summary: Summary, keys: Sequence[str]) -> Summary:
    """Return a summary that tells no more apart than figures by these keys need, where that saves reading."""
    every = next((each for each in ("hour", "day") if each in keys), "year")
    return summary.at([key for key in keys if key not in ("hour", "day")], every)


def gaps(summary: Summary) -> dict[str, tuple[str, ...]]:
    """Return what logs lack so that figures cannot be set against each other, with the formats of these logs.

    Keys are those of `proxyscan.format.LACKS`. Where any log lacks some of the allowed requests or of the bytes, there
    is no share of the bandwidth; where any lacks one side, there is no share of denied requests.
    """
    found = {key: tuple(formats) for key, formats in summary.coverage.lacks.items()}
    if PERHAPS in found and (_rows(summary.at(["kind"]))["class"] == "allowed").any():
        del found[PERHAPS]
    return found


def _rows(summary: Summary) -> pd.DataFrame:
    """Return the intervals with outcome class, hour and day, without `setup`."""
    rows = summary.to_pandas()
    rows["class"] = rows["outcome"].map(schema.OUTCOME_CLASS)
    rows["hour"] = rows["interval"].dt.floor("h")
    rows["day"] = rows["interval"].dt.floor("D")
    return rows[rows["class"] != "setup"]


def _figures(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    allowed = rows["class"] == "allowed"
    counts = {name: rows["requests"].where(rows["class"] == name, 0) for name in COUNTED}
    widget = (rows["label"] == "widget") & rows["class"].isin(["allowed", "denied"])
    frame = rows[keys].assign(
        **counts,
        widgets=rows["requests"].where(widget, 0),
        bytes=(rows["bytes_down"] - rows["bytes_down_cached"].fillna(0)) * allowed,
        cached=rows["bytes_down_cached"] * allowed,
        bytes_up=rows["bytes_up"] * allowed,
    )
    grouped: pd.DataFrame = frame.groupby(keys, dropna=False, sort=True).sum(min_count=1).reset_index()
    counted = [*COUNTED, "widgets"]
    grouped[counted] = grouped[counted].fillna(0)
    return grouped


def _shares(values: pd.Series[Any], rows: pd.DataFrame, lacking: Container[str]) -> pd.Series[Any]:
    allowed = rows[rows["class"] == "allowed"]
    total = (allowed["bytes_down"] - allowed["bytes_down_cached"].fillna(0)).sum(min_count=1)
    known = pd.notna(total) and total > 0 and not any(each in lacking for each in UNWEIGHED)
    return values.astype("Float64") / float(total) if known else pd.Series(pd.NA, values.index, dtype="Float64")


def _users(summary: Summary, figures: pd.DataFrame, keys: list[str]) -> pd.Series[Any]:
    if "outcome" in keys or not summary.users.num_rows:
        return pd.Series(pd.NA, figures.index, dtype="Float64")
    rows = _asked(summary.users)
    if "hour" in keys and _by_day(rows) and not figures["hour"].isin(rows["hour"].to_pandas()).all():
        return pd.Series(pd.NA, figures.index, dtype="Float64")  # a store keeps who was there by the day
    unit = next((each for each in ("hour", "day") if each in keys), "")
    counted = people(rows, [each for each in keys if each not in ("hour", "day")], unit)
    if unit:
        counted["day"] = counted["hour"].dt.floor("D")
    names = counted[keys].itertuples(index=False, name=None) if keys else [(0,)] * len(counted)
    found = dict(zip(map(_key, names), counted["people"], strict=True))
    wanted = figures[keys].itertuples(index=False, name=None) if keys else [(0,)] * len(figures)
    return pd.Series([found.get(_key(key), 0.0) for key in wanted], figures.index, dtype="Float64")


def _asked(users: pa.Table) -> pa.Table:
    """Return the sketches of who was allowed or denied anything."""
    return users.filter(pc.is_in(users["outcome_class"], pa.array(["allowed", "denied"])))


def _by_day(users: pa.Table) -> bool:
    """Tell whether all sketches are of a midnight, as those of a store are."""
    return bool(users["hour"].equals(pc.floor_temporal(users["hour"], unit="day").cast(schema.TIME)))


def _key(key: Any) -> tuple[Any, ...]:
    parts = key if isinstance(key, tuple) else (key,)
    return tuple(None if pd.isna(part) else part for part in parts)


def social(summary: Summary) -> pd.DataFrame:
    """Return the figures of `by` for all social media, for the rest, and for both, as rows of those names."""
    rows = by(summary, ["kind"])
    masks = {"social": rows["kind"].notna(), "other": rows["kind"].isna(), "all": rows["kind"].notna() | True}
    numbers = [name for name in rows.columns if name not in ("kind", "users")]
    sums = pd.DataFrame({name: rows.loc[mask, numbers].sum(min_count=1) for name, mask in masks.items()}).T
    counted = [*COUNTED, "widgets"]
    sums[counted] = sums[counted].fillna(0)
    weights = [name for name in numbers if name not in counted]
    whole: Any = sums.loc["all", weights]
    nobody = [not mask.any() for mask in masks.values()]
    sums.loc[nobody, weights] = 0 * whole.to_numpy()  # what nobody asked for took nothing, where that is known
    if pd.notna(whole["share"]):
        sums["share"] = sums["bytes"] / whole["bytes"]  # a sum of shares is not quite 1
    users = summary.at(["kind"]).users
    asked = _asked(users).to_pandas()
    chosen = {
        "social": asked["kind"].notna(),
        "other": asked["kind"].isna(),
        "all": asked["kind"].notna() | True,
    }
    counts = [sketch.estimate(sketch.union(asked.loc[mask, "users"])) for mask in chosen.values()]
    sums["users"] = counts if users.num_rows or not summary.coverage.requests else None
    return sums


def peaks(summary: Summary) -> dict[str, dict[str, float] | None]:
    """Return median, 95th percentile and maximum of the five-minute intervals' Mbit/s to the clients.

    For `all` allowed traffic over the internet line and for `social` media alone; every interval between
    the first and the last counts, empty ones as 0. None where the log has no bytes, or not all.
    """
    if any(each in gaps(summary) for each in UNWEIGHED):
        return {"all": None, "social": None}
    return peaks_of(summary.traffic())


def peaks_of(traffic: pa.Table) -> dict[str, dict[str, float] | None]:
    """Return what `peaks` does, of the sums per interval of logs that have all bytes."""
    rows = traffic.filter(pc.is_valid(traffic["all_allowed"]))
    if not rows["all_bytes"].null_count < len(rows):
        return {"all": None, "social": None}
    places = rows["interval"].cast(pa.int64()).to_numpy() // schema.INTERVAL_MS
    rates = {name: pc.fill_null(rows[name], 0).to_numpy() * 8 / SECONDS / 1e6 for name in ("all_bytes", "bytes")}
    return {"all": _peak(places, rates["all_bytes"]), "social": _peak(places, rates["bytes"])}


def _peak(places: Any, rates: Any) -> dict[str, float]:
    """Return the quantiles of the sums of rates at each place between the first and the last."""
    sums = np.bincount(places - places.min(), rates)
    return dict(zip(("median", "p95", "max"), map(float, np.quantile(sums, [0.5, 0.95, 1.0])), strict=True))
