"""The commands of a store: update, compact, prune, check, export.

What is imported from the package is imported inside the commands, so that --help is fast.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from proxyscan.cli_options import (
    UNDERSTOOD,
    WITH_REJECTS,
    ConfigOption,
    EngineOption,
    FormatOption,
    GroupsOption,
    LogformatOption,
    MappingOption,
    MixedOption,
    Redirect,
    RedirectOption,
    SquidConfOption,
    TzOption,
    UpstreamOption,
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
from proxyscan.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from proxyscan.logs import Taken
    from proxyscan.update import Report

MOST_DAYS: Final = 36_500
"""So many days are kept at most: a hundred years."""

StoreArgument = Annotated[
    str, typer.Argument(metavar="STORE", help="The directory of kept summaries, or s3://bucket/folder.")
]


def update(
    store: StoreArgument,
    logs: Annotated[list[str] | None, typer.Argument(metavar="LOG…", help="Files and globs.")] = None,
    config: ConfigOption = None,
    rejects: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Write lines that are no request into this folder.")
    ] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Make damaged parts again from the logs.")] = False,
    key: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The key of the store's users, if not STORE/key; needed for s3://…"),
    ] = None,
    as_json: JsonOption = False,
    format: FormatOption = None,
    logformat: LogformatOption = None,
    squid_conf: SquidConfOption = None,
    mapping: MappingOption = None,
    redirect: RedirectOption = Redirect.denied,
    upstream_filters: UpstreamOption = False,
    tz: TzOption = None,
    mixed: MixedOption = False,
    groups: GroupsOption = None,
    kinds: KindsOption = "",
    services: ServicesOption = "",
    preset: PresetOption = "",
    lists: ListOption = None,
    only_lists: OnlyListsOption = False,
    engine: EngineOption = None,
) -> None:
    """Put what is new in logs into a store: the nightly run. Run it as often as you like; nothing counts twice."""
    from proxyscan.decide import Policy
    from proxyscan.engines import engine_of
    from proxyscan.groups import read_groups

    counted = chosen(kinds, services, preset, lists, only_lists)
    common: dict[str, Any] = {"policy": Policy(redirect.value, upstream_filters), "rejects": rejects, "repair": repair}
    common["key"] = key
    common |= {"groups": read_groups(groups) if groups else None, "catalogue": counted}
    reading: dict[str, Any] = {"format": format, "logformat": logformat, "squid_conf": squid_conf, "mapping": mapping}
    reading |= {"tz": tz, "mixed": mixed}
    with engine_of(engine) as common["engine"]:
        report = _update(store, _lots(logs or [], reading, config), common)
    if as_json:
        print(json.dumps(report.to_dict(), indent=2, ensure_ascii=False))
    for log in report.logs:
        _tell(log, as_json)
    if not as_json:
        counts = f"{report.total('lines'):,} lines, {report.total('requests'):,} requests"
        print(f"{len(report.logs)} logs: {counts}, {report.total('rejects'):,} not understood")
    raise typer.Exit(report.status)


Lot = tuple[list[str], dict[str, Any]]
"""Logs, and the options by which they are read."""


def _lots(logs: list[str], reading: dict[str, Any], config: str | None) -> list[Lot]:
    """Return the logs of the command line, and those that the configuration reads in another way."""
    from proxyscan.config import read_apart, read_config

    apart = read_config(config).logs_apart if config else ()
    others = [(list(each["path"]), read_apart(reading, each)) for each in apart]
    lots = [(paths, options) for paths, options in [(logs, reading), *others] if paths]
    if not lots:
        raise ConfigError("no logs are named", "name them behind the store, or as logs = [...] in proxyscan.toml")
    return lots


def _update(store: str, lots: list[Lot], common: dict[str, Any]) -> Report:
    from proxyscan.objects import is_remote
    from proxyscan.progress import progress_bar
    from proxyscan.source import is_there, matches
    from proxyscan.update import Report
    from proxyscan.update import update as update_store

    reports = []
    for paths, options in lots:
        there = [file for path in paths if is_remote(path) or is_there(path) for file in matches(path)]
        with progress_bar(there) as progress:
            reports.append(update_store(store, paths, **common, **options, progress=progress))
    return Report(tuple(log for each in reports for log in each.logs), sum(each.seconds for each in reports))


def _tell(log: Taken, as_json: bool) -> None:
    """Print what became of a log; what is wrong with it to standard error."""
    from proxyscan.report.words import visible

    if log.problem or log.damage:
        for line in f"proxyscan: {log.problem or f'{log.file}: {log.damage}'}".splitlines():
            print(visible(line), file=sys.stderr)
    if not as_json and not log.problem:
        new = f", {log.lines:,} lines, {log.rejects:,} not understood" if log.parts else ""
        print(visible(f"{log.file}: {log.state}{new}"))


def compact(
    store: StoreArgument,
    config: ConfigOption = None,
    before: Annotated[
        str | None, typer.Option(metavar="DATE", help="Fold parts that end before this; default: this month.")
    ] = None,
) -> None:
    """Fold old parts into one per month; nothing of what they hold is lost."""
    from proxyscan.upkeep import compact as compact_store

    for name in compact_store(store, before):
        print(name)


def prune(
    store: StoreArgument,
    config: ConfigOption = None,
    before: Annotated[str | None, typer.Option(metavar="DATE", help="Delete what is older than this.")] = None,
    keep_days: Annotated[
        int | None, typer.Option(min=1, max=MOST_DAYS, help="Delete what is older than so many days.")
    ] = None,
) -> None:
    """Delete what a store holds of the time before a date; the logs of that time are not taken again."""
    from proxyscan.upkeep import prune as prune_store

    if before is None and keep_days is None:
        raise StoreError("no date to prune before", "write for example --before 2026-01-01 or --keep-days 730")
    if before is not None and keep_days is not None:
        raise StoreError("--before and --keep-days say two dates to prune before", "give one of the two")
    limit = before if keep_days is None else (datetime.now(UTC) - timedelta(days=keep_days)).date()
    changed = prune_store(store, limit or "")
    print(f"{len(changed)} parts lost what was older than {limit}")


def check(store: StoreArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Verify every part of a store, and name what is wrong; 'update --repair' makes damaged parts again."""
    from proxyscan.report.words import visible
    from proxyscan.upkeep import check as check_store

    findings = check_store(store)
    if as_json:
        print(json.dumps([each.to_dict() for each in findings], indent=2))
    for each in [] if as_json else findings:
        print(visible(f"{each.file}: {each.problem}"))
    if any(each.damaged for each in findings):
        hint = "'proxyscan update STORE LOG… --repair' makes damaged parts again from the logs"
        print(f"  hint: {hint}", file=sys.stderr)
    raise typer.Exit(WITH_REJECTS if findings else UNDERSTOOD)


def export(
    store: StoreArgument,
    output: Annotated[str, typer.Option("-o", "--output", metavar="DIR", help="The folder of the data set.")],
    config: ConfigOption = None,
    partition_by: Annotated[str, typer.Option(help="date or month.")] = "date",
) -> None:
    """Write a store as Hive-partitioned Parquet, for Spark, Power BI and others."""
    from proxyscan.upkeep import export as export_store

    for folder in export_store(store, output, partition_by):
        print(folder)


def add_commands(app: typer.Typer) -> None:
    """Add the commands of a store to the command line."""
    for command in (update, compact, prune, check, export):
        app.command()(command)
