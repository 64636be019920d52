"""e2guardian and DansGuardian, ``logfileformat = 4``: the columns of format 2 with TABs between."""

from dataclasses import replace

from proxyscan.formats.e2guardian_2 import FORMAT as CSV
from proxyscan.formats.e2guardian_2 import LAYOUT

FORMAT = replace(
    CSV,
    name="e2guardian_4",
    title="e2guardian, DansGuardian (logfileformat 4, TAB)",
    layout=replace(LAYOUT, separator=b"\t", quote="none"),
)
