"""What the logs of e2guardian and DansGuardian share: the stamps before a reason, and the message numbers.

After what e2guardian 5.3.5 logged on loopback, and its sources (``src/FatController.cpp``,
``data/languages/*/messages``). The stamps (``*DENIED*``) are translated, so a status of 403, which any block sets in
the log, and the number of the message decide where a word is not known.
"""

from __future__ import annotations

from typing import Final

from proxyscan.layouts import Field
from proxyscan.outcome import Rule

SOURCE: Final = "https://github.com/e2guardian/e2guardian (configs/e2guardian.conf.in, logfileformat)"

STAMPS: Final = ("stamp", "stamp2", "stamp3")
STAMP_FIELDS: Final = tuple(Field(name, "text", part=(b"*", 2 * i + 1)) for i, name in enumerate(STAMPS))
"""Several stamps may stand in a row: ``*HEADERADD* *DENIED* reason``."""

CHANGED: Final = "SCANNED|HEADER*|URLMOD|CONTENTMOD"


def _stamped(outcome: str, why: str, words: str) -> tuple[Rule, ...]:
    return tuple(Rule(outcome, why, {stamp: words}) for stamp in STAMPS)


RULES: Final = (
    *_stamped("error", "a fault of the network, logged as 403", "NETERROR"),
    Rule("error", "a fault", {"message": "150-160|200-212"}),
    Rule("challenge", "the proxy asks who the user is", {"status": "407"}),
    *_stamped("denied", "malware", "INFECTED"),
    *_stamped("denied", "a list", "DENIED*|VERWEIGERT*|NEGATO*|NEGADO*|Accès interdit*"),
    *_stamped("allowed", "an exception", "TRUSTED|EXCEPTION|VERTRAUENSWÜRDIG|FIDATO|EXCEÇÃO|SEMI-TRUSTED"),
    Rule("denied", "a list", {"message": "300-999|1100-1101", "status": "403"}),
    Rule(
        "denied", "a stamp in another language, with the status of a block", {"stamp": f"!-|{CHANGED}", "status": "403"}
    ),
    Rule("error", "no answer from the site", {"status": "500-599"}),
    Rule("allowed", "let through, whatever the site answered", {"status": "100-499"}),
    Rule("aborted", "no answer", {"status": "0"}),
)

CANNOT: Final = ("what was allowed, unless loglevel is 3", "headers' share of the bytes")
