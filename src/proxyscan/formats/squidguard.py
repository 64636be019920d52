"""squidGuard: the log of a destination list. Every line is a request that it refused."""

from proxyscan.format import Format, missing
from proxyscan.layouts import Field, Literal, Template
from proxyscan.outcome import Rule

BLANK = Literal(b" ")

LAYOUT = Template(
    (
        *(Field("time", "word", "date"), BLANK, Field("time", "word", "clock"), Literal(b" ["), Field("")),
        *(Literal(b"] Request("), Field("rule", "text"), Literal(b"/"), Field("category", "text"), Literal(b"/")),
        *(Field("", "text"), Literal(b") "), Field("url", "text", "url"), BLANK, Field("client"), Literal(b"/")),
        *(Field(""), BLANK, Field("user", "text"), BLANK, Field("method", "code"), BLANK, Field("action")),
    )
)

FORMAT = Format(
    "squidguard",
    "squidGuard block log",
    "http://www.squidguard.org/Doc/ (log)",
    LAYOUT,
    (Rule("denied", "a destination list"),),
    ("action", "category"),
    cannot=(*missing(LAYOUT), "what was allowed", "what Squid then answered, and any bytes"),
    grade="run here",
    lacks=("allowed",),
)
