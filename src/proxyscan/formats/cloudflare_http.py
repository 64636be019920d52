"""Cloudflare in front of a web site: HTTP requests as JSON (Logpush, dataset ``http_requests``)."""

from proxyscan.format import UNCONFIRMED, Format, missing
from proxyscan.formats._status import STATUS_RULES
from proxyscan.layouts import Field, JsonLines
from proxyscan.outcome import Rule

LAYOUT = JsonLines(
    {
        "EdgeEndTimestamp": Field("time", type="instant"),
        "EdgeStartTimestamp": Field("time", type="instant"),
        "ClientIP": Field("client"),
        "ClientRequestMethod": Field("method"),
        "ClientRequestScheme": Field("scheme"),
        "ClientRequestHost": Field("host", type="url_host"),
        "ClientRequestURI": Field("url", type="url"),
        "ClientRequestReferer": Field("referrer_host", type="url_host"),
        "ClientRequestBytes": Field("bytes_up", type="int"),
        "EdgeResponseStatus": Field("status", type="int"),
        "EdgeResponseBytes": Field("bytes_down", type="int"),
        "EdgeResponseContentType": Field("content_type", part=(b";", 0)),
        "CacheCacheStatus": Field("cache"),
        "WAFAction": Field("action"),
    },
    needs=("ClientRequestHost", "EdgeResponseStatus"),
)

FORMAT = Format(
    "cloudflare_http",
    "Cloudflare HTTP requests to a site (JSON)",
    "https://developers.cloudflare.com/logs/reference/log-fields/zone/http_requests/",
    LAYOUT,
    (Rule("denied", "the web application firewall", {"action": "drop|block*"}, UNCONFIRMED), *STATUS_RULES),
    ("action", "status"),
    ({"cache": "hit"},),
    (*missing(LAYOUT), "browsing: it is the log of one's own site, not of a proxy's users"),
    grade="third-party data",
)
