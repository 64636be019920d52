"""A format: the declarative description of one product's log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from proxyscan.layouts import Template
from proxyscan.outcome import Rule


@dataclass(frozen=True)
class Format:
    """Where things are in one product's log; `proxyscan.schema` says what they are.

    `reason`: the native fields that are quoted as the reason of an outcome. `cached`: conditions, any of
    which means that the bytes came out of the proxy's cache; None when the log does not say.
    `cannot`: what this log cannot show, a phrase each. `stamp`: whether the logged time is the "end" of the transaction
    or its "start". `source`: where the description comes from.
    """

    name: str
    title: str
    source: str
    layout: Template
    rules: tuple[Rule, ...]
    reason: tuple[str, ...]
    cached: tuple[Mapping[str, str], ...] | None = None
    cannot: tuple[str, ...] = ()
    stamp: str = "end"
