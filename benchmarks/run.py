"""Time proxyscan against what a user could run instead, side by side.

    python benchmarks/run.py LOG [--engines proxyscan,duckdb,…] [--rounds 3] [--parquet] [--gz LOG.gz]
        [--memory LONGER_LOG] [--formats LOG…]

LOG, of Squid's native format, comes from make_log.py. Each engine runs in processes of its own, round by round in
turn; the figures are medians. The answers are compared before any time is printed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from statistics import median

from compare import different, extent
from engines import ENGINES
from measure import FailedError, Run, engine, head_of, inside, run
from places import Log, compile_modules, goaccess, machine, scan_command
from sections import formats, gz, memory, parquet

OTHERS = {"command": scan_command, "goaccess": goaccess}
"""What runs as a command only: proxyscan's own, and GoAccess, which answers less and is not compared."""

COMPARED = [name for name in ENGINES if name != "isal"]


def main() -> None:
    """Run the sections that are asked for."""
    wanted = options()
    sys.stdout.reconfigure(line_buffering=True)
    compile_modules()
    with tempfile.TemporaryDirectory() as folder:
        log = Log(wanted.log, head_of(wanted.log, folder), folder)
        print(f"{machine()}\n{log.lines:,} lines, {log.size:,.0f} MB; medians of {wanted.rounds} rounds\n")
        try:
            speed(log, wanted.engines.split(","), wanted.rounds)
            if wanted.parquet:
                parquet(log, wanted.rounds)
            if wanted.gz:
                gz(log, wanted.gz, wanted.rounds)
            if wanted.memory:
                memory(log, wanted.memory)
            if wanted.formats:
                formats([wanted.log, *wanted.formats], folder, wanted.rounds)
        except FailedError as problem:
            sys.exit(str(problem))


def options() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log")
    parser.add_argument("--engines", default=",".join([*COMPARED, *OTHERS]))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--parquet", action="store_true", help="also write all columns to Parquet")
    parser.add_argument("--gz", metavar="LOG.gz", help="also read the same log compressed")
    parser.add_argument("--memory", metavar="LONGER_LOG", help="also compare peak memory with that of a longer log")
    parser.add_argument("--formats", metavar="LOG", nargs="+", help="also read the same requests in other formats")
    wanted = parser.parse_args()
    for name in wanted.engines.split(","):
        if name not in [*COMPARED, *OTHERS]:
            parser.error(f"no engine is called '{name}'; there are {', '.join([*COMPARED, *OTHERS])}")
    return wanted


def speed(log: Log, names: list[str], rounds: int) -> None:
    """Print how long each engine takes, once the answers have been found to agree."""
    names = [name for name in names if name != "goaccess" or goaccess(log)]
    warm = {name: [] for name in names if name in ENGINES}
    cold = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            if name in warm:
                warm[name].append(inside(name, log.path, log.head))
            cold[name].append(run(OTHERS[name](log) if name in OTHERS else engine(name, log.path)))
    answers = {name: each[0]["answer"] for name, each in warm.items()}
    if answers and (wrong := different(answers)):
        sys.exit(f"the answers differ, so no times are shown:\n{wrong}")
    if len(answers) > 1:
        print(f"{', '.join(answers)} agree: {extent(answers)}")
    table(log, {name: [each["seconds"] for each in runs] for name, runs in warm.items()}, cold)


HEADINGS = ("engine", "in process", "×", "M lines/s", "MB/s", "process", "×", "peak MB")


def table(log: Log, warm: dict[str, list[float]], cold: dict[str, list[Run]]) -> None:
    """Print a line per engine; `×`: how many times as long as proxyscan (a process: as its command) it takes."""
    print("{:14} {:>10} {:>6} {:>9} {:>6} {:>10} {:>6} {:>8}".format(*HEADINGS))
    inner = {name: median(each) for name, each in warm.items()}
    outer = {name: median(each.seconds for each in runs) for name, runs in cold.items()}
    base = outer.get("command", outer.get("proxyscan"))
    for name, runs in cold.items():
        seconds = inner.get(name, outer[name])
        first = f"{inner[name]:8.2f} s {times(inner[name], inner.get('proxyscan'))}" if name in inner else f"{'':17}"
        pace = f"{log.lines / seconds / 1e6:9.2f} {log.size / seconds:6.0f}"
        peak = median(each.peak for each in runs)
        print(f"{name:14} {first} {pace} {outer[name]:8.2f} s {times(outer[name], base)} {peak:8.0f}")
    print()


def times(seconds: float, base: float | None) -> str:
    """Return a ratio for people, blank where there is nothing to compare with."""
    return f"{seconds / base:6.2f}" if base else " " * 6


if __name__ == "__main__":
    main()
