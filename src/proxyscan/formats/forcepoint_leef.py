"""Forcepoint / Websense web protection for SIEM: LEEF (QRadar)."""

from proxyscan.format import Format, missing
from proxyscan.formats._forcepoint import CANNOT, RULES, SOURCE
from proxyscan.layouts import Field, KeyValue

LAYOUT = KeyValue(
    {
        "devTime": Field("time", type="epoch"),
        "sev": Field("severity"),
        "cat": Field("category"),
        "usrName": Field("user"),
        "src": Field("client"),
        "srcBytes": Field("bytes_up", type="int"),
        "dstBytes": Field("bytes_down", type="int"),
        "dstPort": Field("port", type="int"),
        "proxyStatus-code": Field("proxy_status", type="int"),
        "serverStatus-code": Field("status", type="int"),
        "method": Field("method"),
        "disposition": Field("disposition"),
        "contentType": Field("content_type", part=(b";", 0)),
        "policy": Field("rule"),
        "url": Field("url", type="url"),
    },
    b"\t",
    holds=b"|Forcepoint|",
    needs=("disposition", "url"),
    head="leef",
    pipes={4: Field("action")},
)

FORMAT = Format(
    "forcepoint_leef",
    "Forcepoint / Websense web protection (LEEF)",
    SOURCE,
    LAYOUT,
    RULES,
    ("action", "disposition", "proxy_status"),
    cannot=(*missing(LAYOUT), *CANNOT),
    vendor="forcepoint",
)
