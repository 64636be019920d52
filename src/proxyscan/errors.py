"""Everything that proxyscan raises on purpose.

::

    ProxyscanError
    ├── InputError          a file that is missing, a directory, or not to be read
    ├── DetectionError      a file in no known format, or an unknown format name
    ├── LogformatError      a ``logformat`` string or squid.conf that cannot be used
    ├── MappingError        a mapping file that is not as it should be
    ├── LayoutError         a layout that contradicts itself
    ├── CatalogueError      a catalogue file that is not as it should be
    ├── GroupsError         a file of groups that is not as it should be
    ├── ConfigError         a proxyscan.toml that is not as it should be
    ├── StoreError          a store that is in use, damaged, or not to be written
    └── EngineError         an engine that cannot be used, or a split that it could not read
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ProxyscanError(Exception):
    """A fact (file, line, value) and a hint what to do about it."""

    def __init__(self, fact: str, hint: str = "") -> None:
        super().__init__(fact)
        self.fact = fact
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.fact}\n  hint: {self.hint}" if self.hint else self.fact

    def __reduce__(self) -> tuple[type[ProxyscanError], tuple[str, str]]:
        return type(self), (self.fact, self.hint)


class InputError(ProxyscanError):
    """A file that is missing, a directory, or not to be read."""


class DetectionError(ProxyscanError):
    """A file in no known format, or an unknown format name."""


class LogformatError(ProxyscanError):
    """A ``logformat`` string or squid.conf that cannot be used."""


class MappingError(ProxyscanError):
    """A mapping file that is not as it should be."""


class LayoutError(ProxyscanError):
    """A layout that contradicts itself, or names a type that is not known."""


class CatalogueError(ProxyscanError):
    """A catalogue file that is not as it should be."""


class GroupsError(ProxyscanError):
    """A file of groups that is not as it should be."""


class ConfigError(ProxyscanError):
    """A proxyscan.toml that is not as it should be."""


class StoreError(ProxyscanError):
    """A store that is in use, damaged, or not to be written."""


class EngineError(ProxyscanError):
    """An engine that cannot be used, or a split that it could not read."""


def nearest(word: str, words: Iterable[str]) -> str:
    """Return the hint for a misspelt `word`: the nearest known one, else all of them.

    >>> nearest("sqiud", ["squid", "zeek"])
    "did you mean 'squid'?"
    """
    known = sorted(words)
    close = get_close_matches(word, known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"one of: {', '.join(known)}"
