"""The folder for lines that an update did not understand: a CSV file per part, which its owner alone may read."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pyarrow as pa

from proxyscan.durable import cannot_write, remove
from proxyscan.write import Write, writer

OWNER_ONLY: Final = 0o600


class Rejected:
    """Writes the rejects of one part after the other into a folder."""

    def __init__(self, folder: str | Path, store: str) -> None:
        self.folder = Path(folder)
        self._unfinished = self.folder / f".{store}.unfinished.csv"
        self._stack = ExitStack()
        self._write: Write | None = None
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as problem:
            raise cannot_write(self.folder, problem) from problem
        remove(self._unfinished)  # a crash left it

    def add(self, rejects: pa.Table) -> None:
        """Write some rejects of a part whose name is not known yet."""
        if self._write is None:
            os.close(os.open(self._unfinished, os.O_WRONLY | os.O_CREAT, OWNER_ONLY))
            self._write = self._stack.enter_context(writer(str(self._unfinished)))
        self._write(rejects)

    def close(self, part: str) -> None:
        """Give what was added the name of its part."""
        if self._write is not None:
            self._stack.close()
            self._write = None
            self._unfinished.replace(self._file(part))

    def drop(self, part: str) -> None:
        """Remove the rejects of a part that is not to be."""
        remove(self._file(part))

    def _file(self, part: str) -> Path:
        return self.folder / f"{part.removesuffix('.parquet')}.csv"
