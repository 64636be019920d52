"""Forcepoint / Websense web protection for SIEM: CEF (ArcSight)."""

from proxyscan.format import Format, missing
from proxyscan.formats._forcepoint import CANNOT, RULES, SOURCE
from proxyscan.layouts import Field, KeyValue

LAYOUT = KeyValue(
    {
        "rt": Field("time", type="epoch"),
        "act": Field("action"),
        "request": Field("url", type="url"),
        "dhost": Field("host", type="host"),
        "src": Field("client"),
        "suser": Field("user"),
        "dpt": Field("port", type="int"),
        "out": Field("bytes_up", type="int"),
        "in": Field("bytes_down", type="int"),
        "requestMethod": Field("method"),
        "cs1": Field("rule"),
        "cs3": Field("content_type", part=(b";", 0)),
        "cn1": Field("disposition"),
    },
    holds=b"|Forcepoint|",
    needs=("act", "request"),
    head="cef",
    pipes={4: Field("category"), 6: Field("severity")},
)

FORMAT = Format(
    "forcepoint_cef",
    "Forcepoint / Websense web protection (CEF)",
    SOURCE,
    LAYOUT,
    RULES,
    ("action", "disposition"),
    cannot=(*missing(LAYOUT), *CANNOT, "a login that was asked for (407)"),
    vendor="forcepoint",
)
