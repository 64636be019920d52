"""What an estimate assumes where the log does not tell: the table shipped in `assumptions.toml`, or a user's own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from proxyscan.errors import ConfigError, nearest
from proxyscan.lists import KINDS

SHIPPED: Final = Path(__file__).parent / "assumptions.toml"
SECTIONS: Final = {"scenarios": ("followers", "services_differ"), "megabytes_per_visit": KINDS}
LEAST: Final = {"services_differ": 1}
"""The least value of a figure, where that is not 0."""


@dataclass(frozen=True)
class Assumptions:
    """`followers`: how many more people may come, as a part of those who tried; `visit_mb`: by kind of service.

    `services_differ`: so many times as much, or as little, may a visit to one service take as to another of its kind.
    """

    file: str
    followers: float
    services_differ: float
    visit_mb: Mapping[str, float] = field(default_factory=dict)


def read_assumptions(path: str | Path | None = None) -> Assumptions:
    """Return the assumptions of a file, where it says none those that are shipped; raises `ConfigError`.

    >>> read_assumptions().followers
    1.0
    """
    shipped = _read(SHIPPED)
    own = _read(Path(path)) if path else shipped
    scenarios = {**shipped["scenarios"], **own.get("scenarios", {})}
    named = str(path or "the shipped table")
    return Assumptions(named, **scenarios, visit_mb=own.get("megabytes_per_visit", {}))


def _read(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ConfigError(f"{path}: {problem.strerror}", f"begin with a copy of {SHIPPED}") from problem
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ConfigError(f"{path}: {problem}", f"begin with a copy of {SHIPPED}") from problem
    for section, values in found.items():
        if section not in SECTIONS or not isinstance(values, dict):
            raise ConfigError(f"{path}: no section is called '{section}'", nearest(section, SECTIONS))
        for name, value in values.items():
            if name not in SECTIONS[section]:
                raise ConfigError(f"{path}: [{section}] has no '{name}'", nearest(name, SECTIONS[section]))
            if isinstance(value, bool) or not isinstance(value, int | float) or value < LEAST.get(name, 0):
                fact = f"{path}: {name} = {value!r} is no number of {LEAST.get(name, 0)} or more"
                raise ConfigError(fact, "write a number")
    return found
