"""The command `parse`: every request as a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxyscan.cli_options import (
    NOT_DONE,
    ConfigOption,
    EngineOption,
    FormatOption,
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
    Users,
    complain,
    finish,
    safe_outputs,
    say_look,
    usable,
    warn,
)
from proxyscan.cli_services import (
    KindsOption,
    ListOption,
    OnlyListsOption,
    PresetOption,
    ServicesOption,
    chosen,
)
from proxyscan.errors import ProxyscanError

if TYPE_CHECKING:
    from proxyscan.catalogue import Catalogue
    from proxyscan.source import Source


def parse(
    logs: Logs,
    output: OutputOption = None,
    rejects: Annotated[str | None, typer.Option(help="Write the lines that are no request to this file.")] = None,
    users: Annotated[Users, typer.Option(help="What becomes of user names and client addresses.")] = Users.drop,
    key: Annotated[
        str | None, typer.Option(metavar="FILE", help="The key of pseudonyms, as STORE/key; made if it is not there.")
    ] = None,
    with_source: Annotated[bool, typer.Option("--with-source", help="Add the file and byte of each line.")] = False,
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
    """Write every request as a row, with outcome, service and label: Parquet, CSV or JSON lines.

    The default is CSV on standard output; -o FOLDER/ writes a folder of Parquet files by day, on any engine. User names
    and client addresses are left out unless --users keep, or --users pseudonym, which writes keyed hashes in their
    place.
    """
    from contextlib import ExitStack
    from pathlib import Path

    from proxyscan.decide import Policy
    from proxyscan.detect import choices
    from proxyscan.durable import ANYONE, OWNER_ONLY
    from proxyscan.mixed import Misfits
    from proxyscan.progress import progress_bar
    from proxyscan.write import writer

    files, failed = usable(logs)
    safe_outputs(files, output, rejects)
    misfits, among = Misfits(), choices(format, logformat, squid_conf, mapping)
    options: dict[str, Any] = {"format": among, "with_source": with_source, "misfits": misfits, "mixed": mixed}
    options |= {"policy": Policy(redirect.value, upstream_filters), "tz": tz, "engine": engine}
    if output and (output.endswith("/") or Path(output).is_dir()):
        options |= {"catalogue": chosen(kinds, services, preset, lists, only_lists), "hide": _hiding(users, key)}
        done, log = _into_folder(files, output, rejects, options)
        failed += len(files) - done
        _conclude(log, misfits, among, mixed)
        finish(done, failed, not log.rejected and not log.damage)
    done = 0
    with ExitStack() as stack:
        progress = stack.enter_context(progress_bar(files, counting=False))
        log = _Requests(chosen(kinds, services, preset, lists, only_lists), _hiding(users, key), progress)
        log.write = stack.enter_context(writer(output, mode=OWNER_ONLY if users is Users.keep else ANYONE))
        log.write_rejects = stack.enter_context(writer(rejects, mode=OWNER_ONLY)) if rejects else None
        for file in files:
            try:
                log.read(file, options)
                done += 1
            except ProxyscanError as problem:
                complain(problem)
                failed += 1
        if not done:
            _conclude(log, misfits, among, mixed)
            raise typer.Exit(NOT_DONE)  # out of the files, which stay as they were
    _conclude(log, misfits, among, mixed)
    finish(done, failed, not log.rejected and not log.damage)


def _conclude(log: _Requests, misfits: Any, among: Any, mixed: bool) -> None:
    warn(log.damage, log.rejected, log.rejected + log.written)
    say_look(misfits, among, mixed, log.written)


def _into_folder(files: list[str], folder: str, rejects: str | None, options: dict[str, Any]) -> tuple[int, _Requests]:
    """Write a data set; return how many files were read, and what of them was written."""
    from contextlib import ExitStack

    from proxyscan.dataset import parse_to
    from proxyscan.durable import OWNER_ONLY
    from proxyscan.write import writer

    problems: list[ProxyscanError] = []
    with ExitStack() as stack:
        write = stack.enter_context(writer(rejects, mode=OWNER_ONLY)) if rejects else None
        written = parse_to(files, folder, on_rejects=write, on_problem=problems.append, **options)
    for problem in problems:
        complain(problem)
    log = _Requests(options["catalogue"], None, None)
    log.rejected, log.written, log.damage = written.rejects, written.requests, dict(written.damage)
    return len(files) - len(problems), log


def _hiding(users: Users, key: str | None) -> Any:
    """Return what hides the people in requests; None for nothing."""
    from pathlib import Path

    from proxyscan.batches import without_users
    from proxyscan.pseudonyms import Pseudonyms, key_at

    if users is not Users.pseudonym:
        return without_users if users is Users.drop else None
    if key is None:
        raise ProxyscanError(
            "--users pseudonym needs a key", "name its file: --key STORE/key, or one that is to be made"
        )
    return Pseudonyms(key_at(Path(key))).instead


class _Requests:
    """Requests on their way from logs to a file."""

    def __init__(self, among: Catalogue, hide: Any, progress: Any) -> None:
        self.among, self.hide, self.progress = among, hide, progress
        self.write: Any = None
        self.write_rejects: Any = None
        self.rejected = self.written = 0
        self.damage: dict[str, str] = {}

    def read(self, file: str, options: dict[str, Any]) -> None:
        import pyarrow as pa

        from proxyscan.labelling import classified
        from proxyscan.parse import parse as parse_logs

        batches = parse_logs(file, on_rejects=self._reject, progress=self._read, **options)
        for batch in classified(map(self.hide, batches) if self.hide else batches, self.among):
            self.written += batch.num_rows
            self.write(pa.Table.from_batches([batch]))

    def _reject(self, table: Any) -> None:
        self.rejected += table.num_rows
        if self.write_rejects:
            self.write_rejects(table)

    def _read(self, source: Source) -> None:
        if source.damage:
            self.damage[source.file] = source.damage
        if self.progress:
            self.progress(source)
