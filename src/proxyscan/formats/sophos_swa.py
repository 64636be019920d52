"""Sophos Web Appliance: key=value. `act` decides, `X` tells whether the connection broke off."""

from proxyscan.format import Format, missing
from proxyscan.formats._status import STATUS_RULES
from proxyscan.layouts import Field, KeyValue
from proxyscan.outcome import Rule

LAYOUT = KeyValue(
    {
        "t": Field("time", type="epoch"),
        "T": Field("duration_ms", type="duration_us"),
        "h": Field("client"),
        "u": Field("user"),
        "s": Field("status", type="int"),
        "X": Field("connection"),
        "act": Field("action"),
        "in": Field("bytes_up", type="int"),
        "out": Field("bytes_down", type="int"),
        "meth": Field("method"),
        "req": Field("url", type="url", part=(b" ", 1)),
        "ctype": Field("content_type"),
        "ref": Field("referrer_host", type="url_host"),
        "cat": Field("category"),
        "rule": Field("rule"),
    },
    needs=("h", "s", "t", "req"),
)

PROCEEDED = "1|2|3|4|5"

RULES = (
    Rule("challenge", "the appliance asks who the user is", {"status": "407"}),
    Rule("denied", "blocked, also after a warning or for a quota", {"action": "-1|-3|-5|-6"}),
    Rule("coached", "a page warned, told of a quota, or let the user wait", {"action": "-2|-4|-7"}),
    Rule("allowed_aborted", "broke off", {"action": PROCEEDED, "connection": "X", "bytes_down": ">0"}),
    Rule("aborted", "broke off before any answer", {"action": PROCEEDED, "connection": "X"}),
    Rule("error", "no answer from the site", {"action": PROCEEDED, "status": "502-504"}),
    Rule("allowed", "let through, whatever the site answered", {"action": PROCEEDED}),
    *STATUS_RULES,
)
"""In order. The status alone decides where a line has no `act`."""

FORMAT = Format(
    "sophos_swa",
    "Sophos Web Appliance",
    "the appliance's manual (WS100, Interpreting Log Files)",
    LAYOUT,
    RULES,
    ("action", "status"),
    cannot=(*missing(LAYOUT), "what the numbers of its categories mean"),
    stamp="start",
    grade="vendor documentation",
)
