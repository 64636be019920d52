"""Who was let through and who was denied: whether they are the same people.

Sketches hold hashes of people. Of many people a sample is looked at: those whose hash is small, the same ones in every
sketch.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from proxyscan import sketch

SAMPLE: Final = 4000
"""People who are looked at, at most about so many."""

FLAGS: Final = {
    ("use", "allowed"): 1,
    ("use", "denied"): 2,
    ("asset", "allowed"): 4,
    ("asset", "denied"): 8,
}
USE_ALLOWED, USE_DENIED, ASSET_ALLOWED, ASSET_DENIED = FLAGS.values()
"""What happened to a person, as bits."""


def limit(users: pa.Table) -> int:
    """Return the hash below which people are looked at."""
    sketches = users["users"].to_pylist()
    if not sketches:
        return sketch.WHOLE
    theta = min(sketch.decode(each)[1] for each in sketches)
    people = sketch.estimate(sketch.union(sketches))
    return min(theta, int(sketch.WHOLE * min(1.0, SAMPLE / max(people, 1))))


def people(users: pa.Table, when: str, below: int) -> pd.DataFrame:
    """Return per group, service, `when` and person what happened to the person there: `flags`.

    `when`: "day" or "hour". `users` is a table of sketches; without a label, all of it is use. Group "" is nobody's.
    """
    frame = users.to_pandas()
    frame = frame[frame["service"].notna() & frame["outcome_class"].isin(["allowed", "denied"])]
    labels = frame["label"] if "label" in frame else pd.Series("use", frame.index)
    flags = [FLAGS.get(key, 0) for key in zip(labels, frame["outcome_class"], strict=True)]
    keys = frame[["service"]].assign(
        group=frame["group"].fillna("").astype(str),
        when=frame["hour"].dt.floor("D" if when == "day" else "h"),
        flags=np.array(flags, np.int64),
    )
    keys, sketches = keys[keys["flags"] > 0], frame.loc[keys["flags"] > 0, "users"]
    found = [hashes[hashes < below] for hashes in (sketch.decode(each)[0] for each in sketches)]
    rows = keys.loc[keys.index.repeat([len(each) for each in found])]
    rows = rows.assign(person=np.concatenate([np.empty(0, np.uint64), *found]))
    return together(rows, ["group", "service", "when", "person"])


def together(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return a row for each distinct combination of keys, with all that happened there."""
    bits = {bit: (rows["flags"] & bit).gt(0) for bit in FLAGS.values()}
    grouped = rows[keys].assign(**{str(bit): values for bit, values in bits.items()}).groupby(keys, sort=True)
    flags = grouped[[str(bit) for bit in bits]].any()
    return (flags * np.array(list(bits))).sum(axis=1).astype(np.int64).rename("flags").reset_index()


def with_flags(rows: pd.DataFrame, all_of: int, none_of: int = 0) -> Any:
    """Tell which rows have all of these flags and none of those."""
    flags = rows["flags"]
    return ((flags & all_of) == all_of) & ((flags & none_of) == 0)
