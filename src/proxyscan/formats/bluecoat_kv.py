"""Blue Coat / Symantec ProxySG and Cloud SWG as key=value (the form made for Splunk)."""

from proxyscan.format import Format, missing
from proxyscan.formats._bluecoat import CACHED, RULES, SOURCE
from proxyscan.formats._bluecoat import COLUMNS as OWN
from proxyscan.formats._w3c import COLUMNS
from proxyscan.layouts import Field, KeyValue

LAYOUT = KeyValue(
    {**OWN, **COLUMNS, "c-url": Field("url", type="url")},
    needs=("sc-filter-result", "c-ip"),
)

FORMAT = Format(
    "bluecoat_kv",
    "Blue Coat / Symantec ProxySG and Cloud SWG (key=value)",
    SOURCE,
    LAYOUT,
    RULES,
    ("action", "status", "exception"),
    CACHED,
    (*missing(LAYOUT), "columns that the site's format leaves out"),
    grade="third-party data",
    zone="UTC",
    vendor="bluecoat",
)
