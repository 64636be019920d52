"""Cisco Web Security Appliance / Secure Web Appliance: accesslogs, which look like Squid's for ten fields."""

from proxyscan.format import Format, missing
from proxyscan.formats._wsa import CACHED, RULES, SOURCE
from proxyscan.layouts import Field, Literal, Template

BLANK = Literal(b" ")
USER = (Field("user", "text", part=(b'"', 1)), Field("user", "text"))  # mostly in quotes, but not always
VERDICTS = (Field("category", part=(b'<";', 2)), Field("category", part=(b'<";', 1)))  # <"IW_news",… or <IW_news,…

LAYOUT = Template(
    (
        *(Field("time", "word", "fixed"), BLANK, Field("duration_ms", "int", "int"), BLANK, Field("client"), BLANK),
        *(Field("tag", "code"), Literal(b"/"), Field("status", "int", "int"), BLANK),
        *(Field("bytes_down", "int", "int"), BLANK, Field("method"), BLANK, Field("url", "word", "url"), BLANK),
        *(USER, BLANK, Field("", "code"), Literal(b"/"), Field(""), BLANK, Field("content_type")),
        *(BLANK, Field("acl", "code"), Literal(b"-"), Field("rule"), Literal(b"-"), Field(""), BLANK),
        *(VERDICTS, Literal(b","), Field("", "text")),
    )
)

WEEKDAY_FIRST = r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}"
DAY_FIRST = r"\d\d [A-Z][a-z]{2} \d{4} [\d:]{8} \(GMT[^)]*\)"

FORMAT = Format(
    "cisco_wsa",
    "Cisco Web Security Appliance / Secure Web Appliance (accesslogs)",
    SOURCE,
    LAYOUT,
    RULES,
    ("tag", "status", "acl"),
    CACHED,
    missing(LAYOUT),
    grade="vendor documentation",
    notices=rf"(?:{DAY_FIRST}|{WEEKDAY_FIRST}) [A-Z][a-z]+: ",
    vendor="cisco",
)
