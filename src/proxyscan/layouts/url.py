"""The parts of a URL as proxies log it, as spans of bytes.

Forms that occur: ``http://host:port/path?query``, ``host:port`` (CONNECT), ``[v6]:port``, ``/path``,
``error:some-words`` (Squid's pseudo URLs), ``cache_object://host/menu``, and anything hostile.
A host is the raw text (still with capitals or ``[ ]``); `proxyscan.classify.canonical` judges it.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

SCHEME: Final = re.compile(rb"[A-Za-z][A-Za-z0-9+._-]*+")
AUTHORITY_END: Final = re.compile(rb"[/?#]")
PATH_END: Final = re.compile(rb"[?#]")

Span = tuple[int, int]
ABSENT: Final = (-1, -1)


class UrlSpans(NamedTuple):
    """Begin and end of each part within the URL; (-1, -1) where it has none. `port` is -1 for none."""

    scheme: Span
    host: Span
    port: int
    path: Span


def split_url(url: bytes) -> UrlSpans:
    """Return the spans of the parts of `url`.

    >>> split_url(b"http://www.bbc.co.uk:8081/news?a=1")
    UrlSpans(scheme=(0, 4), host=(7, 20), port=8081, path=(25, 30))
    >>> split_url(b"error:invalid-request")
    UrlSpans(scheme=(0, 5), host=(-1, -1), port=-1, path=(-1, -1))
    """
    scheme = SCHEME.match(url)
    if scheme and url.startswith(b"://", scheme.end()):
        return _hierarchical(url, scheme.span(), scheme.end() + 3)
    if url.startswith(b"/"):
        return UrlSpans(ABSENT, ABSENT, -1, (0, _end(PATH_END, url, 0)))
    if scheme and _opaque(url, scheme.end()):
        return UrlSpans(scheme.span(), ABSENT, -1, ABSENT)
    return _hierarchical(url, ABSENT, 0)


def _end(pattern: re.Pattern[bytes], url: bytes, start: int) -> int:
    match = pattern.search(url, start)
    return match.start() if match else len(url)


def _opaque(url: bytes, colon: int) -> bool:
    """Tell ``error:words`` from ``host:port``: the rest up to the path holds no digits alone, ':' or '@'."""
    rest = url[colon + 1 : _end(AUTHORITY_END, url, 0)]
    return url[colon : colon + 1] == b":" and not rest.isdigit() and b":" not in rest and b"@" not in rest


def _hierarchical(url: bytes, scheme: Span, start: int) -> UrlSpans:
    end = _end(AUTHORITY_END, url, start)
    host, port = _authority(url, start, end)
    has_path = url.startswith(b"/", end)
    return UrlSpans(scheme, host, port, (end, _end(PATH_END, url, end)) if has_path else ABSENT)


def _authority(url: bytes, start: int, end: int) -> tuple[Span, int]:
    at = url.rfind(b"@", start, end)
    start = at + 1 if at >= 0 else start
    stop = _host_end(url, start, end)
    host = (start, stop) if stop > start else ABSENT
    return host, _port(url[stop + 1 : end]) if url[stop : stop + 1] == b":" and host != ABSENT else -1


def _host_end(url: bytes, start: int, end: int) -> int:
    if url.startswith(b"[", start):
        close = url.find(b"]", start, end)
        return close + 1 if close >= 0 else start
    if url.count(b":", start, end) > 1:  # an IPv6 address without brackets
        return end
    colon = url.find(b":", start, end)
    return colon if colon >= 0 else end


def _port(text: bytes) -> int:
    return int(text) if text.isdigit() and len(text) <= 5 and int(text) <= 65535 else -1


def address(text: bytes) -> bytes:
    """Return an address without its port, and without the brackets of IPv6.

    >>> address(b"127.0.0.1:34484"), address(b"[::1]:80"), address(b"::1")
    (b'127.0.0.1', b'::1', b'::1')
    """
    stop = _host_end(text, 0, len(text))
    return text[1 : stop - 1] if text.startswith(b"[") and stop else text[:stop]
