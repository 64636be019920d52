"""ufdbGuard: its log of blocked URLs."""

from proxyscan.format import UNCONFIRMED, Format, missing
from proxyscan.layouts import Field, Literal, Template
from proxyscan.outcome import Rule

BLANK = Literal(b" ")

LAYOUT = Template(
    (
        *(Field("time", "word", "date"), BLANK, Field("time", "word", "clock"), Literal(b" ["), Field("")),
        *(Literal(b"] "), Field("action", "code"), BLANK, Field("user", "text"), BLANK, Field("client"), BLANK),
        *(Field("rule"), BLANK, Field("category"), BLANK, Field("url", "word", "url"), BLANK, Field("method", "code")),
    )
)

FORMAT = Format(
    "ufdbguard",
    "ufdbGuard block log",
    "the shape that darold/squidanalyzer reads",
    LAYOUT,
    (
        Rule("denied", "a category", {"action": "BLOCK*"}),
        Rule("allowed", "let through, and logged", {"action": "PASS*"}, UNCONFIRMED),
    ),
    ("action", "category"),
    cannot=(*missing(LAYOUT), "what was allowed", "what Squid then answered, and any bytes"),
    grade="third-party data",
    lacks=("allowed",),
)
