"""What the SIEM logs of Forcepoint / Websense web protection share: what became of a request.

`action` is "permitted" or "blocked" (help.forcepoint.com, "SIEM integration", keys). The numbers of dispositions
(quota, confirm, password override) were not obtained: a mapping file with `extends` may name them.
"""

from __future__ import annotations

from typing import Final

from proxyscan.outcome import Rule

SOURCE: Final = "https://help.forcepoint.com/ (Web Security 8.5, SIEM integration, keys)"

RULES: Final = (
    Rule("challenge", "the proxy asks who the user is", {"proxy_status": "407"}),
    Rule("denied", "the policy", {"action": "*blocked"}),
    Rule("error", "no answer from the site", {"action": "*permitted", "status": "502-504"}),
    Rule("allowed", "let through, whatever the site answered", {"action": "*permitted"}),
    Rule("denied", "the policy", {"severity": "7"}),
    Rule("allowed", "let through", {"severity": "1"}),
)

CANNOT: Final = ("pages that ask for confirmation, a quota or a password: their dispositions have no known numbers",)
