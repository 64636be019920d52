"""Folders of files, on disks and on object stores; and single files there that are read.

A file is written whole or not at all: on disks by `durable`, on object stores because what is put becomes visible in
one go. An object store has no lock: its folder keeps a note of who writes, which is renewed with every file written and
expires by itself. It keeps apart who starts while another one is at work, not who starts in the same second.
"""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
from pyarrow import fs

from proxyscan import durable
from proxyscan.errors import ProxyscanError, StoreError
from proxyscan.objects import Objects, is_remote, local, objects_at

WRITER: Final = ".writer"
LEASE: Final = timedelta(hours=1)
"""How long a note of a writer on an object store holds, after what it wrote last."""


class Place(Protocol):
    """A folder of files. What cannot be done raises `StoreError`; what cannot be read, `OSError`."""

    @property
    def remote(self) -> bool:
        """Whether it is an object store: nothing there can be kept from who may read the rest, such as a key."""

    def exists(self) -> bool:
        """Tell whether the folder is there."""

    def make(self) -> None:
        """Make the folder, if it is not there."""

    def names(self) -> list[str]:
        """Return the names of its files, sorted."""

    def path(self, name: str) -> Path | str:
        """Return the path or URI of a file."""

    def filesystem(self) -> tuple[Any, str]:
        """Return Arrow's file system and the folder's path in it."""

    def has(self, name: str) -> bool:
        """Tell whether a file is there."""

    def opened(self, name: str) -> Any:
        """Return a file open for reading at any place."""

    def write(self, name: str, put: Callable[[Any], object]) -> None:
        """Let `put` write into the stream that it is given; then the file is there."""

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""

    def rename(self, name: str, to: str) -> None:
        """Give a file another name."""

    def writing(self, purpose: str) -> Any:
        """Return the context in which this is the only writer; what a crash left behind is cleared away."""


def place_at(path: str | Path) -> Place:
    """Return the folder that a path or a URI (``s3://bucket/folder``) names, which need not be there."""
    if not str(path):
        raise StoreError("the name of a store is empty", "name a folder, as /var/lib/proxyscan, or s3://bucket/folder")
    if not is_remote(path):
        return Folder(local(path))
    objects = objects_at(str(path))
    return Bucket(objects.uri, objects)


@dataclass(frozen=True)
class Folder:
    """A folder on a disk."""

    folder: Path

    @property
    def remote(self) -> bool:
        """It is on this machine."""
        return False

    def __str__(self) -> str:
        return str(self.folder)

    def exists(self) -> bool:
        """Tell whether the folder is there."""
        return self.folder.is_dir()

    def make(self) -> None:
        """Make the folder, if it is not there."""
        if self.folder.exists() and not self.folder.is_dir():
            raise StoreError(f"{self.folder}: is a file, no store", "name the store first, then the logs")
        try:
            self.folder.mkdir(mode=0o750, exist_ok=True)
        except OSError as problem:
            raise durable.cannot_write(self.folder, problem) from problem

    def names(self) -> list[str]:
        """Return the names of its files, sorted."""
        return sorted(path.name for path in self.folder.iterdir())

    def path(self, name: str) -> Path:
        """Return the path of a file."""
        return self.folder / name

    def filesystem(self) -> tuple[Any, str]:
        """Return Arrow's file system and the folder's path in it."""
        return fs.LocalFileSystem(), str(self.folder.absolute())

    def has(self, name: str) -> bool:
        """Tell whether a file is there."""
        return (self.folder / name).exists()

    def opened(self, name: str) -> Any:
        """Return a file open for reading at any place."""
        return pa.OSFile(os.fsencode(self.folder / name))

    def write(self, name: str, put: Callable[[Any], object]) -> None:
        """Let `put` write into the stream that it is given; then the file is there."""

        def into(unfinished: Path) -> None:
            with pa.OSFile(os.fsencode(unfinished), "wb") as stream:
                put(stream)

        durable.write(self.folder / name, into)

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""
        durable.remove(self.folder / name)

    def rename(self, name: str, to: str) -> None:
        """Give a file another name."""
        (self.folder / name).replace(self.folder / to)

    @contextmanager
    def writing(self, purpose: str) -> Iterator[None]:
        """Be the only writer; the system keeps the others away."""
        with durable.locked(self.folder, purpose):
            durable.remove_unfinished(self.folder)
            yield


@dataclass
class Bucket:
    """A folder on an object store."""

    uri: str
    objects: Objects = field(compare=False)
    _note: str = field(default="", compare=False)

    @property
    def remote(self) -> bool:
        """It is an object store."""
        return True

    def __str__(self) -> str:
        return self.uri

    def exists(self) -> bool:
        """Tell whether anything is in the folder; raises `InputError` when the object store cannot be asked."""
        return bool(self.names())

    def make(self) -> None:
        """Make the folder, if it is not there: it comes with its first file."""

    def names(self) -> list[str]:
        """Return the names of its files, sorted."""
        return [name for name in self.objects.names("") if "/" not in name]

    def path(self, name: str) -> str:
        """Return the URI of a file."""
        return f"{self.uri}/{name}"

    def filesystem(self) -> tuple[Any, str]:
        """Return Arrow's file system and the folder's path in it."""
        return self.objects.filesystem, self.objects.root

    def has(self, name: str) -> bool:
        """Tell whether a file is there."""
        return self.objects.size(name) is not None

    def opened(self, name: str) -> Any:
        """Return a file open for reading at any place."""
        return self.objects.opened(name)

    def write(self, name: str, put: Callable[[Any], object]) -> None:
        """Let `put` write into the stream that it is given; then the file is there, all at once."""
        stream = io.BytesIO()
        put(stream)
        with self._changing(name):
            self.objects.put(name, stream.getvalue())
            if self._note:
                self.objects.put(WRITER, self._note_now())

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""
        with self._changing(name):
            self.objects.remove(name)

    def rename(self, name: str, to: str) -> None:
        """Give a file another name."""
        with self._changing(name):
            self.objects.move(name, to)

    @contextmanager
    def writing(self, purpose: str) -> Iterator[None]:
        """Be the only writer, as far as an object store lets one see others."""
        self._refuse_beside_another()
        self._note = f"{purpose}, process {os.getpid()} on {socket.gethostname()}"
        with self._changing(WRITER):
            self.objects.put(WRITER, self._note_now())
        try:
            yield
        finally:
            self._note = ""
            with suppress(StoreError):  # it expires by itself
                self.remove(WRITER)

    def _note_now(self) -> bytes:
        return f"{datetime.now(UTC).isoformat(timespec='seconds')} {self._note}".encode()

    def _refuse_beside_another(self) -> None:
        try:
            with self.opened(WRITER) as stream:
                when, _, holder = stream.read().decode("utf-8", "replace").partition(" ")
            until = datetime.fromisoformat(when) + LEASE
        except (OSError, ValueError):
            return
        if datetime.now(UTC) < until and not _has_ended(holder):
            hint = f"wait until it has ended, then run it again; if it was killed: after {until:%F %T %Z}"
            raise StoreError(f"{self.uri}: is in use: {holder}, seen at {when}", hint)

    @contextmanager
    def _changing(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            raise StoreError(
                f"{self.path(name)}: cannot write: {problem}",
                "see to rights and network, then run it again: nothing is lost",
            ) from problem
        except ProxyscanError as problem:
            raise StoreError(problem.fact, problem.hint) from problem


def _has_ended(holder: str) -> bool:
    """Tell whether a writer was a process of this machine that is no more."""
    words = holder.split()
    if len(words) < 4 or words[-1] != socket.gethostname() or not words[-3].isdigit():
        return False
    try:
        os.kill(int(words[-3]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return int(words[-3]) == os.getpid()
