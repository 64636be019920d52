"""FortiGate and FortiProxy: web filter log, key=value.

Its lines also carry traffic, events and more; of these none is a request: the bytes of a web-filter line are those
moved when the verdict fell, the traffic log has the whole, and the two must not be added up.
"""

from proxyscan.format import UNCONFIRMED, Format, missing
from proxyscan.layouts import Field, KeyValue
from proxyscan.outcome import NO_REQUEST, Rule

LAYOUT = KeyValue(
    {
        "eventtime": Field("time", type="epoch"),
        "date": Field("time", type="date"),
        "time": Field("time", type="clock"),
        "tz": Field("time", type="zone"),
        "type": Field("type"),
        "subtype": Field("subtype"),
        "eventtype": Field("eventtype"),
        "action": Field("action"),
        "hostname": Field("host", type="host"),
        "url": Field("url", type="url"),
        "referralurl": Field("referrer_host", type="url_host"),
        "user": Field("user"),
        "unauthuser": Field("user"),
        "srcip": Field("client"),
        "dstport": Field("port", type="int"),
        "sentbyte": Field("bytes_up", type="int"),
        "rcvdbyte": Field("bytes_down", type="int"),
        "catdesc": Field("category"),
        "cat": Field("category"),
        "profile": Field("rule"),
    },
    needs=("type", "subtype", "logid"),
)

RULES = (
    Rule(NO_REQUEST, "traffic, events and other logs", {"subtype": "!webfilter|http-transaction"}),
    Rule("error", "the category could not be found out", {"eventtype": "ftgd_err"}),
    Rule("coached", "a warning, or a question", {"eventtype": "*warning*|*authenticate*|*override*"}, UNCONFIRMED),
    Rule("coached", "a quota", {"eventtype": "*quota*"}, UNCONFIRMED),
    Rule("denied", "the policy", {"action": "block|blocked|deny"}),
    Rule("allowed", "let through", {"action": "passthrough|allowed|accept|close"}),
    Rule("allowed", "let through", {"action": "exempted|filtered"}, UNCONFIRMED),
)

FORMAT = Format(
    "fortigate",
    "FortiGate / FortiProxy web filter log (key=value)",
    "https://docs.fortinet.com/document/fortigate/7.2.10/fortios-log-message-reference",
    LAYOUT,
    RULES,
    ("action", "eventtype"),
    cannot=(
        *missing(LAYOUT),
        "what was allowed, unless its category is set to monitor or all URLs are logged",
        "the whole volume of a transfer: bytes are those moved when the verdict fell",
    ),
    grade="vendor documentation",
    lacks=("allowed", "bytes"),  # each category has a setting of its own: what is let through is logged of some alone
    vendor="fortigate",
)
