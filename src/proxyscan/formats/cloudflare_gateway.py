"""Cloudflare Gateway: HTTP log as JSON (Logpush, dataset ``gateway_http``).

The fields are the vendor's; the values of `Action` are from general knowledge.
"""

from proxyscan.format import UNCONFIRMED, Format, missing
from proxyscan.layouts import Field, JsonLines
from proxyscan.outcome import Rule

LAYOUT = JsonLines(
    {
        "Datetime": Field("time", type="instant"),
        "Email": Field("user"),
        "SourceInternalIP": Field("client"),
        "SourceIP": Field("client"),
        "HTTPMethod": Field("method"),
        "HTTPHost": Field("host", type="url_host"),
        "URL": Field("url", type="url"),
        "HTTPStatusCode": Field("status", type="int"),
        "Action": Field("action"),
        "PolicyName": Field("rule"),
        "Referer": Field("referrer_host", type="url_host"),
    },
    needs=("HTTPHost", "Action"),
)

FORMAT = Format(
    "cloudflare_gateway",
    "Cloudflare Gateway HTTP log (JSON)",
    "https://developers.cloudflare.com/logs/reference/log-fields/account/gateway_http/",
    LAYOUT,
    (
        Rule("challenge", "the proxy asks who the user is", {"status": "407"}),
        Rule("denied", "the policy", {"action": "block*"}, UNCONFIRMED),
        Rule("allowed", "shown in an isolated browser", {"action": "isolate*|redirect*"}, UNCONFIRMED),
        Rule("error", "no answer from the site", {"status": "502-504"}),
        Rule("allowed", "let through", {"action": "allow*|none|bypass|off|unknown|-"}),
    ),
    ("action", "status"),
    cannot=missing(LAYOUT),
    stamp="start",
    grade="vendor documentation",
)
