"""What the feeds of Zscaler's Nanolog Streaming Service (NSS, Cloud NSS) for web traffic share.

A feed is a template that the customer edits, so fields are known by name, with synonyms:
https://help.zscaler.com/unified/nss-feed-output-format-web-logs. The verdict is `action`: a CONNECT that was
blocked has the answer code 200. ``%s{time}`` names no zone; the epoch, where a feed has it, settles it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from proxyscan.format import UNCONFIRMED
from proxyscan.layouts import Field
from proxyscan.layouts.layout import Fields
from proxyscan.outcome import Rule

SOURCE: Final = "https://help.zscaler.com/unified/nss-feed-output-format-web-logs"
NULLS: Final = (b"-", b"None", b"NA", b"N/A", b"NotFound")

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "user": ("login", "user", "elogin"),
    "client": ("cip", "ClientIP", "cltip"),
    "action": ("action",),
    "why": ("reason",),
    "method": ("reqmethod", "requestmethod"),
    "category": ("urlcat", "urlcategory"),
    "rule": ("rulelabel",),
    "content_type": ("contenttype",),
}
NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "status": ("respcode", "status"),
    "bytes_up": ("reqsize", "requestsize"),
    "bytes_down": ("respsize", "responsesize"),
}
URLS: Final = ("eurl", "url")
REFERRERS: Final = ("ereferer", "refererURL", "referer")
HOSTS: Final = ("ehost", "host", "hostname")

COLUMNS: Final[Mapping[str, Fields]] = {
    "epochtime": Field("time", type="epoch"),
    **{name: Field("url", type="url") for name in URLS},
    **{name: Field("host", type="host") for name in HOSTS},
    **{name: Field("referrer_host", type="url_host") for name in REFERRERS},
    **{name: Field(column) for column, names in NAMES.items() for name in names},
    **{name: Field(column, type="int") for column, names in NUMBERS.items() for name in names},
}
"""The fields of a feed by the names that the vendor's templates give them; the first of equal columns counts."""

NO_ANSWER: Final = "no answer code in the log: counted as an error of the service"

RULES: Final = (
    Rule("denied", "the policy", {"action": "Blocked"}),
    Rule("coached", "a page cautioned the user", {"why": "*Caution*"}),
    Rule("coached", "a page cautioned the user", {"action": "Cautioned"}, UNCONFIRMED),
    Rule("allowed", "shown in an isolated browser", {"action": "Isolate*"}, UNCONFIRMED),
    Rule("challenge", "the proxy asks who the user is", {"action": "Allowed", "status": "407"}, UNCONFIRMED),
    Rule("error", "no answer", {"action": "Allowed", "status": "-"}, NO_ANSWER),
    Rule("error", "no answer from the site", {"action": "Allowed", "status": "502-504"}),
    Rule("allowed", "let through, whatever the site answered", {"action": "Allowed"}),
)
