"""HAProxy: ``option httplog``; the host must be the first header captured, or stand in the request.

After what HAProxy 2.6 logged on loopback and configuration.txt, section 8.5: the first two letters of the termination
state say who ended the session and when. A server's own 403 was let through.
"""

from proxyscan.format import Format, missing
from proxyscan.layouts import Field, Literal, Template
from proxyscan.outcome import Rule

BLANK = Literal(b" ")

REQUEST = (Field("method", "text", part=(b" ", 0)), Field("url", "text", "url", part=(b" ", 1)))

LAYOUT = Template(
    (
        *(Field("client", part=(b":", 0)), Literal(b" ["), Field("time", "word", "datetime"), Literal(b"] ")),
        *(Field(""), BLANK, Field("rule"), BLANK, Field("duration_ms", type="int", part=(b"/+", 4)), BLANK),
        *(Field("status", "int", "int"), BLANK, Field("bytes_down", type="int"), BLANK, Field(""), BLANK, Field("")),
        *(BLANK, Field("state"), BLANK, Field(""), BLANK, Field(""), BLANK),
        *(Field("sni", "text", "host", part=(b"{|}", 1)), Literal(b'"'), REQUEST, Literal(b'"')),
    ),
    nulls=(b"-", b"-1"),
)

RULES = (
    Rule("denied", "http-request deny, reject or silent-drop", {"state": "PR*"}),
    Rule("denied", "http-request tarpit", {"state": "PT*"}),
    Rule("challenge", "http-request auth", {"state": "LR*", "status": "401|407"}),
    Rule("allowed", "http-request redirect", {"state": "LR*", "status": "300-399", "--redirect": "allowed"}),
    Rule(
        "denied",
        "http-request redirect",
        {"state": "LR*", "status": "300-399"},
        "redirected by the proxy; counted as denied (--redirect allowed counts them as allowed)",
    ),
    Rule("denied", "http-request return, with the status of a refusal", {"state": "LR*", "status": "403|451"}),
    Rule(
        "setup",
        "a page of HAProxy's own",
        {"state": "LR*"},
        "a page of HAProxy's own: its statistics, or one that refused (http-request return)",
    ),
    Rule("aborted", "the client left before any answer", {"state": "CR*|cR*|CC*|cC*|CH*|cH*|CQ*|cQ*|CT*|cT*"}),
    Rule("error", "no answer from the server", {"state": "SC*|sC*|SH*|sH*|SQ*|sQ*|PH*|PC*|R*|I*|D*|U*|K*"}),
    Rule("allowed_aborted", "cut short", {"state": "CD*|cD*|SD*|sD*|CL*|cL*|SL*|sL*", "bytes_down": ">0"}),
    Rule("challenge", "a proxy behind asks who the user is", {"status": "407"}),
    Rule("allowed", "let through, whatever the server answered", {"state": "--*"}),
)

FORMAT = Format(
    "haproxy",
    "HAProxy (option httplog)",
    "https://docs.haproxy.org/2.6/configuration.html (8.2.3, 8.5)",
    LAYOUT,
    RULES,
    ("state", "status"),
    cannot=(*missing(LAYOUT), "the host, unless it is the first header captured or the request names it"),
    stamp="start",
    grade="run here",
    notices=r"Proxy [^ ]+ (?:started|stopped)|[^ ]+:\d+ \[[^]]+\] [^ ]+: ",  # and errors of connections
)
