"""Sophos Web Appliance: key=value. What its `act` codes mean was not obtained, so the status decides."""

from proxyscan.format import Format, missing
from proxyscan.formats._status import STATUS_RULES
from proxyscan.layouts import Field, KeyValue

LAYOUT = KeyValue(
    {
        "t": Field("time", type="epoch"),
        "T": Field("duration_ms", type="duration_us"),
        "h": Field("client"),
        "u": Field("user"),
        "s": Field("status", type="int"),
        "act": Field("action"),
        "in": Field("bytes_up", type="int"),
        "out": Field("bytes_down", type="int"),
        "meth": Field("method"),
        "req": Field("url", type="url", part=(b" ", 1)),
        "ctype": Field("content_type"),
        "ref": Field("referrer_host", type="url_host"),
        "cat": Field("category"),
        "rule": Field("rule"),
    },
    needs=("h", "s", "t", "req"),
)

FORMAT = Format(
    "sophos_swa",
    "Sophos Web Appliance",
    "a line published by splunk/splunk-connect-for-syslog",
    LAYOUT,
    STATUS_RULES,
    ("action", "status"),
    cannot=(*missing(LAYOUT), "a refusal that was not answered with 403", "what the numbers of its categories mean"),
    grade="third-party data",
)
