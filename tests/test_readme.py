"""The README's screen is what the program prints, and its commands exist."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path("README.md").read_text()


FIRST = ["scan", "sample_logs/squid_day.log"]
DECISION = ["estimate", "docs/simulated_weeks.parquet", "--unblock", "facebook", "--line", "20Mbit/s"]


def printed(words: list[str]) -> str:
    """Return what a command prints, without blanks at the ends of lines."""
    done = subprocess.run(
        [sys.executable, "-m", "proxyscan.cli", *words],
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
        check=True,
    )
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


@pytest.mark.parametrize(("place", "words"), list(enumerate([FIRST, DECISION])), ids=["scan", "estimate"])
def test_a_screen_in_the_readme_is_what_its_command_prints(place: int, words: list[str]) -> None:
    found, screen = printed(words), re.findall(r"^```\n(.*?)^```", README, re.DOTALL | re.MULTILINE)[place]
    if os.environ.get("BLESS"):
        readme = Path("README.md").read_text()
        Path("README.md").write_text(readme.replace(f"```\n{screen}```", f"```\n{found}```", 1))
    assert f".venv/bin/proxyscan {' '.join(words)}\n" in README
    assert found == screen


def test_the_readme_has_one_command_for_the_main_job_and_one_for_the_tests() -> None:
    commands = re.findall(r"^    (python3 -m venv .*)$", README, re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith("proxyscan scan sample_logs/squid_day.log")
    assert commands[1].endswith("pytest")
