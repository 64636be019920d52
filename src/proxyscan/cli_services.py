"""The commands under `proxyscan services`, and the options that say which services count.

What is imported from the package is imported inside the commands, so that --help is fast.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxyscan.errors import ProxyscanError

if TYPE_CHECKING:
    from proxyscan.catalogue import Catalogue

services_app = typer.Typer(help="The catalogue of social media.", invoke_without_command=True)


class Form(StrEnum):
    """The programs that services are exported for."""

    squid = "squid"
    e2guardian = "e2guardian"
    dnsmasq = "dnsmasq"
    adblock = "adblock"
    hosts = "hosts"
    bluecoat_cpl = "bluecoat-cpl"
    pac = "pac"
    plain = "plain"


class Action(StrEnum):
    """What exported rules do to a service."""

    close = "close"
    open = "open"


JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
KindsOption = Annotated[str, typer.Option(help="Count these kinds only (comma-separated), optional ones too.")]
ServicesOption = Annotated[str, typer.Option(help="Count these services only (comma-separated).")]
PresetOption = Annotated[str, typer.Option(help="Count the kinds of a preset: council, school-kcsie or all.")]
ListOption = Annotated[
    list[str] | None,
    typer.Option("--list", metavar="NAME=FILE", help="Count a list of hosts too, as a service or kind (repeatable)."),
]
OnlyListsOption = Annotated[bool, typer.Option("--only-lists", help="Count nothing but the lists.")]


def chosen(kinds: str, services: str, preset: str, lists: Sequence[str] | None, only_lists: bool) -> Catalogue:
    """Return the catalogue of what the options say counts."""
    from proxyscan.choose import choose, list_option

    read = [list_option(each) for each in lists or ()]
    return choose(filter(None, kinds.split(",")), filter(None, services.split(",")), preset, read, only_lists)


@services_app.callback()
def services(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the kinds of services: how many services and hosts, and which kinds count by default."""
    if context.invoked_subcommand:
        return
    rows = _kinds()
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    print(f"{'Kind':20} {'Counts':10} {'Services':>8} {'Hosts':>6}  For instance")
    for row in rows:
        counts = "by default" if row["counts_by_default"] else "on request"
        names = ", ".join(row["largest"])
        print(f"{row['kind']:20} {counts:10} {len(row['services']):8} {row['entries']:6}  {names}")


def _kinds() -> list[dict[str, Any]]:
    from proxyscan.catalogue import OPTIONAL, full_catalogue

    full = full_catalogue()
    entries = Counter(entry.service.id for entry in full.entries)
    rows = []
    for kind in sorted({each.kind for each in full.services.values()}):
        mine = sorted((each for each in full.services.values() if each.kind == kind), key=lambda each: each.id)
        largest = sorted(mine, key=lambda each: (bool(each.closed), -entries[each.id], each.id))[:3]
        rows.append(
            {
                "kind": kind,
                "counts_by_default": kind not in OPTIONAL,
                "entries": sum(entries[each.id] for each in mine),
                "largest": [each.name for each in largest],
                "services": [each.id for each in mine],
            }
        )
    return rows


@services_app.command("presets")
def services_presets(as_json: JsonOption = False) -> None:
    """List the presets: sets of kinds that count together."""
    from dataclasses import asdict

    from proxyscan.choose import presets

    if as_json:
        print(json.dumps([asdict(each) for each in presets().values()], indent=2, ensure_ascii=False))
    for each in [] if as_json else presets().values():
        print(f"{each.name}: {each.title}\n  {each.why}\n  {', '.join(each.kinds)}")


@services_app.command("lookup")
def services_lookup(
    hosts: Annotated[list[str], typer.Argument(metavar="HOST_OR_URL…")],
    on: Annotated[
        str | None, typer.Option("--date", help="As of this day (YYYY-MM-DD); default: today's owners.")
    ] = None,
    lists: ListOption = None,
    only_lists: OnlyListsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say what a host or URL is, and which entry of the catalogue or of a list says so."""
    from proxyscan.classify import explain
    from proxyscan.report.words import visible

    day = _day(on)
    among = chosen("", "", "all", lists, only_lists)
    answers = [explain(host, day, among) for host in hosts]
    if as_json:
        print(json.dumps(answers, indent=2, ensure_ascii=False))
    for answer in [] if as_json else answers:
        print(visible(_told(answer)))


def _told(answer: dict[str, Any]) -> str:
    if not answer["service"]:
        return f"{answer['asked']}: {answer['why']}"
    source = "" if answer["source"] == "catalogue" else f" of {answer['source']}"
    counts = "" if answer["counts_by_default"] else "; counts on request only"
    what = f"{answer['service']} ({answer['kind']}), {answer['label']}"
    return f"{answer['asked']}: {what}; entry {answer['entry']}{source}{counts}"


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ProxyscanError(f"--date {text}: is no day", "write it as 2026-11-23") from None


@services_app.command("export")
def services_export(
    names: Annotated[list[str], typer.Argument(metavar="SERVICE…")],
    form: Annotated[Form, typer.Option("--as", help="The program that shall read it.")] = Form.plain,
    action: Annotated[Action, typer.Option(help="What the rules do to the services.")] = Action.close,
    widgets: Annotated[bool, typer.Option("--widgets", help="What other sites' pages load, too.")] = False,
) -> None:
    """Write all that must be closed (or opened) for services, assets included, as rules for another program."""
    from proxyscan.export import export

    print(export(names, form.value, widgets, action.value), end="")
