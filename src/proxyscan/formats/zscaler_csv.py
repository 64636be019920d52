"""Zscaler NSS web feed as CSV, in the order of the vendor's default template."""

from proxyscan.format import Format, missing
from proxyscan.formats._order import order
from proxyscan.formats._zscaler import COLUMNS, NULLS, RULES, SOURCE
from proxyscan.layouts import Delimited, Field

ORDER = order(
    """time login proto eurl action appname appclass reqsize respsize stime ctime urlclass urlsupercat urlcat malwarecat
    threatname riskscore dlpengine dlpdictionaries location dept cip sip reqmethod respcode ua ereferer ruletype
    rulelabel contenttype unscannabletype deviceowner devicehostname keyprotectiontype"""
)

LAYOUT = Delimited(
    {"time": Field("time", type="asctime"), **{name: COLUMNS[name] for name in ORDER if name in COLUMNS}},
    ORDER,
    b",",
    extra=True,
    least=30,
    nulls=NULLS,
)

FORMAT = Format(
    "zscaler_csv",
    "Zscaler NSS web feed (CSV)",
    SOURCE,
    LAYOUT,
    RULES,
    ("action", "why", "status"),
    cannot=missing(LAYOUT),
    grade="vendor documentation",
)
