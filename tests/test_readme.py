"""The README's screen is what the program prints, and its commands exist."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path("README.md").read_text()


def test_the_screen_in_the_readme_is_what_scan_prints() -> None:
    screen = re.search(r"```\n(.*?)```", README, re.DOTALL)
    assert screen
    found = subprocess.run(
        [sys.executable, "-m", "proxyscan.cli", "scan", "sample_logs/squid_day.log"],
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
        check=True,
    ).stdout
    if os.environ.get("BLESS"):
        trimmed = "\n".join(line.rstrip() for line in found.splitlines())
        Path("README.md").write_text(README.replace(screen[1], trimmed + "\n"))
    assert [line.rstrip() for line in found.splitlines()] == screen[1].rstrip().splitlines()


def test_the_readme_has_one_command_for_the_main_job_and_one_for_the_tests() -> None:
    commands = re.findall(r"^    (python3 -m venv .*)$", README, re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith("proxyscan scan sample_logs/squid_day.log")
    assert commands[1].endswith("pytest")
