"""Who used social media in which hour, held against a plain count of persons."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

import proxyscan
from nights import LINES, stored
from proxyscan import schema, sketch
from proxyscan.coverage import NO_ACTIVE, from_json
from proxyscan.store import Store
from proxyscan.summary import read_parquet
from proxyscan.upkeep import check, compact, prune

DAY = "sample_logs/squid_day.log"
KEYS = ["hour", "service", "outcome_class"]


def counted(active: pa.Table) -> dict[tuple, float]:
    """Return how many people there were per hour, service and class of outcome."""
    frame = active.to_pandas()
    return dict(zip(frame[KEYS].itertuples(index=False, name=None), sketch.estimates(active["users"]), strict=True))


def plainly() -> dict[tuple, int]:
    """Return the same of the sample, by pandas over its requests."""
    frame = proxyscan.classify(proxyscan.parse(DAY).read_all()).to_pandas()
    frame["outcome_class"] = frame["outcome"].astype(object).map(schema.OUTCOME_CLASS)
    frame["hour"] = frame["time"].dt.floor("h")
    frame["person"] = frame["user"].astype(object).fillna("client " + frame["client"].astype(str))
    frame["service"] = frame["service"].astype(object)
    used = frame[(frame["label"] == "use") & frame["outcome_class"].isin(["allowed", "denied"])]
    return used.groupby(KEYS)["person"].nunique().to_dict()


def test_the_active_of_an_hour_are_those_of_a_plain_count_without_widgets_challenges_and_setup() -> None:
    assert counted(proxyscan.scan(DAY).active) == plainly()


def test_a_store_keeps_the_active_by_the_hour_also_when_compacted(tmp_path: Path) -> None:
    log, store = tmp_path / "access.log", tmp_path / "store"
    for count in (1000, 5000):
        log.write_bytes(b"".join(LINES[:count]))
        stored(store, log)
    assert counted(Store(store).summary().active) == plainly()
    compact(store, "2030-01-01")
    assert counted(Store(store).summary().active) == plainly()


def test_a_store_gives_the_hours_of_the_time_that_is_asked_for_and_prunes_the_others(tmp_path: Path) -> None:
    store = tmp_path / "store"
    stored(store, Path(DAY))
    since, until = datetime(2026, 11, 16, 9, tzinfo=UTC), datetime(2026, 11, 16, 11, tzinfo=UTC)
    wanted = {key: count for key, count in plainly().items() if since <= key[0] < until}
    assert counted(Store(store).summary(since, until).active) == wanted
    prune(store, since)
    assert counted(Store(store).summary().active) == {key: n for key, n in plainly().items() if since <= key[0]}


def test_a_store_leaves_the_active_out_where_hours_are_not_told_apart_or_not_asked_for(tmp_path: Path) -> None:
    stored(tmp_path / "store", Path(DAY))
    store = Store(tmp_path / "store")
    assert store.summary(every="day").active.num_rows == 0
    alone = store.summary(tables=["intervals"])
    assert alone.intervals.equals(store.summary().intervals)
    assert [alone.users.num_rows, alone.hosts.num_rows, alone.active.num_rows] == [0, 0, 0]


def test_services_that_are_not_told_apart_are_united(tmp_path: Path) -> None:
    stored(tmp_path / "store", Path(DAY))
    people = Store(tmp_path / "store").summary(by=["kind", "outcome_class"]).active
    frame = proxyscan.classify(proxyscan.parse(DAY).read_all()).to_pandas()
    used = frame[(frame["label"] == "use") & (frame["outcome"].isin(["denied", "coached"]))]
    person = used["user"].astype(object).fillna("client " + used["client"].astype(str))
    plain = person.groupby([used["time"].dt.floor("h"), used["kind"].astype(str)]).nunique().to_dict()
    found = people.to_pandas().assign(people=sketch.estimates(people["users"]))
    found = found[found["outcome_class"] == "denied"]
    assert found.set_index(["hour", "kind"])["people"].to_dict() == plain


def test_a_summary_of_before_says_that_it_cannot_show_who_was_active(tmp_path: Path) -> None:
    values = json.loads(proxyscan.scan(DAY).coverage.to_json()) | {"schema": 1}
    assert from_json(json.dumps(values)).cannot[NO_ACTIVE] == 5000
    assert NO_ACTIVE not in proxyscan.scan(DAY).coverage.cannot


def test_a_part_of_before_is_read_and_found_in_order(tmp_path: Path) -> None:
    stored(tmp_path / "store", Path(DAY))
    [part] = Store(tmp_path / "store").parts()
    whole = pq.read_table(part.path)
    metadata = dict(whole.schema.metadata)
    for key in (b"proxyscan.coverage", b"proxyscan.part"):
        values = json.loads(metadata[key])
        values |= {"schema": 1} if "schema" in values else {"version": 1}
        values.get("sums", {}).pop("active", None)
        values.pop("rows", None)
        metadata[key] = json.dumps(values).encode()
    rows = whole.filter(pa.compute.not_equal(whole["table_name"], "active"))
    pq.write_table(rows.replace_schema_metadata(metadata), part.path)
    assert check(tmp_path / "store") == []
    assert read_parquet(part.path).active.num_rows == 0
    assert NO_ACTIVE in Store(tmp_path / "store").summary().coverage.cannot


@given(st.lists(st.sets(st.integers(1, 2**62), max_size=5), max_size=6), st.integers(0, 3))
def test_the_estimates_of_a_column_are_those_of_its_sketches(people: list[set[int]], skipped: int) -> None:
    sketches = [sketch.encode(np.array(sorted(each), np.uint64)) for each in people]
    sketches += [sketch.encode(np.arange(1, sketch.K + 50, dtype=np.uint64) << np.uint64(49))]
    column = pa.chunked_array([pa.array(sketches, pa.binary()).slice(skipped), pa.array(sketches[:1], pa.binary())])
    assert sketch.estimates(column).tolist() == [sketch.estimate(each) for each in column.to_pylist()]


def test_no_people_are_no_estimates() -> None:
    assert pd.Series(sketch.estimates(pa.chunked_array([], pa.binary()))).empty
