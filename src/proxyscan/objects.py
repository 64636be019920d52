"""Files that a URI names (``s3://bucket/folder/file``), through Arrow's file systems.

Region and credentials come from where AWS's own tools take them; another endpoint than Amazon's from
``AWS_ENDPOINT_URL`` or from the URI: ``s3://bucket/folder?endpoint_override=http://host:port``.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from proxyscan.errors import InputError
from proxyscan.frozen import frozen

REMOTE: Final = re.compile(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]+://")
SECONDS: Final = 10
"""How long a connection may take to come about."""
ATTEMPTS: Final = 3
READ_AHEAD: Final = 1 << 22
"""Bytes of a log that are read at a time: every reading takes its time."""
SCHEMES: Final = ("s3", "gs", "gcs", "abfs", "abfss", "hdfs", "viewfs")


def is_remote(path: str | Path) -> bool:
    """Tell whether a path is a URI of something that is not on this machine's disks.

    >>> is_remote("s3://bucket/store"), is_remote("file:///var/store"), is_remote("C:/store")
    (True, False, False)
    """
    return bool(REMOTE.match(str(path)))


def local(path: str | Path) -> Path:
    """Return the path that a path or a ``file://`` URI names."""
    text = str(path)
    return Path(unquote(urlsplit(text).path)) if text.startswith("file://") else Path(path)


@frozen
class Objects:
    """What lies below a URI: `filesystem` is Arrow's, `root` the path in it; names are relative to it."""

    uri: str
    filesystem: Any
    root: str

    def _path(self, name: str) -> str:
        return f"{self.root}/{name}" if name else self.root

    def names(self, below: str) -> list[str]:
        """Return the names of all files below a folder, sorted; none when it is not there."""
        from pyarrow import fs

        with self._asking():
            selector = fs.FileSelector(self._path(below), recursive=True, allow_not_found=True)
            found = self.filesystem.get_file_info(selector)
        return sorted(each.path.removeprefix(f"{self.root}/") for each in found if each.is_file)

    def size(self, name: str = "") -> int | None:
        """Return the bytes of a file; None when it is not there."""
        info = self._told(name)
        return info.size if info.is_file else None

    def written(self, name: str = "") -> int:
        """Return when a file was last written, in ms since 1970; 0 when that is not known."""
        return (self._told(name).mtime_ns or 0) // 1_000_000

    def _told(self, name: str) -> Any:
        with self._asking():
            return self.filesystem.get_file_info(self._path(name))

    def opened(self, name: str = "") -> Any:
        """Return a file open for reading at any place; raises `OSError` when it cannot be."""
        return self.filesystem.open_input_file(self._path(name))

    def put(self, name: str, content: bytes) -> None:
        """Write a whole file."""
        with self.filesystem.open_output_stream(self._path(name)) as stream:
            stream.write(content)

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""
        if self.size(name) is not None:
            self.filesystem.delete_file(self._path(name))

    def move(self, name: str, to: str) -> None:
        """Give a file another name."""
        self.filesystem.move(self._path(name), self._path(to))

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            raise unreachable(self.uri, problem) from problem


def unreachable(uri: str, problem: OSError) -> InputError:
    """Return the error for an object store that does not answer as it should."""
    words = " ".join(str(problem).split())
    hint = "see to the bucket's name, the network, AWS_ENDPOINT_URL, AWS_REGION and the credentials"
    return InputError(f"{uri}: cannot be reached: {words}", hint)


def objects_at(uri: str) -> Objects:
    """Return what lies below a URI; raises `InputError` for one that cannot be used."""
    scheme, _, rest = uri.partition("://")
    place, _, query = rest.partition("?")
    root = place.rstrip("/")
    if scheme.lower() not in SCHEMES or not root:
        raise InputError(f"{uri}: is no place of files", "write for example s3://bucket/folder")
    try:
        if scheme.lower() == "s3":
            return Objects(f"{scheme}://{root}", _s3(root.partition("/")[0], query), root)
        return _other(uri)
    except (OSError, ValueError, ImportError) as problem:
        raise unreachable(uri, OSError(str(problem))) from problem


@cache
def _s3(bucket: str, query: str) -> Any:
    from pyarrow import fs

    options: dict[str, Any] = dict(parse_qsl(query))
    endpoint = (
        options.pop("endpoint_override", "")
        or os.environ.get("AWS_ENDPOINT_URL_S3")
        or os.environ.get("AWS_ENDPOINT_URL")
    )
    if endpoint:
        scheme, _, host = endpoint.rpartition("://")
        options = {"scheme": scheme or "https", **options, "endpoint_override": host.rstrip("/")}
    region = options.pop("region", "") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        region = "us-east-1" if endpoint else fs.resolve_s3_region(bucket)
    retries = fs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS)
    return fs.S3FileSystem(region=region, connect_timeout=SECONDS, retry_strategy=retries, **options)


def _other(uri: str) -> Objects:
    from pyarrow import fs

    filesystem, root = fs.FileSystem.from_uri(uri)
    return Objects(uri.partition("?")[0].rstrip("/"), filesystem, root.rstrip("/"))


@contextmanager
def opened_remote(uri: str) -> Iterator[IO[bytes]]:
    """Open a file for reading at any place; raises `InputError` when it cannot be read, then or later."""
    try:
        with io.BufferedReader(objects_at(uri).opened(), READ_AHEAD) as stream:
            yield stream
    except OSError as problem:
        raise unreachable(uri, problem) from problem


def size_of(file: str) -> int:
    """Return how many bytes a file has, wherever it is."""
    return (objects_at(file).size() or 0) if is_remote(file) else Path(file).stat().st_size


def remote_matches(uri: str) -> list[str]:
    """Return a URI itself, or what matches it as a pattern (``*`` and ``[…]``; ``?`` begins a query), sorted."""
    scheme, _, rest = uri.partition("://")
    place, _, query = rest.partition("?")
    if not set("*[") & set(place):
        return [uri]
    parts = place.split("/")
    fixed = next(number for number, part in enumerate(parts) if set("*[") & set(part))
    tail = f"?{query}" if query else ""
    base = "/".join(parts[:fixed])
    names = objects_at(f"{scheme}://{base}{tail}").names("")
    pattern = parts[fixed:]
    found = [name for name in names if _fits(name.split("/"), pattern)]
    return [f"{scheme}://{base}/{name}{tail}" for name in found]


def _fits(parts: list[str], pattern: list[str]) -> bool:
    """Tell whether a path's parts fit a pattern's, of which ``**`` is any number of folders."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_fits(parts[number:], pattern[1:]) for number in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])
