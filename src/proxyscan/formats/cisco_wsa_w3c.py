"""Cisco Web Security Appliance / Secure Web Appliance: W3C extended log."""

from proxyscan.format import Format, missing
from proxyscan.formats._w3c import CANNOT, w3c_layout
from proxyscan.formats._wsa import CACHED, RULES, SOURCE
from proxyscan.layouts import Field
from proxyscan.layouts.layout import Fields

COLUMNS: dict[str, Fields] = {
    "x-resultcode-httpstatus": (Field("tag", part=(b"/", 0)), Field("status", type="int", part=(b"/", 1))),
    "x-acltag": (Field("acl", part=(b"-", 0)), Field("rule", part=(b"-", 1))),
    "cs-mime-type": Field("content_type"),
    "x-webcat-code-full": Field("category"),
    "x-webcat-code-abbr": Field("category"),
}

LAYOUT = w3c_layout(("x-resultcode-httpstatus",), COLUMNS)

FORMAT = Format(
    "cisco_wsa_w3c",
    "Cisco Web Security Appliance / Secure Web Appliance (W3C extended log)",
    SOURCE,
    LAYOUT,
    RULES,
    ("tag", "status", "acl"),
    CACHED,
    (*missing(LAYOUT), *CANNOT),
    grade="third-party data",
    vendor="cisco",
)
