"""Time proxyscan against what a user could write instead, side by side, on one file.

    python benchmarks/run.py /tmp/squid.log [--rounds 3]

Every engine answers the same question: requests and bytes per service and outcome. The answers are compared
before any time is printed. The engines run in turn, round by round, each in a process of its own; the figures
are medians of whole-process times, and ratios are against proxyscan, since machines differ.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

Answer = dict[str, list[int]]

SERVICES = {
    "facebook": ["facebook.com", "fbcdn.net"],
    "twitter": ["twitter.com", "twimg.com"],
    "linkedin": ["linkedin.com", "licdn.com"],
    "youtube": ["youtube.com", "googlevideo.com", "ytimg.com"],
    "instagram": ["instagram.com", "cdninstagram.com"],
    "tiktok": ["tiktok.com", "tiktokcdn.com"],
    "reddit": ["reddit.com", "redd.it"],
}
"""The services that occur in the made log; the other engines get no more than these."""


def with_proxyscan(path: str) -> Answer:
    """Answer with the library."""
    import proxyscan

    frame = (
        proxyscan.scan(path).to_pandas().groupby(["service", "outcome"], dropna=False)[["requests", "bytes_down"]].sum()
    )
    answer: Answer = {}
    for (service, outcome), row in frame.iterrows():
        group = (
            f"{service if service in SERVICES else '-'} {outcome if outcome in ('denied', 'challenge') else 'other'}"
        )
        sums = answer.setdefault(group, [0, 0])
        sums[0] += int(row["requests"])
        sums[1] += int(row["bytes_down"])
    return answer


def _cases() -> str:
    tests = "\n".join(
        f"WHEN regexp_matches(host, '(^|\\.)({'|'.join(d.replace('.', '[.]') for d in domains)})$') THEN '{name}'"
        for name, domains in SERVICES.items()
    )
    return f"CASE {tests} ELSE '-' END"


QUERY = """
WITH split AS (SELECT regexp_split_to_array(trim(line), ' +') AS f FROM read_csv('{path}', header=false, delim='\\x01',
  quote='', escape='', columns={{'line': 'VARCHAR'}}, auto_detect=false)),
parts AS (SELECT f[4] AS tag, f[5]::BIGINT AS size, CASE WHEN f[6] = 'CONNECT' THEN split_part(f[7], ':', 1)
  ELSE split_part(split_part(f[7], '/', 3), ':', 1) END AS host FROM split)
SELECT {cases} || ' ' || CASE WHEN tag LIKE '%/407' THEN 'challenge' WHEN tag LIKE '%DENIED%' THEN 'denied'
  ELSE 'other' END AS key, count(*) AS requests, sum(size)::BIGINT AS bytes FROM parts GROUP BY ALL
"""


def with_duckdb(path: str) -> Answer:
    """Answer with a query as a user who knows SQL would write it."""
    import duckdb

    rows = duckdb.sql(QUERY.format(path=path, cases=_cases())).fetchall()
    return {key: [requests, size] for key, requests, size in rows}


def with_split(path: str) -> Answer:
    """Answer with a plain loop."""
    services = {domain: name for name, domains in SERVICES.items() for domain in domains}
    answer: Answer = {}
    with Path(path).open() as stream:
        for line in stream:
            fields = line.split()
            url = fields[6]
            host = (url if fields[5] == "CONNECT" else url.split("/", 3)[2]).split(":")[0]
            labels = host.split(".")
            suffixes = (".".join(labels[place:]) for place in range(len(labels)))
            service = next((services[suffix] for suffix in suffixes if suffix in services), "-")
            tag = fields[3]
            outcome = "challenge" if tag.endswith("/407") else "denied" if "DENIED" in tag else "other"
            sums = answer.setdefault(f"{service} {outcome}", [0, 0])
            sums[0] += 1
            sums[1] += int(fields[4])
    return answer


ENGINES: dict[str, Callable[[str], Answer]] = {
    "proxyscan": with_proxyscan,
    "duckdb": with_duckdb,
    "split": with_split,
}


def measured(engine: str, path: str) -> dict[str, object]:
    """Return answer, seconds and peak memory of one engine in a fresh process."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, path, "--engine", engine], capture_output=True, text=True, check=True
    )
    found: dict[str, object] = json.loads(done.stdout)
    return {**found, "process": time.perf_counter() - start}


def answer_once(engine: str, path: str) -> None:
    """Answer and print, as JSON, with the seconds in the process and the peak memory in MB."""
    start = time.perf_counter()
    answer = ENGINES[engine](path)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps({"answer": answer, "seconds": seconds, "peak": peak}))


def main() -> None:
    """Compare the answers, then print the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engine", choices=list(ENGINES))
    wanted = parser.parse_args()
    if wanted.engine:
        answer_once(wanted.engine, wanted.log)
        return
    runs = {engine: [] for engine in ENGINES}
    for _ in range(wanted.rounds):
        for engine in ENGINES:
            runs[engine].append(measured(engine, wanted.log))
    report(wanted.log, runs)


def report(path: str, runs: dict[str, list[dict[str, object]]]) -> None:
    """Print the figures; exit with 1 when the engines disagree."""
    answers = {engine: each[0]["answer"] for engine, each in runs.items()}
    if any(answer != answers["proxyscan"] for answer in answers.values()):
        sys.exit(f"the answers differ: {json.dumps(answers, indent=1)}")
    with Path(path).open("rb") as stream:
        count = sum(piece.count(b"\n") for piece in iter(lambda: stream.read(1 << 20), b""))
    size = Path(path).stat().st_size / 1e6
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}: {count:,} lines, {size:,.0f} MB")
    base = statistics.median(run["seconds"] for run in runs["proxyscan"])
    for engine, each in runs.items():
        seconds, process, peak = (statistics.median(run[key] for run in each) for key in ("seconds", "process", "peak"))
        speed = f"{count / seconds / 1e6:6.2f} M lines/s, {size / seconds:6.0f} MB/s"
        times = f"{seconds:7.2f} s in process, {process:7.2f} s as process"
        print(f"{engine:10} {times}, {speed}, {peak:6.0f} MB peak, {seconds / base:5.2f} times proxyscan's time")


if __name__ == "__main__":
    main()
