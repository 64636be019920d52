"""SonicWall: syslog, key=value. Of its lines only those of the message 97 (a web site was asked for) are requests."""

from proxyscan.format import UNCONFIRMED, Format, missing
from proxyscan.layouts import Field, KeyValue
from proxyscan.outcome import NO_REQUEST, Rule

LAYOUT = KeyValue(
    {
        "time": Field("time", type="datetime"),
        "m": Field("message", type="int"),
        "src": Field("client", part=(b":", 0)),
        "usr": Field("user"),
        "dstname": Field("host", type="url_host"),
        "arg": Field("path", type="path"),
        "result": Field("status", type="int"),
        "sent": Field("bytes_up", type="int"),
        "rcvd": Field("bytes_down", type="int"),
        "Category": Field("category"),
        "rule": Field("rule"),
    },
    needs=("sn", "fw", "m"),
)

FORMAT = Format(
    "sonicwall",
    "SonicWall (syslog)",
    "a line published at docs.logzilla.net; numbers of messages from general knowledge",
    LAYOUT,
    (
        Rule("denied", "a web site refused", {"message": "14"}, UNCONFIRMED),
        Rule(NO_REQUEST, "connections and other events", {"message": "!97"}),
        Rule("denied", "refused", {"status": "403"}, "answered with 403: by the firewall or by the site itself"),
        Rule("error", "no answer from the site", {"status": "502-504"}),
        Rule("allowed", "let through", {"status": "100-599"}, UNCONFIRMED),
        Rule("unknown", "no answer was logged", {}),
    ),
    ("message", "status"),
    cannot=missing(LAYOUT),
)
