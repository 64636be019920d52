"""Cisco Meraki MX: what content filtering blocked, by syslog. Each line is a refusal; the client is its hardware."""

from proxyscan.format import Format, missing
from proxyscan.layouts import Field, KeyValue
from proxyscan.outcome import Rule

LAYOUT = KeyValue(
    {
        "": (Field("time", type="fixed", part=(b" ", 1)), Field("event", part=(b" ", 4))),
        "url": Field("url", type="url", part=(b"'", 1)),
        "category0": Field("category", part=(b"'", 1)),
        "client_mac": Field("client", part=(b"'", 1)),
    },
    quote="none",
    holds=b" events content_filtering_block ",
    needs=("", "url"),
)

FORMAT = Format(
    "meraki_blocks",
    "Cisco Meraki MX (syslog, role Appliance event log: content filtering)",
    "https://documentation.meraki.com (Syslog Event Types and Log Samples)",
    LAYOUT,
    (Rule("denied", "content filtering"),),
    ("event", "category"),
    cannot=(*missing(LAYOUT), "what was allowed: that is not logged, or in lines of the format meraki_urls"),
    grade="third-party data",
    lacks=("allowed",),
    notices=r"1 \d+\.\d+ \S+ (?!urls |events content_filtering_block )",
)
