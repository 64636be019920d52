"""W3C extended log of a product that has no format of its own here."""

from proxyscan.format import Format, missing
from proxyscan.formats._status import ORIGIN_LOG, STATUS_RULES
from proxyscan.formats._w3c import CANNOT, w3c_layout

LAYOUT = w3c_layout(("time", "cs-method", "sc-status"))

FORMAT = Format(
    "w3c",
    "W3C extended log (#Fields:) of any proxy",
    "https://www.w3.org/TR/WD-logfile",
    LAYOUT,
    (ORIGIN_LOG, *STATUS_RULES),
    ("status",),
    cannot=(*missing(LAYOUT), "a refusal that was not answered with 403", *CANNOT),
    grade="vendor documentation",
    generic=True,
    zone="UTC",
)
