"""The speed of an internet line, as contracts write it."""

from __future__ import annotations

import math
import re
from typing import Final

from proxyscan.errors import ProxyscanError

FACTORS: Final = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
SPEED: Final = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<prefix>[kmgt]?)(?P<unit>bit/s|bits/s|bps|bit|b/s|b)?", re.IGNORECASE
)
HINT: Final = "write it as in 500Mbit/s or 1Gbit/s"


def line_speed(text: str) -> float:
    """Return a line's speed in bit/s; raises `ProxyscanError` for what is none, or may be bytes.

    >>> line_speed("500Mbit/s"), line_speed("1.5 Gbps")
    (500000000.0, 1500000000.0)
    """
    match = SPEED.fullmatch(text.strip())
    if not match:
        raise ProxyscanError(f"line '{text}': is no speed", HINT)
    prefix, unit = match["prefix"], match["unit"] or ""
    if unit in ("B", "B/s"):
        raise ProxyscanError(f"line '{text}': B stands for bytes; lines are sold in bits", HINT)
    if not prefix and not unit:
        raise ProxyscanError(f"line '{text}': has no unit", HINT)
    speed = float(match["number"]) * FACTORS[prefix.lower()]
    if not speed or math.isinf(speed):
        raise ProxyscanError(f"line '{text}': must be more than 0", HINT)
    return speed
