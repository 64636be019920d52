r"""Quoted values, in the two ways in which logs write a quote inside one.

``doubled``: ``"a ""b"" c"``. ``backslash``: ``"a \"b\" c"``, and ``\\`` for a backslash; any other backslash
stands for itself (``"DOMAIN\user"``). In both, the closing quote is one with a separator or the line's end
behind it: a stray quote inside does not end a value.
"""

from __future__ import annotations

import re
from typing import Final

QUOTES: Final = ("doubled", "backslash", "none")

ESCAPES: Final = {"doubled": re.compile(rb'"(")'), "backslash": re.compile(rb'\\(["\\])')}


def closing(line: bytes, place: int, separator: bytes, quote: str) -> int:
    """Return where the quoted value closes whose first byte stands at `place`; -1 when it does not."""
    while place < len(line):
        if ESCAPES[quote].match(line, place):
            place += 2
        elif line[place : place + 1] == b'"' and line[place + 1 : place + 2] in (b"", separator):
            return place
        else:
            place += 1
    return -1


def unquoted(value: bytes, quote: str) -> bytes:
    r"""Return the text of a value that stood in quotes.

    >>> unquoted(b'say ""hello""', "doubled"), unquoted(rb'DOMAIN\user \"x\"', "backslash")
    (b'say "hello"', b'DOMAIN\\user "x"')
    """
    return ESCAPES[quote].sub(rb"\1", value)
