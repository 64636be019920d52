"""The commands that help to decide: audit, compare.

What is imported from the package is imported inside the commands, so that --help is fast.
"""

from __future__ import annotations

import json
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
    finish,
    stored,
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

if TYPE_CHECKING:
    from proxyscan.audit import Audit
    from proxyscan.coverage import Coverage

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
    from proxyscan.inputs import Span, input_of, summary_of
    from proxyscan.report.comparison import comparison_section
    from proxyscan.report.tables import shown
    from proxyscan.report.terminal import show

    sides = [input_of(name) for name in (before, after)]
    one, two = (summary_of([side], Span()) for side in sides)
    found = compare_summaries(one, two, min_days=min_days)
    if as_json:
        print(json.dumps(found.to_dict(), indent=2, ensure_ascii=False))
    else:
        show(shown(comparison_section(found, most)))
    read = [each.coverage for side, each in zip(sides, (one, two), strict=True) if side.sort == "log"]
    end(sum(read[1:], read[0]) if read else None)


def audit(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="STORE|SUMMARY|LOG…", help=f"{WHAT} Of each proxy one. Default: --config's store."),
    ] = None,
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
    from proxyscan.report.tables import shown
    from proxyscan.report.terminal import show

    reading: dict[str, Any] = {"format": format, "logformat": logformat, "squid_conf": squid_conf, "mapping": mapping}
    reading |= {"policy": Policy(redirect.value, upstream_filters), "tz": tz, "mixed": mixed}
    counting: dict[str, Any] = {"groups": read_groups(groups) if groups else None}
    counting |= {"catalogue": chosen(kinds, services, preset, lists, only_lists)}
    found, coverage = _audited(inputs or stored(config), min_users, reading, counting)
    print(json.dumps(found.to_dict(), indent=2, ensure_ascii=False)) if as_json else show(shown(audit_section(found)))
    end(coverage)


Audited = tuple["Audit", "Coverage | None"]
"""An audit, and what was read of its logs if there are any."""


def _audited(names: list[str], min_users: int, reading: dict[str, Any], counting: dict[str, Any]) -> Audited:
    """Return the audit of all inputs together, and of each against the others; with rules where all are logs."""
    from proxyscan.audit import audit as audit_summary
    from proxyscan.audit import with_rules
    from proxyscan.inputs import Span, check_users, input_of, summary_of
    from proxyscan.parse import parse
    from proxyscan.source import comes_once
    from proxyscan.summary import merge

    inputs = list(map(input_of, names))
    check_users(inputs)
    parts = {each.path: summary_of([each], Span(), **reading, **counting) for each in inputs}
    whole = merge(parts.values()) if len(parts) > 1 else next(iter(parts.values()))
    found = audit_summary(whole, parts if len(parts) > 1 else None, min_users=min_users)
    logs = [each.path for each in inputs if each.sort == "log"]
    if len(logs) == len(inputs) and not any(map(comes_once, logs)):
        found = with_rules(found, parse(logs, **reading))
    return found, whole.coverage if logs else None


def end(coverage: Coverage | None) -> None:
    """End as a command on logs does: what was not understood is said, and in the exit status."""
    if coverage is not None:
        warn(coverage.damage, coverage.rejects, coverage.lines)
        finish(1, 0, coverage.complete)


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (audit, compare):
        app.command()(command)
