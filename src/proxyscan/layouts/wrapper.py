"""What stands before a line when it came through a log collector, stripped before any layout.

``syslog``: RFC 3164 (``<166>Sep 30 20:25:30 host tag[pid]: ``, the number in angle brackets may be
missing) and RFC 5424 (``<166>1 2026-11-23T08:24:29Z host app pid id - ``).
"""

from __future__ import annotations

import re
from typing import Final

WRAPPERS: Final = ("", "syslog")
"""Names of the wrappers; the empty one strips nothing."""

RFC3164: Final = rb"(?:<[0-9]{1,3}>)?[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} [^ ]+ [^ :]+: "
RFC5424: Final = rb"<[0-9]{1,3}>1 [^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+ (?:-|\[[^\]]*\]) (?:\xef\xbb\xbf)?"
SYSLOG: Final = re.compile(rb"(?:%s|%s) *" % (RFC5424, RFC3164))


def unwrap(line: bytes, wrapper: str) -> int:
    """Return where the product's own line begins within `line` (0 when no wrapper stands there).

    >>> unwrap(b"<166>Sep 30 20:25:30 gw (squid-1)[72246]: 1795422269.479 7", "syslog")
    42
    """
    match = SYSLOG.match(line) if wrapper == "syslog" else None
    return match.end() if match else 0
