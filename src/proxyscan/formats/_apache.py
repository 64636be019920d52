"""What Apache's and nginx's logs as forward proxies share: a format for any ``LogFormat`` or ``log_format``.

What they logged on loopback: Apache 2.4 writes 403 for ProxyBlock and for the site's own 403 alike, 407 for a login
that is asked for, 503 for a refused and 500 for an unknown host; stock nginx answers CONNECT with 400. The time is
that of the request's beginning in Apache, of its end in nginx.
"""

from __future__ import annotations

from typing import Final

from proxyscan.format import Format, missing
from proxyscan.formats._status import ORIGIN_LOG, STATUS_RULES
from proxyscan.layouts import apache_template

SOURCE: Final = "https://httpd.apache.org/docs/2.4/mod/mod_log_config.html"

COMMON: Final = '%h %l %u %t "%r" %>s %b'
COMBINED: Final = COMMON + ' "%{Referer}i" "%{User-Agent}i"'


def apache_format(name: str, title: str, logformat: str) -> Format:
    """Return the format of a log that Apache or nginx writes as `logformat` says."""
    layout = apache_template(logformat)
    named = any(field.name == "sni" for field in layout.fields)  # the host of a request for a path alone
    return Format(
        name,
        title,
        SOURCE,
        layout,
        STATUS_RULES if named else (ORIGIN_LOG, *STATUS_RULES),
        ("status",),
        cannot=(*missing(layout), "a refusal by the proxy from one by the site itself"),
        stamp="end" if "$" in logformat else "start",
        grade="run here",
        generic=True,
    )
