"""What a summary rests on: how much was read and understood, and what the log cannot show."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, field, fields
from typing import Any, Final

from proxyscan import __version__, schema
from proxyscan.frozen import frozen

NO_ACTIVE: Final = "who used social media in which hour (taken by an earlier version of proxyscan)"
"""What the coverage of summaries of before schema 2 says that they cannot show."""

COUNTS: Final = ("lines", "requests", "rejects", "skipped", "other", "without_user", "twice")


@frozen
class Coverage:
    """Additive: the coverage of two summaries together is their `+`, in any order.

    `lines` = `requests` + `rejects` + `skipped` (blank lines, directives) + `other` (lines of other kinds than
    web requests, such as a firewall's). `without_user`: requests counted by the
    client's address because no user is logged. `first`, `last`: time of the earliest and latest
    request, ms since 1970. The mappings give requests (or lines) per format, per reason of a reject, per
    thing the log cannot show, per doubt, per zone that times without one were read in; `twice`: how many of these
    occur twice, when clocks go back. Per category of the log's own: `filled`, requests whose kind it alone tells;
    `broad`, requests that it does not make count, as it holds much besides social media; `differ`, per service and
    category, requests whose category means another kind than the catalogue's, or none that is known.
    `damage`: what is wrong with a file that was not read whole. `lacks`: per key of
    `proxyscan.format.LACKS`, requests per format whose logs lack it.
    """

    files: tuple[str, ...] = ()
    lines: int = 0
    requests: int = 0
    rejects: int = 0
    skipped: int = 0
    other: int = 0
    without_user: int = 0
    twice: int = 0
    first: int | None = None
    last: int | None = None
    formats: Mapping[str, int] = field(default_factory=dict)
    reject_reasons: Mapping[str, int] = field(default_factory=dict)
    cannot: Mapping[str, int] = field(default_factory=dict)
    doubts: Mapping[str, int] = field(default_factory=dict)
    zones: Mapping[str, int] = field(default_factory=dict)
    filled: Mapping[str, int] = field(default_factory=dict)
    broad: Mapping[str, int] = field(default_factory=dict)
    differ: Mapping[str, int] = field(default_factory=dict)
    damage: Mapping[str, str] = field(default_factory=dict)
    lacks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage(
            files=tuple(sorted({*self.files, *other.files})),
            **{name: getattr(self, name) + getattr(other, name) for name in COUNTS},
            first=min((t for t in (self.first, other.first) if t is not None), default=None),
            last=max((t for t in (self.last, other.last) if t is not None), default=None),
            formats=_added(self.formats, other.formats),
            reject_reasons=_added(self.reject_reasons, other.reject_reasons),
            cannot=_added(self.cannot, other.cannot),
            doubts=_added(self.doubts, other.doubts),
            zones=_added(self.zones, other.zones),
            filled=_added(self.filled, other.filled),
            broad=_added(self.broad, other.broad),
            differ=_added(self.differ, other.differ),
            damage=dict(sorted({**self.damage, **other.damage}.items())),
            lacks={
                key: _added(self.lacks.get(key, {}), other.lacks.get(key, {}))
                for key in sorted({*self.lacks, *other.lacks})
            },
        )

    @property
    def complete(self) -> bool:
        """Tell whether every line of every file was understood."""
        return not self.rejects and not self.damage

    def to_dict(self) -> dict[str, Any]:
        """Return the coverage as plain values, with the versions that made it."""
        return {**asdict(self), "files": list(self.files), "schema": schema.VERSION, "proxyscan": __version__}

    def to_json(self) -> str:
        """Return the coverage as JSON, keys sorted."""
        return json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False)


def total(coverages: Iterable[Coverage]) -> Coverage:
    """Return the sum of coverages, added in pairs so that the time for many does not grow with their square."""
    left = list(coverages)
    while len(left) > 1:
        pairs = zip(left[::2], left[1::2], strict=False)
        left = [one + two for one, two in pairs] + ([left[-1]] if len(left) % 2 else [])
    return left[0] if left else Coverage()


def from_json(text: str | bytes) -> Coverage:
    """Return the coverage that `Coverage.to_json` wrote."""
    values = json.loads(text)
    known = {each.name for each in fields(Coverage)}
    if values["schema"] < 2 and values["requests"]:
        values["cannot"] = {**values["cannot"], NO_ACTIVE: values["requests"]}
    return Coverage(
        **{**{name: value for name, value in values.items() if name in known}, "files": tuple(values["files"])}
    )


def _added(one: Mapping[str, int], two: Mapping[str, int]) -> dict[str, int]:
    return {key: one.get(key, 0) + two.get(key, 0) for key in sorted({*one, *two})}
