"""What W3C extended logs share: the columns that the draft and common products name.

https://www.w3.org/TR/WD-logfile. Times are UTC by the draft. Products log ``time-taken`` in milliseconds,
where the draft has seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from proxyscan.layouts import Delimited, Field
from proxyscan.layouts.layout import Fields

COLUMNS: Final[Mapping[str, Fields]] = {
    "timestamp": Field("time", type="epoch"),
    "x-timestamp-unix": Field("time", type="epoch"),
    "x-cs-timestamp": Field("time", type="epoch"),
    "date": Field("time", type="date"),
    "time": Field("time", type="clock"),
    "localtime": Field("time", type="clf"),
    "UTC": Field("time", type="zone"),
    "time-taken": Field("duration_ms", type="int", part=(b".", 0)),
    "x-elapsed-time": Field("duration_ms", type="int", part=(b".", 0)),
    "c-ip": Field("client"),
    "cs-username": Field("user"),
    "cs-userdn": Field("user"),
    "cs-method": Field("method"),
    "cs-uri-scheme": Field("scheme"),
    "cs-host": Field("host", type="host"),
    "r-host": Field("host", type="host"),
    "cs-uri": Field("url", type="url"),
    "c-uri": Field("url", type="url"),
    "cs-url": Field("url", type="url"),
    "cs-uri-port": Field("port", type="int"),
    "cs-uri-path": Field("path", type="path"),
    "cs-uri-stem": Field("path", type="path"),
    "sc-status": Field("status", type="int"),
    "sc-bytes": Field("bytes_down", type="int"),
    "cs-bytes": Field("bytes_up", type="int"),
    "cs(Referer)": Field("referrer_host", type="url_host"),
    "rs(Content-Type)": Field("content_type", part=(b";", 0)),
    "sc(Content-Type)": Field("content_type", part=(b";", 0)),
    "cs-categories": Field("category"),
}

CANNOT: Final = ("columns that #Fields does not name",)


def w3c_layout(
    needs: tuple[str, ...], columns: Mapping[str, Fields] | None = None, separator: bytes = b" "
) -> Delimited:
    """Return the layout of a W3C extended log that has the columns `needs`; `columns` are the product's own."""
    nulls = (b"-", b"anonymous")
    return Delimited({**COLUMNS, **(columns or {})}, (), separator, header=b"#Fields:", needs=needs, nulls=nulls)
