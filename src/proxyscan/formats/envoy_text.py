"""Envoy: access log in its default text format."""

from proxyscan.format import Format, missing
from proxyscan.formats._envoy import RULES, SOURCE
from proxyscan.layouts import Field, Literal, Template

BLANK = Literal(b" ")
NEXT = Literal(b'" "')

LAYOUT = Template(
    (
        *(Literal(b"["), Field("time", "word", "datetime"), Literal(b'] "')),
        *(Field("method"), BLANK, Field("url", "text", "url"), BLANK, Field(""), Literal(b'" ')),
        *(Field("status", "int", "int"), BLANK, Field("flags"), BLANK, Field("bytes_up", "int", "int"), BLANK),
        *(Field("bytes_down", "int", "int"), BLANK, Field("duration_ms", "int", "int"), BLANK, Field("")),
        *(Literal(b' "'), Field("client", "text", part=(b",", 0)), NEXT, Field("", "text"), NEXT, Field("", "text")),
        *(NEXT, Field("host", "text", "url_host"), NEXT, Field("", "text"), Literal(b'"')),
    )
)

FORMAT = Format(
    "envoy_text",
    "Envoy access log (default text format)",
    SOURCE,
    LAYOUT,
    RULES,
    ("status", "flags"),
    cannot=missing(LAYOUT),
    stamp="start",
    grade="third-party data",
)
