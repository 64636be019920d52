"""Cisco Meraki MX: URLs that were asked for, by syslog. What was blocked stands in lines of another kind."""

from proxyscan.format import Format, missing
from proxyscan.layouts import Field, Literal, Template
from proxyscan.outcome import Rule

BLANK = Literal(b" ")

LAYOUT = Template(
    (
        *(Literal(b"1 "), Field("time", "word", "fixed"), BLANK, Field(""), Literal(b" urls src=")),
        *(Field("client", "word", "address"), Literal(b" dst="), Field(""), Literal(b" mac="), Field("", "text")),
        *(Literal(b" request: "), Field("method"), BLANK, Field("url", "word", "url")),
    )
)

FORMAT = Format(
    "meraki_urls",
    "Cisco Meraki MX (syslog, role URLs)",
    "https://documentation.meraki.com (Syslog Event Types and Log Samples)",
    LAYOUT,
    (Rule("unknown", "asked for: whether it was blocked this line does not say"),),
    ("method",),
    cannot=(*missing(LAYOUT), "what became of a request: a block is a line of the format meraki_blocks"),
    stamp="start",
    grade="third-party data",
    lacks=("allowed", "denied", "bytes"),
    notices=r"1 \d+\.\d+ \S+ (?!urls |events content_filtering_block )",
)
