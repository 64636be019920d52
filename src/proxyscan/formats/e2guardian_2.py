"""e2guardian and DansGuardian, ``logfileformat = 2``: CSV."""

from proxyscan.format import Format, missing
from proxyscan.formats._e2guardian import CANNOT, RULES, SOURCE, STAMP_FIELDS
from proxyscan.formats._order import order
from proxyscan.layouts import Delimited, Field

ORDER = order(
    """when who from where what how size weight category group_number status mime clienthost groupname useragent
    params logid1 logid2 postdata"""
)

LAYOUT = Delimited(
    {
        "when": Field("time", type="datetime"),
        "who": Field("user"),
        "from": Field("client"),
        "where": Field("url", type="url"),
        "what": STAMP_FIELDS,
        "how": Field("method"),
        "size": Field("bytes_down", type="int"),
        "category": Field("category"),
        "status": Field("status", type="int"),
        "mime": Field("content_type"),
        "groupname": Field("rule"),
    },
    ORDER,
    b",",
    extra=True,
    least=12,
)

FORMAT = Format(
    "e2guardian_2",
    "e2guardian, DansGuardian (logfileformat 2, CSV)",
    SOURCE,
    LAYOUT,
    RULES,
    ("stamp", "status"),
    cannot=(*missing(LAYOUT), *CANNOT),
    grade="run here",
    lacks=("allowed, perhaps",),
)
