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
DATED: Final = 12
ASCTIME: Final = 13
DATE: Final = 14
CLOCK: Final = 15
ZONE: Final = 16
INSTANT: Final = 17
SYSLOG: Final = 18
"""What becomes of a field: its `KIND`."""

KIND: Final = 0
COLUMN: Final = 1
VOCABULARY: Final = 2
SCALE: Final = 3
SCHEME: Final = 4
PORTS: Final = 5
PATHS: Final = 6
SCHEMES: Final = 7
SIGN: Final = 8
NUMBER: Final = 9
WIDTH: Final = 10
"""Columns of `fields`. `COLUMN`: where the value goes, -1: nowhere (it is judged only). `VOCABULARY`: of its
words. `SCALE`: how many of its unit are one of the column's, or milliseconds of one unit. The next four are
a URL's other columns and the vocabulary of its scheme. `SIGN`: the four bytes that divide the value, -1 for none, and
`NUMBER` the part that counts.
"""
