#!/usr/bin/env python3
"""Make sample_logs/squid_half_blocked.log with a real Squid (Debian's package squid) on loopback.

    python tools/make_audit_sample.py OUT_DIR

Five people ask for pages that the policy shuts, and for hosts that it forgets: tests/squid.py has the policy, the
internet that answers, and the visits. Nothing in the log is edited.
"""

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from squid import HALF, browsed, given


def main(out: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        given(name)
        browsed(Path(name), HALF)
        shutil.copyfile(Path(name) / "access.log", Path(out) / "squid_half_blocked.log")


main(*sys.argv[1:])
