"""Zeek's http.log as JSON."""

from proxyscan.format import Format, missing
from proxyscan.formats._wire import CANNOT
from proxyscan.formats._zeek import HTTP, HTTP_RULES, NULLS, SOURCE
from proxyscan.layouts import Field, JsonLines

OWN = {"resp_mime_types.0": Field("content_type")}

LAYOUT = JsonLines({**HTTP, **OWN}, needs=("uid", "trans_depth"), nulls=NULLS)

FORMAT = Format(
    "zeek_http_json",
    "Zeek http.log (JSON)",
    SOURCE,
    LAYOUT,
    HTTP_RULES,
    ("status",),
    cannot=(*missing(LAYOUT), *CANNOT),
    stamp="start",
    grade="third-party data",
)
