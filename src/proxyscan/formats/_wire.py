"""Rules for monitors that see the wire and not the policy: Zeek, Suricata."""

from __future__ import annotations

from typing import Final

from proxyscan.outcome import Rule

CANNOT: Final = (
    "what the policy decided: a refusal shows only as the proxy's answer",
    "headers' share of the bytes",
)
WIRE: Final = "seen on the wire: whether the policy let it through this log does not say"
ANSWERED: Final = "answered with 403: by the proxy or by the site itself, this log does not say which"

WIRE_RULES: Final = (
    Rule("challenge", "a proxy asks who the user is", {"status": "407"}),
    Rule("denied", "a proxy refused the tunnel", {"method": "CONNECT", "status": "403"}),
    Rule("denied", "answered with 403", {"status": "403"}, ANSWERED),
    Rule("error", "no tunnel could be opened", {"method": "CONNECT", "status": "400-599"}),
    Rule("error", "no answer from the site", {"status": "502-504"}),
    Rule("allowed", "answered", {"status": "100-599"}),
)
