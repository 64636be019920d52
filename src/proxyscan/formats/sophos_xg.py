"""Sophos Firewall (SFOS, XG): content filtering log, key=value."""

from proxyscan.format import UNCONFIRMED, Format, missing
from proxyscan.layouts import Field, KeyValue
from proxyscan.outcome import NO_REQUEST, Rule

LAYOUT = KeyValue(
    {
        "date": Field("time", type="date"),
        "time": Field("time", type="clock"),
        "timezone": Field("time", type="zone"),
        "log_type": Field("log_type"),
        "log_component": Field("component"),
        "log_subtype": Field("action"),
        "url": Field("url", type="url"),
        "domain": Field("host", type="host"),
        "user_name": Field("user"),
        "src_ip": Field("client"),
        "dst_port": Field("port", type="int"),
        "status_code": Field("status", type="int"),
        "sent_bytes": Field("bytes_up", type="int"),
        "recv_bytes": Field("bytes_down", type="int"),
        "contenttype": Field("content_type"),
        "referer": Field("referrer_host", type="url_host"),
        "category": Field("category"),
        "fw_rule_id": Field("rule"),
    },
    needs=("log_type", "log_subtype", "device_id"),
)

FORMAT = Format(
    "sophos_xg",
    "Sophos Firewall (SFOS, XG) content filtering log",
    "https://docs.sophos.com/nsg/sophos-firewall/ (Log file guide)",
    LAYOUT,
    (
        Rule(NO_REQUEST, "firewall, events and other logs", {"log_type": "!Content Filtering"}),
        Rule("denied", "the policy", {"action": "Denied"}),
        Rule("coached", "a page warned the user", {"action": "Warned"}, UNCONFIRMED),
        Rule("challenge", "the proxy asks who the user is", {"status": "407"}),
        Rule("error", "no answer from the site", {"action": "Allowed", "status": "502-504"}),
        Rule("allowed", "let through, whatever the site answered", {"action": "Allowed"}),
        Rule("allowed", "the user overrode the policy", {"action": "Overridden"}, UNCONFIRMED),
    ),
    ("action", "status"),
    cannot=missing(LAYOUT),
    grade="third-party data",
)
