"""Suricata's eve.json (http, tls, alert), also as AWS Network Firewall wraps it in `event`."""

from proxyscan.format import UNCONFIRMED, Format, missing
from proxyscan.formats._wire import CANNOT, WIRE, WIRE_RULES
from proxyscan.layouts import Field, JsonLines
from proxyscan.outcome import NO_REQUEST, Rule

NAMES = {
    "timestamp": Field("time", type="datetime"),
    "event_type": Field("event_type"),
    "app_proto": Field("app_proto"),
    "alert.action": Field("alert_action"),
    "src_ip": Field("client"),
    "http.hostname": Field("host", type="url_host"),
    "tls.sni": Field("host", type="host"),
    "http.url": Field("url", type="url"),
    "http.http_method": Field("method"),
    "http.status": Field("status", type="int"),
    "http.length": Field("bytes_down", type="int"),
    "http.http_content_type": Field("content_type", part=(b";", 0)),
    "http.http_refer": Field("referrer_host", type="url_host"),
}

LAYOUT = JsonLines(
    {prefix + name: field for prefix in ("", "event.") for name, field in NAMES.items()}, b'"event_type"'
)

RULES = (
    Rule("denied", "an inline rule dropped it", {"alert_action": "blocked", "app_proto": "http|tls"}, UNCONFIRMED),
    Rule(NO_REQUEST, "flows, alerts, statistics and other events", {"event_type": "!http|tls"}),
    *WIRE_RULES,
    Rule("allowed", "a TLS connection was seen", {"event_type": "tls"}, WIRE),
    Rule("aborted", "no answer was seen", {"status": "-"}),
)

FORMAT = Format(
    "suricata",
    "Suricata eve.json, AWS Network Firewall",
    "https://docs.suricata.io/en/latest/output/eve/eve-json-format.html",
    LAYOUT,
    RULES,
    ("event_type", "status"),
    cannot=(*missing(LAYOUT), *CANNOT),
    stamp="start",
    grade="third-party data",
)
