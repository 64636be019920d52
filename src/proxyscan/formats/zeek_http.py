"""Zeek's http.log as it is written by default: TSV with a header."""

from proxyscan.format import Format, missing
from proxyscan.formats._wire import CANNOT
from proxyscan.formats._zeek import HTTP, HTTP_RULES, NULLS, SOURCE
from proxyscan.layouts import Delimited

LAYOUT = Delimited(HTTP, (), b"\t", "none", b"#fields", needs=("host", "uri"), nulls=NULLS)

FORMAT = Format(
    "zeek_http",
    "Zeek http.log (TSV)",
    SOURCE,
    LAYOUT,
    HTTP_RULES,
    ("status",),
    cannot=(*missing(LAYOUT), *CANNOT),
    stamp="start",
    grade="third-party data",
)
