"""Which format a log is in, told by its first lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from proxyscan.blocks import blocks
from proxyscan.errors import DetectionError, InputError
from proxyscan.format import Format
from proxyscan.formats import formats, known_format
from proxyscan.formats._apache import apache_format
from proxyscan.formats._squid import squid_format
from proxyscan.layouts import (
    NULL,
    Block,
    Columns,
    Delimited,
    Layout,
    Reader,
    Rejects,
    Vocabulary,
    lines,
    squid_conf_formats,
    unwrap,
)
from proxyscan.layouts.read import MISFIT
from proxyscan.layouts.wrapper import WITHIN, WRAPPERS
from proxyscan.mapping import mapped_format
from proxyscan.outcome import NO_REQUEST, Rule, fields_read, holds
from proxyscan.source import expand, opened, source_of

HEAD: Final = 1 << 16
"""Bytes of a log that detection looks at."""

APACHE_CODE: Final = re.compile(r"\$\w|%(?:\{[^}]+\}[A-Za-z]\b|[<>]?s\b|[rhb]\b)")
"""What nginx's log_format and Apache's LogFormat have, and Squid's logformat has not."""

FEW: Final = 16
"""Lines that tell which formats are worth trying on more."""

LINES: Final = 100
"""Lines of these that are tried; each format reads them in full, values and all."""

ENOUGH: Final = 0.5
"""Share of a log's first lines that must fit a format."""

SOLE: Final = 0.1
"""The same where no other format fits any line: collectors mix a proxy's lines with messages of other kinds."""

ANY_YEAR: Final = 2_000_000_000_000
"""A time that stands in for when a log was written: the year of its times does not matter to detection."""

LEFTOVER: Final = "no request, and nothing that is known of the format"

DIRECTIVES: Final = (b"#Software:", b"#Version:", b"#Date:", b"#Start-Date:")
"""What a W3C extended log begins with, besides its columns."""

CONTAINERS: Final = frozenset({"cri", "docker"})
"""Wrappers in which a program's own syslog header may stand."""

LOOSEST: Final = "lead"
"""The wrapper that is taken only where no other does as well."""

REACHED: Final = re.compile(r"at byte (\d+)")

SHOWN: Final = 3
"""Candidates that an error names."""


@dataclass(frozen=True)
class Candidate:
    """How well one format fits the first lines of a log: `fitting` of `lines`.

    `wrapper`: what stands before each line; `layout`: the format's, bound to a header among them; `rejects`: the
    lines that do not fit; `headed`: a header of this format is there.
    """

    format: Format
    wrapper: str
    fitting: int
    lines: int
    layout: Layout
    rejects: Rejects
    headed: bool = False

    @cached_property
    def misfit(self) -> str:
        """Why the first line that did not fit did not; told only where it is asked, since that takes time."""
        if len(self.rejects):
            reason, line = self.rejects.reasons[0], self.rejects.texts[0]
            return self.layout.misfit(line) if reason == MISFIT else reason
        return LEFTOVER if self.fitting < self.lines else ""

    @property
    def share(self) -> float:
        """Share of the lines that fit; of a header without lines, all."""
        return self.fitting / self.lines if self.lines else float(self.headed)


@dataclass(frozen=True)
class Detection:
    """The format of one log; `candidates` are all that were tried, the best first."""

    file: str
    format: Format
    wrapper: str
    candidates: tuple[Candidate, ...]

    def nearest(self) -> list[Candidate]:
        """Return the candidates, the format first; of those that fit as many lines, the one that got farther."""
        first, *others = self.candidates
        return [first, *sorted(others, key=_farness)]

    def to_dict(self) -> dict[str, Any]:
        """Return the detection as plain values."""
        tried = [
            {"format": c.format.name, "wrapper": c.wrapper, "fitting": c.fitting, "lines": c.lines, "misfit": c.misfit}
            for c in self.nearest()
        ]
        return {"file": self.file, "format": self.format.name, "wrapper": self.wrapper, "candidates": tried}


def choices(
    format: str | Format | Sequence[Format] | None = None,
    logformat: str | None = None,
    squid_conf: str | Path | None = None,
    mapping: str | Path | None = None,
) -> list[Format]:
    """Return the formats to choose from: those that are given, else the site's own before all known ones.

    `logformat` is Squid's, Apache's ``LogFormat`` or nginx's ``log_format``; `mapping` a file that describes a format
    (see `proxyscan.mapping`). Without a `format`, a mapped format that extends a known one stands in for it.
    """
    if mapping:
        mapped = mapped_format(mapping)
        others = choices(squid_conf=squid_conf) if mapped.name in formats() and not format else []
        return [mapped, *(each for each in others if each.name != mapped.name)]
    if isinstance(format, Format):
        return [format]
    if isinstance(format, str):
        return [known_format(format)]
    if format:
        return list(format)
    if logformat:
        return [_given(logformat)]
    own = _conf_formats(squid_conf) if squid_conf else []
    return [*own, *formats().values()]


def _given(logformat: str) -> Format:
    if APACHE_CODE.search(logformat):
        return apache_format("apache_custom", "Apache or nginx with the log format given", logformat)
    return squid_format("squid_custom", "Squid with the logformat given", logformat)


def _conf_formats(path: str | Path) -> list[Format]:
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as problem:
        raise InputError(f"{path}: {problem.strerror}", "name the site's squid.conf") from problem
    found = squid_conf_formats(text)
    if not found:
        raise InputError(f"{path}: no logformat line", "a squid.conf without one writes the format 'squid'")
    return [squid_format(f"squid:{name}", f"Squid with the logformat {name}", string) for name, string in found.items()]


def detect(path: str | Path, among: Sequence[Format] | None = None) -> Detection:
    """Return the format of a log; raises `DetectionError` that names the nearest candidates."""
    [file] = expand([path])
    with opened(file) as stream:
        source = source_of(file, stream)
        first = next(blocks(stream, source), Block(source.file, 0, b""))
    return recognise(first, among or choices(), source.damage)


def recognise(first: Block, among: Sequence[Format], damage: str = "") -> Detection:
    """Return the format of a log from its first block.

    Of equal candidates a generic format yields, and a later one of `among`. `damage`: what is wrong with the
    file, told where its first lines cannot be recognised.
    """
    head = [line for _, line in lines(first.data[:HEAD]) if line.strip(b" \t\0")]
    head = head[:-1] if len(first.data) > HEAD and len(head) > 1 else head
    own = {wrapper: [unwrap(line, wrapper).text for line in head[:LINES]] for wrapper in _wrappers(head[:LINES])}
    written = first.written or ANY_YEAR
    few = [_best([_try(each, wrapper, texts[:FEW], written) for wrapper, texts in own.items()]) for each in among]
    likely = {each.format.name for each in few if each.share} or {each.name for each in among}
    tried = [
        _best([_try(each.format, wrapper, texts, written) for wrapper, texts in own.items()])
        if each.format.name in likely and len(head) > FEW
        else each
        for each in few
    ]
    ranked = tuple(sorted(tried, key=lambda candidate: (-candidate.share, candidate.format.generic)))
    if ranked[0].share < _enough(ranked) and len(among) > 1:
        if damage:
            raise InputError(f"{first.file}: {damage}", "copy the file again; nothing of it could be read")
        raise _unknown(first.file, ranked, head)
    return Detection(first.file, ranked[0].format, ranked[0].wrapper, ranked)


def _enough(ranked: Sequence[Candidate]) -> float:
    loose = isinstance(ranked[0].format.layout, Delimited)  # a line of another kind may have as many columns
    return ENOUGH if loose or (len(ranked) > 1 and ranked[1].share) else SOLE


def _wrappers(head: list[bytes]) -> list[str]:
    """Return what stands around most lines, that which takes most first; nothing; what stands around few."""
    places = {name: [unwrap(line, name).place for line in head] for name in WRAPPERS if name}
    for outer in CONTAINERS & {name for name, begins in places.items() if any(begins)}:
        name = f"{outer}{WITHIN}syslog"
        deeper = [unwrap(line, name).place - begin for line, begin in zip(head, places[outer], strict=True)]
        places[name] = deeper if any(deeper) else []
    often = [name for name, begins in places.items() if sum(map(bool, begins)) >= ENOUGH * max(len(head), 1)]
    seldom = [name for name, begins in places.items() if any(begins) and (name not in often or name == LOOSEST)]
    often = sorted((name for name in often if name != LOOSEST), key=lambda name: -sum(places[name]))
    return [*often, "", *seldom]


def _best(candidates: list[Candidate]) -> Candidate:
    """Return the first that fits best: a loose format may take a wrapped line as it is, with shifted fields."""
    return max(candidates, key=lambda candidate: candidate.share)


def _try(format: Format, wrapper: str, texts: list[bytes], written: int) -> Candidate:
    reader = Reader(format.layout)
    columns = reader.read(Block("", 0, b"".join(text + b"\n" for text in texts), b"", written))
    layout = format.layout.bind(texts)
    headed = isinstance(layout, Delimited) and layout is not format.layout and layout.bound
    fitting = columns.rows - _leftover(format.rules, columns, reader.vocabularies)
    lines = columns.rows + len(columns.rejects)
    return Candidate(format, wrapper, fitting, lines, layout, columns.rejects, headed)


def _leftover(rules: Sequence[Rule], columns: Columns, words: Mapping[str, Vocabulary]) -> int:
    """Return how many lines only a rule without conditions takes for what is no request: any log has such lines."""
    if not rules or rules[-1].outcome != NO_REQUEST or rules[-1].when:
        return 0
    names = fields_read(rule.when for rule in rules)
    facts = [{name: _fact(name, row, columns, words) for name in names} for row in range(columns.rows)]
    return sum(not any(holds(rule.when, fact) for rule in rules[:-1]) for fact in facts)


def _fact(name: str, row: int, columns: Columns, words: Mapping[str, Vocabulary]) -> str | int | None:
    if name in columns.codes:
        code = columns.codes[name][row]
        return words[name].words[code].decode("utf-8", "backslashreplace") if code >= 0 else None
    value = columns.numbers[name][row] if name in columns.numbers else NULL
    return None if value == NULL else int(value)


def _unknown(file: str, ranked: Iterable[Candidate], head: list[bytes]) -> DetectionError:
    if not head:
        return DetectionError(f"{file}: holds no lines", "an empty log says nothing; was it rotated just now?")
    names: dict[str, str] = {}
    for candidate in sorted(ranked, key=_farness):
        words = f"{candidate.format.name}: {candidate.fitting} of {candidate.lines} lines fit; {candidate.misfit}"
        names.setdefault(candidate.format.name, words)
    nearest = "; ".join(list(names.values())[:SHOWN])
    if any(line.startswith(DIRECTIVES) for line in head):
        hint = "a W3C extended log without the line '#Fields: …' that names its columns: put that before its first line"
        return DetectionError(f"{file}: in no known format. Nearest: {nearest}", hint)
    return DetectionError(
        f"{file}: in no known format. Nearest: {nearest}",
        "for a custom Squid logformat give --squid-conf FILE or --logformat STRING, for any other log --mapping FILE; "
        "'proxyscan formats' lists all",
    )


def _farness(candidate: Candidate) -> tuple[float, int]:
    return -candidate.share, -_reached(candidate.misfit)


def _reached(misfit: str) -> int:
    """Return the byte up to which a line fitted, as its misfit says: the farther, the nearer the format."""
    match = REACHED.search(misfit)
    return int(match[1]) if match else 0
