"""A file of the catalogue → its entries; what is wrong in it is told with its line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from proxyscan import schema
from proxyscan.entries import NOT_SOCIAL, Entry, Service
from proxyscan.errors import CatalogueError, nearest
from proxyscan.host import canonical

LABELS: Final = (*schema.LABELS, NOT_SOCIAL)
TEXT_KEYS: Final = ("name", "owner", "launched", "closed")
DAY_KEYS: Final = ("since", "until")
KEYS: Final = (*TEXT_KEYS, "needs", *LABELS, *DAY_KEYS)


def read_entries(file: Path) -> Iterator[Entry]:
    """Yield the entries of one catalogue file, whose name is the kind of its services.

    Raises `CatalogueError` with the file, the line, the service and what was expected.
    """
    try:
        text = file.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise CatalogueError(f"{file}: {problem}", "a catalogue file is TOML with a table per service") from problem
    for id, table in tables.items():
        yield from _Table(file, text, id, table).entries()


@dataclass(frozen=True)
class _Table:
    """A service's table in a catalogue file, and where it stands."""

    file: Path
    text: str
    id: str
    table: Any

    def entries(self) -> Iterator[Entry]:
        if not isinstance(self.table, dict):
            raise self._wrong(self.id, f"'{self.id}' stands outside a table", "begin a service with [its-id]")
        for key in self.table:
            self._check(key)
        for key in [key for key in ("name", "owner") if key not in self.table]:
            raise self._wrong("", f"the key '{key}' is missing", f'write {key} = "…"')
        service = Service(self.id, kind=self.file.stem, needs=tuple(self.table.get("needs", ())), **self._texts())
        listed = self._listed()
        days = {key: self.table.get(key, {}) for key in DAY_KEYS}
        for text in {*days["since"], *days["until"]} - listed.keys():
            raise self._wrong(text, f"'{text}' has a day but is no entry", nearest(text, listed))
        for text, label in listed.items():
            host = text.partition("/")[0]  # a path's days are its host's, unless it has its own
            since, until = (days[key].get(text, days[key].get(host)) for key in DAY_KEYS)
            yield self._valid(Entry(text, service, label, since or date.min, until or date.max))

    def _texts(self) -> dict[str, str]:
        return {key: self.table[key] for key in TEXT_KEYS if key in self.table}

    def _check(self, key: str) -> None:
        """Raise for a key that is unknown or has a value of another type than it should."""
        value = self.table[key]
        if key not in KEYS:
            raise self._wrong(key, f"unknown key '{key}'", nearest(key, KEYS))
        if key in TEXT_KEYS and not isinstance(value, str):
            raise self._wrong(key, f"'{key}' is no text", f'write {key} = "…"')
        if key in DAY_KEYS and not (isinstance(value, dict) and all(type(day) is date for day in value.values())):
            raise self._wrong(key, f"'{key}' names no days", f'write {key} = {{"www.example.com" = 2020-12-31}}')
        if key in (*LABELS, "needs") and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
            raise self._wrong(key, f"'{key}' is no list of texts", f'write {key} = ["…", "…"]')

    def _listed(self) -> dict[str, str]:
        """Return the label of each entry's text; one that stands twice raises."""
        listed: dict[str, str] = {}
        for label in LABELS:
            for text in self.table.get(label, ()):
                if text in listed:
                    raise self._wrong(text, f"'{text}' stands twice", "an entry has one label: take one of them out")
                listed[text] = label
        return listed

    def _valid(self, entry: Entry) -> Entry:
        host = entry.host.replace("*", "x")
        if canonical(host) != host or "." not in entry.key:
            hint = "write a host in lower case, as in 'cdn.example.com'"
            raise self._wrong(entry.text, f"'{entry.text}' is no host", hint)
        return entry

    def _wrong(self, word: str, fact: str, hint: str) -> CatalogueError:
        begin = max(self.text.find(f"[{self.id}]"), 0)
        line = self.text.count("\n", 0, max(self.text.find(word, begin), begin)) + 1
        return CatalogueError(f"{self.file}:{line}: [{self.id}]: {fact}", hint)
