"""How the table of a layout's fields is to be read."""

from __future__ import annotations

from typing import Final

NOTHING: Final = 0
INTEGER: Final = 1
SECONDS: Final = 2
WORD: Final = 3
ADDRESS: Final = 4
PATH: Final = 5
URL: Final = 6
SCALED: Final = 8
FIXED: Final = 9
EPOCH: Final = 10
STAMP: Final = 11
DATE: Final = 12
CLOCK: Final = 13
ZONE: Final = 14
DATED: Final = 15
ASCTIME: Final = 16
INSTANT: Final = 17
SYSLOG: Final = 18
"""What becomes of a field: its `KIND`. From `DATED` on, times may be spelled in several ways."""

KIND: Final = 0
COLUMN: Final = 1
SCALE: Final = 2
SCHEME: Final = 3
PORTS: Final = 4
PATHS: Final = 5
SIGN: Final = 6
NUMBER: Final = 7
WIDTH: Final = 8
"""Columns of `fields`. `COLUMN`: where the value goes, -1: nowhere (it is judged only). `SCALE`: how many of its
unit are one of the column's, or milliseconds of one unit. The next three are a URL's other columns. `SIGN`: the
four bytes that divide the value, -1 for none, and `NUMBER` the part that counts.
"""
