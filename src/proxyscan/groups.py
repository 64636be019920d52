"""Who is in which group (a department, a site): by user, by a pattern of users, by network of the client.

A file of groups is CSV with the columns ``who`` and ``group``. `who` is a user as the log writes it, a pattern
of users (``*`` any letters, ``?`` one), an address, or a network in CIDR notation. Case does not matter, nor whether a
backslash is doubled, as Squid does. The user decides before a pattern, the first pattern that fits before later ones,
any of them before the client's network; of networks the longest prefix. Whom none of them names is in no group (null).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from fnmatch import translate
from functools import cached_property
from hashlib import blake2b
from ipaddress import ip_address, ip_network
from operator import itemgetter
from pathlib import Path
from socket import AF_INET, inet_pton
from typing import Any, Final

import numpy as np

from proxyscan.batches import decoded
from proxyscan.errors import GroupsError, nearest
from proxyscan.frozen import frozen
from proxyscan.kernels.combinations import Combinations
from proxyscan.kernels.people import NO_GROUP, code_people
from proxyscan.layouts import Vocabulary
from proxyscan.layouts.columns import Codes, Ints

COLUMNS: Final = ("who", "group")
DIGITS: Final = frozenset("0123456789")
SIGNS: Final = re.compile(r"[*?[]")
"""What makes a pattern of a user."""

BITS: Final = {0: 0, 4: 32, 6: 128}
"""How many an address has, by IP version; 0 stands for no address."""

Networks = dict[tuple[int, int], dict[int, int]]
"""IP version and length of a prefix → the prefix's bits → code of a group."""


@frozen
class Groups:
    """Codes of groups by user (lower case), by pattern in their order, and by network: places in `names`, "" first."""

    names: tuple[str, ...] = ("",)
    users: Mapping[str, int] = field(default_factory=dict)
    patterns: Sequence[tuple[str, int]] = ()
    networks: Networks = field(default_factory=dict)

    def of_user(self, user: str) -> int:
        """Return the code of a user's group, `NO_GROUP` for none."""
        folded = user.casefold()
        found = self.users.get(folded)
        if found is not None:
            return found
        match = self._pattern.match(folded) if self._pattern else None
        return self.patterns[(match.lastindex or 1) - 1][1] if match else NO_GROUP

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """All patterns as one, of which the number of the capture tells which fits."""
        parts = [f"({translate(pattern)})" for pattern, _ in self.patterns]
        return re.compile("|".join(parts)) if parts else None

    def of_client(self, client: str) -> int:
        """Return the code of the group of a client's network, `NO_GROUP` for none or a client that is a name."""
        version, address = _address(client)
        bits = BITS[version]
        for length in self._lengths[version]:
            found = self.networks[version, length].get(address >> (bits - length))
            if found is not None:
                return found
        return NO_GROUP

    @cached_property
    def _lengths(self) -> dict[int, list[int]]:
        return {
            version: sorted((length for v, length in self.networks if v == version), reverse=True) for version in BITS
        }


def _address(client: str) -> tuple[int, int]:
    """Return IP version and bits of an address; version 0 for what is none."""
    try:
        return 4, int.from_bytes(inet_pton(AF_INET, client))  # four times as fast as `ip_address`
    except (OSError, ValueError):
        pass
    try:
        address = ip_address(client)
    except ValueError:
        return 0, 0
    address = getattr(address, "ipv4_mapped", None) or address
    return address.version, int(address)


def read_groups(path: str | Path) -> Groups:
    """Return the groups that a CSV file tells; raises `GroupsError` with file and line for what it cannot mean."""
    names: dict[str, int] = {"": NO_GROUP}
    users: dict[str, int] = {}
    patterns: list[tuple[str, int]] = []
    networks: Networks = {}
    for line, who, group in _rows(path):
        code = names.setdefault(group, len(names))
        network = _network(who, path, line)
        if network:
            known = networks.setdefault(network[0], {}).setdefault(network[1], code)
        elif SIGNS.search(who):
            patterns.append((who.casefold(), code))
            continue
        else:
            known = users.setdefault(who.casefold(), code)
        if known != code:
            raise GroupsError(
                f"{path}, line {line}: '{who}' is in '{group}' and in '{[*names][known]}'", "keep one of the lines"
            )
    return Groups(tuple(names), users, patterns, networks)


def _rows(path: str | Path) -> Iterator[tuple[int, str, str]]:
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.reader(stream)
            places = _places(path, next(rows, []))
            both, width = itemgetter(*places), max(places) + 1
            for row in rows:
                if not any(row):
                    continue
                who, group = both(row if len(row) >= width else [*row, *[""] * width])
                who, group = who.strip().replace("\\\\", "\\"), group.strip()
                if not who or not group:
                    raise GroupsError(f"{path}, line {rows.line_num}: who or group is missing", "write both")
                yield rows.line_num, who, group
    except OSError as problem:
        raise GroupsError(f"{path}: {problem.strerror}", "name a CSV file with the columns who,group") from problem
    except (UnicodeDecodeError, csv.Error) as problem:
        raise GroupsError(f"{path}: {problem}", "save it as CSV in UTF-8") from problem


def _places(path: str | Path, header: list[str]) -> list[int]:
    found = [name.strip().lower() for name in header]
    for name in COLUMNS:
        if name not in found:
            wrong = [each for each in found if each not in COLUMNS]
            hint = nearest(wrong[0], COLUMNS) if len(wrong) == 1 and wrong[0] else "the first line must be: who,group"
            raise GroupsError(f"{path}, line 1: no column '{name}'", hint)
    return [found.index(name) for name in COLUMNS]


def _network(who: str, path: str | Path, line: int) -> tuple[tuple[int, int], int] | None:
    """Return the key and bits of an address or network; None for anything else, which is a user."""
    if not (who[0] in DIGITS or ":" in who) or SIGNS.search(who):
        return None
    try:
        network = ip_network(who)
    except ValueError as problem:
        address, _, length = who.partition("/")
        if length.isdigit() and (":" in address or set(address) <= DIGITS | {"."}):
            where = f"{path}, line {line}"
            raise GroupsError(f"{where}: '{who}' is no network: {problem}", "write for example 10.1.0.0/16") from None
        return None
    host_bits = network.max_prefixlen - network.prefixlen
    return (network.version, network.prefixlen), int(network.network_address) >> host_bits


@frozen
class People:
    """How people are told apart: `key` of the hashes that stand for them, and their groups (None: no groups)."""

    key: bytes = b""
    groups: Groups | None = None

    def text(self, column: str, word: bytes) -> str:
        """Return what is hashed for a user or client: keyed, where there is a key."""
        text = f"{column}:{word.decode('utf-8', 'backslashreplace')}"
        return blake2b(text.encode(), key=self.key, digest_size=16).hexdigest() if self.key else text


ANYBODY: Final = People()


class Members:
    """The people of one reader in their groups, each pair with a number; users and clients are each looked at once.

    A person whose group is told by the client may be in several.
    """

    def __init__(self, groups: Groups) -> None:
        self._look: dict[str, Callable[[str], int]] = {"user": groups.of_user, "client": groups.of_client}
        self._coded = {name: np.empty((0, 2), np.int64) for name in self._look}
        self._pairs = Combinations(2)

    def __len__(self) -> int:
        return len(self._pairs)

    def code(self, codes: Mapping[str, Codes], vocabularies: Mapping[str, Vocabulary], classes: Ints) -> Codes:
        """Return for each row, given its codes of user and client, the number of person and group.

        The group is put above the row's class.
        """
        for name in self._coded:
            self._learn(name, vocabularies[name].words if name in vocabularies else [])
        people = np.empty(len(classes), np.int32)
        columns = codes["user"], codes["client"], self._coded["user"], self._coded["client"], people, classes
        row = 0
        while (row := code_people(row, *columns, *self._pairs.table)) < len(classes):
            self._pairs.grow()
        return people

    def _learn(self, name: str, words: Sequence[bytes]) -> None:
        """Look at words that were not seen before."""
        known = self._coded[name]
        fresh = words[len(known) :]
        if fresh:
            groups = [self._look[name](decoded(word, name)) for word in fresh]
            self._coded[name] = np.concatenate([known, np.stack([groups, np.full(len(fresh), -1)], axis=1)])

    def known(self, hashes: Any) -> tuple[Any, Any]:
        """Return hash and group for each bit of `Contacts`, two for a number, given the hash of each person."""
        people, groups = self._pairs.keys[: len(self)].T
        return np.repeat(hashes[people], 2), np.repeat(groups, 2)
