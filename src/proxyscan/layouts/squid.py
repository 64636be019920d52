"""Squid's ``logformat`` language: a string such as ``%ts.%03tu %6tr %>a`` becomes a `Template`.

Grammar (squid.conf's documentation of ``logformat``; the token tables in Squid's ``src/format/Token.cc``):
``% [encoding] [-] [[0]width[.max]] [{arg}] code [{arg}]``. Encodings are ``" [ # / '``; codes may carry a
prefix such as ``http::``. A code that says nothing about a request is a field without meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from proxyscan.errors import LogformatError
from proxyscan.layouts.layout import Field
from proxyscan.layouts.template import Literal, Template

CODES: Final = {
    "ts": Field("time", "int", "seconds"),
    "tu": Field("time", "int", "ms"),
    "tS": Field("time", "word", "fixed"),
    "tl": Field("time", "clf", "clf"),
    "tg": Field("time", "clf", "clf"),
    "tr": Field("duration_ms", "int", "int"),
    ">a": Field("client"),
    ">A": Field("client"),
    "SRC": Field("client"),
    "Ss": Field("tag", "code"),
    "Sh": Field("hierarchy", "code"),
    ">Hs": Field("status", "int", "int"),
    "Hs": Field("status", "int", "int"),
    "<st": Field("bytes_down", "int", "int"),
    ">st": Field("bytes_up", "int", "int"),
    "rm": Field("method"),
    ">rm": Field("method"),
    "METHOD": Field("method"),
    "ru": Field("url", "text", "url"),
    ">ru": Field("asked_url", "text", "url"),
    "URI": Field("asked_url", "text", "url"),
    ">rd": Field("asked_host", "word", "host"),
    "DST": Field("asked_host", "word", "host"),
    "un": Field("user", "text"),
    "ul": Field("user", "text"),
    "ue": Field("user", "text"),
    "ui": Field("user", "text"),
    "us": Field("user", "text"),
    "LOGIN": Field("user", "text"),
    "EXT_USER": Field("user", "text"),
    "IDENT": Field("user", "text"),
    "mt": Field("content_type"),
    "err_code": Field("err_code"),
    "ssl::bump_mode": Field("bump_mode"),
    "tls::bump_mode": Field("bump_mode"),
    "ssl::>sni": Field("sni", "word", "host"),
    "tls::>sni": Field("sni", "word", "host"),
    ">h": Field("", "text"),
    "<h": Field("", "text"),
    ">ha": Field("", "text"),
    "note": Field("", "text"),
    "ea": Field("", "text"),
    "et": Field("", "text"),
    "EXT_LOG": Field("", "text"),
    "EXT_TAG": Field("", "text"),
    "ssl::>cert_subject": Field("", "text"),
    "ssl::>cert_issuer": Field("", "text"),
    "ssl::<cert_subject": Field("", "text"),
    "ssl::<cert_issuer": Field("", "text"),
    "ssl::<cert": Field("", "text"),
    "adapt::all_trs": Field("", "text"),
    "adapt::sum_trs": Field("", "text"),
    "adapt::<last_h": Field("", "text"),
}
"""What the codes with a meaning, or with blanks in their values, are; all others are words without meaning."""

PREFERRED: Final = ("ul", "LOGIN", "un", "ue", "EXT_USER", "us", "ui", "IDENT")
"""Where a logformat has several codes for the user, the first of these counts."""

LONG: Final = (
    "last_h|err_code|err_detail|handshake|nfmark|eui|qos|master_xaction|credentials|note|byte|busy_time|"
    "EXT_USER|EXT_LOG|EXT_TAG|IDENT|LOGIN|METHOD|MYADDR|MYPORT|PATH|PORT|PROTO|SRCEUI48|SRCEUI64|SRCPORT|SRC|"
    "TAG|URI|USER_CERTCHAIN|USER_CERT|ACL|DATA|DST"
)
SHORT: Final = (
    "la|lp|oa|ts|tu|tl|tg|tS|tr|pt|tt|dt|ha|un|ul|ui|ue|us|Hs|bs|Ss|Sh|mt|rm|ru|rs|rd|rP|rp|rv|rG|st|sh|sH|sS|"
    "et|ea|sn|a|A|p|P|h|v"
)
"""Squid's codes in the order in which it tries them; text may follow them at once."""

TOKEN: Final = re.compile(
    r"%(?:[\"\[#/'])?-?\d*(?:\.\d+)?(?:\{(?P<before>[^}]*)\})?"
    r"(?P<code>%|(?:ssl|tls|adapt|icap|transport|proxy_protocol)::[<>]?[A-Za-z_]+"
    rf"|(?:http::)?[<>]?(?:{LONG}|{SHORT})|(?:http::)?[<>]?[A-Za-z_]+)"
    r"(?:\{(?P<after>[^}]*)\})?"
)


class _Code(NamedTuple):
    """One ``%`` code of a logformat string, without its prefix ``http::``."""

    name: str
    argument: str


def squid_template(logformat: str, tail: bool = False) -> Template:
    """Return the template of a ``logformat`` string.

    Raises `LogformatError` for a string in which one cannot tell where a field ends, or that lacks what
    every analysis needs: a time, a result code (``%Ss``) or status, and a URL or host.
    """
    tokens = list(_tokens(logformat))
    pieces = _merged(_piece(token) for token in tokens)
    template = Template(tuple(_named(pieces, tokens)), tail)
    _check({field.name for field in template.fields}, logformat)
    return template


def _tokens(logformat: str) -> Iterator[_Code | str]:
    place = 0
    while place < len(logformat):
        if logformat[place] != "%":
            end = (logformat + "%").index("%", place)
            yield logformat[place:end]
            place = end
            continue
        match = TOKEN.match(logformat, place)
        if not match:
            fact = f"logformat: no such code at character {place + 1}: '{logformat[place : place + 12]}'"
            raise LogformatError(fact, "the codes stand in squid.conf's documentation under 'logformat'")
        yield _Code(match["code"].removeprefix("http::"), match["before"] or match["after"] or "")
        place = match.end()


def _piece(token: _Code | str) -> Literal | Field:
    if isinstance(token, str):
        return Literal(token.encode())
    if token.name == "%":
        return Literal(b"%")
    if token.name == "byte":
        return Literal(_byte(token.argument))
    if token.name == ">h" and token.argument.lower() == "referer":
        return Field("referrer_host", "text", "url_host")
    if token.name in ("tl", "tg") and token.argument:
        hint = "log the time as %ts.%03tu, %tl or %tg"
        raise LogformatError(f"logformat: a time written as '{token.argument}' cannot be read yet", hint)
    return CODES.get(token.name, Field(""))


def _byte(number: str) -> bytes:
    if not number.isdigit() or int(number) > 255:
        raise LogformatError(f"logformat: %byte{{{number}}} is no byte", "write a number from 0 to 255")
    return bytes([int(number)])


def _merged(pieces: Iterable[Literal | Field]) -> list[Literal | Field]:
    merged: list[Literal | Field] = []
    for piece in pieces:
        if isinstance(piece, Literal) and merged and isinstance(merged[-1], Literal):
            merged[-1] = Literal(merged[-1].text + piece.text)
        else:
            merged.append(piece)
    return merged


def _named(pieces: list[Literal | Field], tokens: list[_Code | str]) -> Iterator[Literal | Field]:
    """Give each column one source: ``%>ru`` is what was asked for; ``%ru`` beside it what was served."""
    codes = [token.name for token in tokens if isinstance(token, _Code) and token.name not in ("%", "byte")]
    user = next((code for code in PREFERRED if code in codes), "")
    asked = any(isinstance(piece, Field) and piece.name == "asked_url" for piece in pieces)
    seen: set[tuple[str, str]] = set()
    remaining = iter(codes)
    time = _time_source(codes)
    for piece in pieces:
        if isinstance(piece, Literal):
            yield piece
            continue
        code = next(remaining)
        named = _one_source(piece, code, user, asked) if piece.name != "time" or code in time else Field("", piece.kind)
        yield Field("", named.kind) if (named.name, named.type) in seen else named
        seen.add((named.name, named.type))


def _time_source(codes: list[str]) -> set[str]:
    """Return the codes that give the time: of several, the end of the transaction to the millisecond."""
    if "ts" in codes:
        return {"ts", "tu"}
    return next(({code} for code in ("tl", "tg", "tS") if code in codes), set())


def _one_source(piece: Field, code: str, user: str, asked: bool) -> Field:
    if piece.name == "user" and code != user:
        return Field("", piece.kind)
    if asked and piece.name == "asked_host":
        return Field("", piece.kind)
    if asked and piece.name == "url":
        return Field("served_host", piece.kind, "url_host")
    return Field("url", piece.kind, "url") if piece.name == "asked_url" else piece


def _check(names: set[str], logformat: str) -> None:
    needs = {
        "a time (%ts or %tl)": {"time"},
        "what became of the request (%Ss or %>Hs)": {"tag", "status"},
        "a host (%ru, %>ru or %>rd)": {"url", "asked_host"},
    }
    missing = [words for words, any_of in needs.items() if not names & any_of]
    if missing:
        raise LogformatError(f"logformat '{logformat}' lacks {' and '.join(missing)}", "add the code to squid.conf")


def squid_conf_formats(text: str) -> dict[str, str]:
    r"""Return name → string of each ``logformat`` that an ``access_log`` line of this squid.conf uses.

    All of its logformats are returned when no ``access_log`` line names one.

    >>> squid_conf_formats("logformat short %ts %>a %Ss/%>Hs %ru\naccess_log stdio:/var/log/a.log short")
    {'short': '%ts %>a %Ss/%>Hs %ru'}
    """
    formats: dict[str, str] = {}
    used: set[str] = set()
    for line in re.sub(r"\\\r?\n", "", text).splitlines():
        words = line.split(None, 2)
        if len(words) == 3 and words[0] == "logformat":
            formats[words[1]] = _unquoted(words[2].strip())
        if words[:1] == ["access_log"]:
            used |= {word.removeprefix("logformat=") for word in line.split()[2:]}
    return {name: string for name, string in formats.items() if name in used} or formats


def _unquoted(string: str) -> str:
    quoted = len(string) > 1 and string[0] == string[-1] == '"' and '"' not in string[1:-1]
    return string[1:-1] if quoted else string
