"""Blue Coat / Symantec ProxySG and Cloud SWG as key=value (the form made for Splunk)."""

from proxyscan.format import Format, missing
from proxyscan.formats._bluecoat import CACHED, RULES, SOURCE
from proxyscan.formats._bluecoat import COLUMNS as OWN
from proxyscan.formats._w3c import COLUMNS
from proxyscan.layouts import Field, KeyValue

# "cs-ip" stands in for the client where "c-ip" is missing; a key may hold brackets, "cs(Referer)", which are
# no part of the layout's keys: what stands before the bracket is then not seen as a key.
LAYOUT = KeyValue(
    {**OWN, **{name: field for name, field in COLUMNS.items() if "(" not in name}, "c-url": Field("url", type="url")},
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
    missing(LAYOUT),
    grade="third-party data",
)
