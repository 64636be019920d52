"""Palo Alto Networks PAN-OS: URL filtering log (``THREAT``, ``url``) as CSV by syslog."""

from proxyscan.format import Format, missing
from proxyscan.formats._order import order
from proxyscan.layouts import Delimited, Field
from proxyscan.outcome import NO_REQUEST, Rule

ORDER = order(
    """future1 received serial type subtype future2 generated src dst natsrc natdst rule srcuser dstuser app vsys
    srczone dstzone inif outif logaction future3 session repeat sport dport natsport natdport flags proto action
    url threatid category severity direction seq actionflags srcloc dstloc future4 contenttype"""
)

LAYOUT = Delimited(
    {
        "generated": Field("time", type="datetime"),
        "received": Field("time", type="datetime"),
        "type": Field("type"),
        "subtype": Field("subtype"),
        "src": Field("client"),
        "srcuser": Field("user"),
        "rule": Field("rule"),
        "action": Field("action"),
        "url": Field("url", type="url"),
        "category": Field("category"),
        "contenttype": Field("content_type"),
    },
    ORDER,
    b",",
    extra=True,
    least=14,
)

RULES = (
    Rule(NO_REQUEST, "traffic, system and other logs", {"type": "!THREAT"}),
    Rule(NO_REQUEST, "another kind of threat log", {"subtype": "!url"}),
    Rule("allowed", "let through and logged", {"action": "alert|allow"}),
    Rule("allowed", "the user went on past a page, or gave a password", {"action": "continue|override"}),
    Rule("coached", "a page asked for a click or a password", {"action": "block-continue|block-override"}),
    Rule("denied", "the policy", {"action": "block-url|override-lockout|deny|drop|drop-*|reset-*"}),
)

FORMAT = Format(
    "paloalto",
    "Palo Alto Networks PAN-OS URL filtering log (CSV)",
    "https://docs.paloaltonetworks.com/pan-os/10-1/pan-os-admin/monitoring (URL Filtering Log Fields)",
    LAYOUT,
    RULES,
    ("action",),
    cannot=(
        *missing(LAYOUT),
        "what was allowed by the action 'allow': it writes no line, so a share of denied requests is too high",
        "any bytes: those are in the traffic log",
    ),
    grade="vendor documentation",
    lacks=("allowed",),
)
