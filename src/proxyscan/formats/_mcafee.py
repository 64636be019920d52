"""What the logs of McAfee / Skyhigh Secure Web Gateway share: the number of the block reason.

0 means allowed by policy, 10 blocked by policy (community.mcafee.com/thread/27946). The list of the others was not
obtained; what is not from that thread is marked in doubt, and a mapping file with `extends` may say better.
"""

from __future__ import annotations

from typing import Final

from proxyscan.format import UNCONFIRMED
from proxyscan.formats._status import STATUS_RULES
from proxyscan.outcome import Rule

SOURCE: Final = "https://community.mcafee.com/thread/27946; the columns of access.log are set by a rule of the site"

RULES: Final = (
    Rule("challenge", "the proxy asks who the user is", {"status": "401|407"}),
    Rule("challenge", "the proxy asks who the user is", {"block_res": "81"}, UNCONFIRMED),
    Rule("error", "a fault of the proxy", {"block_res": "1-9"}, UNCONFIRMED),
    Rule("denied", "malware", {"block_res": "80"}),
    Rule("denied", "the policy", {"block_res": "10"}),
    Rule("denied", "the policy", {"block_res": ">10"}, UNCONFIRMED),
    Rule("error", "no answer from the site", {"block_res": "0", "status": "500-599"}),
    Rule("allowed", "let through, whatever the site answered", {"block_res": "0"}),
    *STATUS_RULES,
)
