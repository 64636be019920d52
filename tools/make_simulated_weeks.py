"""Write docs/simulated_weeks.parquet: the summary of eleven working days of simulated people, who are denied Facebook.

    python tools/make_simulated_weeks.py

What the README estimates from. The people are those of tests/people.py; no log of real people is in it.
"""

import contextlib
import sys
import tempfile
from pathlib import Path

SEED = 1001
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    sys.path.insert(0, str(ROOT / "tests"))
    from people import policies, world
    from worlds import scanned

    blocked, _, _ = policies(world(SEED))
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        scanned(blocked, Path()).write_parquet(ROOT / "docs" / "simulated_weeks.parquet")


if __name__ == "__main__":
    main()
