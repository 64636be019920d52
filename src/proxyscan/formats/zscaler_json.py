"""Zscaler NSS or Cloud NSS web feed as JSON."""

from proxyscan.format import Format, missing
from proxyscan.formats._zscaler import COLUMNS, NULLS, RULES, SOURCE
from proxyscan.layouts import Field, JsonLines

OWN = {**COLUMNS, "time": Field("time", type="asctime")}

LAYOUT = JsonLines(
    {f"event.{name}": field for name, field in OWN.items()}, b"zscalernss-web", ("event.action",), nulls=NULLS
)

FORMAT = Format(
    "zscaler_json",
    "Zscaler NSS web feed (JSON)",
    SOURCE,
    LAYOUT,
    RULES,
    ("action", "why", "status"),
    cannot=missing(LAYOUT),
    grade="vendor documentation",
)
