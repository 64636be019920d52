"""Cisco Umbrella secure web gateway: proxy log as CSV. The verdict decides: a blocked request may have status 200."""

from proxyscan.format import UNCONFIRMED, Format, missing
from proxyscan.formats._order import order
from proxyscan.layouts import Delimited, Field
from proxyscan.outcome import Rule

ORDER = order(
    """timestamp identity internal_ip external_ip destination_ip content_type verdict url referer user_agent status
    request_size response_size body_size sha256 categories av_detections puas amp_disposition amp_malware amp_score
    identity_type blocked_categories identities identity_types method dlp_status certificate_errors file_name
    ruleset_id rule_id destination_list_ids isolate_action file_action warn_status"""
)

LAYOUT = Delimited(
    {
        "timestamp": Field("time", type="datetime"),
        "identity": Field("user"),
        "internal_ip": Field("client"),
        "external_ip": Field("client"),
        "content_type": Field("content_type"),
        "verdict": Field("verdict"),
        "url": Field("url", type="url"),
        "referer": Field("referrer_host", type="url_host"),
        "status": Field("status", type="int"),
        "request_size": Field("bytes_up", type="int"),
        "response_size": Field("bytes_down", type="int"),
        "categories": Field("category"),
        "method": Field("method"),
        "rule_id": Field("rule"),
        "warn_status": Field("warn"),
    },
    ORDER,
    b",",
    extra=True,
    least=20,
)

FORMAT = Format(
    "umbrella_proxy",
    "Cisco Umbrella secure web gateway (proxy log, CSV)",
    "https://docs.umbrella.com/ (Proxy Log Formats); times are UTC",
    LAYOUT,
    (
        Rule("denied", "the policy", {"verdict": "BLOCKED"}),
        Rule("coached", "a page warned the user", {"warn": "warn-session"}, UNCONFIRMED),
        Rule("challenge", "the proxy asks who the user is", {"status": "407"}),
        Rule("error", "no answer from the site", {"verdict": "ALLOWED|PROXIED", "status": "502-504"}),
        Rule("allowed", "let through, whatever the site answered", {"verdict": "ALLOWED|PROXIED"}),
    ),
    ("verdict", "status"),
    cannot=missing(LAYOUT),
    grade="third-party data",
    zone="UTC",
)
