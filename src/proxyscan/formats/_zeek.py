"""What Zeek's logs share: the columns of http.log and ssl.log, in TSV and in JSON.

Names after Zeek's own logs as published by zat and lnav. `ts` is the start, in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from proxyscan.formats._wire import WIRE, WIRE_RULES
from proxyscan.layouts import Field
from proxyscan.layouts.layout import Fields
from proxyscan.outcome import Rule

SOURCE: Final = "https://docs.zeek.org/en/master/logs/"
NULLS: Final = (b"-", b"(empty)")

BOTH: Final[Mapping[str, Fields]] = {
    "ts": Field("time", type="instant"),
    "id.orig_h": Field("client"),
}
HTTP: Final[Mapping[str, Fields]] = {
    **BOTH,
    "host": Field("host", type="url_host"),
    "uri": Field("url", type="url"),
    "method": Field("method"),
    "referrer": Field("referrer_host", type="url_host"),
    "request_body_len": Field("bytes_up", type="int"),
    "response_body_len": Field("bytes_down", type="int"),
    "status_code": Field("status", type="int"),
    "username": Field("user"),
    "resp_mime_types": Field("content_type", part=(b",", 0)),
}
SSL: Final[Mapping[str, Fields]] = {
    **BOTH,
    "server_name": Field("host", type="host"),
    "established": Field("established"),
}

HTTP_RULES: Final = (
    Rule("aborted", "the client asked for nothing", {"method": "-"}),
    *WIRE_RULES,
    Rule("aborted", "no answer was seen", {"status": "-"}),
)
SSL_RULES: Final = (
    Rule("allowed", "a TLS connection was opened", {"established": "T|true"}, WIRE),
    Rule("unknown", "a TLS connection was not opened: refused, cut, or not seen", {}),
)
