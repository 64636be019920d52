"""Microsoft ISA Server and Forefront TMG: W3C extended log, separated by TABs.

Answers from 10000 on are Windows' and the firewall's own codes; 12202 and 12209 are from general knowledge.
"""

from proxyscan.format import UNCONFIRMED, Format, missing
from proxyscan.formats._w3c import CANNOT, w3c_layout
from proxyscan.layouts import Field
from proxyscan.layouts.layout import Fields
from proxyscan.outcome import Rule

COLUMNS: dict[str, Fields] = {
    "sc-status": (Field("status", type="int"), Field("result", type="int")),  # a status has three digits
    "s-operation": Field("method"),
    "cs-referred": Field("referrer_host", type="url_host"),
    "r-port": Field("port", type="int"),
    "rule": Field("rule"),
}

LAYOUT = w3c_layout(("r-host", "sc-status"), COLUMNS, b"\t")

FORMAT = Format(
    "tmg",
    "Microsoft ISA Server / Forefront TMG (W3C extended log)",
    "general knowledge; times are UTC or local by a setting of the server",
    LAYOUT,
    (
        Rule("challenge", "the proxy asks who the user is", {"status": "407"}),
        Rule("challenge", "the proxy asks who the user is", {"result": "12209"}, UNCONFIRMED),
        Rule("denied", "the policy", {"result": "12202"}, UNCONFIRMED),
        Rule("error", "a fault of the network or of the server", {"result": ">9999"}, UNCONFIRMED),
        Rule("error", "no answer from the site", {"status": "502-504"}),
        Rule("allowed", "let through, whatever the site answered", {"status": "100-599"}),
    ),
    ("result",),
    cannot=(*missing(LAYOUT), *CANNOT),
)
