"""What stands before a line when it came through a log collector, stripped before any layout.

``syslog``: RFC 5424 (``<166>1 2026-11-23T08:24:29Z host app pid id - ``); RFC 3164 (``<166>Sep 30 20:25:30 host
tag[pid]: ``), of which the number in angle brackets or the tag may be missing; the same with a time of RFC 3339,
where only the number may be missing; the number alone.
"""

from __future__ import annotations

import re
from typing import Final

WRAPPERS: Final = ("", "syslog")
"""Names of the wrappers; the empty one strips nothing."""

PRIORITY: Final = rb"<[0-9]{1,3}>"
RFC3164: Final = rb"[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} [^ ]+ (?:[^ :]+: )?"
RFC3339: Final = rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[^ ]* [^ ]+ [^ :]+: "
RFC5424: Final = rb"%s1 [^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+ (?:-|\[[^\]]*\]) (?:\xef\xbb\xbf)?" % PRIORITY
SYSLOG: Final = re.compile(rb"(?:%s|(?:%s ?)?(?:%s|%s)|%s) *" % (RFC5424, PRIORITY, RFC3164, RFC3339, PRIORITY))


def unwrap(line: bytes, wrapper: str) -> int:
    """Return where the product's own line begins within `line` (0 when no wrapper stands there).

    >>> unwrap(b"<166>Sep 30 20:25:30 gw (squid-1)[72246]: 1795422269.479 7", "syslog")
    42
    """
    match = SYSLOG.match(line) if wrapper == "syslog" else None
    return match.end() if match else 0
