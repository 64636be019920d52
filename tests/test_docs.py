"""What docs/ shows is what the program prints, and its examples are catalogue files that can be read."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from proxyscan.read_entries import read_entries

PAGES = sorted(Path("docs").glob("*.md"))
SCREENS = [
    pytest.param(command, shown, id=command)
    for page in PAGES
    for command, shown in re.findall(r"```\n\$ (proxyscan .*)\n((?:.*\n)*?)```", page.read_text())
]


@pytest.mark.parametrize(("command", "shown"), SCREENS)
def test_a_command_on_a_page_prints_what_stands_there(command: str, shown: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "proxyscan.cli", *shlex.split(command)[1:]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout + done.stderr == shown


def test_the_page_on_the_catalogue_shows_a_service_that_can_be_read(tmp_path: Path) -> None:
    table = re.search(r"```toml\n(.*?)```", Path("docs/catalogue.md").read_text(), re.DOTALL)
    assert table
    (tmp_path / "forum.toml").write_text(table[1])
    entries = list(read_entries(tmp_path / "forum.toml"))
    assert {entry.label for entry in entries} == {"use", "asset", "widget", "none"}
    assert entries[0].service.closed == "2024-01-31"
