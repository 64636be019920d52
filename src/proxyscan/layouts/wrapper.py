"""What stands before a line when it came through a log collector, stripped before any layout.

``syslog``: RFC 5424 (``<166>1 2026-11-23T08:24:29Z host app pid id - ``); RFC 3164 (``<166>Sep 30 20:25:30 host
tag[pid]: ``), of which the number in angle brackets or the tag may be missing; the same with a time of RFC 3339,
where only the number may be missing; the number alone. ``syslog_hostless``: RFC 3164 with neither host nor tag.
``cri``: what Kubernetes' container runtimes write (``2026-11-23T08:24:29.123456789+01:00 stdout F ``).
"""

from __future__ import annotations

import re
from typing import Final

PRIORITY: Final = rb"<[0-9]{1,3}>"
BSD: Final = rb"(?P<bsd>[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2}) "
ISO: Final = rb"(?P<iso>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[^ ]*) "
RFC3164: Final = BSD + rb"[^ ]+ (?:[^ :]+: )?"
RFC3339: Final = ISO + rb"[^ ]+ [^ :]+: "
RFC5424: Final = PRIORITY + rb"1 (?P<new>[^ ]+) [^ ]+ [^ ]+ [^ ]+ [^ ]+ (?:-|\[[^\]]*\]) (?:\xef\xbb\xbf)?"

PATTERNS: Final = {
    "syslog": re.compile(rb"(?:%s|(?:%s ?)?(?:%s|%s)|%s) *" % (RFC5424, PRIORITY, RFC3164, RFC3339, PRIORITY)),
    "syslog_hostless": re.compile(rb"(?:%s ?)?%s *" % (PRIORITY, BSD)),
    "cri": re.compile(ISO + rb"(?:stdout|stderr) [FP] *"),
}

WRAPPERS: Final = ("", *PATTERNS)
"""Names of the wrappers; the empty one strips nothing."""


def unwrap(line: bytes, wrapper: str) -> int:
    """Return where the product's own line begins within `line` (0 when no wrapper stands there).

    >>> unwrap(b"<166>Sep 30 20:25:30 gw (squid-1)[72246]: 1795422269.479 7", "syslog")
    42
    """
    match = PATTERNS[wrapper].match(line) if wrapper else None
    return match.end() if match else 0


def stamp(line: bytes, wrapper: str) -> tuple[int, bytes]:
    """Return where in a line its wrapper's time stands, and that; (-1, b"") when it has none.

    >>> stamp(b"<166>Sep 30 20:25:30 gw squid: GET", "syslog")
    (5, b'Sep 30 20:25:30')
    """
    match = PATTERNS[wrapper].match(line) if wrapper else None
    name = match.lastgroup if match else None
    return (match.start(name), match[name]) if match and name else (-1, b"")
