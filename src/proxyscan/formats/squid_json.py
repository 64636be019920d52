"""Squid as OPNsense logs it: JSON in the names of the Elastic Common Schema (its status stands in the body, sic)."""

from proxyscan.format import Format, missing
from proxyscan.formats._squid import CACHED, CANNOT, RULES
from proxyscan.layouts import Field, JsonLines

LAYOUT = JsonLines(
    {
        "@timestamp": Field("time", type="datetime"),
        "event.duration": Field("duration_ms", type="int"),
        "source.ip": Field("client"),
        "user.name": Field("user"),
        "http.request.method": Field("method"),
        "http.request.referrer": Field("referrer_host", type="url_host"),
        "http.response.bytes": Field("bytes_down", type="int"),
        "http.response.body.status_code": Field("status", type="int"),
        "url.original": Field("url", type="url"),
        "labels.request_status": Field("tag"),
        "labels.hierarchy_status": Field("hierarchy"),
    },
    needs=("labels.request_status", "url.original"),
)

FORMAT = Format(
    "squid_json",
    "Squid as JSON (OPNsense)",
    "https://github.com/pfelk/pfelk/issues/462",
    LAYOUT,
    RULES,
    ("tag", "status"),
    CACHED,
    missing(LAYOUT, CANNOT),
    grade="run here",
)
