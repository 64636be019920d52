"""Files in BGZF: by bgzip itself, and with members of any length by the specification."""

import os
import shutil
import struct
import subprocess
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest


def bgzip(log: Path) -> Path:
    """Return the file that Debian's bgzip (package tabix) makes of a log, with its index beside it."""
    if shutil.which("bgzip") is None:
        words = "this test needs Debian's tabix"
        pytest.fail(words) if os.environ.get("CI") == "true" else pytest.skip(words)
    subprocess.run(["bgzip", "-i", "-f", str(log)], check=True)
    return log.with_name(f"{log.name}.gz")


def bgzf(parts: Sequence[bytes]) -> bytes:
    """Return a BGZF file whose members have these parts; it ends with the empty member that says so."""
    return b"".join(map(_member, [*parts, b""]))


def _member(part: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(part) + packer.flush()
    head = b"\x1f\x8b\x08\x04" + bytes(5) + b"\xff" + struct.pack("<H2sHH", 6, b"BC", 2, len(packed) + 25)
    return head + packed + struct.pack("<II", zlib.crc32(part), len(part))
