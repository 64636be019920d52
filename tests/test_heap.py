"""Memory that a worker of Dask frees is used again while it reads a split, and goes back to the system afterwards."""

import json
import os
import resource
import subprocess
import sys

import pytest

from proxyscan.engines import heap

COUNT = """
import json, os, resource, threading
os.environ["MALLOC_TRIM_THRESHOLD_"] = "7"  # as Dask leaves it in the process that starts workers
from proxyscan.engines.heap import keeping

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        b"x" * (8 << 20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def inside():
    with keeping():
        faults()
        return faults()

found = {"before": faults(), "inside": inside()}
with keeping():
    other = threading.Thread(target=inside)
    other.start()
    other.join()
    found["another left"] = faults()
found["after"] = faults()
print(json.dumps(found))
"""
PAGES = 50 * (8 << 20) // resource.getpagesize()

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(heap.CDLL(None), "mallopt"), reason="the heap is not glibc's"
)


def faults(**environment: str) -> dict[str, int]:
    """Return how many pages a process got from the system for 400 MB, of which it has 8 at a time."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    done = subprocess.run([sys.executable, "-c", COUNT], env=others | environment, capture_output=True, check=True)
    return json.loads(done.stdout)


def test_what_a_worker_of_dask_frees_stays_with_it_while_it_works() -> None:
    found = faults(MALLOC_TRIM_THRESHOLD_="65536")
    assert min(found["before"], found["after"]) > 0.9 * PAGES
    assert max(found["inside"], found["another left"]) < 0.1 * PAGES


def test_another_process_keeps_what_it_frees_anyway() -> None:
    assert max(faults().values()) < 0.1 * PAGES
