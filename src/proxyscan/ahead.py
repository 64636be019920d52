"""Arrow's libraries, loaded by the system while Python does something else.

To load them takes as long as a third of what a command does before it reads; the system does it without Python's lock.
But it loads one library after the other, so those that the next modules need are imported here, before it begins.
"""

from __future__ import annotations

import hashlib  # noqa: F401
import mmap  # noqa: F401
import os
import zipfile  # noqa: F401
from ctypes import CDLL
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

import numpy as np  # noqa: F401


def arrow_ahead() -> None:
    """Begin to load what `import pyarrow` needs; where that fails, the import says why."""
    found = find_spec("pyarrow")
    if found and found.origin:
        library = Path(found.origin).with_name(f"lib{EXTENSION_SUFFIXES[0]}")
        Thread(target=CDLL(None).dlopen, args=(bytes(library), os.RTLD_NOW), daemon=True).start()
