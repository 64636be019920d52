"""The syntaxes in which lists of hosts are kept, as a table: what a line looks like, and which hosts it names.

Lines are looked at all together, as Arrow columns, so that a million take about a second. Sources: hosts(5);
dnsmasq(8); the filter syntaxes of Adblock Plus and AdGuard; squidGuard's configuration manual; the README of
v2fly/domain-list-community; RFC 4180.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from proxyscan.entries import NOT_SOCIAL
from proxyscan.host import canonical, domain

NAME: Final = r"[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+\.?"
HOST: Final = rf"(?:\*?\.)?{NAME}"
ADDRESS: Final = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*(?:%\w+)?)"
ADS: Final = "ads"
"""The attribute that v2fly gives to advertising and tracking hosts."""


@dataclass
class Found:
    """What the lines of a list name, by label where it is not the list's own ("")."""

    below: dict[str, str] = field(default_factory=dict)
    exact: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    patterns: dict[str, str] = field(default_factory=dict)
    includes: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    wrong: str = ""
    skipped: int = 0


@dataclass(frozen=True)
class Syntax:
    """A syntax: its `line` (RE2), an `example` of it, and how its lines are read into `Found`.

    `also`: lines that stand in such a list too, but do not tell the syntax.
    """

    name: str
    line: str
    example: str
    read: Callable[[Any, Found], None]
    also: str = "$^"


def hosts_of(column: Any) -> list[str]:
    """Return canonical hosts of a column of host names; leading `*.`, `.` and a trailing dot are taken off."""
    bare = pc.utf8_rtrim(pc.utf8_ltrim(pc.utf8_lower(column), "*."), ".")
    if pc.all(pc.string_is_ascii(bare)).as_py() is not False:
        return list(bare.to_pylist())
    return [host for each in bare.to_pylist() if (host := each if each.isascii() else canonical(each))]


def matches(column: Any, pattern: str) -> Any:
    """Return which lines match a pattern as a whole."""
    return pc.match_substring_regex(column, f"^(?:{pattern})$")


def _parts(column: Any, pattern: str) -> Any:
    """Return what a pattern's group `part` caught in each line that it matches."""
    return pc.struct_field(pc.drop_null(pc.extract_regex(column, f"^(?:{pattern})$")), "part")


def _plain(lines: Any, found: Found) -> None:
    found.below.update(dict.fromkeys(hosts_of(lines), ""))


def _urls(lines: Any, found: Found) -> None:
    bare = pc.replace_substring_regex(lines, r"^[a-zA-Z]+://|[?#].*$", "")
    bare = pc.replace_substring_regex(bare, r"^([^/:]*):\d+", r"\1")
    whole = matches(bare, "[^/]*/?")
    _plain(pc.utf8_rtrim(bare.filter(whole), "/"), found)
    for text in bare.filter(pc.invert(whole)).to_pylist():
        host, _, path = text.partition("/")
        if name := canonical(host.lstrip("*.")):
            found.paths[f"{name}/{path}"] = ""


def _hosts(lines: Any, found: Found) -> None:
    names = pc.list_flatten(pc.split_pattern_regex(pc.replace_substring_regex(lines, r"^\S+\s+", ""), r"\s+"))
    _plain(names.filter(matches(names, NAME)), found)  # without localhost and its like
    for each in [name for name in found.below if re.fullmatch(r"[0-9.]+", name)]:
        del found.below[each]  # 0.0.0.0 0.0.0.0


def _dnsmasq(lines: Any, found: Found) -> None:
    between = _parts(lines, r"[a-z-]+=/(?P<part>.*)/[^/]*")
    names = pc.list_flatten(pc.split_pattern(between, "/"))
    _plain(names.filter(matches(names, HOST)), found)


def _adblock(lines: Any, found: Found) -> None:
    simple = matches(lines, rf"\|\|{NAME}\^")
    _plain(pc.utf8_trim(lines.filter(simple), "|^"), found)
    _adblock_rules(lines.filter(pc.invert(simple)), found)
    read = len(found.below) + len(found.exact) + len(found.paths) + len(found.patterns)
    found.skipped = max(len(lines) - read, 0)


def _adblock_rules(lines: Any, found: Found) -> None:
    end = r"(?:\^?\|?(?:\$(?:important|all|document|doc|popup|third-party|3p)(?:,\w+)*)?)"
    _plain(_parts(lines, rf"\|\|(?P<part>{HOST}){end}"), found)
    _plain(lines.filter(matches(lines, HOST)), found)
    found.exact.update(dict.fromkeys(hosts_of(_parts(lines, rf"\|(?:https?://)?(?P<part>{NAME})/?{end}")), ""))
    denied = _parts(lines, rf"\|\|(?P<part>{HOST})\^\$denyallow=[^,]*")
    _plain(denied, found)
    spared = pc.list_flatten(pc.split_pattern(_parts(lines, rf"\|\|{HOST}\^\$denyallow=(?P<part>[^,]*)"), "|"))
    spared = pa.chunked_array([spared, _parts(lines, rf"@@\|\|?(?P<part>{HOST}){end}")]).combine_chunks()
    found.below.update(dict.fromkeys(hosts_of(spared), NOT_SOCIAL))
    for text in _parts(lines, rf"\|\|(?P<part>{NAME}/[\w./-]+)\^?{end}").to_pylist():
        found.paths[text] = ""
    for text in _parts(lines, r"\|\|(?P<part>[\w.-]*\*[\w.*-]*\.[\w-]+\.[\w-]+)\^").to_pylist():
        found.patterns[r"(?:^|\.)" + re.escape(text).replace(r"\*", ".*") + "$"] = ""


def _v2fly(lines: Any, found: Found) -> None:
    plain = matches(lines, rf"(?:domain:)?{HOST}")
    _plain(pc.replace_substring_regex(lines.filter(plain), "^domain:", ""), found)
    for text in lines.filter(pc.invert(plain)).to_pylist():
        rule, *rest = text.split()
        attributes = frozenset(word.removeprefix("@") for word in rest if word.startswith("@"))
        kind, _, value = rule.rpartition(":") if not rule.startswith("regexp:") else rule.partition(":")
        _v2fly_rule(kind, value, attributes, found)
        if found.wrong:
            return


def _v2fly_rule(kind: str, value: str, attributes: frozenset[str], found: Found) -> None:
    label = "widget" if ADS in attributes else ""
    match kind:
        case "include":
            found.includes.append((value, attributes))
        case "keyword":
            found.patterns[re.escape(value.lower())] = label
        case "regexp":
            found.patterns[value] = label
        case _:
            host = canonical(value)
            if host and ("." in host or domain(f"x.{host}")):  # a whole top-level domain may be a brand's own
                (found.exact if kind == "full" else found.below)[host] = label
            else:
                found.wrong = value


SYNTAXES: Final = {
    each.name: each
    for each in (
        Syntax("plain", HOST, "www.example.com", _plain),
        Syntax("urls", rf"(?:[a-z]+://)?{HOST}(?::\d+)?(?:[/?#]\S*)?", "example.com/page", _urls),
        Syntax("hosts", rf"{ADDRESS}\s+[\w.-]+(?:\s+[\w.-]+)*", "0.0.0.0 www.example.com", _hosts),
        Syntax("dnsmasq", rf"[a-z-]+=/(?:{HOST}/)+\S*", "address=/example.com/", _dnsmasq),
        Syntax(
            "adblock",
            r"(?:@@)?\|\|\S+",
            "||example.com^",
            _adblock,
            rf"{HOST}|(?:@@)?\|\S+|.*#[@?$%]*#.+|(?:@@)?\S*[/^*$=_-]\S*",
        ),
        Syntax(
            "v2fly",
            rf"(?:(?:{HOST}|[\p{{L}}\p{{N}}-]+|(?:domain|full|include):[\p{{L}}\p{{N}}!._-]+|keyword:\S+|regexp:\S+)"
            r"(?:\s+[@&]\S+)*)",
            "full:www.example.com @ads",
            _v2fly,
        ),
    )
}
"""The syntaxes by name; of those that fit equally, the first is it."""

URL_COLUMNS: Final = ("domain", "host", "hostname", "url", "host_or_url")


def recognised(lines: Any) -> Iterator[tuple[int, Syntax]]:
    """Yield the syntaxes with the number of lines that tell them, the best first."""
    counts = [(pc.sum(matches(lines, each.line)).as_py() or 0, each) for each in SYNTAXES.values()]
    yield from sorted(counts, key=lambda count: -count[0])


def first_misfit(lines: Any, syntax: Syntax) -> int | None:
    """Return the index of the first line that has no place in a list of this syntax, or None."""
    fits = matches(lines, f"{syntax.line}|{syntax.also}")
    wrong = pc.index(fits, False).as_py()
    return None if wrong < 0 else int(wrong)


def labelled(found: Found, label: str) -> tuple[dict[str, str], ...]:
    """Return `below`, `exact`, `paths` and `patterns` with the list's own label where none is given."""
    return tuple(_filled(each, label) for each in (found.below, found.exact, found.paths, found.patterns))


def _filled(labels: dict[str, str], label: str) -> dict[str, str]:
    given: Iterable[tuple[str, str]] = [(text, own) for text, own in labels.items() if own]
    return {**dict.fromkeys(labels, label), **dict(given)}
