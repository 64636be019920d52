"""The command line: every command is the library function of the same name, with the same options.

Results go to standard output, everything else to standard error. Exit status: 0 all lines understood;
1 done, but with rejects, damaged or unreadable files; 2 not done.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import sys
from collections.abc import Iterator
from typing import Annotated, Any, Final

import typer

from proxyscan import __version__, cli_decide, cli_estimate, cli_report
from proxyscan.cli_options import (
    NOT_DONE,
    UNDERSTOOD,
    UNFORESEEN,
    ConfigOption,
    EngineOption,
    FormatOption,
    GroupsOption,
    LogformatOption,
    Logs,
    MappingOption,
    MixedOption,
    OutputOption,
    Redirect,
    RedirectOption,
    SquidConfOption,
    TzOption,
    UpstreamOption,
    complain,
    finish,
    safe_outputs,
    say_look,
    unforeseen,
    usable,
    warn,
)
from proxyscan.cli_parse import parse
from proxyscan.cli_quick import command_line, leave, ready_streams
from proxyscan.cli_services import (
    JsonOption,
    KindsOption,
    ListOption,
    OnlyListsOption,
    PresetOption,
    ServicesOption,
    chosen,
    services_app,
)
from proxyscan.cli_store import add_commands
from proxyscan.errors import ProxyscanError

BEST = 10
"""Candidates that 'detect -v' shows."""

app = typer.Typer(
    name="proxyscan",
    help="What a web proxy's log says about social media: who was denied, who was allowed, what it takes of the line.",
    epilog="Exit status: 0 all lines understood; 1 done, but with rejects or unreadable files; 2 not done.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(services_app, name="services")


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        print(f"proxyscan {__version__}")
        raise typer.Exit(UNDERSTOOD)


@app.command()
def scan(
    logs: Logs,
    by: Annotated[str, typer.Option(help="Group by: service,kind,label,outcome,hour,day,group.")] = "",
    output: OutputOption = None,
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
    engine: EngineOption = None,
) -> None:
    """Say which services were asked for, what was denied and allowed, and what it takes of the bandwidth.

    Without --by, -o x.parquet writes the whole summary, which 'proxyscan' can merge and read again; other
    outputs have a row per group (default: service and kind).
    """
    from proxyscan.ahead import arrow_ahead

    arrow_ahead()  # what is done before the next imports needs no Arrow
    from proxyscan.detect import choices

    files, failed = usable(logs)
    safe_outputs(files, output)
    among = choices(format, logformat, squid_conf, mapping)
    counted = chosen(kinds, services, preset, lists, only_lists)

    from proxyscan.decide import Policy
    from proxyscan.groups import read_groups
    from proxyscan.mixed import Misfits
    from proxyscan.progress import progress_bar
    from proxyscan.scan import scan as scan_logs

    known = read_groups(groups) if groups else None
    misfits = Misfits()
    options: dict[str, Any] = {"policy": Policy(redirect.value, upstream_filters), "tz": tz, "mixed": mixed}
    options |= {"catalogue": counted, "groups": known, "misfits": misfits, "engine": engine}
    problems: list[ProxyscanError] = []
    with progress_bar(files) as progress:
        summary = scan_logs(files, format=among, progress=progress, on_problem=problems.append, **options)
    for problem in problems:
        complain(problem)
    done = len(files) - len(problems)
    if done:
        _present(summary, list(dict.fromkeys(key for key in by.split(",") if key)), output, as_json)
        warn(summary.coverage.damage, summary.coverage.rejects, summary.coverage.lines)
        say_look(misfits, among, mixed, summary.coverage.requests)
    finish(done, failed + len(problems), summary.coverage.complete)


app.command()(parse)
add_commands(app)
cli_report.add_commands(app)
cli_decide.add_commands(app)
cli_estimate.add_commands(app)


def _present(summary: Any, keys: list[str], output: str | None, as_json: bool) -> None:
    if output and output.endswith(".parquet") and not keys:
        summary.write_parquet(output)
        return
    import pyarrow as pa

    from proxyscan.report.terminal import overview, show
    from proxyscan.shares import by
    from proxyscan.write import writer

    if output or (keys and not as_json):
        with writer(output) as write:
            write(pa.Table.from_pandas(by(summary, keys or ["service", "kind"]), preserve_index=False))
    elif as_json:
        print(json.dumps(_answer(summary, keys), indent=2, ensure_ascii=False, default=str))
    else:
        show(overview(summary))


def _answer(summary: Any, keys: list[str]) -> dict[str, Any]:
    from proxyscan.shares import by, peaks, social
    from proxyscan.visits import visits

    rows = json.loads(by(summary, keys or ["service", "kind"]).to_json(orient="records", date_format="iso"))
    totals = json.loads(social(summary).to_json(orient="index"))
    people = json.loads(visits(summary).to_json(orient="records"))
    return {
        "rows": rows,
        "totals": totals,
        "visits": people,
        "mbit_per_s": peaks(summary),
        "coverage": summary.coverage.to_dict(),
    }


@app.command()
def detect(
    logs: Logs,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Show the best candidates and why they failed.")
    ] = False,
    as_json: JsonOption = False,
    squid_conf: SquidConfOption = None,
    mapping: MappingOption = None,
) -> None:
    """Say which format each log is in, and why."""
    from proxyscan.detect import choices
    from proxyscan.detect import detect as detect_log
    from proxyscan.report.words import visible

    files, failed = usable(logs)
    among = choices(squid_conf=squid_conf, mapping=mapping)
    answers: list[dict[str, Any]] = []
    for file in files:
        try:
            found = detect_log(file, among)
        except ProxyscanError as problem:
            complain(problem)
            failed += 1
            continue
        answers.append(found.to_dict())
    if as_json:
        print(json.dumps(answers, indent=2, ensure_ascii=False))
    for answer in [] if as_json else answers:
        wrapped = f" behind {answer['wrapper']}" if answer["wrapper"] else ""
        print(visible(f"{answer['file']}: {answer['format']}{wrapped}"))
        for line in _tried(answer["candidates"]) if verbose else []:
            print(visible(line))
    finish(len(answers), failed, True)


def _tried(candidates: list[dict[str, Any]]) -> Iterator[str]:
    """Yield, a line each, how well the best candidates fit, and how many more there are."""
    for each in candidates[:BEST]:
        behind = f" behind {each['wrapper']}" if each["wrapper"] else ""
        why = f"; first misfit: {each['misfit']}" if each["misfit"] else ""
        yield f"  {each['format']}{behind}: {each['fitting']} of {each['lines']} lines fit{why}"
    if candidates[BEST:]:
        yield f"  … and {len(candidates[BEST:])} more that fit no better; --json lists them"


@app.command()
def formats(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Show this format's rules.")] = None,
    as_json: JsonOption = False,
    template: Annotated[bool, typer.Option("--template", help="Print a mapping file to start from.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print all formats as a page.")] = False,
) -> None:
    """List the formats that are known, or the outcome rules of one."""
    from proxyscan import mapping
    from proxyscan.formats import formats as known
    from proxyscan.formats import known_format
    from proxyscan.report.formats import page

    if template or markdown:
        print(mapping.template() if template else page(known().values()), end="")
        return
    if name is None:
        rows = [{"format": each.name, "title": each.title, "grade": each.grade} for each in known().values()]
        print(json.dumps(rows, indent=2) if as_json else "\n".join(f"{r['format']:18} {r['title']}" for r in rows))
        return
    each = known_format(name)
    print(json.dumps(each.to_dict(), indent=2, ensure_ascii=False) if as_json else each.describe())


COLLECT_AFTER: Final = 100_000, 50, 50
"""Thresholds of Python's collector of cycles: what a command makes is small or lasts as long as it does."""

SETTINGS: Final = {"OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
"""Of libraries, read when they are imported: no threads for what is not done here, no memory kept once it is free."""


def main() -> None:
    """Run the command line; a user's mistake ends with one clear message and status 2."""
    gc.set_threshold(*COLLECT_AFTER)
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    ready_streams()
    try:
        sys.exit(command_line(app, sys.argv[1:])(standalone_mode=False))
    except ProxyscanError as problem:
        complain(problem)
    except typer.Abort:
        print("proxyscan: stopped", file=sys.stderr)
    except typer.TyperException as problem:
        if said := problem.format_message():  # of no command at all --help was shown
            complain(ProxyscanError(said, "'proxyscan COMMAND --help' shows the options"))
    except UNFORESEEN as problem:
        complain(unforeseen(problem))
    except UnicodeEncodeError as problem:
        complain(ProxyscanError(f"{problem.object}: a name must be UTF-8 here", "give it another one"))
    sys.exit(NOT_DONE)


def process() -> None:
    """Run the command line, and with it the process.

    What is there by then is left to the system: Python takes 15 ms and more to let go of one thing after the other.
    """
    ended: list[int] = []
    atexit.register(leave, ended)  # the first that is registered is the last that is called
    try:
        main()
    except SystemExit as end:
        ended.append(int(end.code or 0))
        raise


if __name__ == "__main__":
    process()
