"""What an engine costs: against threads of one process, and with thousands of small splits.

python benchmarks/scale.py ratio LOG [--engine dask:2] [--rounds 5]   the same log on threads and on an engine, in turn
python benchmarks/scale.py splits LOG [--engine dask:2] [--counts 100,1000,10000]   the log cut into so many splits
python benchmarks/scale.py model LOG [--night 8] [--terabytes 1]      how many cores a night's logs need

`splits` runs each count in a process of its own, and prints its peak memory, the processor time of the driver (client
and scheduler) and of the workers for each split, and how well the model of two numbers (a cost per split, a cost per
byte, both taken from the first two counts) foretells the rest. Times are processor time where they are given per split,
so that another load on the machine does not count.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import proxyscan
from proxyscan.classify import Classifier
from proxyscan.counting import Question
from proxyscan.decide import Policy
from proxyscan.detect import choices
from proxyscan.engines import Engine, Local, Packed, engine_of
from proxyscan.parse import Reading, Split
from proxyscan.splits import cut, headed, placed
from proxyscan.spread import Terms, add_scanned, scan_on, scan_split

TB: int = 10**12


def asked() -> tuple[Reading, Question]:
    """Return what every run asks: the defaults."""
    return Reading(choices()), Question(Policy(), None, Classifier())


def head_of(log: str, lines: int = 1000) -> str:
    """Return a file beside the log with its first lines, to warm an engine with."""
    short = Path(f"{log}.head")
    with Path(log).open("rb") as stream:
        short.write_bytes(b"".join(line for line, _ in zip(stream, range(lines), strict=False)))
    return str(short)


def ratio(log: str, word: str, rounds: int) -> None:
    """Print how long a warm engine takes, as times of what the local engine takes."""
    with engine_of(word) as engine:
        for _ in range(2):
            proxyscan.scan(head_of(log), engine=engine)
            proxyscan.scan(head_of(log))
        pairs = [(spent(log, Local()), spent(log, engine)) for _ in range(rounds)]
    for here, there in pairs:
        print(f"local:{Local().workers} {told(here)}   {word} {told(there)}   {there[0] / here[0]:4.2f} times")
    for place, what in enumerate(("time", "processor time")):
        times = [there[place] / here[place] for here, there in pairs]
        best = min(there[place] for _, there in pairs) / min(here[place] for here, _ in pairs)
        print(f"{what}: median {median(times):4.2f} times; the best of each: {best:4.2f} times")


def told(spent: tuple[float, float]) -> str:
    """Return time and processor time in words."""
    return f"{spent[0]:6.2f} s ({spent[1]:5.2f} s of processors)"


def spent(log: str, engine: Engine) -> tuple[float, float]:
    """Return how long a scan takes, and the processor time of this process and the workers."""
    begun, used = time.perf_counter(), time.process_time() + workers_time(engine)
    proxyscan.scan(log, engine=engine)
    return time.perf_counter() - begun, time.process_time() + workers_time(engine) - used


def drive(log: str, word: str, count: int) -> None:
    """Scan a log in so many splits on a warm engine, and print what it cost as JSON."""
    size = Path(log).stat().st_size
    with engine_of(word) as engine:
        proxyscan.scan(head_of(log), engine=engine)
        before, ours, begun = workers_time(engine), time.process_time(), time.perf_counter()
        found = scan_on(engine, *with_log(log), bytes_each=-(-size // count))
        wall, driver = time.perf_counter() - begun, time.process_time() - ours
        workers = workers_time(engine) - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = found.summary.coverage.lines
    print(json.dumps({"wall": wall, "driver": driver, "workers": workers, "peak": peak, "lines": lines}))


def with_log(log: str) -> tuple[Reading, list[Split], Question]:
    """Return the arguments of a scan of one log."""
    reading, question = asked()
    return reading, [Split(log)], question


def workers_time(engine: Any) -> float:
    """Return the processor time that Dask's workers have used; 0 for engines that do not tell."""
    return sum(engine.client.run(time.process_time).values()) if hasattr(engine, "client") else 0.0


def splits(log: str, word: str, counts: list[int]) -> None:
    """Print what each number of splits costs, and what the model foretells of it."""
    found = {}
    for count in counts:
        command = [sys.executable, __file__, "drive", log, "--engine", word, "--counts", str(count)]
        found[count] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        told = found[count]
        driver, workers = (told[name] / count * 1e3 for name in ("driver", "workers"))
        print(
            f"{count:6,} splits: {told['lines']:,} lines, {told['wall']:.1f} s, driver {told['peak']:.0f} MB; "
            f"a split: driver {driver:.2f} ms, workers {workers:.2f} ms",
            flush=True,
        )
    first, second, *others = counts
    each = (found[second]["workers"] - found[first]["workers"]) / (second - first)
    fixed = found[first]["workers"] - first * each
    print(f"model: {fixed:.2f} s for the bytes and {each * 1e3:.2f} ms for each split")
    for count in others:
        told = fixed + count * each
        print(f"{count:6,} splits: foretold {told:.1f} s of the workers, measured {found[count]['workers']:.1f} s")
    grown = found[counts[-1]]["peak"] - found[first]["peak"]
    print(f"driver's peak with {counts[-1]:,} splits: {grown:+.0f} MB against {first:,}")


def empty(word: str, count: int) -> None:
    """Print what the engine's scheduling alone costs: tasks that do nothing."""
    with engine_of(word) as engine:
        engine.fold(abs, max, range(100), 0)
        begun, driver = time.perf_counter(), time.process_time()
        engine.fold(abs, max, range(count), 0)
        wall, driver = time.perf_counter() - begun, time.process_time() - driver
    each, ours = wall / count * 1e3, driver / count * 1e3
    print(f"{count:,} splits of nothing on {word}: {each:.2f} ms each, of which {ours:.2f} ms are the driver's work")


def model(log: str, night: float, terabytes: float) -> None:
    """Print how many cores a night's logs need, by what one core does here."""
    reading, question = asked()
    size = Path(log).stat().st_size
    pieces = list(headed([cut(placed(Split(log)), reading.among, -(-size // 8))], Local(1)))
    task = partial(scan_split, Packed(Terms.of(reading, question, False)))
    task(pieces[0])
    begun = time.process_time()
    parts = [task(piece) for piece in pieces]
    read = time.process_time() - begun
    begun = time.process_time()
    whole = add_scanned(parts)
    merged = (time.process_time() - begun) / len(parts)
    lines = whole.summary.coverage.lines
    count = terabytes * TB / (128 << 20)
    core_hours = (read * terabytes * TB / size + count * merged) / 3600
    mb = terabytes * TB / night / 3600 / 1e6
    packed = len(Packed(parts[0]).data) / 1e6
    print(
        f"one core: {lines / read / 1e6:.2f} M lines/s, {size / read / 1e6:.0f} MB/s, {size / lines:.0f} bytes a line"
    )
    print(f"a split's sums: {packed:.2f} MB over the network, {merged * 1e3:.1f} ms to add to others")
    print(f"{terabytes:g} TB: {count:,.0f} splits of 128 MiB, {core_hours:.1f} core hours, of which")
    print(f"  adding up {count * merged / 3600:.2f}; network: the logs once, {count * packed / 1e3:.1f} GB of sums")
    print(f"  in {night:g} hours: {core_hours / night:.2f} cores busy, {mb:.0f} MB/s read")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["ratio", "splits", "drive", "empty", "model"])
    parser.add_argument("log", nargs="?", default=os.devnull)
    parser.add_argument("--engine", default="dask:2")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--counts", default="100,1000,10000")
    parser.add_argument("--night", type=float, default=8)
    parser.add_argument("--terabytes", type=float, default=1)
    given = parser.parse_args()
    counts = [int(count) for count in given.counts.split(",")]
    match given.what:
        case "ratio":
            ratio(given.log, given.engine, given.rounds)
        case "splits":
            splits(given.log, given.engine, counts)
        case "drive":
            drive(given.log, given.engine, counts[0])
        case "empty":
            empty(given.engine, counts[-1])
        case "model":
            model(given.log, given.night, given.terabytes)


if __name__ == "__main__":
    main()
