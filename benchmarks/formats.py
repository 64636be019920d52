"""Time every format on its sample, repeated to some MB, against Squid's native format in the same minutes.

    python benchmarks/formats.py [--mb 8] [--rounds 3] [--only NAME,…]

Read and decided on one core, in blocks as in a scan; what counts is processor time, each format's rounds in turn with
rounds of Squid's, the fastest of each. `slow` marks a layout that the kernels do not read. The last rows are Squid's
lines in the wrappers of log collectors. `detect`: what it costs to find out the format of such a log, among all.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from places import machine

from proxyscan.detect import HEAD, choices, detect, recognise
from proxyscan.format import Format
from proxyscan.formats import formats
from proxyscan.layouts import Block, unwrap
from proxyscan.layouts.program import is_simple
from proxyscan.requests import Parser

SAMPLES = Path(__file__).parent.parent / "sample_logs"
WRITTEN = 1_795_700_000_000
THIRD, JSON_MBS = 1 / 3, 100
"""Below this share of Squid's MB/s a format is too slow, and a layout of JSON lines below so many MB/s."""


@dataclass(frozen=True)
class Case:
    """Blocks of one format's lines: `size` bytes in all."""

    name: str
    format: Format
    wrapper: str
    block: Block
    size: int

    def seconds(self) -> float:
        """Return the processor time of one round, with a parser that has seen the lines before."""
        parser = Parser(self.format, self.wrapper)
        parser.parse(self.block)
        start = time.process_time()
        parser.parse(self.block)
        return time.process_time() - start

    def detected(self) -> float:
        """Return the processor time that it takes to find the format out of the first lines."""
        head = b"".join((self.block.header, b"\n" if self.block.header else b"", self.block.data[: HEAD + 1]))
        start = time.process_time()
        recognise(Block(self.name, 0, head), choices())
        return time.process_time() - start


def sample(name: str) -> Path:
    """Return the sample of a format."""
    return SAMPLES / f"{'squid_native' if name == 'squid' else name}.log"


def case(format: Format, wrapper: str, lines: Sequence[bytes], size: int, name: str = "") -> Case:
    """Return the lines of a log, repeated, under its last header."""
    own = [unwrap(line, wrapper).text for line in lines]
    layout = format.layout.bind(own)
    mark = layout.header_mark
    headers = [line for line, text in zip(lines, own, strict=True) if mark and text.startswith(mark)]
    kept = [line for line, text in zip(lines, own, strict=True) if not layout.is_directive(text)]
    text = b"".join(line + b"\n" for line in kept)
    block = Block(format.name, 0, text * (size // len(text) + 1), headers[-1] if headers else b"", WRITTEN)
    return Case(name or format.name, format, wrapper, block, len(block.data))


def cases(size: int, only: frozenset[str]) -> Iterator[Case]:
    """Yield a case for each format, then Squid's lines in each wrapper."""
    for name, format in formats().items():
        if not only or name in only:
            lines = sample(name).read_bytes().splitlines()
            yield case(format, detect(sample(name)).wrapper, lines, size)
    native = sample("squid").read_text(encoding="utf-8", errors="replace").splitlines()
    for name, (wrapper, around) in WRAPPED.items():
        if not only or name in only:
            yield case(formats()["squid"], wrapper, [around(line).encode() for line in native], size, name)


def docker(line: str) -> str:
    """Return a line as Docker keeps it."""
    return json.dumps({"log": f"{line}\n", "stream": "stdout", "time": "2026-11-23T08:24:29.123456789Z"})


def journald(line: str) -> str:
    """Return a line as journalctl writes it."""
    return json.dumps({"__REALTIME_TIMESTAMP": "1795422269479123", "MESSAGE": line, "_PID": "72246"})


WRAPPED: dict[str, tuple[str, Callable[[str], str]]] = {
    "squid in syslog": ("syslog", "<166>Sep 30 20:25:30 gw (squid-1)[72246]: {}".format),
    "squid in cri": ("cri", "2026-11-23T08:24:29.123456789Z stdout F {}".format),
    "squid in docker": ("docker", docker),
    "squid in journald": ("journald", journald),
}


def main() -> None:
    """Print a row for each case, and which of them are too slow."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    wanted = parser.parse_args()
    size = int(wanted.mb * 1e6)
    base = next(cases(size, frozenset({"squid"})))
    print(f"{machine()}\n{wanted.mb:g} MB of each, fastest of {wanted.rounds} rounds, one core\n")
    print(f"{'format':22} {'layout':10} {'MB/s':>6} {'× squid':>8} {'detect':>7}")
    late = [row(each, base, wanted.rounds) for each in cases(size, frozenset(filter(None, wanted.only.split(","))))]
    names = [name for name in late if name]
    print(f"\ntoo slow: {', '.join(names)}" if names else "\nnone is too slow")
    sys.exit(bool(names))


def row(each: Case, base: Case, rounds: int) -> str:
    """Print a case's row and return its name if it is too slow."""
    pairs = [(each.seconds(), base.seconds()) for _ in range(rounds)]
    pace = each.size / 1e6 / min(seconds for seconds, _ in pairs)
    ratio = pace / (base.size / 1e6 / min(seconds for _, seconds in pairs))
    layout = type(each.format.layout).__name__
    slow = "" if is_simple(each.format.layout) else "  slow"
    print(f"{each.name:22} {layout:10} {pace:6.0f} {ratio:8.2f} {1000 * each.detected():4.0f} ms{slow}")
    return each.name if ratio < THIRD or (layout == "JsonLines" and pace < JSON_MBS) else ""


if __name__ == "__main__":
    main()
