"""A proxyscan.toml: what the command line's options say, under the same names, kept in a file.

It is checked as a whole before anything is done, and every problem is told with file, line and the nearest valid
key. Paths in it are relative to the folder of the file. Where some logs are to be read in another way than the
others, a ``[[log]]`` table names them, with the options that differ.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from proxyscan.catalogue import full_catalogue
from proxyscan.choose import presets
from proxyscan.engines.choose import checked
from proxyscan.errors import ConfigError, ProxyscanError, nearest
from proxyscan.formats import known_format
from proxyscan.line import line_speed
from proxyscan.objects import is_remote
from proxyscan.zone import zone

Check = Callable[[Any], str]
"""Returns what is wrong with a value, empty for nothing."""


def _text(value: Any) -> str:
    return "" if isinstance(value, str) else "must be a text"


def _texts(value: Any) -> str:
    good = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return "" if good else 'must be a list of texts, as ["one", "two"]'


def _truth(value: Any) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


def _count(value: Any) -> str:
    return (
        "" if isinstance(value, int) and not isinstance(value, bool) and value > 0 else "must be a whole number above 0"
    )


def _one_of(*words: str) -> Check:
    return lambda value: "" if value in words else f"cannot be '{value}'; {nearest(str(value), words)}"


def _known(find: Callable[[str], object]) -> Check:
    """Return the check of a text that something looks up, which raises what is wrong with it."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            return "must be a text"
        try:
            find(value)
        except ProxyscanError as problem:
            return f"{problem.fact}; {problem.hint}"
        return ""

    return check


def _among(words: Callable[[], object]) -> Check:
    """Return the check of a list of texts that are all among some words."""

    def check(value: Any) -> str:
        known = {str(word) for word in words()}  # type: ignore[attr-defined]
        unknown = [each for each in value if each not in known] if not _texts(value) else []
        return _texts(value) or (f"'{unknown[0]}' is not known; {nearest(unknown[0], known)}" if unknown else "")

    return check


def _tables(value: Any) -> str:
    good = isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    return "" if good else 'must be a table of files, as {dating = "/var/lib/ut1/dating"}'


READING: Final[dict[str, Check]] = {
    "format": _known(known_format),
    "logformat": _text,
    "squid_conf": _text,
    "mapping": _text,
    "tz": _known(zone),
    "mixed": _truth,
}
"""The keys that may differ from log to log."""

WHAT_IT_IS: Final = frozenset({"format", "logformat", "squid_conf", "mapping"})
"""The keys that say what a log is in, together."""

KEYS: Final[dict[str, Check]] = {
    **READING,
    "store": _text,
    "logs": _texts,
    "rejects": _text,
    "groups": _text,
    "engine": _known(checked),
    "redirect": _one_of("denied", "allowed"),
    "upstream_filters": _truth,
    "kinds": _among(lambda: {each.kind for each in full_catalogue().services.values()}),
    "services": _among(lambda: full_catalogue().services),
    "preset": lambda value: _one_of(*presets())(value),
    "lists": _tables,
    "only_lists": _truth,
    "users": _one_of("drop", "keep", "pseudonym"),
    "key": _text,
    "min_users": _count,
    "line": _known(line_speed),
    "title": _text,
    "audit": _truth,
    "unblock": _among(lambda: full_catalogue().services),
    "keep_days": _count,
}
LOG_KEYS: Final[dict[str, Check]] = {"path": _texts, **READING}
PATHS: Final = frozenset({"store", "logs", "rejects", "groups", "squid_conf", "mapping", "lists", "key", "path"})


@dataclass(frozen=True)
class Config:
    """What a proxyscan.toml says; its paths are whole. `logs_apart`: the ``[[log]]`` tables."""

    values: Mapping[str, Any]
    logs_apart: tuple[Mapping[str, Any], ...]

    def options(self, command: str = "update") -> dict[str, Any]:
        """Return the values as the command line has them; `rejects` is a folder, of `update` alone."""
        given = {name: _as_option(name, value) for name, value in self.values.items()}
        if command != "update":
            given.pop("rejects", None)
        return given


def read_apart(reading: Mapping[str, Any], apart: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the logs of a ``[[log]]`` are read, given how the others are: what they are in, it says as a whole.

    >>> read_apart({"format": None, "mapping": "site.toml", "tz": "UTC"}, {"path": ["*.log"], "format": "squid"})
    {'format': 'squid', 'mapping': None, 'tz': 'UTC'}
    """
    said = WHAT_IT_IS if WHAT_IT_IS & apart.keys() else frozenset()
    return {name: apart.get(name, None if name in said else value) for name, value in reading.items()}


def _as_option(name: str, value: Any) -> Any:
    if name in ("kinds", "services", "unblock"):
        return ",".join(value)
    return [f"{key}={file}" for key, file in value.items()] if name == "lists" else value


def read_config(path: str | Path) -> Config:
    """Return what a proxyscan.toml says; raises `ConfigError` that tells all that is wrong with it."""
    try:
        text = Path(path).read_text(encoding="utf-8")
        found = tomllib.loads(text)
    except OSError as problem:
        raise ConfigError(f"{path}: {problem.strerror}", "name a proxyscan.toml") from problem
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ConfigError(f"{path}: {problem}", "see https://toml.io for how such a file is written") from problem
    apart = found.pop("log", [])
    problems = [f"line {_line(text, key)}: {words}" for key, words in _problems(found, apart)]
    if problems:
        raise ConfigError(f"{path}, {'; '.join(problems)}", "all keys: " + ", ".join([*KEYS, "[[log]]"]))
    folder = Path(path).resolve().parent
    return Config(_whole(found, folder), tuple(_whole(each, folder) for each in apart))


def _problems(found: Mapping[str, Any], apart: Any) -> Iterator[tuple[str, str]]:
    """Yield each key that something is wrong with, and what."""
    yield from _wrong(found, KEYS, "")
    if not isinstance(apart, list) or not all(isinstance(each, dict) for each in apart):
        yield "log", "must be tables: [[log]]"
        return
    for each in apart:
        yield from _wrong(each, LOG_KEYS, "[[log]] ")
        if "path" not in each:
            yield "log", "a [[log]] has no path"


def _wrong(found: Mapping[str, Any], keys: Mapping[str, Check], where: str) -> Iterator[tuple[str, str]]:
    for key, value in found.items():
        if key not in keys:
            yield key, f"{where}no key is called '{key}'; {nearest(key, keys)}"
        elif words := keys[key](value):
            yield key, f"{where}{key} {words}"


def _line(text: str, key: str) -> int:
    """Return the line in which a key stands first."""
    match = re.search(rf"^\s*(?:\[\[?\s*)?[\"']?{re.escape(key)}[\"']?\s*[=\].]", text, re.MULTILINE)
    return text.count("\n", 0, match.end()) + 1 if match else 1


def _whole(found: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    return {name: _paths(value, folder) if name in PATHS else value for name, value in found.items()}


def _paths(value: Any, folder: Path) -> Any:
    if isinstance(value, dict):
        return {name: _paths(each, folder) for name, each in value.items()}
    return [_paths(each, folder) for each in value] if isinstance(value, list) else _path(value, folder)


def _path(value: str, folder: Path) -> str:
    return value if is_remote(value) or value.startswith("file:") else str(folder / value)
