"""The command estimate: what the traffic would become if a service were unblocked.

What is imported from the package is imported inside the commands, so that --help is fast.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxyscan.cli_services import JsonOption

if TYPE_CHECKING:
    from proxyscan.summary import Summary

TABLES = ("intervals", "users", "active")


def estimate(
    source: Annotated[str, typer.Argument(metavar="STORE|SUMMARY", help="A store, STORE@FIRST..LAST, or a summary.")],
    unblock: Annotated[str, typer.Option(metavar="SERVICE,…", help="Services that are to be unblocked.")] = "",
    kind: Annotated[str, typer.Option(metavar="KIND,…", help="All denied services of these kinds.")] = "",
    group: Annotated[str, typer.Option(metavar="GROUP,…", help="For these groups; default: for all.")] = "",
    line: Annotated[str | None, typer.Option(help="What the internet line carries, as 500Mbit/s.")] = None,
    headcount: Annotated[
        int | None, typer.Option(min=1, help="People who could use it; default: all in the log.")
    ] = None,
    assume: Annotated[str | None, typer.Option(metavar="FILE", help="A table of assumptions of your own.")] = None,
    min_users: Annotated[int, typer.Option(min=1, help="Groups of fewer people are put together as one.")] = 5,
    as_json: JsonOption = False,
) -> None:
    """Say how many would use a service if it were unblocked, and what it would take of the line; low, middle, high."""
    from proxyscan.assumptions import read_assumptions
    from proxyscan.errors import ProxyscanError
    from proxyscan.estimate import estimate as estimate_summary
    from proxyscan.line import line_speed
    from proxyscan.report.estimates import estimate_section
    from proxyscan.report.tables import shown
    from proxyscan.report.terminal import show

    services, kinds, groups = (_listed(each) for each in (unblock, kind, group))
    if not services and not kinds:
        raise ProxyscanError("nothing is to be unblocked", "write --unblock SERVICE or --kind KIND")
    options: dict[str, Any] = {"kinds": kinds, "groups": groups, "headcount": headcount, "min_users": min_users}
    options |= {"line": line_speed(line) / 1e6 if line else None, "assume": read_assumptions(assume)}
    found = estimate_summary(_summary(source), services, **options)
    if as_json:
        print(json.dumps(found.to_dict(), indent=2, ensure_ascii=False))
    else:
        show(shown(estimate_section(found)))


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))


def _summary(source: str) -> Summary:
    from proxyscan.inputs import Span, input_of, summary_of
    from proxyscan.store import Store

    found = input_of(source)
    if found.sort == "store":
        return Store(found.path).summary(found.span.since, found.span.until, tables=TABLES)
    return summary_of([found], Span())


def add_commands(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(estimate)
