"""Envoy: access log as JSON, in the names of its default operators."""

from proxyscan.format import Format, missing
from proxyscan.formats._envoy import RULES, SOURCE
from proxyscan.layouts import Field, JsonLines

LAYOUT = JsonLines(
    {
        "start_time": Field("time", type="datetime"),
        "duration": Field("duration_ms", type="int"),
        "downstream_remote_address": Field("client", part=(b":", 0)),
        "method": Field("method"),
        ":authority": Field("url", type="url"),
        "requested_server_name": Field("sni", type="host"),
        "x-envoy-origin-path": Field("path", type="path"),
        "path": Field("path", type="path"),
        "response_code": Field("status", type="int"),
        "response_code_details": Field("details", part=(b"[", 0)),
        "response_flags": Field("flags"),
        "bytes_sent": Field("bytes_down", type="int"),
        "bytes_received": Field("bytes_up", type="int"),
        "referer": Field("referrer_host", type="url_host"),
    },
    needs=("start_time", "response_code", ":authority"),
)

FORMAT = Format(
    "envoy",
    "Envoy access log (JSON)",
    SOURCE,
    LAYOUT,
    RULES,
    ("status", "details", "flags"),
    cannot=missing(LAYOUT),
    stamp="start",
    grade="third-party data",
)
