"""Traefik: access log as JSON. A refusal of its own has no answer of the origin beside it."""

from proxyscan.format import Format, missing
from proxyscan.formats._status import STATUS_RULES
from proxyscan.layouts import Field, JsonLines
from proxyscan.outcome import Rule

LAYOUT = JsonLines(
    {
        "StartUTC": Field("time", type="datetime"),
        "time": Field("time", type="datetime"),
        "Duration": Field("duration_ms", type="duration_ns"),
        "ClientHost": Field("client"),
        "ClientUsername": Field("user"),
        "RequestMethod": Field("method"),
        "RequestScheme": Field("scheme"),
        "RequestHost": Field("host", type="url_host"),
        "RequestPath": Field("path", type="path"),
        "DownstreamStatus": Field("status", type="int"),
        "OriginStatus": Field("origin_status", type="int"),
        "DownstreamContentSize": Field("bytes_down", type="int"),
        "RequestContentSize": Field("bytes_up", type="int"),
        "request_Referer": Field("referrer_host", type="url_host"),
        "downstream_Content-Type": Field("content_type", part=(b";", 0)),
        "RouterName": Field("rule"),
    },
    needs=("RequestHost", "DownstreamStatus"),
)

FORMAT = Format(
    "traefik",
    "Traefik access log (JSON)",
    "https://doc.traefik.io/traefik/observability/access-logs/",
    LAYOUT,
    (
        Rule("denied", "refused by a middleware", {"status": "403", "origin_status": "0|-"}),
        Rule("allowed", "the site's own refusal", {"status": "403"}),
        Rule("challenge", "a middleware asks who the user is", {"status": "401", "origin_status": "0|-"}),
        *STATUS_RULES,
    ),
    ("status", "origin_status"),
    cannot=(
        *missing(LAYOUT),
        "browsing, unless it is set up as a forward proxy",
        "anything in its common log format (CLF), which names no site: have it write JSON",
    ),
    stamp="start",
    grade="third-party data",
)
