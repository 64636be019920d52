"""Write a realistic Squid log of any length, the same for the same seed.

    python benchmarks/make_log.py 2000000 /tmp/squid.log [--format squid|combined] [--hosts 20000] [--seed 1]

Hosts follow Zipf's law with a long tail, 1,500 users, tunnels, denials, 407s, cut transfers, cache answers.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

KNOWN = [
    "www.facebook.com",
    "static.xx.fbcdn.net",
    "scontent.xx.fbcdn.net",
    "twitter.com",
    "pbs.twimg.com",
    "www.linkedin.com",
    "static.licdn.com",
    "www.youtube.com",
    "r4---sn-aigl6nek.googlevideo.com",
    "i.ytimg.com",
    "www.instagram.com",
    "scontent.cdninstagram.com",
    "www.tiktok.com",
    "v16-webapp.tiktokcdn.com",
    "www.reddit.com",
    "i.redd.it",
    "www.bbc.co.uk",
    "ichef.bbci.co.uk",
    "www.google.com",
    "www.gstatic.com",
    "fonts.googleapis.com",
    "outlook.office365.com",
    "www.gov.uk",
    "assets.publishing.service.gov.uk",
    "windowsupdate.microsoft.com",
    "ocsp.digicert.com",
    "www.theguardian.com",
]
ENDINGS = ["com", "co.uk", "org", "net", "gov.uk", "io", "de", "org.uk"]
LABELS = ["www", "cdn", "api", "img", "static", "m"]
TAGS = {
    "TCP_MISS/200": 0.38,
    "TCP_TUNNEL/200": 0.36,
    "TCP_MEM_HIT/200": 0.06,
    "TCP_DENIED/403": 0.07,
    "TCP_MISS/304": 0.05,
    "TCP_DENIED/407": 0.03,
    "TCP_MISS/404": 0.02,
    "TCP_MISS_ABORTED/000": 0.01,
    "NONE_NONE/000": 0.01,
    "TCP_REFRESH_UNMODIFIED/304": 0.01,
}
PATHS = {
    "/": "text/html",
    "/index.html": "text/html",
    "/a/b/c.js?": "application/javascript",
    "/images/logo.png": "image/png",
    "/search?": "text/html",
    "/wp-content/uploads/2025/11/some-long-image-name-1024x768.jpg": "image/jpeg",
    "/api/v1/feed?": "application/json",
    "/static/bundle.9f8a7c6d5e4b3a2910.min.css": "text/css",
}
LINES_AT_ONCE = 100_000


def host_names(count: int, rng: np.random.Generator) -> list[str]:
    """Return the known hosts and made-up ones, `count` in all."""
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    made = (
        f"{rng.choice(LABELS)}.{''.join(rng.choice(letters, rng.integers(4, 13)))}.{rng.choice(ENDINGS)}"
        for _ in range(count - len(KNOWN))
    )
    return [*KNOWN, *made]


def lines(count: int, start: float, hosts: list[str], rng: np.random.Generator, template: str) -> str:
    """Return `count` lines that end after `start` (seconds since 1970)."""
    weights = 1 / np.arange(1, len(hosts) + 1) ** 0.9
    host = rng.choice(len(hosts), count, p=weights / weights.sum())
    tag = rng.choice(list(TAGS), count, p=list(TAGS.values()))
    path = rng.choice(list(PATHS), count)
    person = rng.integers(0, 1500, count)
    time = start + np.cumsum(rng.exponential(0.04, count))
    elapsed = rng.lognormal(4, 1.5, count).astype(int)
    size = rng.lognormal(8, 2, count).astype(int) + 200
    return "".join(
        line(hosts[h], t, p, who, when, ms, by, template)
        for h, t, p, who, when, ms, by in zip(host, tag, path, person, time, elapsed, size, strict=True)
    )


def line(host: str, tag: str, path: str, who: int, when: float, ms: int, size: int, template: str) -> str:
    """Return one line."""
    tunnel = "TUNNEL" in tag
    nobody = "DENIED" in tag or "NONE" in tag or "HIT" in tag
    result, status = tag.split("/")
    clock = np.datetime64(int(when), "s").astype(object).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return template.format(
        when=when,
        ms=ms,
        client=f"10.{who // 256}.{who % 256}.{who % 250 + 1}",
        tag=result,
        status=status,
        size=size,
        method="CONNECT" if tunnel else "GET",
        url=f"{host}:443" if tunnel else f"http://{host}{path}",
        user="-" if who % 50 == 0 else f"user{who}",
        peer="HIER_NONE/-" if nobody else f"HIER_DIRECT/93.184.{who % 256}.34",
        hierarchy="HIER_NONE" if nobody else "HIER_DIRECT",
        mime="-" if tunnel else PATHS[path],
        clock=clock,
    )


TEMPLATES = {
    "squid": "{when:.3f} {ms:6d} {client} {tag}/{status} {size} {method} {url} {user} {peer} {mime}\n",
    "combined": '{client} - {user} [{clock}] "{method} {url} HTTP/1.1" {status} {size} "-" "Mozilla/5.0 (X11; Linux '
    'x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" {tag}:{hierarchy}\n',
}


def main() -> None:
    """Write the log."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=int)
    parser.add_argument("output", type=Path)
    parser.add_argument("--format", choices=list(TEMPLATES), default="squid")
    parser.add_argument("--hosts", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    rng = np.random.default_rng(wanted.seed)
    hosts = host_names(wanted.hosts, rng)
    with wanted.output.open("w") as stream:
        for done in range(0, wanted.lines, LINES_AT_ONCE):
            count = min(LINES_AT_ONCE, wanted.lines - done)
            stream.write(lines(count, 1_763_769_600 + done * 0.04, hosts, rng, TEMPLATES[wanted.format]))


if __name__ == "__main__":
    main()
