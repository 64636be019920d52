"""Sophos UTM: web filter log (``httpproxy``), key=value."""

from proxyscan.format import Format, missing, unconfirmed
from proxyscan.layouts import Field, KeyValue
from proxyscan.outcome import Rule

LAYOUT = KeyValue(
    {
        "": Field("time", type="datetime", part=(b" ", 0)),
        "action": Field("action"),
        "method": Field("method"),
        "srcip": Field("client"),
        "user": Field("user"),
        "statuscode": Field("status", type="int"),
        "cached": Field("from_cache"),
        "size": Field("bytes_down", type="int"),
        "url": Field("url", type="url"),
        "referer": Field("referrer_host", type="url_host"),
        "content-type": Field("content_type"),
        "categoryname": Field("category"),
        "reason": Field("why"),
        "filteraction": Field("rule"),
    },
    needs=("statuscode", "srcip", "url"),
)

FORMAT = Format(
    "sophos_utm",
    "Sophos UTM web filter log",
    "general knowledge",
    LAYOUT,
    unconfirmed(
        Rule("challenge", "the proxy asks who the user is", {"status": "407"}),
        Rule("coached", "a page warned the user", {"action": "warn"}),
        Rule("denied", "the policy", {"action": "block"}),
        Rule("error", "no answer from the site", {"action": "pass", "status": "502-504"}),
        Rule("allowed", "let through, whatever the site answered", {"action": "pass"}),
    ),
    ("action", "why", "status"),
    ({"from_cache": "!0|-"},),
    missing(LAYOUT),
)
