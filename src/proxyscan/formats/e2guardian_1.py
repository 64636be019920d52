"""e2guardian and DansGuardian, ``logfileformat = 1``: separated by blanks, also within reason and category."""

from proxyscan.format import Format, missing
from proxyscan.formats._e2guardian import CANNOT, RULES, SOURCE, STAMP_FIELDS
from proxyscan.layouts import Field, Literal, Template

BLANK = Literal(b" ")

LAYOUT = Template(
    (
        *(Field("time", "word", "date"), BLANK, Field("time", "word", "clock"), BLANK, Field("user", "text"), BLANK),
        *(Field("client"), BLANK, Field("url", "word", "url"), BLANK, STAMP_FIELDS, BLANK, Field("method", "code")),
        *(BLANK, Field("bytes_down", "int", "int"), BLANK, Field("", "int", "int"), BLANK, Field("category", "text")),
        *(BLANK, Field("", "int", "int"), BLANK, Field("status", "int", "int"), BLANK, Field("content_type"), BLANK),
        *(Field(""), BLANK, Field("rule"), BLANK, Field("", "text")),
    )
)

FORMAT = Format(
    "e2guardian_1",
    "e2guardian, DansGuardian (logfileformat 1)",
    SOURCE,
    LAYOUT,
    RULES,
    ("stamp", "status"),
    cannot=(*missing(LAYOUT), *CANNOT),
    grade="run here",
    lacks=("allowed, perhaps",),
)
