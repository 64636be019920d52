"""Which format a log is in, told by its first lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from proxyscan.blocks import blocks
from proxyscan.candidates import ENOUGH, Candidate, Head
from proxyscan.errors import DetectionError, InputError
from proxyscan.format import Format
from proxyscan.formats import formats, known_format
from proxyscan.formats._apache import apache_format
from proxyscan.formats._squid import squid_format
from proxyscan.frozen import frozen
from proxyscan.layouts import Block, Delimited, lines, squid_conf_formats
from proxyscan.source import expand, opened, source_of

HEAD: Final = 1 << 16
"""Bytes of a log that detection looks at."""

APACHE_CODE: Final = re.compile(r"\$\w|%(?:\{[^}]+\}[A-Za-z]\b|[<>]?s\b|[rhb]\b)")
"""What nginx's log_format and Apache's LogFormat have, and Squid's logformat has not."""

SOLE: Final = 0.1
"""`ENOUGH`, where no other format fits any line: collectors mix a proxy's lines with messages of other kinds."""

ANY_YEAR: Final = 2_000_000_000_000
"""A time that stands in for when a log was written: the year of its times does not matter to detection."""

DIRECTIVES: Final = (b"#Software:", b"#Version:", b"#Date:", b"#Start-Date:")
"""What a W3C extended log begins with, besides its columns."""

PARQUET: Final = b"PAR1"
"""What a file in Parquet begins with, as a summary does."""

REACHED: Final = re.compile(r"at byte (\d+)")

SHOWN: Final = 3
"""Candidates that an error names."""


@frozen
class Detection:
    """The format of one log, told by its head."""

    file: str
    format: Format
    wrapper: str
    head: Head

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """All formats that were to choose from, the best first."""
        return self.head.ranked

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
        from proxyscan.mapping import mapped_format

        mapped = mapped_format(mapping)
        others = choices(squid_conf=squid_conf) if mapped.name in formats() and not format else []
        return [mapped, *(each for each in others if each.name != mapped.name)]
    if isinstance(format, Format):
        return [format]
    if isinstance(format, str):
        return [known_format(format)]
    if format:
        return list(format)
    if logformat is not None:
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
    found = [line for _, line in lines(first.text[: min(HEAD, len(first))]) if line.strip(b" \t\0")]
    found = found[:-1] if len(first) > HEAD and len(found) > 1 else found
    head = Head(found, among, first.written or ANY_YEAR)
    best = head.whole or head.ranked[0]
    if not head.whole and best.share < _enough(head.ranked) and len(among) > 1:
        if damage:
            raise InputError(f"{first.file}: {damage}", "copy the file again; nothing of it could be read")
        raise _unknown(first.file, head.ranked, head.lines)
    return Detection(first.file, best.format, best.wrapper, head)


def _enough(ranked: Sequence[Candidate]) -> float:
    loose = isinstance(ranked[0].format.layout, Delimited)  # a line of another kind may have as many columns
    return ENOUGH if loose or (len(ranked) > 1 and ranked[1].share) else SOLE


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
    if head[0].startswith(PARQUET):
        hint = f"a Parquet file is no log; 'proxyscan report {file}' shows what 'proxyscan scan -o' wrote"
        return DetectionError(f"{file}: in no known format", hint)
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
