"""What groups cost a scan: CPU time with groups.csv of 200,000 users and 10,000 networks, against without groups.

    benchmarks/groups.py LOG [--groups 20,50,400] [--rounds 5]

LOG is one that make_log.py wrote. Its users are spread over the groups evenly at random, so that each group is met
in each five minutes: the worst that can be. Reading groups.csv is told apart. The rounds alternate.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np
from traffic import USERS

import proxyscan
from proxyscan.groups import Groups, read_groups

OTHER_USERS = 200_000 - USERS
NETWORKS = 10_000


def write_groups(path: Path, groups: int, seed: int = 1) -> None:
    """Write a groups.csv with so many groups."""
    rng = np.random.default_rng(seed)
    names = [f"department {number:03}" for number in range(groups)]
    users = [*(user_name(number) for number in range(USERS)), *(f"person{number:06}" for number in range(OTHER_USERS))]
    networks = [f"10.{number >> 8}.{number & 255}.0/24" for number in range(NETWORKS)]
    whos = [*users, *networks]
    codes = rng.integers(0, groups, len(whos))
    lines = (f"{who},{names[code]}" for who, code in zip(whos, codes.tolist(), strict=True))
    path.write_text("who,group\n" + "\n".join(lines) + "\n")


def user_name(number: int) -> str:
    """Return a user's name as `lines.py` writes it."""
    return f"user{number}"


def seconds(log: Path, groups: Groups | None) -> float:
    """Return the CPU time of one scan."""
    begun = process_time()
    proxyscan.scan(log, groups=groups)
    return process_time() - begun


def measure(log: Path, counts: Sequence[int], rounds: int) -> None:
    """Print what each number of groups costs."""
    with tempfile.TemporaryDirectory() as folder:
        choices: dict[int, Groups | None] = {0: None}
        for count in counts:
            write_groups(Path(folder) / "groups.csv", count)
            begun = process_time()
            choices[count] = read_groups(Path(folder) / "groups.csv")
            print(f"{count:4} groups: groups.csv read in {process_time() - begun:.2f} s of CPU time")
        for groups in choices.values():
            seconds(log, groups)
        times = {count: [] for count in choices}
        for _ in range(rounds):
            for count, groups in choices.items():
                times[count].append(seconds(log, groups))
    base = times.pop(0)
    print(f"no groups: {median(base):.2f} s of CPU time")
    for count, found in times.items():
        ratio = median(one / two for one, two in zip(found, base, strict=True))
        print(f"{count:4} groups: {median(found):.2f} s, {100 * (ratio - 1):+.0f} %")


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path)
    parser.add_argument("--groups", default="20,50,400")
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    measure(wanted.log, [int(each) for each in wanted.groups.split(",")], wanted.rounds)


if __name__ == "__main__":
    main()
