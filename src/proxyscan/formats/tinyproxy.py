"""tinyproxy: its log (LogLevel Connect). A request has several lines; the one that says what became of it counts.

What tinyproxy 1.11 logged on loopback: ``Established connection``, ``Proxying refused`` or ``opensock: Could not``
follow each ``Request``; nothing follows where it asked for a login.
"""

from proxyscan.format import Format, missing
from proxyscan.layouts import Field, Literal, Template
from proxyscan.outcome import NO_REQUEST, Rule

LAYOUT = Template(
    (
        *(
            Field("", "code"),
            Literal(b" "),
            Field("time", "text", "syslog"),
            Literal(b" ["),
            Field(""),
            Literal(b"]: "),
        ),
        (
            Field("event", "text", part=(b" ", 0)),
            Field("host", "text", "host", part=(b'"', 1)),
            Field("host", "text", "host", part=(b" :", 8)),
        ),
    )
)

FORMAT = Format(
    "tinyproxy",
    "tinyproxy (LogLevel Connect)",
    "https://tinyproxy.github.io/",
    LAYOUT,
    (
        Rule("allowed", "a connection to the site was opened", {"event": "Established"}),
        Rule("denied", "the filter", {"event": "Proxying"}),
        Rule("error", "no connection to the site", {"event": "opensock:"}),
        Rule(NO_REQUEST, "further lines of the same request, and other messages", {}),
    ),
    ("event",),
    cannot=(
        *missing(LAYOUT),
        "a login that was asked for",
        "the path: the line of the request has it, not the outcome",
    ),
    grade="run here",
)
