"""The command `report`: the answer for people, from stores, summaries or logs.

What is imported from the package is imported inside the functions, so that --help is fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxyscan.cli_options import (
    ConfigOption,
    FormatOption,
    GroupsOption,
    LogformatOption,
    MappingOption,
    MixedOption,
    Redirect,
    RedirectOption,
    SquidConfOption,
    UpstreamOption,
    complain,
    finish,
    safe_outputs,
    say_look,
    stored,
    usable,
    warn,
)
from proxyscan.cli_services import (
    JsonOption,
    KindsOption,
    ListOption,
    OnlyListsOption,
    PresetOption,
    ServicesOption,
    chosen,
)
from proxyscan.errors import ProxyscanError

if TYPE_CHECKING:
    from proxyscan.inputs import Input, Span
    from proxyscan.mixed import Misfits
    from proxyscan.summary import Summary

WHAT = (
    "A store, a summary that 'scan -o x.parquet' wrote, or logs. Days of a store: STORE@2026-10-01..2026-10-31. "
    "Default: the store that --config names."
)
FOR_LOGS = (
    *("format", "logformat", "squid_conf", "mapping", "redirect", "upstream_filters", "mixed"),
    *("groups", "kinds", "services", "preset", "lists", "only_lists"),
)
"""The options that say how logs are read and counted; what is in a store or summary is counted already."""


def report(
    context: typer.Context,
    inputs: Annotated[list[str] | None, typer.Argument(metavar="STORE|SUMMARY|LOG…", help=WHAT)] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write .html, .md, .csv, .json or .xlsx, by extension."),
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="From this on: 2026-11-01; days are UTC's.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Before this: 2026-12-01 ends November.")] = None,
    compare: Annotated[
        str | None,
        typer.Option(
            metavar="BEFORE",
            help="Set beside another store, summary or log, or beside days FIRST..LAST of the same, both whole.",
        ),
    ] = None,
    line: Annotated[
        str | None, typer.Option(metavar="SPEED", help="What the internet line carries, as 500Mbit/s: peaks are of it.")
    ] = None,
    min_users: Annotated[int, typer.Option(min=1, help="Groups of fewer people are put together as one.")] = 5,
    tz: Annotated[
        str | None,
        typer.Option("--tz", help="Zone of days and hours, and of times logged without one; default: the machine's."),
    ] = None,
    title: Annotated[str | None, typer.Option(help="The report's title.")] = None,
    audit: Annotated[bool, typer.Option("--audit", help="Say whether the policy is what it is meant to be.")] = False,
    unblock: Annotated[
        str, typer.Option(metavar="SERVICE,…", help="Say what these services would take if they were unblocked.")
    ] = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    format: FormatOption = None,
    logformat: LogformatOption = None,
    squid_conf: SquidConfOption = None,
    mapping: MappingOption = None,
    redirect: RedirectOption = Redirect.denied,
    upstream_filters: UpstreamOption = False,
    mixed: MixedOption = False,
    groups: GroupsOption = None,
    kinds: KindsOption = "",
    services: ServicesOption = "",
    preset: PresetOption = "",
    lists: ListOption = None,
    only_lists: OnlyListsOption = False,
) -> None:
    """Answer for people: what social media takes, what is denied, when, who (by group), and how sure that is.

    In the terminal, or with -o as a page, a document, a table of figures, or a workbook. No person is named.
    Groups of fewer than --min-users people are put together.
    """
    from proxyscan.decide import Policy
    from proxyscan.detect import choices
    from proxyscan.groups import read_groups
    from proxyscan.inputs import span, summary_of, time_of
    from proxyscan.line import line_speed
    from proxyscan.mixed import Misfits
    from proxyscan.report.report import beside, local_zone, options, tell, with_decisions

    speed, local, wanted = line_speed(line) if line else None, local_zone(tz), span(since, until)
    found, failed = _found(inputs or stored(config))
    wanted = time_of(found, wanted)
    other = beside(compare, found, wanted) if compare else ([], wanted)
    _check(context, found, other[0], output)
    misfits, among = Misfits(), choices(format, logformat, squid_conf, mapping)
    reading: dict[str, Any] = {"format": among, "policy": Policy(redirect.value, upstream_filters), "tz": tz}
    reading |= {"mixed": mixed, "groups": read_groups(groups) if groups and _logs(found) else None}
    if _logs([*found, *other[0]]):
        reading["catalogue"] = chosen(kinds, services, preset, lists, only_lists)
    summary, unread = _read(found, wanted, reading, misfits)
    if len(found) > unread:
        before = summary_of(*other, **reading) if compare else None
        made = options(since=since, until=until, compare=compare, line=line, min_users=min_users, tz=str(local))
        made |= options(unblock=unblock)
        told = tell(summary, before, wanted, line=speed, min_users=min_users, zone=local, title=title, made=made)
        opened = [each.strip() for each in unblock.split(",") if each.strip()]
        told = with_decisions(told, summary, audit=audit, unblock=opened, line=speed, min_users=min_users)
        _present(told, output, as_json)
    if _logs(found):
        warn(summary.coverage.damage, summary.coverage.rejects, summary.coverage.lines)
        say_look(misfits, among, mixed, summary.coverage.requests)
    finish(len(found) - unread, failed + unread, summary.coverage.complete or not _logs(found))


def _logs(inputs: Sequence[Input]) -> list[str]:
    return [each.path for each in inputs if each.sort == "log"]


def _read(found: Sequence[Input], wanted: Span, reading: dict[str, Any], misfits: Misfits) -> tuple[Summary, int]:
    """Return the summary of the inputs, and how many logs of them could not be read, complained of."""
    from proxyscan.inputs import summary_of
    from proxyscan.progress import progress_bar

    problems: list[ProxyscanError] = []
    with progress_bar(_logs(found)) as progress:
        aside = {"misfits": misfits, "progress": progress, "on_problem": problems.append}
        summary = summary_of(found, wanted, **reading, **aside)
    for problem in problems:
        complain(problem)
    return summary, len(problems)


def _found(names: Sequence[str]) -> tuple[list[Input], int]:
    """Return what the names stand for, and how many logs are not to be read, complained of."""
    from proxyscan.inputs import Input, input_of

    found, failed = [], 0
    for each in map(input_of, names):
        if each.sort != "log":
            found.append(each)
            continue
        files, unusable = usable([each.path])
        found += [Input(file, "log", each.span) for file in files]
        failed += unusable
    return list(dict.fromkeys(found)), failed


def _check(context: typer.Context, found: Sequence[Input], other: Sequence[Input], output: str | None) -> None:
    """Refuse options that would do nothing, and outputs that cannot be, before anything is read."""
    from proxyscan.report.save import writer_of

    if output:
        writer_of(output)
    safe_outputs([each.path for each in (*found, *other)], output)
    logs = _logs([*found, *other])
    for name in FOR_LOGS:
        source = context.get_parameter_source(name)
        if found and not logs and source is not None and source.name == "COMMANDLINE":
            option = "list" if name == "lists" else name.replace("_", "-")
            raise ProxyscanError(
                f"--{option} says how logs are counted; {found[0].path} is counted already",
                "give it to 'proxyscan update' or 'proxyscan scan', or name logs here",
            )


def _present(told: Any, output: str | None, as_json: bool) -> None:
    from proxyscan.report.plain import as_json as json_of
    from proxyscan.report.save import save
    from proxyscan.report.terminal import screen, show

    if output:
        save(told, output)
    elif as_json:
        print(json_of(told), end="")
    else:
        show(screen(told))


def add_commands(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(report)
