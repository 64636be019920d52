r"""What stands before or around a line when it came through a log collector, stripped before any layout.

``syslog``: RFC 5424 (``<166>1 2026-11-23T08:24:29Z host app pid id - ``); RFC 3164 (``<166>Sep 30 20:25:30 host
tag[pid]: ``), of which the number in angle brackets or the tag may be missing; the same with a time of RFC 3339,
where only the number may be missing; the number alone. ``syslog_hostless``: RFC 3164 with neither host nor tag.
``cri``: what Kubernetes' container runtimes write (``2026-11-23T08:24:29.123456789+01:00 stdout F ``).

``lead``: whatever stands before the first brace of a JSON object.

``docker``: an object of Docker's driver ``json-file``, whose member ``log`` is the line; its time is ``time``.
``journald``: an object of ``journalctl -o json``: the line is ``MESSAGE``, also as an array of bytes, the time
``__REALTIME_TIMESTAMP``. The line's own end is dropped; a message of several lines is none.

``docker+syslog``: the one, and in it the other. A line without a wrapper stays as it is.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from proxyscan.layouts.jsonlines import JsonLines
from proxyscan.layouts.layout import ABSENT_TEXT, Field, Text

PRIORITY: Final = rb"<[0-9]{1,3}>"
BSD: Final = rb"(?P<bsd>[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2}) "
ISO: Final = rb"(?P<iso>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[^ ]*) "
RFC3164: Final = BSD + rb"[^ ]+ (?:[^ :]+: )?"
RFC3339: Final = ISO + rb"[^ ]+ [^ :]+: "
RFC5424: Final = PRIORITY + rb"1 (?P<new>[^ ]+) [^ ]+ [^ ]+ [^ ]+ [^ ]+ (?:-|\[[^\]]*\]) (?:\xef\xbb\xbf)?"

PATTERNS: Final = {
    "syslog": re.compile(rb"(?:%s|(?:%s ?)?(?:%s|%s)|%s) *" % (RFC5424, PRIORITY, RFC3164, RFC3339, PRIORITY)),
    "syslog_hostless": re.compile(rb"(?:%s ?)?%s *" % (PRIORITY, BSD)),
    "cri": re.compile(ISO + rb"(?:stdout|stderr) [FP] *"),
    "lead": re.compile(rb'[^{]+(?=\{")'),
}

LINE: Final = Field("line")
TIME: Final = Field("stamp")

OBJECTS: Final = {
    "docker": JsonLines({"log": LINE, "log.0": LINE, "time": TIME}, holds=b'"log"'),
    "journald": JsonLines({"MESSAGE": LINE, "MESSAGE.0": LINE, "__REALTIME_TIMESTAMP": TIME}, holds=b'"MESSAGE"'),
}
"""Wrappers that are objects: the members that are the line, the first byte of one that is an array, and the time."""

BYTES: Final = re.compile(rb"([0-9]{1,3}(?:[ \t\r]*,[ \t\r]*[0-9]{1,3})*)[ \t\r]*\]")

WITHIN: Final = "+"
"""What joins the names of wrappers of which one stands in the other, the outer first."""

WRAPPERS: Final = ("", *PATTERNS, *OBJECTS)
"""Names of the wrappers; the empty one strips nothing."""


class Unwrapped(NamedTuple):
    """A line's own text and where in the line it begins, and the same of the wrapper's time.

    `place` is 0 where no wrapper stands; a time that it lacks is `ABSENT_TEXT`.
    """

    place: int
    text: bytes
    stamp: Text


def unwrap(line: bytes, wrapper: str) -> Unwrapped:
    r"""Return a line without what stands around it.

    >>> unwrap(b"<166>Sep 30 20:25:30 gw (squid-1)[72246]: 1795422269.479 7", "syslog")
    Unwrapped(place=42, text=b'1795422269.479 7', stamp=(5, b'Sep 30 20:25:30'))
    >>> unwrap(b'{"log":"a \\"b\\"\\n"}', "docker").text
    b'a "b"'
    """
    found = Unwrapped(0, line, ABSENT_TEXT)
    for name in wrappers_of(wrapper):
        peel = _object if name in OBJECTS else _prefix
        inner = peel(found.text, name)
        if inner:
            base, (begin, stamp) = found.place, inner.stamp
            time = found.stamp if begin < 0 else (base + begin, stamp)
            found = Unwrapped(base + inner.place, inner.text, time)
    return found


def wrappers_of(wrapper: str) -> list[str]:
    """Return the names of wrappers that stand in one another, the outer first.

    >>> wrappers_of("docker+syslog"), wrappers_of("")
    (['docker', 'syslog'], [])
    """
    return wrapper.split(WITHIN) if wrapper else []


def rewrites(wrapper: str) -> bool:
    """Tell whether the lines in a wrapper are written with escapes.

    >>> rewrites("docker+syslog"), rewrites("syslog")
    (True, False)
    """
    return any(name in OBJECTS for name in wrappers_of(wrapper))


def _prefix(line: bytes, wrapper: str) -> Unwrapped | None:
    match = PATTERNS[wrapper].match(line)
    if not match:
        return None
    name = match.lastgroup
    return Unwrapped(match.end(), line[match.end() :], (match.start(name), match[name]) if name else ABSENT_TEXT)


def _object(line: bytes, wrapper: str) -> Unwrapped | None:
    layout = OBJECTS[wrapper]
    texts = layout.texts(line) if layout.holds in line else None
    if not texts:
        return None
    (place, text), (first, _), stamp = texts
    if place < 0:
        return None if first < 0 else _bytes(line, first, stamp)
    return _line(place, text, stamp)


def _bytes(line: bytes, place: int, stamp: Text) -> Unwrapped | None:
    """Return the text whose bytes are the elements of an array, of which the first stands at `place`."""
    match = BYTES.match(line, place)
    numbers = [int(number) for number in match[1].split(b",")] if match else [256]
    return None if max(numbers) > 255 else _line(place, bytes(numbers), stamp)


def _line(place: int, text: bytes, stamp: Text) -> Unwrapped | None:
    own = text.removesuffix(b"\n").removesuffix(b"\r")
    return None if b"\n" in own else Unwrapped(place, own, stamp)
