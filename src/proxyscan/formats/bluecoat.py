"""Blue Coat / Symantec / Broadcom ProxySG and Edge SWG: W3C extended log (main, ssl and bcreporter formats)."""

from proxyscan.format import Format, missing
from proxyscan.formats._bluecoat import CACHED, COLUMNS, RULES, SOURCE
from proxyscan.formats._w3c import CANNOT, w3c_layout

LAYOUT = w3c_layout(("sc-filter-result",), COLUMNS)

FORMAT = Format(
    "bluecoat",
    "Blue Coat / Symantec ProxySG (W3C extended log)",
    SOURCE,
    LAYOUT,
    RULES,
    ("action", "status", "exception"),
    CACHED,
    (*missing(LAYOUT), *CANNOT),
    grade="vendor documentation",
    zone="UTC",
    vendor="bluecoat",
)
