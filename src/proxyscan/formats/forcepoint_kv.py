"""Forcepoint / Websense web protection for SIEM: key=value, with blanks in unquoted values."""

from proxyscan.format import Format, missing
from proxyscan.formats._forcepoint import CANNOT, RULES, SOURCE
from proxyscan.formats._order import order
from proxyscan.layouts import Field, KeyValue

LAYOUT = KeyValue(
    {
        "action": Field("action"),
        "severity": Field("severity"),
        "category": Field("category"),
        "user": Field("user"),
        "src_host": Field("client"),
        "dst_port": Field("port", type="int"),
        "bytes_out": Field("bytes_up", type="int"),
        "bytes_in": Field("bytes_down", type="int"),
        "http_response": Field("status", type="int"),
        "http_method": Field("method"),
        "http_content_type": Field("content_type", part=(b";", 0)),
        "http_proxy_status_code": Field("proxy_status", type="int"),
        "policy": Field("rule"),
        "disposition": Field("disposition"),
        "url": Field("url", type="url"),
    },
    quote="none",
    needs=("disposition", "action", "url"),
    only_known=True,
    ignored=order(
        """vendor product product_version src_port dst_host dst_ip http_user_agent reason role duration
        logRecordSource"""
    ),
)

FORMAT = Format(
    "forcepoint_kv",
    "Forcepoint / Websense web protection (key=value)",
    SOURCE,
    LAYOUT,
    RULES,
    ("action", "disposition", "proxy_status"),
    cannot=(*missing(LAYOUT), *CANNOT),
    grade="vendor documentation",
    vendor="forcepoint",
)
