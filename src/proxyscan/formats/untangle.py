"""Untangle / Arista NG Firewall: events by syslog as JSON. Of each request its `WebFilterEvent` counts."""

from proxyscan.format import Format, missing
from proxyscan.layouts import Field, JsonLines
from proxyscan.outcome import NO_REQUEST, Rule

LAYOUT = JsonLines(
    {
        "timeStamp": Field("time", type="datetime"),
        "class": Field("event"),
        "requestLine": (Field("method", part=(b" ", 0)), Field("url", type="url", part=(b" ", 1))),
        "blocked": Field("blocked"),
        "reason": Field("why"),
        "category": Field("category"),
        "ruleId": Field("rule"),
        "sessionEvent.username": Field("user"),
        "sessionEvent.CClientAddr": Field("client"),
        "sessionEvent.CServerPort": Field("port", type="int"),
    },
    holds=b"com.untangle.",
    needs=("class", "timeStamp"),
)

FORMAT = Format(
    "untangle",
    "Untangle / Arista NG Firewall (events as JSON by syslog)",
    "lines and parsers that others published; https://github.com/untangle/ngfw_src",
    LAYOUT,
    (
        Rule(NO_REQUEST, "sessions and events of other kinds", {"event": "!*WebFilterEvent"}),
        Rule("denied", "the web filter", {"blocked": "true"}),
        Rule("allowed", "let through, whatever the site answered", {"blocked": "false"}),
    ),
    ("blocked", "why"),
    cannot=(*missing(LAYOUT), "the site's answer, a login that was asked for, an error"),
    stamp="start",
    grade="third-party data",
    lacks=("bytes",),
)
