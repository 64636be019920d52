"""FortiGate and FortiProxy: web filter log as pairs with commas between (``set format csv``)."""

from dataclasses import replace

from proxyscan.formats.fortigate import FORMAT as FORTIGATE
from proxyscan.formats.fortigate import LAYOUT

FORMAT = replace(
    FORTIGATE,
    name="fortigate_csv",
    title="FortiGate / FortiProxy web filter log (csv)",
    layout=replace(LAYOUT, separator=b","),
    grade="unconfirmed",
)
