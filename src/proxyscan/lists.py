"""Users' own lists of hosts: a file or folder, recognised by its content, becomes a `HostList`.

Plain domains, URLs, hosts files, dnsmasq, Adblock filters, v2fly's domain lists, CSV, and the folders of
squidGuard and UT1 (`domains`, `urls`). A line that has no place in a list of its kind refuses the whole list:
half a list is worse than none. In every syntax a host means itself and all below it, as in the catalogue,
except where the syntax can say "this one alone" (v2fly's `full:`, Adblock's `|`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from proxyscan.catalogue import FOLDER, full_catalogue
from proxyscan.entries import Entry, HostList, Service
from proxyscan.errors import CatalogueError, nearest
from proxyscan.read_entries import LABELS
from proxyscan.syntaxes import ADS, SYNTAXES, URL_COLUMNS, Found, Syntax, first_misfit, labelled, matches, recognised

SAMPLE: Final = 1000
"""Lines by which a list's syntax is told."""

CSV: Final = "csv"
FOLDER_FILES: Final = ("domains", "urls")
KINDS: Final = tuple(sorted(file.stem for file in FOLDER.glob("*.toml")))
WIDGET_KINDS: Final = ("comments", "share-button")
OWN_KIND: Final = "own-list"
"""The kind of a new service whose kind is not given."""

HINT: Final = f"known are {', '.join([*SYNTAXES, CSV])}, and folders with a file 'domains' or 'urls'"


def read_list(file: str | Path, name: str, syntax: str | None = None) -> HostList:
    """Return the list in a file or folder, for a service or kind (see `service_named`).

    `syntax`: one of `SYNTAXES` or "csv"; otherwise the content tells it. Raises `CatalogueError` with file,
    line and what was expected when the content is of another syntax, or of none.

    >>> read_list("sample_lists/hosts.txt", "forum/our-forums").syntax
    'hosts'
    """
    path = Path(file)
    service, fills = service_named(name)
    if syntax and syntax not in (*SYNTAXES, CSV):
        raise CatalogueError(f"no list is of the syntax '{syntax}'", nearest(syntax, [*SYNTAXES, CSV]))
    if path.is_dir():
        found, syntax = _read_folder(path), "folder"
    else:
        found, syntax = _read_file(path, syntax)
    return _host_list(str(file), syntax, service, fills, found)


def service_named(name: str) -> tuple[Service, bool]:
    """Return the service that a list's name means, and whether it only fills in what the catalogue lacks.

    The id of a service adds to it; a kind fills in; another name is a new service, `KIND/NAME` one of a kind.

    >>> service_named("forum/our-forums")[0].kind, service_named("dating")[1]
    ('forum', True)
    """
    kind, _, new = name.rpartition("/")
    known = full_catalogue().services
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)?", name):
        raise CatalogueError(f"'{name}' is no name for a list", "write it in lower case: letters, digits, '-', '.'")
    if name in known:
        return known[name], False
    if name in KINDS:
        return Service(name, f"Other ({name})", name), True
    if kind and kind not in (*KINDS, OWN_KIND):
        raise CatalogueError(f"no kind is called '{kind}'", nearest(kind, KINDS))
    if not kind and (close := get_close_matches(name, [*known, *KINDS], n=1, cutoff=0.85)):
        raise CatalogueError(
            f"no service or kind is called '{name}'", f"did you mean '{close[0]}'? A new service: '{OWN_KIND}/{name}'"
        )
    return Service(new, new, kind or OWN_KIND), False


def _read_folder(folder: Path) -> Found:
    """Read a category of squidGuard or UT1: its files `domains` and `urls`."""
    files = [folder / each for each in FOLDER_FILES if (folder / each).is_file()]
    if not files:
        raise CatalogueError(f"{folder}: no file 'domains' or 'urls' in it", "name one category's folder, or a file")
    found = Found()
    for file in files:
        _add(found, _read_file(file, "plain" if file.name == "domains" else "urls")[0])
    return found


def _read_file(file: Path, named: str | None, seen: frozenset[Path] = frozenset()) -> tuple[Found, str]:
    text = _text(file)
    if named == CSV or (not named and _csv_column(text) is not None):
        return _read_csv(file, text), CSV
    raw = pa.array(text.split("\n"), pa.string())
    lines = pc.utf8_trim_whitespace(pc.replace_substring_regex(raw, r"^\s*(?:!|\[[^\]]*\]\s*$).*$|(?:^|\s)#.*$", ""))
    numbers = np.flatnonzero(np.asarray(pc.not_equal(lines, "")))
    lines = lines.take(pa.array(numbers))
    syntax = SYNTAXES[named] if named else _told(file, lines, numbers)
    telling = pc.any(matches(lines, syntax.line)).as_py()
    wrong = first_misfit(lines, syntax) if telling or not len(lines) else 0
    if wrong is not None:
        raise _misfit(file, int(numbers[wrong]), lines[wrong].as_py(), syntax, lines)
    found = Found()
    syntax.read(lines, found)
    if found.wrong:
        where = pc.index(pc.match_substring(lines, found.wrong), True).as_py()
        raise _misfit(file, int(numbers[where]), lines[where].as_py(), syntax, lines)
    for include, wanted in found.includes:
        _include(found, file, include, wanted, seen | {file.resolve()})
    return found, syntax.name


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
        if b"\0" in content:
            raise CatalogueError(f"{file}: is no text", HINT)
        return content.decode("utf-8-sig")
    except OSError as problem:
        raise CatalogueError(f"{file}: {problem.strerror}", "a list is a file, or a folder of squidGuard") from problem
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise CatalogueError(f"{file}:{line}: is no UTF-8 text", "convert the list with iconv") from problem


def _told(file: Path, lines: Any, numbers: Any) -> Syntax:
    """Return the syntax that the first lines tell; of those that fit them equally, the one that fits all lines."""
    sample = lines.slice(0, SAMPLE)
    counted = list(recognised(sample))
    count, best = counted[0]
    if not len(sample):
        raise CatalogueError(f"{file}: no line in it but comments", HINT)
    if 2 * count <= len(sample):
        stranger = pc.index(matches(sample, best.line), False).as_py()
        fact = f"{file}:{numbers[stranger] + 1}: '{_short(sample[stranger].as_py())}' is no line of a list of hosts"
        raise CatalogueError(fact, HINT)
    equal = [syntax for number, syntax in counted if number == count]
    return next((syntax for syntax in equal if first_misfit(lines, syntax) is None), best)


def _misfit(file: Path, number: int, text: str, syntax: Syntax, lines: Any) -> CatalogueError:
    count, best = next(recognised(lines.slice(0, SAMPLE)))
    other = f"; it looks like a list of the syntax '{best.name}'" if count and best is not syntax else ""
    fact = f"{file}:{number + 1}: '{_short(text)}' is no line of a list of the syntax '{syntax.name}'"
    return CatalogueError(fact, f"expected a line like '{syntax.example}'{other}; nothing of the list was taken")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


def _include(found: Found, file: Path, include: str, wanted: frozenset[str], seen: frozenset[Path]) -> None:
    """Add the list that a v2fly list includes from its own folder; with attributes, only the lines that have them."""
    other = file.with_name(include)
    if other.resolve() in seen:
        raise CatalogueError(f"{file}: includes '{include}', which includes it", "take one of the two lines out")
    if not other.is_file():
        names = [each.name for each in file.parent.iterdir() if each.is_file()]
        raise CatalogueError(f"{file}: includes '{include}', which is not beside it", nearest(include, names))
    more, _ = _read_file(other, "v2fly", seen)
    if wanted == {ADS} or wanted == {f"-{ADS}"}:
        _keep(more, "widget" if ADS in wanted else "")
    _add(found, more)


def _keep(found: Found, label: str) -> None:
    for each in (found.below, found.exact, found.patterns):
        for text in [text for text, own in each.items() if own != label]:
            del each[text]


def _add(found: Found, more: Found) -> None:
    found.below.update(more.below)
    found.exact.update(more.exact)
    found.paths.update(more.paths)
    found.patterns.update(more.patterns)
    found.skipped += more.skipped


def _csv_column(text: str) -> tuple[str, str] | None:
    """Return the separator and the column of hosts of a CSV, or None when the text is none."""
    header = text.partition("\n")[0].strip()
    for separator in (",", ";", "\t"):
        names = [name.strip().strip('"').lower() for name in header.split(separator)]
        column = next((name for name in URL_COLUMNS if name in names), None)
        if column and (len(names) > 1 or "\n" in text):
            return separator, header.split(separator)[names.index(column)].strip().strip('"')
    return None


def _read_csv(file: Path, text: str) -> Found:
    told = _csv_column(text)
    if told is None:
        raise CatalogueError(f"{file}:1: no column of hosts", f"call it one of: {', '.join(URL_COLUMNS)}")
    table = _csv_table(file, text, told[0])
    lines = pc.utf8_trim_whitespace(table[told[1]].combine_chunks())
    wrong = pc.index(matches(lines, f"{SYNTAXES['urls'].line}|"), False).as_py()
    if wrong >= 0:
        fact = f"{file}:{wrong + 2}: '{_short(lines[wrong].as_py())}' in the column '{told[1]}' is no host"
        raise CatalogueError(fact, "expected a host or URL like 'www.example.com'; nothing of the list was taken")
    found = Found()
    labels = table["label"].combine_chunks() if "label" in table.column_names else pa.array([""] * len(lines))
    for label in pc.unique(labels).to_pylist():
        if label and label not in LABELS:
            raise CatalogueError(f"{file}: no label is called '{label}'", nearest(label, LABELS))
        part = Found()
        SYNTAXES["urls"].read(lines.filter(pc.and_(pc.equal(labels, label), pc.not_equal(lines, ""))), part)
        _add(found, Found(dict.fromkeys(part.below, label), {}, dict.fromkeys(part.paths, label)))
    return found


def _csv_table(file: Path, text: str, separator: str) -> Any:
    from pyarrow import csv

    names = [name.strip().strip('"') for name in text.partition("\n")[0].strip().split(separator)]
    try:
        return csv.read_csv(
            pa.BufferReader(text.encode()),
            parse_options=csv.ParseOptions(delimiter=separator),
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except pa.ArrowInvalid as problem:
        raise CatalogueError(f"{file}: {problem}", "expected as many fields in every line as in the first") from problem


def _host_list(file: str, syntax: str, service: Service, fills: bool, found: Found) -> HostList:
    below, exact, paths, patterns = labelled(found, "widget" if service.kind in WIDGET_KINDS else "use")
    if not (below or exact or paths or patterns):
        raise CatalogueError(f"{file}: names no host", HINT)
    compiled = tuple((_pattern(file, text), label) for text, label in patterns.items())
    return HostList(
        file, syntax, service, below, exact, _by_host(paths, service, file), compiled, fills, skipped=found.skipped
    )


def _pattern(file: str, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as problem:
        raise CatalogueError(f"{file}: regexp:{text}: {problem}", "write it as Python and RE2 read it") from problem


def _by_host(paths: Mapping[str, str], service: Service, file: str) -> dict[str, tuple[Entry, ...]]:
    entries: defaultdict[str, list[Entry]] = defaultdict(list)
    for text, label in _longest_first(paths.items()):
        entries[text.partition("/")[0]].append(Entry(text, service, label, source=file))
    return {host: tuple(each) for host, each in entries.items()}


def _longest_first(items: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(items, key=lambda item: -len(item[0]))
