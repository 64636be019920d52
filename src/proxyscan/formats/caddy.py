"""Caddy: access log as JSON."""

from proxyscan.format import Format, missing
from proxyscan.formats._status import STATUS_RULES
from proxyscan.layouts import Field, JsonLines
from proxyscan.outcome import NO_REQUEST, Rule

LAYOUT = JsonLines(
    {
        "ts": Field("time", type="instant"),
        "logger": Field("logger"),
        "duration": Field("duration_ms", type="duration_s"),
        "request.client_ip": Field("client"),
        "request.remote_ip": Field("client"),
        "request.remote_addr": Field("client"),
        "user_id": Field("user"),
        "request.method": Field("method"),
        "request.host": Field("url", type="url"),
        "request.uri": Field("path", type="path"),
        "status": Field("status", type="int"),
        "size": Field("bytes_down", type="int"),
        "bytes_read": Field("bytes_up", type="int"),
        "request.headers.Referer.0": Field("referrer_host", type="url_host"),
        "resp_headers.Content-Type.0": Field("content_type", part=(b";", 0)),
    },
    needs=("logger", "level"),
)

FORMAT = Format(
    "caddy",
    "Caddy access log (JSON)",
    "https://caddyserver.com/docs/caddyfile/directives/log",
    LAYOUT,
    (Rule(NO_REQUEST, "the server's own messages", {"logger": "!http.log.access*"}), *STATUS_RULES),
    ("status",),
    cannot=(
        *missing(LAYOUT),
        "browsing, unless it is set up as a forward proxy",
        "a refusal by the proxy from one by the site itself",
    ),
    grade="third-party data",
)
