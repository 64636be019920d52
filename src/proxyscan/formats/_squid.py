"""What Squid's own formats share: the rules of its result codes, and a format for any ``logformat``.

The rules follow what Squid 5.7 logged in 48 scenarios on loopback, and its sources (``src/LogTags.cc``,
``src/client_side_request.cc``, ``src/client_side.cc``, ``src/tunnel.cc``). A tag reads
``(TCP|UDP|ICP|NONE)_..._(ABORTED|TIMEDOUT)``; no tag is ``NONE_NONE``, ``TAG_NONE`` or ``NONE``.
"""

from __future__ import annotations

from typing import Final

from proxyscan.format import MISSING, Format, missing
from proxyscan.layouts import squid_template
from proxyscan.outcome import Rule

SOURCE: Final = "https://www.squid-cache.org/Doc/config/logformat/"

NO_TAG: Final = "NONE|NONE_NONE*|TAG_NONE*"
NOBODY: Final = "HIER_NONE|NONE"
PARENT: Final = "*_PARENT|*PARENT_HIT|*_PARENT_MISS|CARP"
CUT: Final = "*_ABORTED|*_TIMEDOUT|*_TIMEOUT"
POLICY_PAGE: Final = "ERR_ACCESS_DENIED|ERR_FORWARDING_DENIED|ERR_TOO_BIG|TCP_RESET|2*:*|3*:*|4*:*|5*:*"
FAULT_PAGE: Final = (
    "ERR_AGENT_*|ERR_CANNOT_FORWARD|ERR_CONFLICT_HOST|ERR_CONNECT_FAIL|ERR_DIR_LISTING|ERR_DNS_FAIL|ERR_ESI|"
    "ERR_FTP_*|ERR_GATEWAY_FAILURE|ERR_ICAP_FAILURE|ERR_INVALID_*|ERR_LIFETIME_EXP|ERR_NO_RELAY|"
    "ERR_ONLY_IF_CACHED_MISS|ERR_PRECONDITION_FAILED|ERR_PROTOCOL_UNKNOWN|ERR_READ_*|ERR_RELAY_REMOTE|"
    "ERR_REQUEST_*|ERR_SECURE_*|ERR_SHUTTING_DOWN|ERR_SOCKET_FAILURE|ERR_TOO_MANY_*|ERR_UNSUP_*|"
    "ERR_URN_RESOLVE|ERR_WRITE_ERROR|ERR_ZERO_SIZE_OBJECT"
)

TERMINATED: Final = "a CONNECT that ended at once: a step of TLS inspection, or ended by ssl_bump terminate"
NO_ANSWER: Final = "a CONNECT without any answer: ended by ssl_bump terminate, or the client left"
REDIRECTED: Final = "redirected by a rewriting program; counted as denied (--redirect allowed counts them as allowed)"
REWRITTEN: Final = "answered by another host than was asked for; counted as denied (--redirect allowed)"
UPSTREAM: Final = "403 or 302 through a parent proxy: allowed here, the parent may have refused (--upstream-filters)"
UPSTREAM_DENIED: Final = "403 or 302 through a parent proxy, counted as its refusal (--upstream-filters)"
PARENT_TUNNEL: Final = "a tunnel that the parent proxy did not open; counted as its refusal"
NO_LOGIN: Final = "the proxy wanted a login where it could not ask for one (inside TLS)"

RULES: Final = (
    Rule("setup", "a neighbour cache, not a user", {"tag": "UDP_*|ICP_*"}),
    Rule("setup", "a neighbour cache, not a user", {"method": "ICP_QUERY|HTCP_*"}),
    Rule("setup", "the cache manager", {"scheme": "cache_object"}),
    Rule("setup", "Squid's own pages", {"path": "/squid-internal-*"}),
    Rule("aborted", "the client left before a request", {"scheme": "error", "status": "0"}),
    Rule("error", "no request that Squid understood", {"scheme": "error"}),
    Rule("challenge", "Squid asks who the user is", {"tag": "*DENIED*", "status": "401|407"}),
    Rule("challenge", "Squid wanted to ask who the user is", {"err_code": "ERR_CACHE_ACCESS_DENIED"}, NO_LOGIN),
    Rule("denied", "http_reply_access or reply_body_max_size", {"tag": "*DENIED_REPLY*"}),
    Rule("denied", "http_access, whatever page deny_info sent", {"tag": "*DENIED*"}),
    Rule("allowed", "redirected by a rewriting program", {"tag": "TCP_REDIRECT*", "--redirect": "allowed"}),
    Rule("denied", "redirected by a rewriting program", {"tag": "TCP_REDIRECT*"}, REDIRECTED),
    Rule("denied", "ssl_bump terminate", {"tag": NO_TAG, "method": "CONNECT", "bump_mode": "terminate"}),
    Rule(
        "setup",
        "a step of TLS inspection",
        {"tag": NO_TAG, "method": "CONNECT", "status": "200", "bytes_down": "0", "bump_mode": "-"},
        TERMINATED,
    ),
    Rule("setup", "a step of TLS inspection", {"tag": NO_TAG, "method": "CONNECT", "status": "200", "bytes_down": "0"}),
    Rule(
        "setup",
        "the block page of a CONNECT already counted as denied",
        {"tag": NO_TAG, "scheme": "https", "hierarchy": NOBODY, "status": "200|301-303|307|308|403"},
    ),
    Rule("unknown", "no answer", {"tag": NO_TAG, "method": "CONNECT", "status": "0", "bump_mode": "-"}, NO_ANSWER),
    Rule("aborted", "the client left before any answer", {"tag": NO_TAG, "status": "0"}),
    Rule("denied", "miss_access", {"tag": NO_TAG, "method": "CONNECT", "hierarchy": NOBODY, "status": "403"}),
    Rule("denied", "miss_access", {"tag": "TCP_TUNNEL*|*MISS*", "hierarchy": NOBODY, "status": "403"}),
    Rule("denied", "Squid's page for a refusal", {"err_code": POLICY_PAGE}),
    Rule("aborted", "the client left before any answer", {"err_code": "ERR_CLIENT_GONE", "status": "0"}),
    Rule("allowed_aborted", "the client left", {"err_code": "ERR_CLIENT_GONE"}),
    Rule("allowed_aborted", "a fault in mid-transfer", {"err_code": FAULT_PAGE, "status": "200-399"}),
    Rule("error", "Squid's page for a fault", {"err_code": FAULT_PAGE}),
    Rule("denied", "a page of the site's own (deny_info)", {"err_code": "ERR_*"}),
    Rule("challenge", "a proxy asks who the user is", {"status": "407"}),
    Rule("error", "refused as malformed, or a fault", {"tag": NO_TAG, "status": "400-599"}),
    Rule("allowed", "answered by another host than was asked for", {"rewritten": "yes", "--redirect": "allowed"}),
    Rule("denied", "answered by another host than was asked for", {"rewritten": "yes"}, REWRITTEN),
    Rule("aborted", "the client left before any answer", {"status": "0", "bytes_down": "0"}),
    Rule("allowed_aborted", "cut short", {"status": "0", "bytes_down": ">0"}),
    Rule(
        "allowed",
        "a tunnel (logged /500 by Squid's bug 5274)",
        {"tag": "TCP_TUNNEL*", "status": "500", "bytes_down": ">0"},
    ),
    Rule(
        "denied",
        "the parent proxy",
        {"tag": "TCP_TUNNEL*", "hierarchy": PARENT, "status": "300-399|403"},
        PARENT_TUNNEL,
    ),
    Rule("error", "no tunnel could be opened", {"tag": "TCP_TUNNEL*", "status": "500-599"}),
    Rule(
        "denied",
        "the parent proxy",
        {"tag": "TCP_*", "hierarchy": PARENT, "status": "302|403", "--upstream-filters": "yes"},
        UPSTREAM_DENIED,
    ),
    Rule(
        "allowed",
        "let through to the parent proxy",
        {"tag": "TCP_*", "hierarchy": PARENT, "status": "302|403"},
        UPSTREAM,
    ),
    Rule("error", "no answer from the origin", {"tag": "TCP_*MISS*", "status": "502-504"}),
    Rule("allowed_aborted", "cut short by the client or a timer", {"tag": CUT}),
    Rule("allowed", "let through, whatever the origin answered", {"tag": "TCP_*"}),
)
"""Squid's result codes, in order. An origin's own 401 or 403 is no denial; a 407 is a question."""

CACHED: Final = (
    {"tag": "TCP_*HIT*|TCP_REFRESH_UNMODIFIED*|TCP_REFRESH_FAIL_OLD*"},
    {"hierarchy": "*SIBLING_HIT|*PARENT_HIT"},
)

NATIVE: Final = "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt"
COMMON: Final = '%>a %ui %[un [%tl] "%rm %ru %rv" %>Hs %<st %Ss:%Sh'
COMBINED: Final = '%>a %ui %[un [%tl] "%rm %ru %rv" %>Hs %<st "%{Referer}>h" "%{User-Agent}>h" %Ss:%Sh'

CANNOT: Final = {
    **MISSING,
    "referrer_host": "which site a request came from (%{Referer}>h)",
    "bump_mode": "connections ended by ssl_bump terminate (%ssl::bump_mode)",
}
"""What a log without the column cannot show."""


def squid_format(name: str, title: str, logformat: str, tail: bool = False) -> Format:
    """Return the format of a Squid log written with `logformat`; `tail`: ``log_mime_hdrs`` may follow."""
    layout = squid_template(logformat, tail)
    cached = CACHED if any(field.name == "tag" for field in layout.fields) else None
    stamp = "start" if any(field.name == "time" and field.type == "fixed" for field in layout.fields) else "end"
    reason = ("tag", "status", "err_code")
    return Format(name, title, SOURCE, layout, RULES, reason, cached, missing(layout, CANNOT), stamp, "run here")
