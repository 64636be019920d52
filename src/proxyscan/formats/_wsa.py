"""What the logs of Cisco's Web Security Appliance (Secure Web Appliance) share: the ACL decision tags.

The tags and what they mean: cisco.com document 225832 and the AsyncOS guides. Rules marked in doubt are not in
these. A tag's number at its end means nothing.
"""

from __future__ import annotations

from typing import Final

from proxyscan.format import UNCONFIRMED
from proxyscan.outcome import Rule

SOURCE: Final = "https://www.cisco.com/c/en/us/support/docs/security/web-security-appliance/225832"

RULES: Final = (
    Rule("challenge", "the proxy asks who the user is", {"tag": "*DENIED*", "status": "401|407"}),
    Rule("challenge", "the login failed", {"acl": "NO_PASSWORD*|NO_AUTHORIZATION*|SAAS_AUTH*"}),
    Rule("setup", "the block page and its pictures", {"acl": "ALLOW_ADMIN_ERROR_PAGE*"}),
    Rule("coached", "a page warned, and let the user go on", {"acl": "BLOCK_CONTINUE_*"}),
    Rule("coached", "redirected to another page", {"acl": "REDIRECT_CUSTOMCAT*"}, UNCONFIRMED),
    Rule("denied", "the policy", {"acl": "BLOCK_*"}),
    Rule("denied", "the decryption policy", {"acl": "DROP_*"}, UNCONFIRMED),
    Rule("denied", "the policy, whatever the tag says", {"tag": "*DENIED*"}),
    Rule("error", "a fault in the transaction, such as no answer", {"tag": "NONE*"}),
    Rule("error", "no answer from the site", {"acl": "OTHER*", "status": "500-599"}),
    Rule("challenge", "a proxy asks who the user is", {"status": "407"}),
    Rule("aborted", "the client left before any answer", {"status": "0", "bytes_down": "0"}),
    Rule("allowed_aborted", "cut short", {"status": "0", "bytes_down": ">0"}),
    Rule("allowed", "let through", {"acl": "ALLOW_*|DEFAULT_CASE*|MONITOR_*|PASSTHRU_*|OTHER*"}),
    Rule("allowed", "let through", {"acl": "DECRYPT_*|RESCAN*"}, UNCONFIRMED),
    Rule("allowed", "let through", {"tag": "TCP_*"}),
)
"""In order. A page that warns comes before the blocks, whose tags begin alike."""

CACHED: Final = ({"tag": "TCP_*HIT*"},)
