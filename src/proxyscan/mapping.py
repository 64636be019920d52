"""A format that a site describes in a TOML file, or a shipped format with rules of the site's own before its rules.

`template` returns a file to start from, which explains what may stand in one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from proxyscan.codes import vendors
from proxyscan.errors import DetectionError, InputError, MappingError, ProxyscanError, nearest
from proxyscan.format import LACKS, Format, missing
from proxyscan.formats import known_format
from proxyscan.formats._apache import apache_format
from proxyscan.formats._squid import squid_format
from proxyscan.layouts import Delimited, Field, JsonLines, KeyValue, Layout
from proxyscan.layouts.layout import TYPES, Fields
from proxyscan.layouts.read import column_stores
from proxyscan.outcome import NO_REQUEST, Rule
from proxyscan.schema import OUTCOMES

TYPE: Final = {
    "time": "datetime",
    "url": "url",
    "host": "host",
    "path": "path",
    "referrer_host": "url_host",
    **dict.fromkeys(("port", "status", "bytes_down", "bytes_up", "duration_ms"), "int"),
}
"""The type of a column where the file names none; any other column is text."""

LISTS: Final = ("order", "needs", "nulls", "reason", "lacks")
ABOUT: Final = ("name", "title", "zone", "notices", "vendor")
TEXTS: Final = (*ABOUT, "extends", "layout", "header", "separator", "quote", "stamp", "logformat")
KINDS: Final[Mapping[str, tuple[type, str]]] = {
    **dict.fromkeys(TEXTS, (str, "a text")),
    **dict.fromkeys(LISTS, (list, "a list of texts")),
    "columns": (dict, "a table: write [columns] above it"),
    "rules": (list, "a list of tables: write [[rules]] above each"),
}
"""What may stand in a file, and as what."""

BESIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "extends": ("extends", "zone", "notices", "vendor", "lacks", "rules"),
    "logformat": ("logformat", "layout", *ABOUT, "lacks", "rules"),
}
"""What may stand beside a key that says how the log is laid out."""

Build = Callable[[Mapping[str, Fields], Mapping[str, Any]], Layout]


def template() -> str:
    """Return a mapping file to start from."""
    return files("proxyscan").joinpath("mapping_template.toml").read_text(encoding="utf-8")


def mapped_format(path: str | Path) -> Format:
    """Return the format that a mapping file describes; raises `MappingError` with the line of a mistake."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as problem:
        raise InputError(f"{path}: {problem.strerror}", "name a mapping file: 'proxyscan formats --template'") from None
    except UnicodeDecodeError as problem:
        raise MappingError(f"{path}: {problem}", "save the file as UTF-8") from problem
    return _Mapping(str(path), text).format()


def _delimited(separator: str, quote: str, header: str = "") -> Build:
    def build(columns: Mapping[str, Fields], said: Mapping[str, Any]) -> Layout:
        return Delimited(
            columns,
            tuple(said.get("order", ())),
            said.get("separator", separator).encode(),
            said.get("quote", quote),
            said.get("header", header).encode(),
            needs=tuple(said.get("needs", ())),
            nulls=_nulls(said),
        )

    return build


def _pairs(head: str, separator: str) -> Build:
    def build(columns: Mapping[str, Fields], said: Mapping[str, Any]) -> Layout:
        needs = tuple(said.get("needs", ()))
        separated = said.get("separator", separator).encode()
        return KeyValue(columns, separated, said.get("quote", "backslash"), needs=needs, head=head, nulls=_nulls(said))

    return build


def _objects(columns: Mapping[str, Fields], said: Mapping[str, Any]) -> Layout:
    return JsonLines(columns, needs=tuple(said.get("needs", ())), nulls=_nulls(said))


def _nulls(said: Mapping[str, Any]) -> tuple[bytes, ...]:
    return tuple(word.encode() for word in said.get("nulls", ["-"]))


LAYOUTS: Final[Mapping[str, Build]] = {
    "csv": _delimited(",", "doubled"),
    "tsv": _delimited("\t", "none"),
    "blanks": _delimited(" ", "doubled"),
    "w3c": _delimited(" ", "doubled", "#Fields:"),
    "key_value": _pairs("", " "),
    "cef": _pairs("cef", " "),
    "leef": _pairs("leef", "\t"),
    "json": _objects,
}


class _Mapping:
    """One mapping file; its methods raise `MappingError` with the file and the line of what is wrong."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        try:
            self.said: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as problem:
            fact = re.sub(r"(.*) \(at (line \d+), column \d+\)", r"\2: \1", str(problem))
            raise MappingError(
                f"{file}: {fact}", "'proxyscan formats --template' prints a file that is right"
            ) from None

    def format(self) -> Format:
        """Return the format that the file describes."""
        self._typed()
        if "extends" in self.said:
            return self._extended()
        if "logformat" in self.said:
            return self._from_logformat()
        return self._described()

    def _typed(self) -> None:
        for key, value in self.said.items():
            self._known(key, KINDS, "key")
            kind, words = KINDS[key]
            texts = key not in LISTS or (isinstance(value, list) and all(isinstance(each, str) for each in value))
            if not isinstance(value, kind) or not texts:
                self._fail(key, f"'{key}' is not {words}", f"see '{key}' in 'proxyscan formats --template'")
        for whole in [key for key in BESIDE if key in self.said]:
            for key in self.said:
                if key not in BESIDE[whole]:
                    self._fail(key, f"'{key}' means nothing beside '{whole}'", f"leave out '{key}' or '{whole}'")

    def _extended(self) -> Format:
        try:
            base = known_format(self.said["extends"])
        except DetectionError as problem:
            self._fail("extends", problem.fact, problem.hint)
        columns = {*column_stores(base.layout.fields), "rewritten"}
        return replace(base, rules=(*self._rules(columns), *base.rules), zone=self._zone() or base.zone, **self._own())

    def _from_logformat(self) -> Format:
        string = self.said["logformat"]
        make = apache_format if "$" in string or '%r"' in string else squid_format
        try:
            base = make(self._name(), self.said.get("title", self._name()), string)
        except ProxyscanError as problem:
            self._fail("logformat", problem.fact, problem.hint)
        rules = (*self._rules(set(column_stores(base.layout.fields))), *base.rules)
        return replace(base, rules=rules, grade="the site's own", zone=self._zone(), generic=False, **self._own())

    def _described(self) -> Format:
        layout = self._layout()
        columns = set(column_stores(layout.fields))
        rules = self._rules(columns)
        self._needed(columns, rules)
        name = self._name()
        reason = self.said.get("reason") or sorted({column for rule in rules for column in rule.when} & columns)
        for column in reason:
            self._known(column, columns, "column")
        stamp = self.said.get("stamp", "end")
        self._known(stamp, ("end", "start"), "stamp")
        own = {"cannot": missing(layout), "stamp": stamp, "grade": "the site's own", "zone": self._zone()}
        own |= self._own()
        return Format(name, self.said.get("title", name), self.file, layout, rules, tuple(reason), **own)

    def _own(self) -> dict[str, Any]:
        """Return what the file says of the log besides its layout and rules: `lacks`, `notices`, `vendor`."""
        said = {key: self.said[key] for key in ("lacks", "notices", "vendor") if key in self.said}
        for lack in said.get("lacks", ()):
            self._known(lack, LACKS, "lack")
        if "vendor" in said:
            self._known(said["vendor"], vendors(), "vendor")
        try:
            re.compile(said.get("notices", ""))
        except re.error as problem:
            self._fail(
                "notices", f"'notices' is no regular expression: {problem}", "write for example '(Info|Warning): '"
            )
        return {key: tuple(value) if key == "lacks" else value for key, value in said.items()}

    def _needed(self, columns: set[str], rules: tuple[Rule, ...]) -> None:
        needs = {"time": {"time"}, "url or host": {"url", "host"}}
        for words, any_of in needs.items():
            if not columns & any_of:
                self._fail("[columns]", f"no column is the {words}", f'write for example "Time" = "{min(any_of)}"')
        if not rules:
            self._fail("", "no [[rules]]", "at least one must say what became of a request")

    def _layout(self) -> Layout:
        kind = self.said.get("layout", "")
        self._known(kind, (*LAYOUTS, "logformat"), "layout")
        if kind == "logformat":
            self._fail("layout", "the line 'logformat = …' is missing", "copy it from the proxy's configuration")
        columns = {name: self._fields(name, value) for name, value in self.said.get("columns", {}).items()}
        try:
            return LAYOUTS[kind](columns, self.said)
        except ProxyscanError as problem:
            self._fail("layout", problem.fact, problem.hint)

    def _fields(self, name: str, value: object) -> Fields:
        if isinstance(value, list):
            return tuple(self._field(name, each) for each in value)
        return self._field(name, value)

    def _field(self, name: str, value: object) -> Field:
        said = dict(zip(("column", "type"), value.split(":"), strict=False)) if isinstance(value, str) else value
        if not isinstance(said, dict) or not isinstance(said.get("column"), str):
            self._fail(name, f"'{name}' names no column", 'write "time:datetime" or { column = "time", type = "clf" }')
        for key in said:
            self._known(key, ("column", "type", "part"), "key")
        column = said["column"]
        type_ = said.get("type", TYPE.get(column, "text"))
        self._known(type_, TYPES, "type", name)
        return Field(column, "word", type_, self._part(name, said["part"]) if "part" in said else None)

    def _part(self, name: str, part: object) -> tuple[bytes, int]:
        match part:
            case [str(divider), int(number)] if divider and number >= 0:
                return divider.encode(), number
        self._fail(name, f"'{name}': the part {part} cannot be", 'write the sign and the number: part = ["/", 0]')

    def _rules(self, columns: Iterable[str]) -> tuple[Rule, ...]:
        return tuple(
            self._rule(said, {*columns, "--redirect", "--upstream-filters"}) for said in self.said.get("rules", ())
        )

    def _rule(self, said: object, columns: set[str]) -> Rule:
        if not isinstance(said, dict):
            self._fail("rules", "a rule is no table", "begin each with a line [[rules]]")
        for key in said:
            self._known(key, ("outcome", "when", "why", "doubt"), "key")
        outcome, when = said.get("outcome", ""), said.get("when", {})
        self._known(outcome, (*OUTCOMES, NO_REQUEST), "outcome")
        for column in when:
            self._known(column, columns, "column")
        texts = {column: str(pattern) for column, pattern in when.items()}
        return Rule(outcome, said.get("why", "the site's own rule"), texts, said.get("doubt", ""))

    def _name(self) -> str:
        name = self.said.get("name", "site")
        if not re.fullmatch(r"\w+", name):
            self._fail("name", f"the name '{name}' cannot be", "use letters, digits and _")
        return str(name)

    def _zone(self) -> str:
        zone = self.said.get("zone", "")
        try:
            return ZoneInfo(zone).key if zone else ""
        except (ZoneInfoNotFoundError, ValueError):
            near = get_close_matches(zone, available_timezones(), n=1) or ["Europe/London"]
            self._fail("zone", f"no zone is called '{zone}'", f"for example '{near[0]}'")

    def _known(self, word: str, words: Iterable[str], what: str, near: str = "") -> None:
        if word not in words:
            self._fail(word or near or what, f"no {what} is called '{word}'", nearest(word, words))

    def _fail(self, word: str, fact: str, hint: str) -> NoReturn:
        lines = self.text.splitlines()
        line = next((n for n, each in enumerate(lines, 1) if word and word in each.partition("#")[0]), 0)
        raise MappingError(f"{self.file}: {f'line {line}: ' if line else ''}{fact}", hint)
