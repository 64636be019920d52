"""What the runner measures beside speed: Parquet, gzip, memory, other formats."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from compare import across
from measure import FailedError, Run, engine, head_of, inside, run
from places import Log, proxyscan

MANY = 20
"""Files that are read at once."""


def parquet(log: Log, rounds: int) -> None:
    """Print how long writing every request with all columns takes, against DuckDB's COPY of the same columns."""
    ours, theirs = f"{log.folder}/ours.parquet", f"{log.folder}/theirs.parquet"
    commands = {
        ours: proxyscan("parse", log.path, "-o", ours, "--users", "keep"),
        theirs: python("parquet_copy.py", log.path, theirs),
    }
    runs: dict[str, list[Run]] = {file: [] for file in commands}
    for _ in range(rounds):
        for file, command in commands.items():
            runs[file].append(run(command))
    held = [json.loads(run(python("parquet_copy.py", "--totals", file)).printed) for file in commands]
    if held[0] != held[1]:
        raise FailedError(f"the Parquet files differ: {json.dumps(held, indent=1)}")
    print(f"Parquet, zstd: both files hold {held[0]['rows']:,} requests in {held[0]['columns']} columns")
    base = median(each.seconds for each in runs[ours])
    for name, file in {"proxyscan parse": ours, "duckdb COPY": theirs}.items():
        seconds, peak = median(each.seconds for each in runs[file]), median(each.peak for each in runs[file])
        written = Path(file).stat().st_size / 1e6
        print(f"{name:16} {seconds:8.2f} s {seconds / base:6.2f} × {peak:6.0f} MB peak, {written:5.0f} MB written")
    print()


def python(script: str, *arguments: str) -> list[str]:
    """Return the command that runs a script beside this one."""
    return [*engine("", *arguments)[:1], str(Path(__file__).parent / script), *arguments]


def gz(log: Log, compressed: str, rounds: int) -> None:
    """Print how long the compressed log takes, against its decompression alone and against the plain log."""
    asked = {"isal alone": ("isal", compressed), "plain": ("proxyscan", log.path), "gz": ("proxyscan", compressed)}
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in asked}
    small = {"isal": compressed_head(log), "proxyscan": log.head}
    for _ in range(rounds):
        for name, (which, path) in asked.items():
            runs[name].append(inside(which, path, small[which]))
    if runs["plain"][0]["answer"] != runs["gz"][0]["answer"]:
        raise FailedError(f"{compressed} gives another answer than {log.path}: is it the same log?")
    seconds = {name: median(each["seconds"] for each in found) for name, found in runs.items()}
    print("gzip, in process: " + ", ".join(f"{name} {each:.2f} s" for name, each in seconds.items()))
    longer = max(seconds["isal alone"], seconds["plain"])
    print(f"gz takes {seconds['gz'] / longer:.2f} times the longer of the other two\n")


def compressed_head(log: Log) -> str:
    """Return the log's first lines as a compressed file."""
    import gzip

    path = Path(log.folder) / "head.gz"
    path.write_bytes(gzip.compress(Path(log.head).read_bytes()))
    return str(path)


def memory(log: Log, longer: str) -> None:
    """Print the peak memory of the command for a log, for a longer one, and for twenty files at once."""
    with tempfile.TemporaryDirectory(dir=Path(log.path).parent) as folder:
        links = [f"{folder}/{number}.log" for number in range(MANY)]
        for link in links:
            os.link(log.path, link)
        asked = {"the log": [log.path], longer: [longer], f"{MANY} × the log": links}
        peaks = {name: _peak(log, files) for name, files in asked.items()}
    print("Peak memory of 'proxyscan scan'")
    for name, (peak, seconds) in peaks.items():
        print(f"{name:40} {peak:6.0f} MB {peak / peaks['the log'][0]:6.2f} × ({seconds:.1f} s)")
    print()


def _peak(log: Log, files: list[str]) -> tuple[float, float]:
    found = run(proxyscan("scan", *files, "-o", f"{log.folder}/memory.parquet"))
    return found.peak, found.seconds


def formats(logs: list[str], folder: str, rounds: int) -> None:
    """Print how fast proxyscan reads the same requests in several formats; others must answer as the first log does."""
    runs: dict[str, list[dict[str, Any]]] = {log: [] for log in readable(logs, folder)}
    for _ in range(rounds):
        for log, each in runs.items():
            each.append(inside("proxyscan", log, f"{folder}/head-{Path(log).name}"))
    base = pace(logs[0], runs[logs[0]])
    print("Formats, in process")
    for log, each in runs.items():
        wrong = across(runs[logs[0]][0]["answer"], each[0]["answer"])
        verdict = f"the answer differs: {wrong}" if wrong else "the same answer"
        print(f"{Path(log).name:24} {pace(log, each):6.0f} MB/s {pace(log, each) / base:6.2f} × the first; {verdict}")
    print()


def readable(logs: list[str], folder: str) -> list[str]:
    """Return the logs whose first lines proxyscan reads; the others are told of."""
    found = []
    for log in logs:
        head = head_of(log, folder)
        try:
            run(proxyscan("scan", head, "--json"))
            found.append(log)
        except FailedError as problem:
            why = next((line for line in str(problem).splitlines() if line.startswith("proxyscan: ")), str(problem))
            print(f"{log} is not read: {why}\n")
    return found


def pace(log: str, runs: list[dict[str, Any]]) -> float:
    """Return the median MB/s."""
    return Path(log).stat().st_size / 1e6 / median(each["seconds"] for each in runs)
