"""The folder for lines that an update did not understand: a CSV file per part, which its owner alone may read."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pyarrow as pa

from proxyscan.durable import OWNER_ONLY, cannot_write, remove
from proxyscan.write import Write, straight


class Rejected:
    """A folder of the rejects of a store's parts."""

    def __init__(self, folder: str | Path, store: str) -> None:
        self.folder, self.store = Path(folder), store
        self._numbers = count(1)
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as problem:
            raise cannot_write(self.folder, problem) from problem
        left = re.compile(rf"\.{re.escape(store)}\.unfinished(-\d+)?\.csv")
        for path in self.folder.iterdir():
            if left.fullmatch(path.name):
                remove(path)  # a crash left it

    def begun(self) -> Unnamed:
        """Return what takes the rejects of the next part."""
        return Unnamed(self.folder / f".{self.store}.unfinished-{next(self._numbers)}.csv")


class Unnamed:
    """The rejects of a part whose name is not known yet; there is a file once there is one of them."""

    def __init__(self, unfinished: Path) -> None:
        self._unfinished = unfinished
        self._stack = ExitStack()
        self._write: Write | None = None

    def add(self, rejects: pa.Table) -> None:
        """Write some more of them."""
        if self._write is None:
            os.close(os.open(self._unfinished, os.O_WRONLY | os.O_CREAT, OWNER_ONLY))
            self._write = self._stack.enter_context(straight(self._unfinished))
        self._write(rejects)

    def name(self, part: str) -> None:
        """Give them the name of their part."""
        if self._write is not None:
            self._stack.close()
            self._write = None
            self._unfinished.replace(self._unfinished.with_name(f"{part.removesuffix('.parquet')}.csv"))

    def drop(self) -> None:
        """Remove them, unless they have their name."""
        if self._write is not None:
            self._stack.close()
            self._write = None
            remove(self._unfinished)
