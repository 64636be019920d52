"""McAfee / Skyhigh Secure Web Gateway: access.log, whose first line names the columns."""

from proxyscan.format import Format, missing
from proxyscan.formats._mcafee import RULES, SOURCE
from proxyscan.layouts import Delimited, Field

LAYOUT = Delimited(
    {
        "time_stamp": Field("time", type="clf"),
        "auth_user": Field("user"),
        "src_ip": Field("client"),
        "status_code": Field("status", type="int"),
        "req_line": (Field("method", part=(b" ", 0)), Field("url", type="url", part=(b" ", 1))),
        "categories": Field("category"),
        "media_type": Field("content_type"),
        "bytes_to_client": Field("bytes_down", type="int"),
        "bytes_from_client": Field("bytes_up", type="int"),
        "referer": Field("referrer_host", type="url_host"),
        "block_res": Field("block_res", type="int"),
    },
    header=b"# ",
    needs=("time_stamp", "status_code", "req_line"),
)

FORMAT = Format(
    "mcafee",
    "McAfee / Skyhigh Secure Web Gateway (access.log)",
    SOURCE,
    LAYOUT,
    RULES,
    ("block_res", "status"),
    cannot=missing(LAYOUT),
    grade="third-party data",
    vendor="mcafee",
)
