"""McAfee / Skyhigh Secure Web Gateway by syslog: key=value; the time is that of syslog.

``bytes`` is read as client to proxy, proxy to server, server to proxy, proxy to client: an order that fits the
one published line, and is not confirmed.
"""

from proxyscan.format import Format, missing
from proxyscan.formats._mcafee import RULES, SOURCE
from proxyscan.layouts import Field, KeyValue

LAYOUT = KeyValue(
    {
        "status": (Field("status", type="int", part=(b"/", 0)), Field("block_res", type="int", part=(b"/", 1))),
        "srcip": Field("client"),
        "user": Field("user"),
        "url": Field("url", type="url"),
        "dhost": Field("host", type="host"),
        "urlp": Field("port", type="int"),
        "mtd": Field("method"),
        "urlc": Field("category"),
        "mt": Field("content_type"),
        "bytes": (Field("bytes_up", type="int", part=(b"/", 0)), Field("bytes_down", type="int", part=(b"/", 3))),
        "http_referrer": Field("referrer_host", type="url_host"),
        "rule": Field("rule"),
    },
    needs=("srcip", "mtd", "urlc"),
)

FORMAT = Format(
    "mcafee_kv",
    "McAfee / Skyhigh Secure Web Gateway (key=value by syslog)",
    SOURCE,
    LAYOUT,
    RULES,
    ("block_res", "status"),
    cannot=missing(LAYOUT),
    grade="third-party data",
    vendor="mcafee",
)
