"""Blue Coat / Symantec ProxySG as key=value by syslog, whose header has the only time."""

from dataclasses import replace

from proxyscan.formats.bluecoat_kv import FORMAT as BLUECOAT
from proxyscan.formats.bluecoat_kv import LAYOUT
from proxyscan.layouts.layout import listed

TIMED = tuple(name for name, fields in LAYOUT.keys.items() if listed(fields)[0].name == "time")

FORMAT = replace(
    BLUECOAT,
    name="bluecoat_syslog",
    title="Blue Coat / Symantec ProxySG (key=value by syslog, without a time of its own)",
    zone="",  # that of syslog
    layout=replace(
        LAYOUT, keys={name: fields for name, fields in LAYOUT.keys.items() if name not in TIMED}, lacks=TIMED
    ),
)
