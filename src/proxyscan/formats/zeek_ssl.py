"""Zeek's ssl.log as it is written by default: TSV with a header."""

from proxyscan.format import Format, missing
from proxyscan.formats._wire import CANNOT
from proxyscan.formats._zeek import NULLS, SOURCE, SSL, SSL_RULES
from proxyscan.layouts import Delimited

LAYOUT = Delimited(SSL, (), b"\t", "none", b"#fields", needs=("server_name",), nulls=NULLS)

FORMAT = Format(
    "zeek_ssl",
    "Zeek ssl.log (TSV)",
    SOURCE,
    LAYOUT,
    SSL_RULES,
    ("established",),
    cannot=(*missing(LAYOUT), *CANNOT),
    stamp="start",
    grade="third-party data",
    lacks=("denied",),
)
