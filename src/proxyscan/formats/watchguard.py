"""WatchGuard Firebox: messages of the HTTP and HTTPS proxies by syslog.

The client's address stands between the pairs, without a name, so that only users who are logged in are told apart.
"""

from proxyscan.format import Format, missing, unconfirmed
from proxyscan.layouts import Field, KeyValue
from proxyscan.outcome import NO_REQUEST, Rule

LAYOUT = KeyValue(
    {
        "": Field("time", type="datetime", part=(b"()", 1)),
        "msg_id": Field("number"),
        "msg": Field("message"),
        "proxy_act": Field("rule"),
        "op": Field("method"),
        "dstname": Field("host", type="host"),
        "sni": Field("host", type="host"),
        "cn": Field("host", type="host"),
        "arg": Field("path", type="path"),
        "sent_bytes": Field("bytes_up", type="int"),
        "rcvd_bytes": Field("bytes_down", type="int"),
        "cats": Field("category"),
        "src_user": Field("user"),
    },
    holds=b"msg_id=",
    needs=("msg_id", ""),
)

REQUEST = "HTTP request|HTTPS Request|Proxy*: HTTP*"

FORMAT = Format(
    "watchguard",
    "WatchGuard Firebox (HTTP and HTTPS proxy, syslog)",
    "the names of fields after parsers that others published (ExabeamLabs); no line of the product was to be had",
    LAYOUT,
    (
        Rule(NO_REQUEST, "other messages of the Firebox", {"message": f"!{REQUEST}"}),
        *unconfirmed(
            Rule("denied", "a proxy action", {"message": "ProxyDeny*|ProxyDrop*|ProxyBlock*"}),
            Rule("allowed", "let through, whatever the site answered", {"message": REQUEST}),
        ),
    ),
    ("message",),
    cannot=(*missing(LAYOUT), "the site's answer, a login that was asked for, an error"),
)
