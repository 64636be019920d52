"""The engines, and the process that runs one of them.

python benchmarks/engines.py ENGINE LOG             answers, as a user's script would, and prints nothing
python benchmarks/engines.py ENGINE LOG --warm HEAD answers for the short log HEAD first, then for LOG with the
                                                    clock running; prints seconds and answer as JSON
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import sql
from question import OTHER, SERVICES, Answer, outcome_of, service_of, simple, summed


class Engine(NamedTuple):
    """`ask` a log, which is timed; `tell` its answer, which is not. `whole`: it answers the whole question."""

    ask: Callable[[str], Any]
    tell: Callable[[Any], Answer]
    whole: bool = False


def with_proxyscan(path: str) -> Any:
    """Scan with the library."""
    import proxyscan

    return proxyscan.scan(path)


def summary_told(summary: Any) -> Answer:
    """Return the answer that a summary gives."""
    frame = summary.to_pandas()
    frame["service"] = frame["service"].where(frame["service"].isin(SERVICES), OTHER)
    by = ["service", "outcome"]
    sums = frame.groupby(by)[["requests", "bytes_down"]].sum()
    frame["start"] = frame["interval"].dt.as_unit("s").astype("int64")
    counts = frame.groupby(["start", *by])["requests"].sum()
    return {
        "sums": summed((*key, *row) for key, row in zip(sums.index, sums.to_numpy().tolist(), strict=True)),
        "intervals": {f"{start} {service} {out}": int(n) for (start, service, out), n in counts.items() if n},
        "users": _users(summary),
    }


def _users(summary: Any) -> dict[str, int]:
    from proxyscan import sketch

    groups: dict[str, list[bytes]] = {}
    for row in summary.users.select(["hour", "service", "users"]).to_pylist():
        service = row["service"] if row["service"] in SERVICES else OTHER
        groups.setdefault(f"{int(row['hour'].timestamp())} {service}", []).append(row["users"])
    return {key: round(sketch.estimate(sketch.union(each))) for key, each in groups.items()}


def with_split(path: str) -> Any:
    """Count in a plain loop."""
    counts: dict[tuple[str, str], list[int]] = {}
    with open(path) as stream:  # noqa: PTH123 as a user would write it
        for line in stream:
            fields = line.split()
            url = fields[6]
            host = (url if fields[5] == "CONNECT" else url.split("/", 3)[2]).split(":")[0]
            size = int(fields[4])
            sums = counts.setdefault((service_of(host), outcome_of(fields[3], size)), [0, 0])
            sums[0] += 1
            sums[1] += size
    return counts


def counts_told(counts: Any) -> Answer:
    """Return the answer that the plain loop's counts give."""
    return {"sums": summed((*key, *sums) for key, sums in counts.items()), "intervals": None, "users": None}


def with_polars(path: str) -> Any:
    """Group by host and tag, with the streaming engine."""
    import polars as pl

    read = {"has_header": False, "separator": "\x01", "quote_char": None, "schema": {"line": pl.String}}
    fields = pl.col("line").str.slice(14).str.strip_chars_start().str.splitn(" ", 8)
    url = pl.col("field_5").str
    host = pl.when(pl.col("field_4") == "CONNECT").then(url.splitn(":", 2).struct[0])
    host = host.otherwise(url.splitn("/", 4).struct[2].str.splitn(":", 2).struct[0])
    lines = pl.scan_csv(path, **read).select(fields.alias("f")).unnest("f")
    by = lines.group_by(host.alias("host"), pl.col("field_2").alias("tag"))
    return by.agg(pl.len(), pl.col("field_3").cast(pl.Int64).sum()).collect(engine="streaming").rows()


CHDB = """
WITH splitByChar(' ', trimLeft(substring(line, 15)), 8) AS f
SELECT if(f[5] = 'CONNECT', splitByChar(':', f[6])[1], domain(f[6])) AS host, f[3] AS tag, count(), sum(toUInt64(f[4]))
FROM file('{path}', 'LineAsString', 'line String') GROUP BY host, tag
"""


def with_chdb(path: str) -> Any:
    """Group by host and tag with ClickHouse's engine."""
    import chdb

    return str(chdb.query(CHDB.format(path=path), "JSONCompact"))


def rows_told(rows: Any) -> Answer:
    """Return the answer that rows of host, tag, requests, bytes give."""
    return simple((host, tag, int(requests), int(size)) for host, tag, requests, size in rows)


def with_isal(path: str) -> Any:
    """Decompress a .gz log to nowhere."""
    from isal import igzip

    with igzip.open(path, "rb") as stream:
        return sum(len(piece) for piece in iter(lambda: stream.read(1 << 20), b""))


def nothing_told(count: Any) -> Answer:
    """Return no answer."""
    return {"sums": {}, "intervals": None, "users": None, "bytes": count}


ENGINES = {
    "proxyscan": Engine(with_proxyscan, summary_told, whole=True),
    "duckdb": Engine(sql.by_line, sql.whole, whole=True),
    "duckdb-csv": Engine(sql.by_csv, sql.whole, whole=True),
    "duckdb-simple": Engine(sql.by_csv_simple, sql.totals),
    "polars": Engine(with_polars, rows_told),
    "chdb": Engine(with_chdb, lambda text: rows_told(json.loads(text)["data"])),
    "split": Engine(with_split, counts_told),
    "isal": Engine(with_isal, nothing_told),
}


def main() -> None:
    """Run one engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=list(ENGINES))
    parser.add_argument("log")
    parser.add_argument("--warm")
    wanted = parser.parse_args()
    engine = ENGINES[wanted.engine]
    if not wanted.warm:
        engine.ask(wanted.log)
        return
    engine.ask(wanted.warm)
    start = time.perf_counter()
    found = engine.ask(wanted.log)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "answer": engine.tell(found)}))


if __name__ == "__main__":
    main()
