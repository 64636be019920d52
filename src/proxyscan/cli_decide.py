"""The commands that help to decide: audit, compare.

What is imported from the package is imported inside the commands, so that --help is fast.
"""

from __future__ import annotations

import json
from pathlib import Path
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
from proxyscan.errors import InputError, ProxyscanError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from proxyscan.audit import Audit
    from proxyscan.report.section import Section
    from proxyscan.summary import Summary

WHAT = "A store, a store and days of it (STORE@2026-10-01..2026-10-31), a summary's Parquet file, or a log."
SHOWN = 15
"""Services of each table in the terminal."""


def compare(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help=WHAT)],
    after: Annotated[str, typer.Argument(metavar="AFTER", help=WHAT)],
    min_days: Annotated[int, typer.Option(min=2, help="Days of a sort that both must hold to be compared.")] = 4,
    most: Annotated[int, typer.Option(min=1, help="Services in each table.")] = SHOWN,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Set two periods side by side, per service, and say what changed by more than days usually differ."""
    from proxyscan.compare import compare as compare_summaries
    from proxyscan.report.comparison import comparison_section
    from proxyscan.report.terminal import show

    found = compare_summaries(summary_of(before), summary_of(after), min_days=min_days)
    if as_json:
        print(json.dumps(found.to_dict(), indent=2, ensure_ascii=False))
    else:
        show(shown(comparison_section(found, most)))


def audit(
    inputs: Annotated[list[str], typer.Argument(metavar="STORE|SUMMARY|LOG…", help=f"{WHAT} Of each proxy one.")],
    min_users: Annotated[int, typer.Option(min=1, help="Groups of fewer users are not told apart.")] = 5,
    as_json: JsonOption = False,
    groups: GroupsOption = None,
    format: FormatOption = None,
    logformat: LogformatOption = None,
    squid_conf: SquidConfOption = None,
    mapping: MappingOption = None,
    redirect: RedirectOption = Redirect.denied,
    upstream_filters: UpstreamOption = False,
    tz: TzOption = None,
    config: ConfigOption = None,
    mixed: MixedOption = False,
    kinds: KindsOption = "",
    services: ServicesOption = "",
    preset: PresetOption = "",
    lists: ListOption = None,
    only_lists: OnlyListsOption = False,
) -> None:
    """Say whether the policy is what it is meant to be: what is half-blocked, what leaks, what is not steady.

    Give the log of each proxy by itself to set them against each other; of logs it also says which rule decided.
    """
    from proxyscan.decide import Policy
    from proxyscan.groups import read_groups
    from proxyscan.report.findings import audit_section
    from proxyscan.report.terminal import show

    reading: dict[str, Any] = {"format": format, "logformat": logformat, "squid_conf": squid_conf, "mapping": mapping}
    reading |= {"policy": Policy(redirect.value, upstream_filters), "tz": tz, "mixed": mixed}
    counting: dict[str, Any] = {"groups": read_groups(groups) if groups else None}
    counting |= {"catalogue": chosen(kinds, services, preset, lists, only_lists)}
    found = _audited(inputs, min_users, reading, counting)
    print(json.dumps(found.to_dict(), indent=2, ensure_ascii=False)) if as_json else show(shown(audit_section(found)))


def _audited(inputs: list[str], min_users: int, reading: dict[str, Any], counting: dict[str, Any]) -> Audit:
    """Return the audit of all inputs together, and of each against the others; with rules where all are logs."""
    from proxyscan.audit import audit as audit_summary
    from proxyscan.audit import with_rules
    from proxyscan.parse import parse
    from proxyscan.summary import merge

    parts = {name: summary_of(name, **reading, **counting) for name in inputs}
    alone = len(parts) == 1
    whole = next(iter(parts.values())) if alone else merge(parts.values())
    found = audit_summary(whole, None if alone else parts, min_users=min_users)
    logs = [name for name in inputs if is_log(name)]
    return with_rules(found, parse(logs, **reading)) if len(logs) == len(inputs) else found


def summary_of(name: str, **options: Any) -> Summary:
    """Return the summary that a store, days of a store, a file of a summary, or a log is; the options are `scan`'s."""
    from proxyscan.scan import scan
    from proxyscan.store import Store
    from proxyscan.summary import read_parquet

    path, at, period = name.rpartition("@")
    if at and not Path(name).exists():
        if not Path(path).is_dir():
            raise InputError(f"{path}: is no store", "days are chosen as STORE@2026-10-01..2026-10-31")
        return Store(path).summary(*_span(period))
    if Path(name).is_dir():
        return Store(name).summary()
    return scan(name, **options) if is_log(name) else read_parquet(name)


def is_log(name: str) -> bool:
    """Tell whether a name is of a log: of no folder and of no summary."""
    at_days = "@" in name and not Path(name).exists()
    return not Path(name).is_dir() and not name.endswith(".parquet") and not at_days


def _span(text: str) -> tuple[str, str]:
    """Return the first day of a period, and the day after its last."""
    from datetime import date, timedelta

    first, dots, last = text.partition("..")
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last if dots else first)
    except ValueError:
        raise ProxyscanError(f"'{text}' is no period", "write the first and last day: 2026-10-01..2026-10-31") from None
    if end < begin:
        raise ProxyscanError(f"'{text}' ends before it begins", "write the earlier day first")
    return begin.isoformat(), (end + timedelta(days=1)).isoformat()


def shown(section: Section) -> RenderableType:
    """Return a section for the terminal."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    parts: list[RenderableType] = [Text(section.title, style="bold"), *map(Text, section.sentences)]
    for figures in section.figures:
        table = Table(title=figures.title, title_justify="left", show_edge=False, pad_edge=False)
        for column in figures.columns:
            table.add_column(column.title, justify="left" if column.unit == "text" else "right", overflow="fold")
        for _, row in figures.rows.iterrows():
            table.add_row(*(Text(column.words(row[column.name])) for column in figures.columns))
        parts += ["", table]
    return Group(*parts, "", *(Text(note, style="dim") for note in section.notes))


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (audit, compare):
        app.command()(command)
