"""What several commands share: their options, and how they end.

What is imported from the package is imported inside the functions, so that --help is fast.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from proxyscan.errors import ProxyscanError

UNDERSTOOD, WITH_REJECTS, NOT_DONE = 0, 1, 2


class Redirect(StrEnum):
    """How redirects by a rewriting program count."""

    denied = "denied"
    allowed = "allowed"


class Users(StrEnum):
    """What happens to user names and client addresses."""

    drop = "drop"
    keep = "keep"
    pseudonym = "pseudonym"


Logs = Annotated[list[str], typer.Argument(metavar="LOG…", help="Files, globs, or - for standard input.")]
FormatOption = Annotated[str | None, typer.Option("--format", help="Format by name; otherwise it is detected.")]
LogformatOption = Annotated[
    str | None, typer.Option(help="The proxy's own: Squid's logformat, Apache's LogFormat, nginx's log_format.")
]
MappingOption = Annotated[
    str | None, typer.Option(help="A file that describes the log, or your own rules: see 'formats --template'.")
]
SquidConfOption = Annotated[str | None, typer.Option(help="The site's squid.conf; its logformat lines are used.")]
RedirectOption = Annotated[Redirect, typer.Option(help="Count redirects by a rewriting program as this.")]
UpstreamOption = Annotated[
    bool, typer.Option("--upstream-filters", help="A parent proxy filters: its 403 and 302 are denials.")
]
TzOption = Annotated[
    str | None, typer.Option("--tz", help="Zone of times logged without one, as Europe/London; default: the machine's.")
]
MixedOption = Annotated[
    bool, typer.Option("--mixed", help="Read lines of other known formats inside a log, too; else they are rejects.")
]
GroupsOption = Annotated[str | None, typer.Option(help="CSV file of groups: who,group (users, patterns, networks).")]
OutputOption = Annotated[str | None, typer.Option("-o", "--output", help="Write to this file; its extension says how.")]


def configure(context: typer.Context, path: str | None) -> str | None:
    """Make what a proxyscan.toml says the default of the command's options."""
    if path:
        from proxyscan.config import read_config

        context.default_map = read_config(path).options(str(context.info_name))
    return path


ConfigOption = Annotated[
    str | None,
    typer.Option(
        "--config",
        callback=configure,
        is_eager=True,
        envvar="PROXYSCAN_CONFIG",
        metavar="FILE",
        help="Read options from this proxyscan.toml.",
    ),
]


def complain(problem: ProxyscanError) -> None:
    """Say on standard error what is wrong, and what to do about it."""
    from proxyscan.report.words import visible

    print(visible(f"proxyscan: {problem.fact}"), file=sys.stderr)
    if problem.hint:
        print(visible(f"  hint: {problem.hint}"), file=sys.stderr)


def usable(paths: list[str]) -> tuple[list[str], int]:
    """Return the usable files that the paths name, each once, and the number of unusable ones, complained of."""
    from proxyscan.source import check, matches

    files: dict[str, None] = {}
    failed = 0
    for path in paths:
        try:
            found = matches(path)
        except ProxyscanError as problem:
            complain(problem)
            found, failed = [], failed + 1
        for file in found:
            try:
                check(file)
                files[file] = None
            except ProxyscanError as problem:
                complain(problem)
                failed += 1
    return list(files), failed


def finish(done: int, failed: int, complete: bool) -> None:
    """End with the exit status of what was done."""
    if not done:
        raise typer.Exit(NOT_DONE)
    raise typer.Exit(UNDERSTOOD if complete and not failed else WITH_REJECTS)
