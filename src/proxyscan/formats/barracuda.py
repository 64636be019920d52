"""Barracuda Web Security Gateway (Web Filter): web traffic by syslog.

`BYF` tells what the scanner for malware did; what the policy did is the number `action_type` behind it, of which only
0 was seen in published lines.
"""

from proxyscan.format import UNCONFIRMED, Format, missing
from proxyscan.layouts import Field, Literal, Template
from proxyscan.outcome import Rule

BLANK = Literal(b" ")
NUMBER, WORD = Field("", "int"), Field("")

LAYOUT = Template(
    (
        *(Field("time", "int", "seconds"), BLANK, NUMBER, BLANK, Field("client"), BLANK, WORD, BLANK),
        *(Field("content_type"), BLANK, WORD, BLANK, Field("url", "word", "url"), BLANK),
        *(Field("bytes_down", "int", "int"), Literal(b" BYF "), Field("action", "code"), BLANK, Field("why", "text")),
        *(BLANK, NUMBER, BLANK, Field("", "int"), BLANK, NUMBER, BLANK, Field("action_type", "int", "text"), BLANK),
        *(NUMBER, BLANK, WORD, BLANK, NUMBER, BLANK, Field("rule"), BLANK, NUMBER, BLANK, WORD, BLANK, NUMBER, BLANK),
        *(WORD, BLANK, Field("category"), BLANK, Field("user", "text", part=(b"[]", 1)), BLANK),
        *(Field("referrer_host", type="url_host"), BLANK, WORD, BLANK, WORD, BLANK, NUMBER),
    )
)

FORMAT = Format(
    "barracuda",
    "Barracuda Web Security Gateway / Web Filter (web traffic syslog)",
    "https://campus.barracuda.com/doc/168742383; the columns after parsers that others published",
    LAYOUT,
    (
        Rule("denied", "malware", {"action": "BLOCKED"}),
        Rule("denied", "the policy", {"action_type": "1"}, UNCONFIRMED),
        Rule("allowed", "let through, whatever the site answered", {"action": "ALLOWED", "action_type": "0"}),
        Rule("unknown", "an action whose number is not known", {}),
    ),
    ("action", "why", "action_type"),
    cannot=(*missing(LAYOUT), "the site's answer, a login that was asked for, an error"),
    grade="third-party data",
)
