"""Privoxy: its own log (debug 1 and 1024).

What Privoxy 3.0.34 logged on loopback: a line ``Request:`` for every request before it decides, and a second one,
``Crunch:``, for those that it did not let through. One line alone cannot tell what was allowed; its other log
(debug 512, read as apache_common) can.
"""

from proxyscan.format import Format, missing
from proxyscan.layouts import Field, Literal, Template
from proxyscan.outcome import NO_REQUEST, Rule

BLANK = Literal(b" ")

LAYOUT = Template(
    (
        *(Field("time", "word", "date"), BLANK, Field("time", "word", "clock"), BLANK, Field(""), BLANK),
        *(Field("event"), Literal(b":"), Field("why", "text"), BLANK, Field("url", "word", "url")),
    )
)

EITHER = "Privoxy logs a request before it decides; those that it refused have a second line"

FORMAT = Format(
    "privoxy",
    "Privoxy (debug 1 and 1024)",
    "https://www.privoxy.org/user-manual/config.html#DEBUG",
    LAYOUT,
    (
        Rule("denied", "a block rule", {"event": "Crunch", "why": "*Blocked*"}),
        Rule("error", "no answer from the site", {"event": "Crunch", "why": "*failure*|*error*"}),
        Rule("setup", "answered by Privoxy itself", {"event": "Crunch"}),
        Rule("unknown", "asked for, before the decision", {"event": "Request"}, EITHER),
        Rule(NO_REQUEST, "other messages", {}),
    ),
    ("event", "why"),
    cannot=(*missing(LAYOUT), "what was allowed: use 'debug 512' and the format apache_common"),
    grade="run here",
    lacks=("allowed",),
)
