"""FortiGate and FortiProxy: web filter log as CEF."""

from dataclasses import replace

from proxyscan.format import missing
from proxyscan.formats.fortigate import FORMAT as FORTIGATE
from proxyscan.layouts import Field, KeyValue

LAYOUT = KeyValue(
    {
        "FTNTFGTeventtime": Field("time", type="epoch"),
        "FTNTFGTtz": Field("time", type="zone"),
        "FTNTFGTsubtype": Field("subtype"),
        "FTNTFGTeventtype": Field("eventtype"),
        "act": Field("action"),
        "dhost": Field("host", type="host"),
        "request": Field("url", type="url"),
        "FTNTFGTreferralurl": Field("referrer_host", type="url_host"),
        "duser": Field("user"),
        "suser": Field("user"),
        "src": Field("client"),
        "dpt": Field("port", type="int"),
        "out": Field("bytes_up", type="int"),
        "in": Field("bytes_down", type="int"),
        "requestContext": Field("category"),
        "FTNTFGTprofile": Field("rule"),
    },
    holds=b"|Fortinet|",
    needs=("FTNTFGTsubtype", "FTNTFGTeventtime"),
    head="cef",
)

FORMAT = replace(
    FORTIGATE,
    name="fortigate_cef",
    title="FortiGate / FortiProxy web filter log (CEF)",
    layout=LAYOUT,
    cannot=(*missing(LAYOUT), *FORTIGATE.cannot[-2:]),
    lacks=FORTIGATE.lacks,
)
