"""Zscaler NSS web feed as CEF (the template made for Microsoft Sentinel)."""

from proxyscan.format import Format, missing
from proxyscan.formats._zscaler import NULLS, RULES, SOURCE
from proxyscan.layouts import Field, KeyValue

LAYOUT = KeyValue(
    {
        "rt": Field("time", type="epoch"),
        "act": Field("action"),
        "reason": Field("why"),
        "request": Field("url", type="url"),
        "dhost": Field("host", type="host"),
        "src": Field("client"),
        "suser": Field("user"),
        "requestMethod": Field("method"),
        "outcome": Field("status", type="int"),
        "in": Field("bytes_down", type="int"),
        "out": Field("bytes_up", type="int"),
        "cat": Field("category"),
        "requestContext": Field("referrer_host", type="url_host"),
    },
    holds=b"|NSSWeblog|",
    needs=("act", "request"),
    head="cef",
    nulls=NULLS,
)

FORMAT = Format(
    "zscaler_cef",
    "Zscaler NSS web feed (CEF)",
    SOURCE,
    LAYOUT,
    RULES,
    ("action", "why", "status"),
    cannot=missing(LAYOUT),
)
