"""Palo Alto Networks PAN-OS: URL filtering log as CEF, after the vendor's template, which puts the URL in quotes."""

from dataclasses import replace

from proxyscan.format import missing
from proxyscan.formats.paloalto import FORMAT as PALOALTO
from proxyscan.layouts import Field, KeyValue

LAYOUT = KeyValue(
    {
        "rt": Field("time", type="datetime"),
        "src": Field("client"),
        "suser": Field("user"),
        "cs1": Field("rule"),
        "act": Field("action"),
        "request": Field("url", type="url", part=(b'"', 1)),
        "requestMethod": Field("method"),
        "cs2": Field("category"),
        "requestContext": Field("content_type"),
        "dpt": Field("port", type="int"),
    },
    holds=b' request="',
    needs=("act", "cs2"),
    head="cef",
    pipes={4: Field("subtype"), 5: Field("type")},
)

FORMAT = replace(
    PALOALTO,
    name="paloalto_cef",
    title="Palo Alto Networks PAN-OS URL filtering log (CEF)",
    source="a line published by Apache Metron, parsers by ExabeamLabs",
    layout=LAYOUT,
    cannot=(*missing(LAYOUT), *PALOALTO.cannot[-2:]),
    grade="third-party data",
    notices=r"CEF: ?0\|Palo Alto Networks\|PAN-OS\|[^|]*\|(?!url\|)",
)
