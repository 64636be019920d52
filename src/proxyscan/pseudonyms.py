"""Pseudonyms of users and clients: keyed hashes, the same every night, which only who has the key can make again."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

import pyarrow as pa

from proxyscan import durable
from proxyscan.durable import OWNER_ONLY
from proxyscan.errors import StoreError
from proxyscan.groups import People

KEY_BYTES: Final = 32
DIGITS: Final = 16


def key_at(path: Path) -> bytes:
    """Return the key in a file, which is made, for its owner alone to read, if it is not there."""
    if not path.exists():
        durable.write(path, lambda unfinished: unfinished.write_bytes(secrets.token_bytes(KEY_BYTES)), OWNER_ONLY)
    try:
        key = path.read_bytes()
    except OSError as problem:
        raise StoreError(f"{path}: {problem.strerror}", "run it as the user who made the key") from problem
    if len(key) != KEY_BYTES:
        raise StoreError(
            f"{path}: is no key: it has {len(key)} bytes, not {KEY_BYTES}", "name the file 'key' of a store"
        )
    return key


class Pseudonyms:
    """The pseudonyms of the users and clients met so far."""

    def __init__(self, key: bytes) -> None:
        self.people = People(key)
        self._known: dict[tuple[str, str], str] = {}

    def of(self, column: str, word: str) -> str:
        """Return the pseudonym of a user or client."""
        known = self._known.get((column, word))
        if known is None:
            known = self._known[column, word] = self.people.text(column, word.encode())[:DIGITS]
        return known

    def instead(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return requests with pseudonyms in the place of user names and client addresses."""
        for name in ("client", "user"):
            index = batch.schema.get_field_index(name)
            column = batch.column(index)
            words = pa.array([self.of(name, word) for word in column.dictionary.to_pylist()], pa.string())
            hidden = pa.DictionaryArray.from_arrays(column.indices, words)
            batch = batch.set_column(index, batch.schema.field(index), hidden)
        return batch
