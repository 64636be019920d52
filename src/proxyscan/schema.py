"""The Arrow schemas of a request and of a summary: names, units, meaning of null.

Null always means "the log does not say"; it is never written as 0, "" or "-".
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

VERSION: Final = 2
"""Version of the schemas below; kept in the metadata of every file that is written."""

OUTCOMES: Final = (
    "allowed",
    "allowed_aborted",
    "denied",
    "coached",
    "challenge",
    "error",
    "aborted",
    "setup",
    "unknown",
)
"""What may become of a request; a code is an index into this tuple."""

OUTCOME_CLASS: Final = {
    "allowed": "allowed",
    "allowed_aborted": "allowed",
    "denied": "denied",
    "coached": "denied",
    "challenge": "auth",
    "error": "error",
    "aborted": "error",
    "setup": "setup",
    "unknown": "unknown",
}
"""The classes people ask for; ``setup`` is left out of every count but its own."""

CLASSES: Final = ("allowed", "denied", "auth", "error", "setup", "unknown")

LABELS: Final = ("use", "asset", "widget")
"""What a contact was: the service itself, its media hosts, or something on another site's page."""

INTERVAL_MS: Final = 300_000
"""Length of an interval of the summary: five minutes."""

WORD: Final = pa.dictionary(pa.int32(), pa.string())
"""Repeated text."""

TIME: Final = pa.timestamp("ms", tz="UTC")

REQUEST: Final = pa.schema(
    [
        ("time", TIME),  # end of the transaction
        ("duration_ms", pa.int64()),
        ("client", WORD),  # as logged: an address or a name
        ("user", WORD),
        ("method", WORD),
        ("scheme", WORD),  # null for CONNECT
        ("host", WORD),  # lower case, no port, no trailing dot, IPv6 without brackets, IDN as punycode
        ("port", pa.int32()),  # only where the log writes one
        ("path", pa.string()),  # without the query string
        ("status", pa.int16()),
        ("outcome", WORD),  # one of OUTCOMES
        ("reason", WORD),  # the native words that decided
        ("cached", pa.bool_()),  # these bytes did not cross the internet line
        ("bytes_down", pa.int64()),  # to the client
        ("bytes_up", pa.int64()),  # from the client
        ("content_type", WORD),
        ("referrer_host", WORD),
        ("category", WORD),  # the vendor's own
        ("rule", WORD),  # the policy rule, where logged
    ]
)

CLASSIFIED: Final = [("domain", WORD), ("service", WORD), ("kind", WORD), ("label", WORD)]
"""Columns that classification adds to a request."""

SOURCE: Final = [("file", WORD), ("offset", pa.int64())]
"""Columns added on demand: byte at which the line begins, after decompression."""

REJECT: Final = pa.schema(
    [("file", pa.string()), ("offset", pa.int64()), ("reason", pa.string()), ("text", pa.string())]
)

SUMS: Final = [
    ("requests", pa.int64()),
    ("bytes_down", pa.int64()),
    ("bytes_up", pa.int64()),
    ("bytes_down_cached", pa.int64()),
    ("duration_ms", pa.int64()),
]
"""Sums of a summary's row. A sum is null when no request in it says a value."""

INTERVALS: Final = pa.schema(
    [
        ("interval", TIME),  # start of five minutes
        ("group", pa.string()),
        ("service", pa.string()),
        ("kind", pa.string()),
        ("label", pa.string()),
        ("outcome", pa.string()),
        *SUMS,
    ]
)

USERS: Final = pa.schema(
    [
        ("hour", TIME),
        ("group", pa.string()),
        ("service", pa.string()),
        ("kind", pa.string()),
        ("label", pa.string()),
        ("outcome_class", pa.string()),
        ("users", pa.binary()),  # Apache DataSketches Theta, compact
    ]
)

ACTIVE: Final = pa.schema(
    [
        ("hour", TIME),
        ("group", pa.string()),
        ("service", pa.string()),
        ("kind", pa.string()),
        ("outcome_class", pa.string()),  # allowed or denied
        ("users", pa.binary()),  # as in USERS
    ]
)
"""Who used social media in which hour: label `use` alone; of services whose kind is known."""

HOSTS: Final = pa.schema(
    [
        ("day", pa.date32()),
        ("group", pa.string()),
        ("service", pa.string()),
        ("host", pa.string()),
        ("label", pa.string()),
        ("outcome", pa.string()),
        *SUMS,
    ]
)
