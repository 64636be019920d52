"""What the logs of Blue Coat / Symantec / Broadcom ProxySG and Cloud SWG share: what became of a request.

``sc-filter-result`` says what the proxy had to do, not what policy decided: DENIED means that an exception was
raised, which network errors do too (arXiv 1402.3401). So ``x-exception-id`` decides where there is one. A 407 is
the first step of a login (support.symantec.com tech243599).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from proxyscan.format import UNCONFIRMED
from proxyscan.layouts import Field
from proxyscan.layouts.layout import Fields
from proxyscan.outcome import Rule

SOURCE: Final = "https://techdocs.broadcom.com/ (ProxySG, access log formats)"

COLUMNS: Final[Mapping[str, Fields]] = {
    "x-exception-id": Field("exception"),
    "sc-filter-result": Field("filter_result"),
    "s-action": Field("action"),
}

PAGE: Final = "0|200|302|303|307|403"

RULES: Final = (
    Rule("challenge", "the proxy asks who the user is", {"status": "407"}),
    Rule("challenge", "the proxy asks who the user is", {"status": "401", "action": "TCP_DENIED|TCP_AUTH_*"}),
    Rule("challenge", "a step of the login", {"action": "TCP_AUTH_MISS|TCP_AUTH_REDIRECT|TCP_AUTH_FORM"}),
    Rule("challenge", "the login failed", {"exception": "authentication_*"}, UNCONFIRMED),
    Rule("coached", "the site's own coaching page", {"exception": "user-defined.*coach*"}, UNCONFIRMED),
    Rule("denied", "the policy", {"exception": "policy_denied|policy_redirect|content_filter_denied|virus_detected"}),
    Rule(
        "denied",
        "the policy",
        {"exception": "content_filter_unavailable|icap_*|geolocation*|silent_denied|user-defined.*"},
        UNCONFIRMED,
    ),
    Rule("error", "an exception that is no refusal, though the filter's result is DENIED", {"exception": "!-"}),
    Rule("denied", "the policy", {"filter_result": "DENIED", "status": PAGE}),
    Rule("denied", "the policy", {"filter_result": "-", "action": "TCP_DENIED|TCP_POLICY_REDIRECT", "status": PAGE}),
    Rule("error", "an exception that is no refusal", {"filter_result": "DENIED"}),
    Rule("allowed_aborted", "reset before its end", {"status": "0", "action": "*_RST", "bytes_down": ">0"}),
    Rule("aborted", "reset before any answer", {"status": "0", "action": "*_RST"}),
    Rule("allowed", "let through, whatever the site answered", {"filter_result": "OBSERVED|PROXIED"}),
    Rule("error", "no answer from the site", {"action": "TCP_ERR_*"}),
    Rule("error", "no answer from the site", {"status": "502-504"}),
    Rule("allowed", "let through, whatever the site answered", {"action": "TCP_*"}),
)
"""In order. An exception of its own decides; after that what the proxy did."""

CACHED: Final = ({"action": "TCP_HIT|TCP_MEM_HIT|TCP_REFRESH_HIT"}, {"filter_result": "PROXIED"})
