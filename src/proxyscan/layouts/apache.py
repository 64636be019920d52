"""Apache's ``LogFormat`` and nginx's ``log_format``: a string becomes a `Template`.

https://httpd.apache.org/docs/2.4/mod/mod_log_config.html,
https://nginx.org/en/docs/http/ngx_http_log_module.html. A code that says nothing of a request is a field without
meaning. Apache's ``%t`` writes its own brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from proxyscan.errors import LogformatError
from proxyscan.layouts.layout import Field, Fields
from proxyscan.layouts.template import Literal, Piece, Template

REQUEST: Final[Fields] = (
    Field("method", "text", part=(b" ", 0)),
    Field("url", "text", "url", part=(b" ", 1)),
)
"""``GET http://host/ HTTP/1.1``, or whatever a client sent in its place."""

REFERRER: Final = Field("referrer_host", "text", "url_host")

APACHE: Final[Mapping[str, Fields]] = {
    **dict.fromkeys(("h", "a", "{c}a"), Field("client")),
    "u": Field("user", "text"),
    "t": Field("time", "clf", "clf"),
    "r": REQUEST,
    "m": Field("method"),
    "U": Field("path", "text", "path"),
    "s": Field("status", "int", "int"),
    "O": Field("bytes_down", "int", "int"),
    **dict.fromkeys("bB", Field("bytes_down", "int", "int")),
    "I": Field("bytes_up", "int", "int"),
    "D": Field("duration_ms", "int", "duration_us"),
    "T": Field("duration_ms", "word", "duration_s"),
    "{s}T": Field("duration_ms", "word", "duration_s"),
    "{ms}T": Field("duration_ms", "int", "int"),
    "{us}T": Field("duration_ms", "int", "duration_us"),
    "{referer}i": REFERRER,
    "{host}i": Field("sni", "text", "url_host"),
    **{f"{{{name}}}{code}": Field("", "text") for name in ("user-agent", "cookie") for code in "ion"},
}
"""Codes of a ``LogFormat`` without their modifiers; names in braces are lower case."""

NGINX: Final[Mapping[str, Fields]] = {
    **dict.fromkeys(("remote_addr", "realip_remote_addr"), Field("client")),
    "remote_user": Field("user", "text"),
    "time_local": Field("time", "clf", "clf"),
    "time_iso8601": Field("time", "word", "datetime"),
    "msec": Field("time", "word", "fixed"),
    "request": REQUEST,
    "request_method": Field("method"),
    "request_uri": Field("url", "text", "url"),
    "uri": Field("path", "text", "path"),
    "scheme": Field("scheme"),
    "status": Field("status", "int", "int"),
    "bytes_sent": Field("bytes_down", "int", "int"),
    "body_bytes_sent": Field("bytes_down", "int", "int"),
    "request_length": Field("bytes_up", "int", "int"),
    "request_time": Field("duration_ms", "word", "duration_s"),
    "http_referer": REFERRER,
    **dict.fromkeys(("host", "http_host"), Field("sni", "text", "url_host")),
    **dict.fromkeys(("http_user_agent", "http_cookie", "http_x_forwarded_for"), Field("", "text")),
    "sent_http_content_type": Field("content_type", "text", part=(b";", 0)),
}
"""Variables of a ``log_format``."""

TOKEN: Final = re.compile(
    r"%(?:!?[0-9,]+)?[<>]?(?P<code>(?:\{[^}]*\})?\^?[A-Za-z]|%)|\$\{?(?P<variable>\w+)\}?|(?P<text>[^%$]+)"
)

WHOLE: Final = ("O", "bytes_sent")
"""Of several counts of bytes these count all that was sent, with the headers."""


def apache_template(logformat: str) -> Template:
    """Return the template of a ``LogFormat`` or ``log_format`` string.

    Raises `LogformatError` for what is no such string, or lacks a time, a status or a request.
    """
    tokens = [_token(match) for match in _tokens(logformat.replace('\\"', '"'))]
    if any(token in WHOLE for token in tokens if isinstance(token, str)):
        tokens = ["" if token in ("b", "B", "body_bytes_sent") else token for token in tokens]
    template = Template(tuple(_merged(piece for token in tokens for piece in _pieces(token))))
    _check({field.name for field in template.fields}, logformat)
    return template


def _tokens(logformat: str) -> Iterator[re.Match[str]]:
    place = 0
    while place < len(logformat):
        match = TOKEN.match(logformat, place)
        if not match:
            fact = f"log format: no such code at character {place + 1}: '{logformat[place : place + 12]}'"
            raise LogformatError(fact, "the codes stand in Apache's mod_log_config and nginx's ngx_http_log_module")
        yield match
        place = match.end()


def _token(match: re.Match[str]) -> str | Literal:
    if match["text"]:
        return Literal(match["text"].encode())
    if match["variable"]:
        return match["variable"]
    name, brace, code = match["code"].rpartition("}")
    return Literal(b"%") if code == "%" else name.lower() + brace + code


def _pieces(token: str | Literal) -> tuple[Piece, ...]:
    if isinstance(token, Literal):
        return (token,)
    place = APACHE.get(token) or NGINX.get(token) or Field("", "text" if token.endswith(("i", "o")) else "word")
    return (Literal(b"["), place, Literal(b"]")) if token == "t" else (place,)


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Literal) and merged and isinstance(merged[-1], Literal):
            merged[-1] = Literal(merged[-1].text + piece.text)
        else:
            merged.append(piece)
    return merged


def _check(names: set[str], logformat: str) -> None:
    needs = {"a time (%t, $time_local)": "time", "a status (%>s, $status)": "status", "a request (%r, $request)": "url"}
    missing = [words for words, name in needs.items() if name not in names]
    if missing:
        raise LogformatError(f"log format '{logformat}' lacks {' and '.join(missing)}", "add it to the configuration")
