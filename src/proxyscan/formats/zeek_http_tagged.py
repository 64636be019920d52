"""Zeek's http.log as JSON among other logs of Zeek, each object under its log's name (``{"http": {…}}``)."""

from proxyscan.format import Format, missing
from proxyscan.formats._order import order
from proxyscan.formats._wire import CANNOT
from proxyscan.formats._zeek import HTTP, HTTP_RULES, NULLS
from proxyscan.layouts import Field, JsonLines
from proxyscan.outcome import NO_REQUEST, Rule

OTHERS = order(
    """conn dhcp dnp3 dns dpd files ftp intel irc kerberos known_certs known_hosts known_services modbus mysql notice
    ntlm pe radius rdp rfb sip smb_files smb_mapping smtp snmp socks software ssh ssl stats syslog tunnel weird x509"""
)

LAYOUT = JsonLines(
    {
        **{f"http.{name}": fields for name, fields in HTTP.items()},
        "http.resp_mime_types.0": Field("content_type"),
        **{f"{name}.ts": (Field("time", type="instant"), Field("other")) for name in OTHERS},
    },
    nulls=NULLS,
)

FORMAT = Format(
    "zeek_http_tagged",
    "Zeek http.log (JSON, each object under the name of its log)",
    "https://github.com/SeisoLLC/zeek-kafka (tag_json); lines published by Apache Metron",
    LAYOUT,
    (Rule(NO_REQUEST, "another log of Zeek's", {"other": "!-"}), *HTTP_RULES),
    ("status",),
    cannot=(*missing(LAYOUT), *CANNOT),
    stamp="start",
    grade="third-party data",
    notices=r'\{"(?!http")[a-z0-9_]+": *\{',
)
