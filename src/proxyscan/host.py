"""Host names: their one canonical form, and the registrable domain."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from proxyscan.kernels.hosts import look_over

if TYPE_CHECKING:
    from tldextract import TLDExtract

NAME: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
ADDRESS: Final = re.compile(r"[0-9.]+|\[?[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(?:%[0-9a-z]+)?\]?")


def at_a_glance(hosts: Sequence[bytes]) -> tuple[Any, Any]:
    """Tell which hosts are names in their canonical form already, as most are, and return a number for each one's end.

    Hosts with the same last two labels have the same number, below 2 ** `END_BITS`; others seldom share it.

    >>> plain, ends = at_a_glance([b"www.example.org", b"IMG.example.org", b"10.0.0.1"])
    >>> plain.tolist(), bool(ends[0] == ends[1])
    ([True, False, False], True)
    """
    stops = np.fromiter(map(len, hosts), np.int64, len(hosts)).cumsum()
    plain, numbers = np.empty(len(hosts), np.bool_), np.empty(len(hosts), np.int32)
    look_over(np.frombuffer(b"".join([*hosts, b"."]), np.uint8), stops, plain, numbers)
    return plain, numbers


def end(host: bytes) -> bytes:
    """Return the last two labels of a canonical host.

    >>> end(b"www.example.org"), end(b"localhost")
    (b'example.org', b'localhost')
    """
    return b".".join(host.rsplit(b".", 2)[-2:])


def canonical(host: str) -> str | None:
    """Return a host in lower case, without a trailing dot or brackets, IDN as punycode; None if it is none.

    Names that strict IDNA refuses but that exist (``my_page.blogspot.com``, ``r3---sn-x.googlevideo.com``)
    are accepted. Full-width letters and dots are folded (NFKC), as browsers do.

    >>> canonical("WWW.Example.ORG."), canonical("[2a03:2880::1]"), canonical("facebook[.]com")
    ('www.example.org', '2a03:2880::1', None)
    """
    host = host.replace("%5B", "[").replace("%5D", "]") if host.startswith("%5B") else host
    if ADDRESS.fullmatch(host):
        return _address(host.removeprefix("[").removesuffix("]"))
    name = host.lower().removesuffix(".")
    if not name.isascii():
        name = _punycode(name)
    return name if NAME.fullmatch(name) else None


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text if NAME.fullmatch(text) else None


def _punycode(name: str) -> str:
    import idna

    folded = unicodedata.normalize("NFKC", name).replace("。", ".").lower()
    if folded.isascii():
        return folded
    try:
        return idna.encode(folded, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return ""


def is_address(host: str) -> bool:
    """Tell whether a canonical host is an IPv4 or IPv6 address."""
    return ":" in host or not host.translate(_DIGITS_AND_DOTS)


_DIGITS_AND_DOTS: Final = {ord(character): None for character in "0123456789."}


@cache
def _suffixes() -> TLDExtract:
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)  # the list in the package; no network


@cache
def _rules() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the list's suffixes, the parents of its `*.` rules, and its exceptions (`!`)."""
    rules = _suffixes().tlds
    wild = frozenset(rule[2:] for rule in rules if rule.startswith("*."))
    return frozenset(rules), wild, frozenset(rule[1:] for rule in rules if rule.startswith("!"))


@lru_cache(maxsize=1 << 18)
def domain(host: str) -> str | None:
    """Return the registrable domain of a canonical host (ICANN section of the Public Suffix List), or None.

    >>> domain("www.facebook.com.login.example.co.uk"), domain("co.uk"), domain("157.240.1.35")
    ('example.co.uk', None, None)
    """
    if (":" in host or host[-1:].isdigit()) and is_address(host):
        return None
    if "xn--" in host:
        return _suffixes().extract_str(host).top_domain_under_public_suffix or None
    suffixes, wild, exceptions = _rules()
    below: str | None = None
    while host not in suffixes:
        parent = host.partition(".")[2]
        if parent in wild:
            return host if host in exceptions else below
        if not parent:
            return None
        below, host = host, parent
    return below
