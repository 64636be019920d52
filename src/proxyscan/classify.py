"""Host and path → service, kind, label; host → registrable domain. Each distinct host is looked at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from threading import Lock
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from proxyscan import schema
from proxyscan.catalogue import NOT_SOCIAL, OPTIONAL, Catalogue, Entry, catalogue, full_catalogue
from proxyscan.host import canonical, domain
from proxyscan.kernels import classes as kernel
from proxyscan.layouts.columns import Growing
from proxyscan.layouts.url import split_url

DAY_MS: Final = 86_400_000
NO_CLASS: Final = 0
NO_PATTERN: Final = -1

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


def explain(url: str, day: date | None = None) -> dict[str, Any]:
    """Return what a host name or URL is on a day, the entry that says so, and why it is nothing when it is.

    >>> explain("developers.facebook.com")["why"]
    'its entry developers.facebook.com says: no social media'
    """
    host, path = host_of(url)
    entry = full_catalogue().covering(host, path, day) if host else None
    social = entry if entry is not None and entry.label != NOT_SOCIAL else None
    why = "not in the catalogue" if host else "no host name in it"
    if entry and not social:
        why = f"its entry {entry.text} says: no social media"
    return {
        "asked": url,
        "host": host,
        "domain": domain(host) if host else None,
        "service": social.service.id if social else None,
        "kind": social.service.kind if social else None,
        "label": social.label if social else None,
        "counts_by_default": bool(social and social.service.kind not in OPTIONAL),
        "entry": entry.text if entry else None,
        "why": "" if social else why,
    }


class Classifier:
    """The class of each distinct host, and the candidates of those hosts whose paths or days count.

    `classes` grows; class 0 is "no social media". Threads of one run may share a classifier.
    """

    def __init__(self, among: Catalogue | None = None) -> None:
        self.among = among or catalogue()
        self.classes: list[Class] = [(None, None, None)]
        self._numbers: dict[Class, int] = {self.classes[0]: NO_CLASS}
        self._lock = Lock()
        self._plain = Growing(NO_CLASS, np.int32)
        self._first = Growing(NO_CLASS, np.int32)
        self._last = Growing(NO_CLASS, np.int32)
        self._candidates: list[list[int]] = []
        self._patterns = bytearray()
        self._paths = self._path_tables()

    def learn(self, names: Sequence[bytes]) -> None:
        """Look at the hosts beyond those already known; `names` is the growing vocabulary of hosts."""
        if len(names) <= self._plain.used:
            return
        with self._lock:
            before = len(self._candidates)
            learnt = [self._learn(name.decode()) for name in names[self._last.used :]]
            if len(self._candidates) > before:
                self._paths = self._path_tables()
            for table, values in zip((self._last, self._first, self._plain), zip(*learnt, strict=True), strict=False):
                table.extend(values)

    def _learn(self, host: str) -> tuple[int, int, int]:
        """Return where the candidates of a host end and begin, and its class where it has none."""
        entries = list(self.among.candidates(host))
        begin = len(self._candidates)
        if any(entry.path_pattern or _is_dated(entry) for entry in entries):
            self._candidates += [self._candidate(entry) for entry in entries if entry.fits_host(host)]
            return len(self._candidates), begin, NO_CLASS
        return begin, begin, self._number(self.among.lookup(host)) if entries else NO_CLASS

    def _candidate(self, entry: Entry) -> list[int]:
        days = [_days(entry.since), _days(entry.until)]
        path = entry.path.rstrip("/").encode()
        begin = len(self._patterns) if entry.path else NO_PATTERN
        self._patterns += path
        found = None if entry.label == NOT_SOCIAL else entry
        return [*days, begin, begin + len(path), self._number(found)]

    def _path_tables(self) -> tuple[Any, Any]:
        """Return candidates and patterns as `proxyscan.kernels.classes.classify` takes them."""
        candidates = np.array(self._candidates, np.int64).reshape(-1, kernel.WIDTH)
        return candidates, np.frombuffer(bytes(self._patterns) or b"\0", np.uint8)

    def classify(self, hosts: Any, paths: Any, data: Any, times: Any) -> Any:
        """Return the class number of each request.

        `hosts`: int32 codes, -1 for none. `paths`: int32 spans (n, 2) into the bytes `data`, or None. `times`: ms.
        """
        spans = np.empty((0, 2), np.int32) if paths is None else paths
        classes = np.empty(len(hosts), np.int64)
        tables = self._plain.values, self._first.values, self._last.values, *self._paths
        kernel.classify(hosts, spans, np.frombuffer(data, np.uint8), times, DAY_MS, *tables, classes)
        return classes

    def _number(self, entry: Entry | None) -> int:
        each: Class = (entry.service.id, entry.service.kind, entry.label) if entry else self.classes[0]
        if each not in self._numbers:
            self._numbers[each] = len(self.classes)
            self.classes.append(each)
        return self._numbers[each]


def _is_dated(entry: Entry) -> bool:
    return entry.since > date.min or entry.until < date.max


def _days(day: date) -> int:
    return (day - date(1970, 1, 1)).days


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
