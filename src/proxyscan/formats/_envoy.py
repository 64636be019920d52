"""What Envoy's access logs share: what became of a request, by response code details and flags."""

from __future__ import annotations

from typing import Final

from proxyscan.format import UNCONFIRMED
from proxyscan.formats._status import STATUS_RULES
from proxyscan.outcome import Rule

SOURCE: Final = "https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage"

RULES: Final = (
    Rule("denied", "an access rule", {"details": "rbac_access_denied*"}),
    Rule("denied", "an external authorisation", {"flags": "*UAEX*"}),
    Rule("denied", "an external authorisation", {"details": "ext_authz_denied*"}, UNCONFIRMED),
    Rule("allowed_aborted", "the client left", {"flags": "*DC*", "bytes_down": ">0"}),
    Rule("aborted", "the client left before any answer", {"flags": "*DC*"}),
    Rule("error", "no answer from the site", {"flags": "*UF*|*UH*|*UT*|*UC*|*NR*|*DF*"}),
    Rule("challenge", "a proxy asks who the user is", {"status": "407"}),
    Rule("allowed", "let through, whatever the site answered", {"details": "via_upstream", "status": "100-599"}),
    *STATUS_RULES,
)
