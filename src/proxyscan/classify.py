"""Host and path → service, kind, label; host → registrable domain. Each distinct host is looked at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from proxyscan import schema
from proxyscan.catalogue import OPTIONAL, Catalogue, catalogue, full_catalogue
from proxyscan.entries import NOT_SOCIAL, Entry
from proxyscan.host import canonical, domain, is_address
from proxyscan.layouts.url import split_url

DAY_MS: Final = 86_400_000
NO_CLASS: Final = 0

Class = tuple[str | None, str | None, str | None]
"""Service id, kind, label; all None for what is no social media."""


def host_of(url: str) -> tuple[str | None, str | None]:
    """Return canonical host and path of a host name or URL.

    >>> host_of("https://www.YouTube.com/embed/abc?x=1")
    ('www.youtube.com', '/embed/abc')
    """
    raw = url.encode()
    parts = split_url(raw)
    host = raw[slice(*parts.host)].decode() if parts.host[0] >= 0 else ""
    path = raw[slice(*parts.path)].decode() if parts.path[0] >= 0 else None
    return (canonical(host) if host else None), path


def lookup(url: str, day: date | None = None, among: Catalogue | None = None) -> Entry | None:
    """Return the catalogue's entry for a host name or URL on a day (default: today's owners), or None.

    >>> lookup("https://t.co/i/adsct").label, lookup("notfacebook.com")
    ('widget', None)
    """
    host, path = host_of(url)
    return (among or catalogue()).lookup(host, path, day) if host else None


def explain(url: str, day: date | None = None, among: Catalogue | None = None) -> dict[str, Any]:
    """Return what a host name or URL is on a day, the entry that says so, and why it is nothing when it is.

    Of all services, the optional ones too, unless `among` says otherwise.

    >>> explain("developers.facebook.com")["why"]
    'its entry developers.facebook.com says: no social media'
    """
    among = among or full_catalogue()
    host, path = host_of(url)
    entry = among.covering(host, path, day) if host else None
    social = entry if entry is not None and entry.label != NOT_SOCIAL else None
    return {
        "asked": url,
        "host": host,
        "domain": domain(host) if host else None,
        "service": social.service.id if social else None,
        "kind": social.service.kind if social else None,
        "label": social.label if social else None,
        "counts_by_default": bool(social and (social.source or social.service.kind not in OPTIONAL)),
        "entry": entry.text if entry else None,
        "source": (entry.source or "catalogue") if entry else None,
        "why": "" if social else _why_not(host, entry, among),
    }


def _why_not(host: str | None, entry: Entry | None, among: Catalogue) -> str:
    if host is None:
        return "no host name in it"
    if entry is not None:
        return f"its entry {entry.text} says: no social media"
    if is_address(host):
        return "an address; the catalogue knows names only"
    others = [each for each in among.candidates(host) if not each.host_pattern]
    for other in (each for each in others if not each.path_pattern):
        return f"its entry {other.text} ({other.service.id}) holds only {_span(other)}"
    for other in others:
        return f"not in the catalogue as a whole; only with certain paths, as {other.text}"
    return "not in the catalogue"


def _span(entry: Entry) -> str:
    since = f"since {entry.since}" if entry.since > date.min else ""
    until = f"until {entry.until}" if entry.until < date.max else ""
    return " ".join(filter(None, (since, until)))


class Classifier:
    """The class of each distinct host, and of each path on hosts whose paths count.

    `classes` grows; class 0 is "no social media". Days matter only for hosts with a dated entry.
    """

    def __init__(self, among: Catalogue | None = None) -> None:
        self.among = among or catalogue()
        self.classes: list[Class] = [(None, None, None)]
        self.hosts = 0
        self._numbers: dict[Class, int] = {self.classes[0]: NO_CLASS}
        self._plain: list[int] = []
        self._table = np.array([NO_CLASS], np.int32)  # the classes, and one more for "no host" (-1)
        self._special: dict[int, tuple[str, list[date]]] = {}
        self._seen: dict[tuple[int, str | None, int], int] = {}

    def learn(self, names: Sequence[bytes]) -> None:
        """Look at the hosts beyond those already known; `names` is the growing vocabulary of hosts.

        Most hosts are no social media; their last two labels tell so with one look.
        """
        known, ends, lists, may_mean = len(self._plain), self.among.ends, self.among.lists, self.among.may_mean
        for code in range(known, len(names)):
            name = names[code]
            end = name[name.rfind(b".", 0, max(name.rfind(b"."), 0)) + 1 :]
            counts = end in ends or (lists and may_mean(name.decode()))
            self._plain.append(self._look(code, name.decode()) if counts else NO_CLASS)
        if len(self._table) <= len(self._plain):
            table = np.full(2 * len(self._plain) + 1, NO_CLASS, np.int32)  # the last one is for "no host" (-1)
            table[:known] = self._table[:known]
            self._table = table
        self._table[known : len(self._plain)] = self._plain[known:]

    def _look(self, code: int, host: str) -> int:
        """Return the class of a host without a path; note hosts whose path or day counts."""
        entries = [*self.among.candidates(host), *(each for one in self.among.lists for each in one.candidates(host))]
        if not entries:
            return NO_CLASS
        days = sorted({day for entry in entries for day in _turns(entry)})
        if days or any(entry.path_pattern for entry in entries):
            self._special[code] = (host, days)
        return self._number(self.among.lookup(host))

    def classify(self, hosts: Any, paths: Any, data: bytes, times: Any) -> Any:
        """Return the class number of each request.

        `hosts`: int32 codes, -1 for none. `paths`: int32 spans (n, 2) into `data`, or None. `times`: ms.
        """
        numbers = self._table[hosts]
        if self._special:
            special = np.zeros(len(self._plain) + 1, bool)
            special[list(self._special)] = True
            for row in np.flatnonzero(special[hosts]):
                path = None if paths is None or paths[row, 0] < 0 else data[paths[row, 0] : paths[row, 1]]
                numbers[row] = self._with_path(int(hosts[row]), path, int(times[row]))
        return numbers

    def _with_path(self, code: int, path: bytes | None, time: int) -> int:
        host, days = self._special[code]
        day = _day(time) if days else date.max
        era = bisect_right(days, day)
        text = None if path is None else path.decode("utf-8", "replace")
        key = (code, text, era)
        if key not in self._seen:
            if len(self._seen) > 1_000_000:  # paths are many; the table is only a short cut
                self._seen.clear()
            self._seen[key] = self._number(self.among.lookup(host, text, day))
        return self._seen[key]

    def _number(self, entry: Entry | None) -> int:
        each: Class = (entry.service.id, entry.service.kind, entry.label) if entry else self.classes[0]
        if each not in self._numbers:
            self._numbers[each] = len(self.classes)
            self.classes.append(each)
        return self._numbers[each]


def _turns(entry: Entry) -> Iterable[date]:
    """Return the days from which an entry's answer is another than the day before."""
    if entry.since > date.min:
        yield entry.since
    if entry.until < date.max:
        yield entry.until + timedelta(days=1)


def _day(time: int) -> date:
    try:
        return datetime.fromtimestamp(time / 1000, UTC).date()
    except (OverflowError, ValueError, OSError):
        return date.max


def classify(requests: pa.Table | pa.RecordBatch, among: Catalogue | None = None) -> pa.Table:
    """Return requests with the columns `domain`, `service`, `kind` and `label` added.

    >>> import proxyscan
    >>> requests = proxyscan.parse("sample_logs/squid_native.log").read_all()
    >>> proxyscan.classify(requests).group_by("service").aggregate([]).num_rows
    8
    """
    table = pa.table(requests) if isinstance(requests, pa.RecordBatch) else requests
    encoded = _encoded(table["host"])
    names = [name.encode() for name in encoded.dictionary.to_pylist()]
    classifier = Classifier(among)
    classifier.learn(names)
    hosts = np.asarray(pc.fill_null(encoded.indices, -1))
    paths, data = _spans(table["path"])
    times = np.asarray(pc.fill_null(table["time"].cast(pa.int64()), 0))
    numbers = pa.array(classifier.classify(hosts, paths, data, times), pa.int32())
    domains = pa.array([domain(name.decode()) for name in names], pa.string())
    table = table.append_column(
        "domain", pa.DictionaryArray.from_arrays(encoded.indices, domains).cast(pa.string()).dictionary_encode()
    )
    for position, (name, _) in enumerate(schema.CLASSIFIED[1:]):
        words = pa.array([each[position] for each in classifier.classes], pa.string()).take(numbers)
        table = table.append_column(name, words.dictionary_encode())
    return table


def _encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return a column of words with only those words in its dictionary that occur in it."""
    array = column.cast(pa.string()).combine_chunks()
    whole = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) and array.num_chunks else array
    return (pa.array([], pa.string()) if isinstance(whole, pa.ChunkedArray) else whole).dictionary_encode()


def _spans(column: pa.ChunkedArray) -> tuple[Any, bytes]:
    texts = [None if text is None else text.encode("utf-8", "surrogatepass") for text in column.to_pylist()]
    ends = np.cumsum([len(text or b"") for text in texts], dtype=np.int64)
    begins = ends - np.array([len(text or b"") for text in texts], np.int64)
    spans = np.stack([begins, ends], axis=1) if texts else np.empty((0, 2), np.int64)
    spans[[index for index, text in enumerate(texts) if text is None]] = -1
    return spans, b"".join(text or b"" for text in texts)
