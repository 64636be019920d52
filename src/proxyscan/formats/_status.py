"""Rules for logs that say of a request no more than its status."""

from __future__ import annotations

from typing import Final

from proxyscan.outcome import NO_REQUEST, Rule

ORIGIN_LOG: Final = Rule(
    NO_REQUEST, "a web server's own log: the line names no site", {"method": "!CONNECT", "scheme": "-"}
)
"""A forward proxy is asked for a whole URL or to CONNECT; a path alone is asked of a web server."""

AMBIGUOUS: Final = "answered with 403: refused by the proxy or by the site itself, this log does not say which"
FAULT: Final = "answered with 500: a fault of the proxy or of the site itself, this log does not say which"

STATUS_RULES: Final = (
    Rule("challenge", "the proxy asks who the user is", {"status": "407"}),
    Rule("denied", "the proxy refused the tunnel", {"method": "CONNECT", "status": "403"}),
    Rule("denied", "refused", {"status": "403"}, AMBIGUOUS),
    Rule("error", "no tunnel could be opened", {"method": "CONNECT", "status": "400-599"}),
    Rule("error", "no answer from the site", {"status": "502-504"}),
    Rule("error", "a fault", {"status": "500"}, FAULT),
    Rule("allowed_aborted", "the client left", {"status": "0|499", "bytes_down": ">0"}),
    Rule("aborted", "the client left before any answer", {"status": "0|499"}),
    Rule("allowed", "let through, whatever the site answered", {"status": "100-599"}),
)
