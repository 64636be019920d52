"""Zscaler NSS web feed as LEEF (the template made for QRadar)."""

from proxyscan.format import Format, missing
from proxyscan.formats._zscaler import COLUMNS, NULLS, RULES, SOURCE
from proxyscan.layouts import Field, KeyValue

LAYOUT = KeyValue(
    {
        "devTime": Field("time", type="epoch"),
        "src": Field("client"),
        "usrName": Field("user"),
        "srcBytes": Field("bytes_up", type="int"),
        "dstBytes": Field("bytes_down", type="int"),
        **COLUMNS,
    },
    b"\t",
    holds=b"|Zscaler|",
    needs=("action", "url"),
    head="leef",
    nulls=NULLS,
)

FORMAT = Format(
    "zscaler_leef",
    "Zscaler NSS web feed (LEEF)",
    SOURCE,
    LAYOUT,
    RULES,
    ("action", "why", "status"),
    cannot=missing(LAYOUT),
)
