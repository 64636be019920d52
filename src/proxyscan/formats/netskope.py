"""Netskope transaction events: W3C extended log."""

from proxyscan.format import UNCONFIRMED, Format, missing
from proxyscan.formats._w3c import CANNOT, w3c_layout
from proxyscan.layouts import Field
from proxyscan.layouts.layout import Fields
from proxyscan.outcome import Rule

COLUMNS: dict[str, Fields] = {
    "x-policy-action": Field("action"),
    "sc-filter-type": Field("action"),
    "x-policy-name": Field("rule"),
    "x-category": Field("category"),
}

LAYOUT = w3c_layout(("x-cs-app", "cs-host"), COLUMNS)

FORMAT = Format(
    "netskope",
    "Netskope transaction events (W3C extended log)",
    "general knowledge; names of columns after docs.cloud.google.com/chronicle (NETSKOPE_WEBPROXY)",
    LAYOUT,
    (
        Rule("challenge", "the proxy asks who the user is", {"status": "407"}),
        Rule("denied", "the policy", {"action": "block"}, UNCONFIRMED),
        Rule("coached", "the user was asked or warned", {"action": "useralert|coach"}, UNCONFIRMED),
        Rule("error", "no answer from the site", {"status": "502-504"}),
        Rule("allowed", "let through", {"action": "allow|alert|bypass|-"}, UNCONFIRMED),
    ),
    ("action", "status"),
    cannot=(*missing(LAYOUT), *CANNOT),
    zone="UTC",
)
