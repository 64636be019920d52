"""Services as rules for other programs: every host that must be opened, or shut, for them.

`use` and `asset` hosts are exported, `widget` hosts on request. What a syntax cannot say is left as a comment,
never widened: a path only where URLs can be named, a `*` only where there are patterns.
Sources: squid.conf.documented (dstdomain, dstdom_regex, url_regex); e2guardian's list files; dnsmasq(8); hosts(5);
Adblock Plus' filter syntax; the Content Policy Language reference of Blue Coat (define condition, url.domain);
the Proxy Auto-Config file format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import wrap
from typing import Final

from proxyscan.catalogue import Catalogue, check_names, full_catalogue
from proxyscan.entries import Entry, Service, suffixes
from proxyscan.errors import CatalogueError

ACTIONS: Final = ("close", "open")
LABELS: Final = ("use", "asset")
"""What a service needs to work."""


@dataclass(frozen=True)
class Scope:
    """What belongs to one service: hosts with all below them, hosts with a `*`, hosts with a path; and what not.

    `hosts`: `domains` and the hosts known below them. `besides`: hosts and paths below `domains` that are no part
    of the service, or only its widgets.
    """

    service: Service
    domains: tuple[str, ...]
    hosts: tuple[str, ...]
    stars: tuple[str, ...]
    paths: tuple[str, ...]
    besides: tuple[str, ...]

    @property
    def title(self) -> str:
        """The service's id, name and owner."""
        owner = f" ({self.service.owner})" if self.service.owner else ""
        return f"{self.service.id}: {self.service.name}{owner}"


def export(
    services: Iterable[str], form: str, widgets: bool = False, action: str = "close", among: Catalogue | None = None
) -> str:
    """Return the rules that shut (or open) services, in the syntax of a program (`FORMS`).

    `widgets`: also what other sites' pages load. Opening a service opens the asset hosts of those that it needs,
    too; closing one leaves them alone. Unknown names raise `CatalogueError`.

    >>> print(export(["threads"], "hosts").splitlines()[-1])
    0.0.0.0 www.threads.net
    """
    among = among or full_catalogue()
    wanted = list(dict.fromkeys(services))
    check_names(wanted, among.services, "service")
    check_names([form], FORMS, "form")
    check_names([action], ACTIONS, "action")
    if form == "hosts" and action == "open":
        raise CatalogueError("a hosts file can only close", "use another form, as --as squid")
    labels = (*LABELS, "widget") if widgets else LABELS
    scopes = [scope(each, labels, among) for each in wanted]
    if action == "open":
        needed = dict.fromkeys(need for each in scopes for need in each.service.needs)
        scopes += [scope(each, ("asset",), among) for each in needed if each not in wanted]
    return "\n".join(FORMS[form](scopes, action)) + "\n"


def scope(service: str, labels: Sequence[str] = LABELS, among: Catalogue | None = None) -> Scope:
    """Return the hosts of a service today that have these labels, without those below another of them."""
    among = among or full_catalogue()
    mine = [e for e in among.entries if e.service.id == service and e.until == date.max]
    chosen = [entry for entry in mine if entry.label in labels]
    plain = {entry.text for entry in chosen if not entry.host_pattern and not entry.path_pattern}
    domains = sorted(host for host in plain if not any(above in plain for above in suffixes(host.partition(".")[2])))
    other = [entry for entry in chosen if entry.text not in plain and not _covered(entry, plain)]
    return Scope(
        among.services[service],
        tuple(domains),
        tuple(sorted(plain)),
        tuple(sorted(entry.text for entry in other if not entry.path_pattern)),
        tuple(sorted(entry.text for entry in other if entry.path_pattern)),
        tuple(sorted(e.text for e in mine if e.label not in labels and _covered(e, plain))),
    )


def _covered(entry: Entry, plain: set[str]) -> bool:
    return any(above in plain for above in suffixes(entry.key if entry.host_pattern else entry.host))


def _comments(scope: Scope, left_out: Iterable[str], sign: str = "#") -> Iterator[str]:
    yield f"{sign} {scope.title}"
    hosts = [text for text in scope.besides if "/" not in text]
    shared = scope.service.needs
    said = (
        ("left out, as it cannot be said here", left_out),
        ("comes along, being below", hosts),
        ("loads from these services' hosts as well, which are opened with it but not closed", shared),
    )
    for what, texts in said:
        if texts_said := ", ".join(texts):
            yield from (f"{sign}   {line}" for line in wrap(f"{what}: {texts_said}", 110, break_on_hyphens=False))


def star_pattern(host: str) -> str:
    """Return a host with `*` as an extended regular expression.

    >>> star_pattern("cdn*.example.com")
    '^cdn.*[.]example[.]com$'
    """
    return "^" + host.replace(".", "[.]").replace("*", ".*") + "$"


def _url_pattern(text: str) -> str:
    host, _, path = text.partition("/")
    path = re.sub(r"([][.()+?{}^$|\\])", r"[\1]", path).replace("*", "[^/]*")
    return f"^https?://([^/:]*[.])?{host.replace('.', '[.]').replace('*', '[^/:]*')}(:[0-9]+)?/{path}([/?#]|$)"


def _squid(scopes: list[Scope], action: str) -> Iterator[str]:
    for each in scopes:
        yield from _comments(each, [])
        name = f"ps_{each.service.id}"[:50]
        yield from (f"acl {name} dstdomain .{host}" for host in each.domains)
        yield from (f"acl {name}_re dstdom_regex -i {star_pattern(host)}" for host in each.stars)
        yield from (f"acl {name}_url url_regex -i {_url_pattern(text)}" for text in each.paths)
        ends = [end for end, used in (("", each.domains), ("_re", each.stars), ("_url", each.paths)) if used]
        yield from (f"http_access {'deny' if action == 'close' else 'allow'} {name}{end}" for end in ends)


def _e2guardian(scopes: list[Scope], action: str) -> Iterator[str]:
    yield f"# for e2guardian's {'bannedsitelist' if action == 'close' else 'exceptionsitelist'}"
    for each in scopes:
        yield from _comments(each, [*each.stars, *each.paths])
        yield from each.domains


def _dnsmasq(scopes: list[Scope], action: str) -> Iterator[str]:
    for each in scopes:
        yield from _comments(each, [*each.stars, *each.paths])
        yield from (f"address=/{host}/" if action == "close" else f"server=/{host}/#" for host in each.domains)


def _hosts(scopes: list[Scope], action: str) -> Iterator[str]:
    yield "# a hosts file names single hosts; what lies below these is not closed by it"
    for each in scopes:
        yield from _comments(each, [*each.stars, *each.paths])
        names = {*each.hosts, *(f"www.{host}" for host in each.domains if not host.startswith("www."))}
        yield from (f"0.0.0.0 {host}" for host in sorted(names))


def _adblock(scopes: list[Scope], action: str) -> Iterator[str]:
    sign = "||" if action == "close" else "@@||"
    for each in scopes:
        yield from _comments(each, [], "!")
        yield from (f"{sign}{host}^" for host in (*each.domains, *each.stars))
        yield from (f"{sign}{text}" for text in each.paths)


def _bluecoat(scopes: list[Scope], action: str) -> Iterator[str]:
    for each in scopes:
        name = f"proxyscan_{re.sub('[^a-z0-9]', '_', each.service.id)}"
        yield from _comments(each, [], ";")
        yield f"define condition {name}"
        yield from (f"  url.domain={host}" for host in each.domains)
        yield from (f'  url.host.regex="{star_pattern(host)}"' for host in each.stars)
        yield from (f'  url.regex="{_url_pattern(text)}"' for text in each.paths)
        yield "end"
        yield "<Proxy>"
        yield f"  condition={name} {'deny' if action == 'close' else 'allow'}"


def _pac(scopes: list[Scope], action: str) -> Iterator[str]:
    for each in scopes:
        yield from _comments(each, each.paths, "//")
    nowhere, direct = '"PROXY 127.0.0.1:9"', '"DIRECT"'
    listed, other = (nowhere, direct) if action == "close" else (direct, nowhere)
    domains = sorted({host for each in scopes for host in each.domains})
    stars = sorted({host for each in scopes for host in each.stars})
    yield f"var LISTED = {listed};  // what the services' hosts get; put your proxy here"
    yield f"var OTHER = {other};  // what all other hosts get"
    yield f"var DOMAINS = {json.dumps(dict.fromkeys(domains, 1), indent=1)};"
    yield f"var PATTERNS = {json.dumps(stars, indent=1)};"
    yield _PAC_CODE


_PAC_CODE: Final = """\
function FindProxyForURL(url, host) {
  host = host.toLowerCase().replace(/\\.$/, "");
  for (var name = host; name; name = name.indexOf(".") < 0 ? "" : name.slice(name.indexOf(".") + 1)) {
    if (DOMAINS.hasOwnProperty(name)) return LISTED;
  }
  for (var i = 0; i < PATTERNS.length; i++) {
    if (shExpMatch(host, PATTERNS[i])) return LISTED;
  }
  return OTHER;
}"""


def _plain(scopes: list[Scope], action: str) -> Iterator[str]:
    for each in scopes:
        yield from _comments(each, [*each.stars, *each.paths])
        yield from each.domains


FORMS: Final[dict[str, Callable[[list[Scope], str], Iterator[str]]]] = {
    "squid": _squid,
    "e2guardian": _e2guardian,
    "dnsmasq": _dnsmasq,
    "adblock": _adblock,
    "hosts": _hosts,
    "bluecoat-cpl": _bluecoat,
    "pac": _pac,
    "plain": _plain,
}
"""The program's syntaxes, by the name that `--as` takes."""
