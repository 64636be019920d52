"""The cases in tests/store_cases: several commands on one store, and exactly what they print and how they end.

TMP is a folder of the case's own. `BLESS=1 pytest tests/test_store_commands.py` writes what came out into the files.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CASES = sorted((ROOT / "tests" / "store_cases").glob("*.txt"))


def transcript(command: str, folder: Path) -> str:
    """Return what a command of proxyscan prints, or of the shell: to prepare what the next one meets."""
    line = command.removeprefix("$ ").replace("TMP", str(folder))
    words = shlex.split(line)
    own = [sys.executable, "-m", "proxyscan.cli", *words[1:]] if words[0] == "proxyscan" else ["sh", "-c", line]
    environment = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1"}
    done = subprocess.run(own, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    said = f"{done.stdout.decode()}--- stderr\n{done.stderr.decode()}--- exit {done.returncode}\n"
    return f"{command}\n{said.replace(str(folder), 'TMP')}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_commands_on_a_store_print_and_exit_as_their_case_says(case: Path, tmp_path: Path) -> None:
    expected = case.read_text(encoding="utf-8")
    commands = [line for line in expected.splitlines() if line.startswith("$ ")]
    found = "".join(transcript(command, tmp_path) for command in commands)
    if os.environ.get("BLESS"):
        case.write_text(found, encoding="utf-8")
    assert commands
    assert found == case.read_text(encoding="utf-8")
