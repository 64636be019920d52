"""How sure the answer is: what was read and understood, what is in doubt, what this log cannot show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from proxyscan import __version__, schema
from proxyscan.coverage import Coverage
from proxyscan.format import MISSING
from proxyscan.report.section import Column, Figures, Section
from proxyscan.report.words import UNKNOWN, count, things, visible


def coverage_lines(coverage: Coverage) -> list[str]:
    """Return, a sentence each, how much was understood and what the log cannot show."""
    formats = ", ".join(sorted(coverage.formats)) or UNKNOWN
    read = f"Read {things(coverage.lines, 'line')} in {count(len(coverage.files))} file(s) ({formats})"
    understood = f"{things(coverage.requests, 'request')}, {count(coverage.rejects)} not understood"
    other = f", {count(coverage.other)} of other kinds than web requests" if coverage.other else ""
    lines = [f"{read}: {understood}, {count(coverage.skipped)} blank{other}."]
    rejects = coverage.reject_reasons.items()
    lines += [f"Not understood: {things(number, 'line')}, {reason}." for reason, number in rejects]
    lines += [f"Damaged: {visible(file)}: {words}." for file, words in coverage.damage.items()]
    lines += [f"In doubt: {count(number)} × {doubt}." for doubt, number in coverage.doubts.items()]
    lines += _nameless(coverage)
    for zone, number in coverage.zones.items():
        twice = f"; {count(coverage.twice)} of them occur twice, as clocks go back" if coverage.twice else ""
        lines.append(f"The times of {things(number, 'request')} name no zone; they are read as {zone} (--tz){twice}.")
    if coverage.filled:
        lines.append(f"Counted by the log's own category alone: {things(sum(coverage.filled.values()), 'request')}.")
    if coverage.broad:
        names = ", ".join(coverage.broad)
        lines.append(f"Not counted: {things(sum(coverage.broad.values()), 'request')} of wide categories ({names}).")
    if coverage.differ:
        differing = things(sum(coverage.differ.values()), "request")
        lines.append(f"The log's category means another kind than the catalogue, or none known: {differing}.")
    if coverage.cannot:
        lines.append(f"This log cannot show: {'; '.join(coverage.cannot)}.")
    return [visible(line) for line in lines]


def _nameless(coverage: Coverage) -> Iterator[str]:
    """Yield who is counted for requests that name no user, and what that does to the number of users."""
    unknown = min(coverage.cannot.get(MISSING["client"], 0), coverage.without_user)
    if known := coverage.without_user - unknown:
        twice = "; whom other requests name counts twice" if coverage.without_user < coverage.requests else ""
        yield f"{things(known, 'request')} without a user, counted by client address{twice}."
    if unknown:
        yield f"{things(unknown, 'request')} without user and client: nobody is counted for them."


READ = {
    "requests": "Requests understood",
    "rejects": "Lines not understood",
    "skipped": "Blank lines and headers",
    "other": "Lines of other kinds than web requests",
    "lines": "All lines",
}
"""What became of the lines, in words; `lines` is the sum of the others."""


def sureness_section(coverage: Coverage, made: Mapping[str, str]) -> Section:
    """Return how sure the answer is; `made`: the options that it was made with."""
    figures = [
        _table("What became of the lines", ("Lines", "Number"), {READ[name]: getattr(coverage, name) for name in READ}),
        _table("By format", ("Format", "Requests"), coverage.formats),
        _table("Why lines were not understood", ("Reason", "Lines"), coverage.reject_reasons),
        _table("What is in doubt", ("Doubt", "Requests"), coverage.doubts),
        _table("What this log cannot show", ("It cannot show", "Requests"), coverage.cannot),
    ]
    made_with = f"Made by proxyscan {__version__} and its catalogue of services; summaries of schema {schema.VERSION}."
    options = [f"Option {visible(name)}: {visible(value)}" for name, value in made.items()]
    shown = tuple(each for each in figures if len(each.rows))
    return Section("sureness", "How sure this is", tuple(coverage_lines(coverage)), shown, (made_with, *options))


def _table(title: str, titles: tuple[str, str], counts: Mapping[str, int]) -> Figures:
    columns = (Column("what", titles[0], "text"), Column("number", titles[1]))
    return Figures(title, columns, pd.DataFrame([*counts.items()], columns=["what", "number"], dtype=object))
