"""Cisco Web Security Appliance: W3C extended lines that come by syslog without their header.

The order is that of Splunk's add-on for the appliance, up to the ACL tag; behind it more columns follow.
"""

from proxyscan.format import Format, missing
from proxyscan.formats._wsa import CACHED, RULES
from proxyscan.layouts import Field, Literal, Template

BLANK = Literal(b" ")

LAYOUT = Template(
    (
        *(Field("time", "word", "fixed"), BLANK, Field("duration_ms", type="int", part=(b".", 0)), BLANK),
        *(Field("referrer_host", type="url_host"), BLANK, Field("client"), BLANK),
        *(Field("tag", "code"), Literal(b"/"), Field("status", "int", "int"), BLANK),
        *(Field("bytes_down", "int", "int"), BLANK, Field("method"), BLANK, Field("url", "word", "url"), BLANK),
        *(Field(""), BLANK, Field(""), BLANK, Field(""), BLANK, Field("content_type"), BLANK),
        *(Field("acl", "code"), Literal(b"-"), Field("rule"), Literal(b"-"), Field("", "text")),
    )
)

FORMAT = Format(
    "cisco_wsa_splunk",
    "Cisco Web Security Appliance (W3C extended lines by syslog, in the order of Splunk's add-on)",
    "https://splunk.github.io/splunk-add-on-for-cisco-wsa/",
    LAYOUT,
    RULES,
    ("tag", "status", "acl"),
    CACHED,
    missing(LAYOUT),
    grade="third-party data",
    generic=True,  # lines under a header may be in this order too
    vendor="cisco",
)
