"""Check Point: log exporter as pairs with ``|`` between. Only what names a URL (`resource`) can be a request."""

from proxyscan.format import Format, missing, unconfirmed
from proxyscan.layouts import Field, KeyValue
from proxyscan.outcome import NO_REQUEST, Rule

LAYOUT = KeyValue(
    {
        "time": Field("time", type="epoch"),
        "product": Field("product"),
        "action": Field("action"),
        "resource": Field("url", type="url"),
        "src": Field("client"),
        "src_user_name": Field("user"),
        "user": Field("user"),
        "method": Field("method"),
        "http_status": Field("status", type="int"),
        "sent_bytes": Field("bytes_up", type="int"),
        "received_bytes": Field("bytes_down", type="int"),
        "matched_category": Field("category"),
        "rule_name": Field("rule"),
    },
    b"|",
    "none",
    needs=("product", "loguid"),
)

FORMAT = Format(
    "checkpoint",
    "Check Point URL Filtering and Application Control (log exporter)",
    "general knowledge; the shape of the lines after splunk/splunk-connect-for-syslog",
    LAYOUT,
    (
        Rule(NO_REQUEST, "firewall, audit and other logs", {"product": "!URL Filtering|Application Control"}),
        *unconfirmed(
            Rule("denied", "the policy", {"action": "Block|Reject|Drop"}),
            Rule("coached", "the user was asked or told", {"action": "Ask User|Inform User"}),
            Rule("challenge", "the gateway asks who the user is", {"action": "Redirect"}),
            Rule("allowed", "let through", {"action": "Accept|Allow|Bypass|Detect|HTTPS Inspect"}),
        ),
    ),
    ("product", "action"),
    cannot=missing(LAYOUT),
)
