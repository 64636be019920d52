"""Write a realistic proxy log of any length; the same seed gives the same requests in every format.

    python benchmarks/make_log.py 2000000 /tmp/squid.log [--format squid|combined|elff|fortigate|json] [--compress gz]

Hosts follow Zipf's law with a long tail, 1,500 users, tunnels, denials, 407s, cut transfers, cache answers.
"""

from __future__ import annotations

import argparse
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
from columns import Lines
from lines import FORMATS
from traffic import hosts, traffic
from words import PATHS


def opened(path: Path, compress: str) -> IO[bytes]:
    """Open a file for writing; level 6 is what logrotate's gzip uses."""
    return gzip.open(path, "wb", compresslevel=6) if compress else path.open("wb")


def log(count: int, form: str, tail: int, seed: int) -> Iterator[memoryview]:
    """Yield the bytes of a log of `count` requests to the known hosts and `tail` made-up ones."""
    head, written = FORMATS[form]
    names = hosts(tail, seed)
    known = pa.array(names)
    yield memoryview(head.encode())
    for drawn in traffic(count, names, seed, len(PATHS)):
        yield from text_bytes(written(Lines(drawn, known)))


def text_bytes(lines: pa.Array | pa.ChunkedArray) -> Iterator[memoryview]:
    """Yield the bytes of a column of text: Arrow keeps them one behind the other."""
    for each in lines.chunks if isinstance(lines, pa.ChunkedArray) else [lines]:
        _, offsets, text = each.buffers()
        yield memoryview(text)[: np.frombuffer(offsets, np.int32)[len(each)]]


def options() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=int)
    parser.add_argument("output", type=Path)
    parser.add_argument("--format", choices=list(FORMATS), default="squid")
    parser.add_argument("--compress", choices=["", "gz"], default="")
    parser.add_argument("--hosts", type=int, default=20_000, help="made-up hosts beside the real ones")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    """Write the log."""
    wanted = options()
    with opened(wanted.output, wanted.compress) as stream:
        for piece in log(wanted.lines, wanted.format, wanted.hosts, wanted.seed):
            stream.write(piece)


if __name__ == "__main__":
    main()
