"""Cisco Umbrella DNS log as CSV: a line is a look-up, not a visit."""

from proxyscan.format import Format, missing
from proxyscan.formats._order import order
from proxyscan.layouts import Delimited, Field
from proxyscan.outcome import Rule

ORDER = order(
    """timestamp identity identities internal_ip external_ip action query_type response_code domain categories
    identity_type identity_types blocked_categories rule_id destination_countries organization_id"""
)

LAYOUT = Delimited(
    {
        "timestamp": Field("time", type="datetime"),
        "identity": Field("user"),
        "internal_ip": Field("client"),
        "external_ip": Field("client"),
        "action": Field("action"),
        "response_code": Field("answer"),
        "domain": Field("host", type="host"),
        "categories": Field("category"),
        "rule_id": Field("rule"),
    },
    ORDER,
    b",",
    least=10,
)

FORMAT = Format(
    "umbrella_dns",
    "Cisco Umbrella DNS log (CSV)",
    "https://docs.umbrella.com/ (DNS Log Formats); times are UTC",
    LAYOUT,
    (
        Rule("denied", "the policy", {"action": "Blocked"}),
        Rule("error", "no such name, or no answer", {"answer": "!NOERROR|-"}),
        Rule("allowed", "the name was answered", {"action": "Allowed|Proxied"}),
    ),
    ("action", "answer"),
    cannot=(*missing(LAYOUT), "requests: a line is a look-up of a name, which may be repeated or made ahead"),
    grade="third-party data",
    zone="UTC",
)
