"""A run that is killed at any moment, or finds the disk full or the store read-only, loses nothing and repeats nothing.

The run is a fork of the test's process. It is killed before its n-th look at or change of a file, for every n, and at
random moments.
"""

import gc
import gzip
import os
import select
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import perf_counter

import pytest

from nights import LINES, alike, stored, truth
from proxyscan.durable import UNFINISHED
from proxyscan.errors import ProxyscanError, StoreError
from proxyscan.store import Store
from proxyscan.summary import Summary
from proxyscan.upkeep import check, compact, prune

STEPS = {"open", "os.rename", "os.remove", "os.mkdir", "os.listdir", "os.scandir"}
LATER = "2030-01-01"
Work = Callable[[Path], object]


def text(first: int, last: int) -> bytes:
    return b"".join(LINES[first:last])


class Night:
    """A store of some parts, and logs of which some is new: a grown one, a new one, a compressed one, a copy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = folder / "base"
        self.logs = [folder / name for name in ("access.log", "other.log", "access.log.2.gz", "access.log.3.gz")]
        self.logs[0].write_bytes(text(0, 500))
        stored(self.base, self.logs[0])
        self.logs[0].write_bytes(text(0, 800)[:-10])
        stored(self.base, self.logs[0])
        self.old = Store(self.base).summary()
        self.logs[0].write_bytes(text(0, 1000))
        self.logs[1].write_bytes(text(2000, 2300))
        self.logs[2].write_bytes(gzip.compress(text(3000, 3300)))
        self.logs[3].write_bytes(gzip.compress(text(0, 700)))
        self.new = truth(self.base, text(0, 1000) + text(2000, 2300) + text(3000, 3300), folder / "t")

    def update(self, store: Path) -> None:
        stored(store, *self.logs, rejects=self.folder / "rejects")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return Night(tmp_path_factory.mktemp("night"))


@contextmanager
def forked(work: Callable[[], object], step: int = 0) -> Iterator[int]:
    """Yield the process in which the work is done; it is killed before its n-th step when that is given."""
    process = os.fork()
    if process == 0:
        steps = 0

        def count(event: str, _: object) -> None:
            nonlocal steps
            if event in STEPS:
                steps += 1
                if steps == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        try:
            work()
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)
    yield process


def killed_before(step: int, work: Callable[[], object]) -> bool:
    """Do the work in a process that is killed before its n-th step; tell whether it came so far."""
    with forked(work, step) as process:
        return os.WIFSIGNALED(os.waitpid(process, 0)[1])


def killed_after(seconds: float, work: Callable[[], object]) -> bool:
    """Do the work in a process that is killed after a while; tell whether it was still at work."""
    with forked(work) as process:
        handle = os.pidfd_open(process)
        select.select([handle], [], [], seconds)
        os.kill(process, signal.SIGKILL)
        os.close(handle)
        return os.WIFSIGNALED(os.waitpid(process, 0)[1])


def whole_again(night: Night, work: Work, expected: Summary, crash: Callable[[Callable[[], object]], bool]) -> bool:
    """Let the work crash on a copy of the store, do it again, and hold the store against what is expected."""
    store = night.folder / "store"
    shutil.rmtree(store, ignore_errors=True)
    shutil.copytree(night.base, store)
    crashed = crash(lambda: work(store))
    Store(store).summary()  # readable at any time
    work(store)
    assert alike(Store(store).summary(), expected)
    assert [finding for finding in check(store) if finding.damaged] == []
    assert not [path for path in night.folder.rglob("*") if UNFINISHED in path.name or ".unfinished" in path.name]
    return crashed


def compacted(store: Path) -> None:
    compact(store, LATER)


def pruned(store: Path) -> None:
    prune(store, "2026-11-17")


WORKS: dict[str, tuple[Callable[[Night], Work], Callable[[Night], Summary]]] = {
    "update": (lambda night: night.update, lambda night: night.new),
    "compact": (lambda _: compacted, lambda night: night.old),
    "prune": (lambda _: pruned, lambda night: nothing(night)),
}


def nothing(night: Night) -> Summary:
    store = night.folder / "pruned"
    shutil.copytree(night.base, store, dirs_exist_ok=True)
    pruned(store)
    return Store(store).summary()


@pytest.mark.parametrize("name", WORKS)
def test_a_run_killed_before_any_step_is_made_good_by_the_next(night: Night, name: str) -> None:
    work, expected = (of(night) for of in WORKS[name])
    step = 1
    while whole_again(night, work, expected, lambda todo, step=step: killed_before(step, todo)):
        step += 1
    assert step > 10


def killed_at_random(night: Night, times: int, seed: int) -> int:
    """Kill an update at random moments of its duration; return how often it was still at work.

    How long it lasts is guessed anew each time: a machine that was busy at first would have it end before it is killed.
    """
    random, begun = Random(seed), perf_counter()
    whole_again(night, night.update, night.new, lambda todo: killed_before(0, todo))
    lasted = perf_counter() - begun
    crashes = 0
    for _ in range(times):
        moment = random.random() * lasted
        crashed = whole_again(night, night.update, night.new, lambda todo, at=moment: killed_after(at, todo))
        lasted *= 1.02 if crashed else 0.95
        crashes += crashed
    return crashes


def test_an_update_killed_at_random_moments_is_made_good_by_the_next(night: Night) -> None:
    assert killed_at_random(night, 30, seed=1)


@pytest.mark.slow
def test_an_update_killed_at_hundreds_of_random_moments_is_made_good_by_the_next(night: Night) -> None:
    assert killed_at_random(night, 500, seed=2) > 100


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """Mount a file system in memory; the test is skipped where that is not allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False) if shutil.which("mount") else None
    if done is None or done.returncode:
        pytest.skip(f"cannot mount a tmpfs: {done.stderr.strip() if done else 'no mount command'}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector away: what a failed update wrote must not take space until it comes."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def test_an_update_that_finds_the_disk_full_says_so_and_the_next_one_does_the_rest(night: Night, tmp_path) -> None:
    with mounted(tmp_path / "small", "size=600k"), uncollected():
        store, ballast = tmp_path / "small" / "store", tmp_path / "small" / "ballast"
        shutil.copytree(night.base, store)
        expected_old = Store(store).summary()
        free = os.statvfs(store).f_bavail * 4096
        full = 0
        for left in range(0, free, 16_384):
            ballast.write_bytes(bytes(max(free - left, 0)))
            try:
                stored(store, *night.logs)
            except StoreError as problem:
                assert "No space left on device" in str(problem)
                full += 1
            ballast.unlink()
            if full == 1:
                assert alike(Store(store).summary(), expected_old)
        assert full
        stored(store, *night.logs)
        assert alike(Store(store).summary(), night.new)
        assert not [path for path in store.iterdir() if UNFINISHED in path.name]


def test_a_read_only_store_can_be_read_and_an_update_says_that_it_cannot_write(night: Night, tmp_path: Path) -> None:
    with mounted(tmp_path / "small", "size=10m"):
        store = tmp_path / "small" / "store"
        shutil.copytree(night.base, store)
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "small")], check=True)
        for work in (lambda: stored(store, *night.logs), lambda: compact(store, LATER), lambda: prune(store, LATER)):
            with pytest.raises(ProxyscanError, match="cannot write: Read-only file system"):
                work()
        assert alike(Store(store).summary(), night.old)
        assert check(store) == []
