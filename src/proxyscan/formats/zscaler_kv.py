"""Zscaler NSS web feed as key=value separated by TABs (the template made for Splunk)."""

from proxyscan.format import Format, missing
from proxyscan.formats._zscaler import COLUMNS, NULLS, RULES, SOURCE
from proxyscan.layouts import Field, KeyValue

LAYOUT = KeyValue(
    {"": Field("time", type="datetime"), **COLUMNS}, b"\t", needs=("action", "requestmethod", "url"), nulls=NULLS
)

FORMAT = Format(
    "zscaler_kv",
    "Zscaler NSS web feed (key=value)",
    SOURCE,
    LAYOUT,
    RULES,
    ("action", "why", "status"),
    cannot=missing(LAYOUT),
    grade="vendor documentation",
)
