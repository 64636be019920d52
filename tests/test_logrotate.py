"""A log that Debian's logrotate rotates, in each way it can, is counted once, at every step."""

import os
import re
import shutil
import subprocess
from collections import Counter
from itertools import accumulate, pairwise
from pathlib import Path
from typing import IO

import pytest

from nights import LINES, alike, stored, truth
from proxyscan.store import Store
from proxyscan.upkeep import check

LOGROTATE = shutil.which("logrotate", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
COUNTS = [3, 700, 40, 1, 560, 120, 90, 650, 2, 480, 15, 530]
"""Lines between two rotations: logs shorter and longer than what is hashed of them."""

CUTS = [1, 30, 0, 77]
"""Bytes of a last line that are written later."""

WAYS = {
    "create": "create",
    "create, compress": "create\ncompress",
    "create, delaycompress": "create\ncompress\ndelaycompress",
    "copy": "copy",
    "copytruncate": "copytruncate",
    "copytruncate, compress": "copytruncate\ncompress",
    "copytruncate, delaycompress": "copytruncate\ncompress\ndelaycompress",
    "dateext, delaycompress": "create\ndateext\ncompress\ndelaycompress",
    "dateext, extension": "create\ndateext\nextension .log\ncompress",
    "olddir, xz": "create\nolddir old\ncompress\ncompresscmd /usr/bin/xz\ncompressext .xz",
}

GOES_ON = {"create", "create, delaycompress", "dateext, delaycompress"}
"""Ways in which the renamed log stays as it is for a while, so that the proxy may finish its line there."""


class Proxy:
    """A proxy that writes lines into a log, and logrotate, which rotates it in one of the ways."""

    def __init__(self, folder: Path, way: str) -> None:
        folder.mkdir(mode=0o755)
        (folder / "old").mkdir()
        self.folder, self.way = folder, way
        self.log, self.config = folder / "access.log", folder / "logrotate.conf"
        self.config.write_text(f"{self.log} {{\nrotate 100\nifempty\n{WAYS[way]}\n}}\n")
        self.config.chmod(0o644)
        self.written, self.days = b"", 0
        self.stream: IO[bytes] = self.log.open("ab", buffering=0)

    def write(self, data: bytes) -> None:
        self.stream.write(data)
        self.written += data

    def rotate(self, rest: bytes) -> None:
        """Rotate; the rest of a line comes into the file that the proxy still has open, if it has."""
        if self.way not in GOES_ON:
            self.write(rest)
        command = [str(LOGROTATE), "--force", "--state", str(self.folder / "state"), str(self.config)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        if self.way in GOES_ON:
            self.write(rest)
        self.stream.close()
        if self.way == "copy":
            self.log.unlink()
        self.stream = self.log.open("ab", buffering=0)
        self._next_day()

    def _next_day(self) -> None:
        """Let what was rotated today be of another day: logrotate does not rotate into the same name twice."""
        self.days += 1
        for path in self.logs():
            path.rename(path.with_name(re.sub(r"-2\d{7}", f"-{19990100 + self.days}", path.name)))

    def logs(self) -> list[Path]:
        return sorted([*self.folder.glob("access*"), *(self.folder / "old").glob("access*")])


def plain(data: bytes) -> tuple[Counter[int], int]:
    """Return requests per five minutes and all bytes, as plain text processing tells."""
    lines = [line.split() for line in data.splitlines()]
    return Counter(int(float(line[0])) // 300 for line in lines), sum(int(line[4]) for line in lines)


def told(store: Path) -> tuple[Counter[int], int]:
    rows = Store(store).summary().intervals.select(["interval", "requests", "bytes_down"]).to_pydict()
    found: Counter[int] = Counter()
    for interval, requests in zip(rows["interval"], rows["requests"], strict=True):
        found[int(interval.timestamp()) // 300] += requests
    return +found, sum(each or 0 for each in rows["bytes_down"])


@pytest.mark.skipif(LOGROTATE is None and not os.environ.get("CI"), reason="logrotate is not installed")
@pytest.mark.parametrize("way", WAYS)
def test_a_log_is_counted_once_at_every_step_however_it_is_rotated(tmp_path: Path, way: str) -> None:
    """Of three rotations one has an update before it only, one behind it only, one has both."""
    store, proxy = tmp_path / "store", Proxy(tmp_path / "log", way)
    for number, (first, last) in enumerate(pairwise(accumulate(COUNTS, initial=0))):
        middle, cut = (first + last) // 2, CUTS[number % len(CUTS)]
        early, late = b"".join(LINES[first:middle]), b"".join(LINES[middle:last])
        proxy.write(early[: len(early) - cut])
        if number % 3 != 1:
            update(proxy, store)
        proxy.write(early[len(early) - cut :] + late[: len(late) - cut])
        proxy.rotate(late[len(late) - cut :])
        if number % 3 != 0:
            update(proxy, store)
    assert len(proxy.logs()) == len(COUNTS) + 1
    assert alike(Store(store).summary(), truth(store, proxy.written, tmp_path / "t"))
    assert check(store) == []


def update(proxy: Proxy, store: Path) -> None:
    """Update twice, of which the second time takes nothing, and hold the store against the lines that are whole."""
    stored(store, *proxy.logs())
    assert {log.state for log in stored(store, *proxy.logs()).logs} <= {"known", "waits"}
    whole = proxy.written[: proxy.written.rfind(b"\n") + 1]
    if whole:
        assert told(store) == plain(whole)
