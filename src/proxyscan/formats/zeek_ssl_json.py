"""Zeek's ssl.log as JSON."""

from proxyscan.format import Format, missing
from proxyscan.formats._wire import CANNOT
from proxyscan.formats._zeek import NULLS, SOURCE, SSL, SSL_RULES
from proxyscan.layouts import JsonLines

LAYOUT = JsonLines(SSL, needs=("uid", "established"), nulls=NULLS)

FORMAT = Format(
    "zeek_ssl_json",
    "Zeek ssl.log (JSON)",
    SOURCE,
    LAYOUT,
    SSL_RULES,
    ("established",),
    cannot=(*missing(LAYOUT), *CANNOT),
    stamp="start",
    grade="third-party data",
    lacks=("denied",),
)
