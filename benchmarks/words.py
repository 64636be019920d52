"""The words that made logs are written with: paths, user agents, and what each format calls each outcome."""

from __future__ import annotations

PATHS = (
    ("/", "", "", "text/html"),
    ("/news/uk-", "/index.html", "", "text/html"),
    ("/a/b/", "/c.js", "v=3.2.1", "application/javascript"),
    ("/images/", "/logo.png", "", "image/png"),
    ("/search/", "/results", "q=council+tax&hl=en-GB", "text/html"),
    ("/wp-content/uploads/2025/11/", "-some-long-image-name-1024x768.jpg", "", "image/jpeg"),
    ("/api/v1/feed/", "/items", "cursor=eyJsYXN0X2lkIjo0Mn0", "application/json"),
    ("/static/bundle.", ".9f8a7c6d5e4b.min.css", "", "text/css"),
)
"""What stands before a path's number and behind it, the query string, the type of content."""

AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 "
    "Edg/142.0.0.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
    "Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
    "Mobile/15E148 Safari/604.1",
    "Microsoft-CryptoAPI/10.0",
)
CATEGORIES = ("Business/Economy", "Technology/Internet", "News/Media", "Government/Legal", "Web Ads/Analytics")

SQUID = {
    "tunnel": ("TCP_TUNNEL", "200", "HIER_DIRECT"),
    "miss": ("TCP_MISS", "200", "HIER_DIRECT"),
    "hit": ("TCP_MEM_HIT", "200", "HIER_NONE"),
    "not_modified": ("TCP_MISS", "304", "HIER_DIRECT"),
    "unmodified": ("TCP_REFRESH_UNMODIFIED", "304", "HIER_DIRECT"),
    "not_found": ("TCP_MISS", "404", "HIER_DIRECT"),
    "cut": ("TCP_MISS_ABORTED", "200", "HIER_DIRECT"),
    "left": ("TCP_MISS_ABORTED", "000", "HIER_DIRECT"),
    "failed": ("NONE_NONE", "503", "HIER_NONE"),
    "denied": ("TCP_DENIED", "403", "HIER_NONE"),
    "challenge": ("TCP_DENIED", "407", "HIER_NONE"),
}
"""Squid's result code, status and hierarchy code of each kind."""

PROXYSG = {
    "tunnel": ("OBSERVED", "-", "TCP_TUNNELED", "200"),
    "miss": ("OBSERVED", "-", "TCP_NC_MISS", "200"),
    "hit": ("PROXIED", "-", "TCP_HIT", "200"),
    "not_modified": ("OBSERVED", "-", "TCP_NC_MISS", "304"),
    "unmodified": ("OBSERVED", "-", "TCP_CLIENT_REFRESH", "304"),
    "not_found": ("OBSERVED", "-", "TCP_NC_MISS", "404"),
    "cut": ("OBSERVED", "-", "TCP_NC_MISS_RST", "200"),
    "left": ("OBSERVED", "-", "TCP_NC_MISS_RST", "0"),
    "failed": ("DENIED", "tcp_error", "TCP_ERR_MISS", "503"),
    "denied": ("DENIED", "policy_denied", "TCP_DENIED", "403"),
    "challenge": ("DENIED", "-", "TCP_DENIED", "407"),
}
"""ProxySG's sc-filter-result, x-exception-id, s-action and sc-status of each kind."""

ELFF_HEADER = (
    "#Software: SGOS\n#Version: 1.0\n#Date: 2025-11-22 00:00:00\n#Fields: date time time-taken c-ip cs-username "
    "cs-auth-group s-supplier-name s-supplier-ip s-supplier-country s-supplier-failures x-exception-id "
    "sc-filter-result cs-categories cs(Referer) sc-status s-action cs-method rs(Content-Type) cs-uri-scheme cs-host "
    "cs-uri-port cs-uri-path cs-uri-query cs-uri-extension cs(User-Agent) s-ip sc-bytes cs-bytes x-virus-id\n"
)

FORTIGATE = {
    kind: ("0316013056", "ftgd_blk", "warning", "blocked", "a denied")
    if kind == "denied"
    else ("0317013312", "ftgd_allow", "notice", "passthrough", "an allowed")
    for kind in SQUID
}
"""FortiGate's logid, eventtype, level, action and the word in its msg, of each kind: it knows only two."""
