"""How well formats fit the first lines of a log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

from proxyscan.format import Format
from proxyscan.frozen import frozen
from proxyscan.layouts import NULL, Block, Columns, Delimited, Layout, Reader, Rejects, Vocabulary, unwrap
from proxyscan.layouts.read import BLANK, MISFIT
from proxyscan.layouts.wrapper import WITHIN, WRAPPERS
from proxyscan.outcome import NO_REQUEST, Rule, fields_read, holds

FEW: Final = 16
"""Lines that tell which formats are worth trying on more."""

LINES: Final = 100
"""Lines of these that are tried; each format reads them in full, values and all."""

ENOUGH: Final = 0.5
"""Share of a log's first lines that must fit a format."""

LEFTOVER: Final = "no request, and nothing that is known of the format"

CONTAINERS: Final = frozenset({"cri", "docker"})
"""Wrappers in which a program's own syslog header may stand."""

LOOSEST: Final = "lead"
"""The wrapper that is taken only where no other does as well."""


@frozen
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


@frozen
class Head:
    """The first lines of a log, in which formats are looked for; `written`: when it was last written."""

    lines: list[bytes]
    among: Sequence[Format]
    written: int

    @cached_property
    def texts(self) -> dict[str, list[bytes]]:
        """The lines to try, as they are in each wrapper that may stand around them."""
        first = self.lines[:LINES]
        return {wrapper: [unwrap(line, wrapper).text for line in first] for wrapper in _wrappers(first)}

    @cached_property
    def whole(self) -> Candidate | None:
        """The first that all lines fit, of a generic format only where no other does: none can be better."""
        for each in sorted(self.among, key=lambda each: each.generic):
            for wrapper, texts in self.texts.items():
                found = self._whole(each, wrapper, texts)
                if found:
                    return found
        return None

    def _whole(self, format: Format, wrapper: str, texts: list[bytes]) -> Candidate | None:
        """Return the candidate if all lines fit a format; most formats are refused by the first line or two."""
        if texts and _refuses(format.layout, texts[0]):
            return None
        found = None
        for count in (1, FEW, LINES):
            found = _try(format, wrapper, texts[:count], self.written)
            if found.fitting < found.lines:
                return None
        return found if found and found.share else None

    @cached_property
    def ranked(self) -> tuple[Candidate, ...]:
        """How well each format fits, the best first; of equal ones a generic format yields, and a later one."""
        few = [self._best(each, FEW) for each in self.among]
        likely = {each.format.name for each in few if each.share} or {each.name for each in self.among}
        more = len(self.lines) > FEW
        tried = [self._best(each.format, LINES) if each.format.name in likely and more else each for each in few]
        return tuple(sorted(tried, key=lambda candidate: (-candidate.share, candidate.format.generic)))

    def _best(self, format: Format, count: int) -> Candidate:
        """Return the first that fits best: a loose format may take a wrapped line as it is, with shifted fields."""
        tried = [_try(format, wrapper, texts[:count], self.written) for wrapper, texts in self.texts.items()]
        return max(tried, key=lambda candidate: candidate.share)


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


def _refuses(layout: Layout, line: bytes) -> bool:
    """Tell whether a layout finds no fields in a line that has some; of other lines nothing is told."""
    return bool(line.strip(BLANK)) and not layout.is_directive(line) and layout.texts(line) is None


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
