"""The figures, held against plain pandas over the requests, and the sketches against DataSketches itself."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from datasketches import compact_theta_sketch, update_theta_sketch
from hypothesis import given, settings
from hypothesis import strategies as st

import proxyscan
from proxyscan import contacts, schema, sketch, tally
from proxyscan.kernels.sums import KNOWN, REQUESTS, add_intervals
from proxyscan.layouts import NULL
from proxyscan.shares import by, peaks, social
from proxyscan.summary import SUM_NAMES, TABLES
from proxyscan.tally import LONGEST_SPREAD, Sums, keys_of

conclude, summaries = (import_module(f"proxyscan.{name}") for name in ("conclude", "summary"))
DAY = "sample_logs/squid_day.log"


@pytest.fixture(scope="module")
def summary() -> proxyscan.Summary:
    return proxyscan.scan(DAY)


@pytest.fixture(scope="module")
def requests() -> pd.DataFrame:
    frame = proxyscan.classify(proxyscan.parse(DAY).read_all()).to_pandas()
    frame["class"] = frame["outcome"].map(schema.OUTCOME_CLASS).astype(str)
    frame["service"] = frame["service"].astype(object).fillna("-")
    frame["person"] = frame["user"].astype(object).fillna("client " + frame["client"].astype(str))
    return frame


def test_a_summary_made_and_written_in_portions_is_the_same(
    summary: proxyscan.Summary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, name in ((conclude, "MOST_NAMED"), (contacts, "MOST_GATHERED"), (summaries, "PIECE")):
        monkeypatch.setattr(place, name, 100)
    monkeypatch.setattr(tally, "MOST_KEYS", 1 << 10)
    again = proxyscan.scan(DAY)
    again.write_parquet(tmp_path / "portions.parquet")
    read = proxyscan.read_parquet(tmp_path / "portions.parquet")
    assert again.users["users"].num_chunks > 5 < pq.ParquetFile(tmp_path / "portions.parquet").num_row_groups
    for name in TABLES:
        assert getattr(summary, name) == getattr(again, name) == getattr(read, name)


def test_requests_per_service_are_those_of_a_plain_count(summary: proxyscan.Summary, requests: pd.DataFrame) -> None:
    plain = requests.groupby(["service", "class"]).size().unstack(fill_value=0)
    found = by(summary, ["service"]).fillna({"service": "-"}).set_index("service")
    for name in ("allowed", "denied", "auth", "error"):
        assert found[name].to_dict() == plain[name].loc[found.index].to_dict()


def test_bytes_and_shares_are_those_of_a_plain_sum(summary: proxyscan.Summary, requests: pd.DataFrame) -> None:
    allowed = requests[requests["class"] == "allowed"]
    line = allowed[~allowed["cached"].astype(bool)].groupby("service")["bytes_down"].sum()
    cached = allowed[allowed["cached"].astype(bool)].groupby("service")["bytes_down"].sum()
    found = by(summary, ["service"]).fillna({"service": "-"}).set_index("service")
    for service, row in found.iterrows():
        assert row["bytes"] == line.get(service, 0)
        assert row["cached"] == cached.get(service, 0)
        assert row["share"] == pytest.approx(line.get(service, 0) / line.sum())


def test_distinct_users_are_those_of_a_plain_count(summary: proxyscan.Summary, requests: pd.DataFrame) -> None:
    counted = requests[requests["class"].isin(["allowed", "denied"])]
    plain = counted.groupby("service")["person"].nunique()
    found = by(summary, ["service"]).fillna({"service": "-"}).set_index("service")["users"]
    assert found.astype(int).to_dict() == plain.to_dict()
    in_all = counted[counted["service"] != "-"]["person"].nunique()
    assert social(summary).loc["social", "users"] == in_all


def test_widgets_are_those_of_a_plain_count(summary: proxyscan.Summary, requests: pd.DataFrame) -> None:
    counted = requests[requests["class"].isin(["allowed", "denied"]) & (requests["label"] == "widget")]
    assert social(summary).loc["social", "widgets"] == len(counted)


def test_bytes_per_interval_are_those_of_a_plain_spreading(summary: proxyscan.Summary, requests: pd.DataFrame) -> None:
    length = schema.INTERVAL_MS
    plain: dict[int, float] = {}
    for row in requests.itertuples():
        end = int(row.time.timestamp() * 1000 + 0.5)
        start = end - int(row.duration_ms)
        for interval in range(start // length, end // length + 1):
            part = min(end, (interval + 1) * length) - max(start, interval * length)
            plain[interval] = plain.get(interval, 0) + row.bytes_down * (part / (end - start) if end > start else 1)
    frame = summary.to_pandas()
    found = frame.groupby(frame["interval"].astype("int64") // (length))["bytes_down"].sum()
    found = found[found > 0]
    assert set(found.index) == {interval for interval, value in plain.items() if value >= 1}
    for interval, value in found.items():
        assert value == pytest.approx(plain[interval], abs=60)  # each of some 50 requests rounds by a byte


def test_hosts_are_those_of_a_plain_count(summary: proxyscan.Summary, requests: pd.DataFrame) -> None:
    plain = requests[requests["service"] != "-"].groupby(["host", "outcome"], observed=True).size()
    found = summary.hosts.to_pandas().groupby(["host", "outcome"])["requests"].sum()
    assert found.to_dict() == plain.to_dict()


def test_the_peak_is_the_largest_interval(summary: proxyscan.Summary) -> None:
    frame = summary.to_pandas()
    frame = frame[frame["outcome"].isin(["allowed", "allowed_aborted"])]
    line = (frame["bytes_down"] - frame["bytes_down_cached"]).groupby(frame["interval"]).sum()
    found = peaks(summary)
    assert found["all"]["max"] == pytest.approx(int(line.max()) * 8 / 300 / 1e6)
    assert found["social"]["max"] <= found["all"]["max"]
    assert found["all"]["median"] <= found["all"]["p95"] <= found["all"]["max"]


def test_a_log_without_uploads_says_null_and_not_0(summary: proxyscan.Summary) -> None:
    assert by(summary, ["service"])["bytes_up"].isna().all()


def test_grouping_by_something_unknown_names_the_nearest(summary: proxyscan.Summary) -> None:
    with pytest.raises(proxyscan.ProxyscanError, match="did you mean 'service'"):
        by(summary, ["servise"])


numbers = st.integers(0, 2**40) | st.just(NULL)


def spread(*request: int) -> pd.DataFrame:
    """Return the intervals of one request, given its time, duration, bytes down and bytes up."""
    sums = Sums()
    cached, class_, outcome = (np.array([value], np.int64) for value in (1, 5, 3))
    numbers = [np.array([value], np.int64) for value in request]
    sums.add(add_intervals, [*numbers, cached, class_, outcome, schema.INTERVAL_MS, LONGEST_SPREAD])
    rows = np.concatenate(sums.taken())
    columns = keys_of(rows) | {
        name: np.ma.array(rows[:, place], mask=rows[:, KNOWN] >> place & 1 == 0)
        for place, name in enumerate(SUM_NAMES, REQUESTS)
    }
    assert set(columns["class"]) == {5}
    assert set(columns["outcome"]) == {3}
    return pd.DataFrame({name: pd.Series(values) for name, values in columns.items()}).sort_values("when")


@given(st.integers(0, 10**12), st.integers(0, 10**9) | st.just(NULL), numbers, numbers)
def test_spreading_loses_no_byte_and_invents_none(end: int, lasted: int, down: int, up: int) -> None:
    parts = spread(end, lasted, down, up)
    for name, value in (("bytes_down", down), ("bytes_up", up), ("bytes_down_cached", down)):
        assert parts[name].isna().all() if value == NULL else (parts[name] >= 0).all() and parts[name].sum() == value
    assert parts["requests"].tolist() == [0] * (len(parts) - 1) + [1]
    assert parts["when"].iloc[-1] == end // schema.INTERVAL_MS
    assert len(parts) <= LONGEST_SPREAD
    assert (np.diff(parts["when"]) == 1).all()
    assert len(parts) == 1 or parts["when"].iloc[0] * schema.INTERVAL_MS >= end - lasted - schema.INTERVAL_MS


def test_a_tunnel_of_an_hour_is_spread_over_its_hour() -> None:
    hour = 3_600_000
    parts = spread(10 * hour, hour, 12_000, NULL)
    assert parts["bytes_down"].tolist() == [1000] * 12 + [0]


users = st.lists(st.text(max_size=8), max_size=40)


@given(users, users)
def test_a_union_counts_every_user_once(one: list[str], two: list[str]) -> None:
    parts = [sketch.encode(np.array([sketch.user_hash(u) for u in each if u], np.uint64)) for each in (one, two)]
    assert sketch.estimate(sketch.union(parts)) == len({*one, *two} - {""})


@settings(max_examples=5, deadline=None)
@given(st.integers(sketch.K - 2, 3 * sketch.K), st.integers(1, 5))
def test_a_sketch_cut_in_parts_is_the_same_and_readable_by_datasketches(count: int, cuts: int) -> None:
    hashes = np.array([sketch.user_hash(f"user {number}") for number in range(count)], np.uint64)
    whole = sketch.encode(hashes)
    assert sketch.union([sketch.encode(part) for part in np.array_split(hashes, cuts)]) == whole
    theirs = compact_theta_sketch.deserialize(whole)
    assert theirs.get_estimate() == pytest.approx(sketch.estimate(whole))
    assert theirs.get_estimate() == pytest.approx(count, rel=0.08)


def test_a_users_hash_is_the_one_of_datasketches() -> None:
    theirs = update_theta_sketch()
    theirs.update("user:ann")
    ours = compact_theta_sketch.deserialize(sketch.encode(np.array([sketch.user_hash("user:ann")], np.uint64)))
    assert list(theirs.compact()) == list(ours)


@given(st.lists(st.text(min_size=1, max_size=90), max_size=20))
def test_many_users_hashes_are_those_of_datasketches(texts: list[str]) -> None:
    assert sketch.user_hashes(texts).tolist() == [sketch.user_hash(text) for text in texts]
