"""Write drawn requests as lines: one function a format."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow.compute as pc
from columns import Lines, Texts, digits, joined
from words import ELFF_HEADER, FORTIGATE, PROXYSG, SQUID

HTTP = 'dstport=80 dstintf="wan" proto=6 service="HTTP"'


def native(lines: Lines) -> Texts:
    """Return lines of Squid's own format."""
    decimals = pc.ascii_lpad(digits(lines.drawn.end % 1000), 3, padding="0")
    tag, status, hierarchy = (lines.by_kind(SQUID, place) for place in range(3))
    peer = pc.if_else(pc.equal(hierarchy, "HIER_NONE"), "-", lines.peer)
    mime = pc.if_else(pc.equal(status, "000"), "-", lines.mime)
    head = (lines.seconds, ".", decimals, " ", pc.ascii_lpad(digits(lines.drawn.ms), 6), " ", lines.client, " ")
    what = (tag, "/", status, " ", digits(lines.drawn.down), " ", lines.method, " ", lines.url, " ", lines.user, " ")
    return joined(*head, *what, hierarchy, "/", peer, " ", mime, "\n")


def combined(lines: Lines) -> Texts:
    """Return lines of Squid's format `combined`."""
    tag, status, hierarchy = (lines.by_kind(SQUID, place) for place in range(3))
    who = (lines.client, " - ", lines.user, " [", lines.clock("%d/%b/%Y:%H:%M:%S +0000"), '] "')
    what = (lines.method, " ", lines.url, ' HTTP/1.1" ', pc.if_else(pc.equal(status, "000"), "0", status), " ")
    whence = (digits(lines.drawn.down), ' "', lines.referrer, '" "', lines.agent, '" ')
    return joined(*who, *what, *whence, tag, ":", hierarchy, "\n")


def elff(lines: Lines) -> Texts:
    """Return lines of ProxySG's `bcreportermain_v1` (W3C extended)."""
    result, exception, action, status = (lines.by_kind(PROXYSG, place) for place in range(4))
    query = pc.if_else(pc.equal(lines.of_path(2), ""), "-", joined("?", lines.of_path(2)))
    tunnel = lines.connect
    when = (lines.clock("%Y-%m-%d %H:%M:%S"), " ", digits(lines.drawn.ms), " ", lines.client, " ", lines.user)
    why = (" - ", lines.host, " ", lines.peer, " - - ", exception, " ", result, ' "', lines.category, '" ')
    how = (lines.referrer, " ", status, " ", action, " ", lines.method, " ", lines.mime, " ")
    scheme, port = pc.if_else(tunnel, "tcp", "http"), pc.if_else(tunnel, "443", "80")
    path, query = pc.if_else(tunnel, "/", lines.path), pc.if_else(tunnel, "-", query)
    what = (scheme, " ", lines.host, " ", port, " ", path, " ", query, ' - "', lines.agent, '" 10.9.9.9 ')
    return joined(*when, *why, *how, *what, digits(lines.drawn.down), " ", digits(lines.drawn.up), " -\n")


def webfilter(lines: Lines) -> Texts:
    """Return lines of FortiGate's webfilter log (key=value); it tells only denied from not denied."""
    logid, event, level, action, word = (lines.by_kind(FORTIGATE, place) for place in range(5))
    user = pc.if_else(pc.equal(lines.user, "-"), "", lines.user)
    service = pc.if_else(lines.connect, 'dstport=443 dstintf="wan" proto=6 service="HTTPS"', HTTP)
    head = (lines.clock("date=%Y-%m-%d time=%H:%M:%S"), ' logid="', logid, '" type="utm" subtype="webfilter"')
    kind = (' eventtype="', event, '" level="', level, '" vd="root" eventtime=', lines.seconds, ' tz="+0000"')
    who = (" policyid=1 sessionid=", digits(lines.drawn.number), ' user="', user, '" srcip=', lines.client)
    net = (' srcport=50000 srcintf="lan" dstip=', lines.peer, " ", service, ' hostname="', lines.host)
    what = ('" profile="default" action="', action, '" reqtype="direct" url="', lines.local, '" sentbyte=')
    size = (
        digits(lines.drawn.up),
        " rcvdbyte=",
        digits(lines.drawn.down),
        ' direction="outgoing" msg="URL belongs to ',
    )
    end = (word, ' category in policy" method="domain" cat=37 catdesc="', lines.category, '"\n')
    return joined(*head, *kind, *who, *net, *what, *size, *end)


def json_lines(lines: Lines) -> Texts:
    """Return lines of Squid on OPNsense: JSON behind a syslog prefix."""
    tag, status, hierarchy = (lines.by_kind(SQUID, place) for place in range(3))
    short = pc.if_else(pc.equal(status, "000"), "0", status)
    when = (lines.clock("<166>%b %d %H:%M:%S proxy (squid-1)[15826]: "), '{"@timestamp":"')
    event = (lines.clock("%Y-%m-%dT%H:%M:%S+0000"), '","event":{"dataset":"squid.access","duration":"')
    ask = (digits(lines.drawn.ms), '"},"http":{"version":"1.1","request":{"method":"', lines.method, '","referrer":"')
    reply = (lines.referrer, '"},"response":{"bytes": ', digits(lines.drawn.down), ', "body":{"status_code": ', short)
    who = ('}}},"source":{"ip":"', lines.client, '"},"url":{"original":"', lines.url, '"},"user":{"name":"', lines.user)
    agent = ('"},"user_agent":{"original":"', lines.agent, '"},"labels":{"request_status":"', tag)
    end = ('","hierarchy_status":"', hierarchy, '"},"message":"', lines.method, " ", lines.url, ' HTTP/1.1"}\n')
    return joined(*when, *event, *ask, *reply, *who, *agent, *end)


FORMATS: dict[str, tuple[str, Callable[[Lines], Texts]]] = {
    "squid": ("", native),
    "combined": ("", combined),
    "elff": (ELFF_HEADER, elff),
    "fortigate": ("", webfilter),
    "json": ("", json_lines),
}
"""What a file of each format begins with, and what writes its lines."""
