"""What several commands share: their options, and how they end.

What is imported from the package is imported inside the functions, so that --help is fast.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from proxyscan.errors import ProxyscanError

if TYPE_CHECKING:
    from proxyscan.format import Format
    from proxyscan.mixed import Misfits

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
EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine", help="Where the work runs: local:4, dask, dask:2, dask://host:8786, spark, spark://host:7077."
    ),
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


def stored(config: str | None) -> list[str]:
    """Return the store that the configuration names."""
    from proxyscan.config import read_config

    store = read_config(config).values.get("store") if config else None
    if not store:
        raise ProxyscanError("nothing to read is named", "name a store, a summary or logs")
    return [str(store)]


def complain(problem: ProxyscanError) -> None:
    """Say on standard error what is wrong, and what to do about it; the exit status tells it where that is full."""
    from proxyscan.report.words import visible

    with suppress(OSError):
        print(visible(f"proxyscan: {problem.fact}"), file=sys.stderr)
        if problem.hint:
            print(visible(f"  hint: {problem.hint}"), file=sys.stderr)


UNFORESEEN: Final = (OSError, MemoryError, ImportError, RuntimeError)
"""What is raised where the system refuses something and no one looks for it."""


def unforeseen(problem: OSError | MemoryError | ImportError | RuntimeError) -> ProxyscanError:
    """Return the error for what the system refused where no one looked for it: it names a file unless one is open."""
    limits = "see to the machine's memory and to what 'ulimit -a' says"
    if isinstance(problem, MemoryError):
        return ProxyscanError("there is not enough memory", limits)
    if isinstance(problem, RuntimeError):
        if "new thread" not in str(problem):
            raise problem  # a fault of the program
        return ProxyscanError(str(problem), limits)
    if isinstance(problem, ImportError):
        return ProxyscanError(f"a package cannot be loaded: {problem}", limits)
    why = problem.strerror or str(problem)
    if problem.filename is None:
        return ProxyscanError(f"cannot write: {why}", "is the disk full?")
    return ProxyscanError(f"{os.fsdecode(problem.filename)}: {why}", "check the path and its permissions")


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


def safe_outputs(files: list[str], *outputs: str | None) -> None:
    """Refuse to write over a log that is read, or into a folder that does not exist."""
    from pathlib import Path

    logs = {Path(file).resolve() for file in files}
    for output in outputs:
        if output and output != "-" and Path(output).resolve() in logs:
            raise ProxyscanError(f"{output}: is one of the logs", "name another file to write to")
        if output and output != "-" and not Path(output).parent.is_dir():
            raise ProxyscanError(f"{output}: No such file or directory", "make the folder first")


def warn(damage: Mapping[str, str], rejects: int, lines: int) -> None:
    """Say on standard error what of the logs was not read, and where it can be seen."""
    from proxyscan.report.words import visible

    for file, words in damage.items():
        print(visible(f"proxyscan: {file}: {words}"), file=sys.stderr)
    if rejects:
        hint = "'proxyscan parse LOG --rejects FILE' keeps them"
        print(f"proxyscan: {rejects:,} of {lines:,} lines were not understood; {hint}", file=sys.stderr)


def say_look(misfits: Misfits, among: Sequence[Format], mixed: bool, requests: int) -> None:
    """Say which format most rejected lines look like, unless they were tried already; so many requests were read."""
    name, count = ("", 0) if mixed else misfits.look_like(among)
    if count:
        tried = f"{misfits.tried} rejected lines" + (" that were tried" if misfits.tried < misfits.rejects else "")
        wrong = not requests and len(among) == 1  # the one that was given
        hint = "leave out the format that was given, and it is found" if wrong else "--mixed reads them"
        print(f"proxyscan: {count} of {tried} look like '{name}'; {hint}", file=sys.stderr)
