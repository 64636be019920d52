"""e2guardian, ``logfileformat`` 5 to 8: TAB, epoch times (6 leaves the server out; 7 and 8 add two columns)."""

from proxyscan.format import Format, missing
from proxyscan.formats._e2guardian import CANNOT, RULES, SOURCE, STAMP_FIELDS
from proxyscan.formats._order import order
from proxyscan.layouts import Delimited, Field

ORDER = order(
    """when server who from clienthost where how status size mime useragent squid_result duration peer message what
    weight category groupname group_number searchterms flags"""
)

LAYOUT = Delimited(
    {
        "when": Field("time", type="fixed"),
        "who": Field("user"),
        "from": Field("client"),
        "where": Field("url", type="url"),
        "how": Field("method"),
        "status": Field("status", type="int"),
        "size": Field("bytes_down", type="int"),
        "mime": Field("content_type"),
        "duration": Field("duration_ms", type="int"),
        "message": Field("message", type="int"),
        "what": STAMP_FIELDS,
        "category": Field("category"),
        "groupname": Field("rule"),
    },
    ORDER,
    b"\t",
    "none",
    extra=True,
    least=19,
)

FORMAT = Format(
    "e2guardian_5",
    "e2guardian (logfileformat 5 to 8, TAB)",
    SOURCE,
    LAYOUT,
    RULES,
    ("stamp", "status"),
    cannot=(*missing(LAYOUT), *CANNOT),
    grade="run here",
    lacks=("allowed, perhaps",),
)
