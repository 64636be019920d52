#!/usr/bin/env python3
"""Make the sample log of one working day with a real Squid on this machine.

The script starts a small web server, a small name server and a Squid on
127.0.0.0/8, plays the made-up staff of a council who browse through the proxy,
and copies the logs that Squid wrote into OUT_DIR:

    squid_day.log             Squid's native format
    squid_day_combined.log    the same records in the format "combined"
    squid_day_custom.log      the same records in a site's own logformat
    squid_day.squid.conf      the site's squid.conf, with that logformat
    squid_day.truth.csv       what the clients did, counted by the clients

Ten and a half hours pass in a few minutes: Squid runs under libfaketime
(Debian's package "faketime"), which starts its clock at 07:30 UTC and makes it
run --speed times too fast. Squid then measures the elapsed times by that same
clock, so time stamps and elapsed times agree with each other and NOTHING in
the logs is edited afterwards. (Spreading the time stamps over a day in the
finished logs would have left elapsed times of a few milliseconds everywhere.)
A delay of 1 ms of loopback is 100 ms in the log, as on a slow line.

It needs Debian's packages squid-openssl, faketime and openssl, and root: the
web server listens on ports 80 and 443 of 127.0.2.1, so that the log holds
ordinary addresses such as "CONNECT www.youtube.com:443". No name is ever
looked up outside this machine. No system service is started or changed.
"""

import argparse
import base64
import collections
import contextlib
import csv
import dataclasses
import http.client
import http.server
import math
import os
import random
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path

WEB_ADDRESS = "127.0.2.1"  # the web server that plays every web site
REFUSING_ADDRESS = "127.0.2.9"  # nothing listens here
NAME_SERVER = "127.0.2.53"  # answers "no such name" to every question
PASSWORD = "sample-only"
DAY_LENGTH = 10.5 * 3600  # seconds, 07:30 to 18:00
SQUID_USER = "proxy"
LONGEST_REPLY = 4_000_000  # bytes

PLAIN, TUNNEL, BUMP = "plain", "tunnel", "bump"  # how a client uses the proxy

# ---------------------------------------------------------------- the proxy

SITE_CONF = r"""# squid.conf of the proxy that wrote the squid_day logs.
visible_hostname proxy.council.example
http_port {plain_port}
http_port {bump_port} ssl-bump tls-cert={etc}/bump.pem

auth_param basic program /usr/lib/squid/basic_ncsa_auth {etc}/users
auth_param basic children 2
auth_param basic realm council
acl staff proxy_auth REQUIRED
acl comms_team proxy_auth user1 user2 user4 user5 user6 user7
acl training_team proxy_auth user6 user7 user8 user9 user10 user11 user13
acl public_pcs src 127.0.3.0/24

acl facebook dstdomain .facebook.com
acl instagram dstdomain .instagram.com
acl tiktok dstdomain .tiktok.com
acl reddit dstdomain .reddit.com
acl snapchat dstdomain .snapchat.com
acl comms_only dstdomain .linkedin.com .twitter.com .x.com
acl training_only dstdomain .youtube.com
deny_info 302:http://intranet.council.example/blocked?url=%u instagram
deny_info TCP_RESET reddit

http_access allow localhost manager
http_access deny manager
http_access deny tiktok
http_access deny !public_pcs !staff
http_access deny facebook
http_access deny instagram
http_access deny reddit
http_access deny comms_only public_pcs
http_access deny training_only public_pcs
http_access allow public_pcs
http_access deny comms_only !comms_team all
http_access deny training_only !training_team all
http_access allow all

acl programs rep_mime_type application/x-msdownload
http_reply_access deny programs
http_reply_access allow all

url_rewrite_program {etc}/safe_page.sh
url_rewrite_children 2
url_rewrite_access allow snapchat
url_rewrite_access deny all

sslcrtd_program /usr/lib/squid/security_file_certgen -s {state}/ssl_db -M 4MB
acl step1 at_step SslBump1
acl never_bump ssl::server_name .nhs.uk .bankofexample.example
ssl_bump peek step1
ssl_bump splice never_bump
ssl_bump bump all

cache_mem 64 MB
logformat council {logformat}
access_log stdio:{log}/squid_day.log logformat=squid
access_log stdio:{log}/squid_day_combined.log logformat=combined
access_log stdio:{log}/squid_day_custom.log logformat=council
"""

LOGFORMAT = (
    r"%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %>st %rm %>ru %[un %Sh/%<a %mt "
    r"%ssl::bump_mode %ssl::>sni %err_code/%err_detail "
    r'"%{Referer}>h" "%{User-Agent}>h"'
)

# What the sample needs besides, to stay on this machine and in its own folder.
# The long time-outs are seconds in truth: a busy machine must not cut anyone.
LOOPBACK_CONF = """
pid_filename {state}/squid.pid
cache_log {state}/cache.log
coredump_dir {state}
cache_effective_user {user}
hosts_file {etc}/hosts
dns_nameservers {name_server}
sslproxy_cert_error allow all
pinger_enable off
buffered_logs off
shutdown_lifetime 1 seconds
client_idle_pconn_timeout 60 minutes
server_idle_pconn_timeout 60 minutes
request_start_timeout 60 minutes
"""

SAFE_PAGE_SCRIPT = """#!/bin/sh
while read -r line; do
  echo 'OK status=302 url="http://intranet.council.example/safe"'
done
"""

LOG_NAMES = ("squid_day.log", "squid_day_combined.log", "squid_day_custom.log")

# ---------------------------------------------------------------- web sites


@dataclasses.dataclass(frozen=True)
class Site:
    """A web site that people visit."""

    host: str
    weight: float  # how often it is visited
    plain: float = 0.0  # share of the visits over http://
    pages: tuple = ("/",)
    parts: tuple = ()  # hosts of its pictures and scripts
    widgets: float = 0.0  # chance of other sites' widgets on a page
    median: int = 20_000  # bytes of a usual answer


SOCIAL_SITES = (
    Site("www.facebook.com", 9, 0.25, ("/", "/groups/feed/", "/marketplace/")),
    Site("m.facebook.com", 2, 0.2, ("/home.php",)),
    Site("www.instagram.com", 5, 0.25, ("/", "/explore/")),
    Site("twitter.com", 3, 0.1, ("/home", "/explore"), ("pbs.twimg.com", "abs.twimg.com"), 0, 30_000),
    Site("x.com", 4, 0.1, ("/home", "/notifications"), ("pbs.twimg.com", "video.twimg.com"), 0, 30_000),
    Site(
        "www.linkedin.com",
        6,
        0.1,
        ("/feed/", "/jobs/", "/in/sample-profile/"),
        ("static.licdn.com", "media.licdn.com"),
        0,
        30_000,
    ),
    Site(
        "www.youtube.com",
        8,
        0.1,
        ("/", "/watch?v=sample1", "/shorts/sample2"),
        ("i.ytimg.com", "rr3---sn-aigl6ned.googlevideo.com"),
        0,
        250_000,
    ),
    Site("www.tiktok.com", 4, 0.2, ("/foryou", "/explore")),
    Site("www.reddit.com", 4, 0.3, ("/r/unitedkingdom/", "/r/popular/")),
    Site("web.whatsapp.com", 5, 0, ("/",), ("static.whatsapp.net", "mmg.whatsapp.net"), 0, 40_000),
    Site("www.snapchat.com", 2, 0.4, ("/", "/web")),
    Site("www.pinterest.co.uk", 3, 0.2, ("/", "/ideas/"), ("i.pinimg.com",)),
    Site("vimeo.com", 2, 0.2, ("/watch", "/1084537"), ("i.vimeocdn.com", "player.vimeo.com"), 0, 200_000),
    Site("discord.com", 2, 0, ("/app",), ("cdn.discordapp.com",)),
)

ORDINARY_SITES = (
    Site(
        "www.bbc.co.uk",
        10,
        0.6,
        ("/news", "/news/uk", "/weather", "/sport"),
        ("ichef.bbci.co.uk", "static.bbci.co.uk"),
        0.25,
    ),
    Site("www.theguardian.com", 6, 0.5, ("/uk", "/society", "/politics"), ("i.guim.co.uk", "assets.guim.co.uk"), 0.45),
    Site("www.gov.uk", 9, 0.35, ("/", "/search/all?q=planning", "/council-tax"), ("assets.publishing.service.gov.uk",)),
    Site("www.nhs.uk", 5, 0.35, ("/", "/conditions/", "/nhs-services/"), ("assets.nhs.uk",)),
    Site(
        "www.google.co.uk", 10, 0.1, ("/", "/search?q=bin+collection+days"), ("www.gstatic.com", "fonts.googleapis.com")
    ),
    Site(
        "www.microsoft.com", 4, 0.3, ("/en-gb/", "/en-gb/download/"), ("img-prod-cms-rt-microsoft-com.akamaized.net",)
    ),
    Site("outlook.office365.com", 9, 0, ("/owa/", "/mail/inbox"), ("res.cdn.office.net", "login.microsoftonline.com")),
    Site("intranet.council.example", 14, 1, ("/", "/people", "/news", "/forms/leave"), ("intranet.council.example",)),
    Site("planning.council.example", 5, 1, ("/online-applications/", "/search?ref=1"), ("planning.council.example",)),
    Site("www.localgov.example", 4, 0.8, ("/", "/jobs"), ("cdn.localgov.example",), 0.6),
    Site("www.metoffice.gov.uk", 3, 0.5, ("/weather/forecast/",)),
    Site("en.wikipedia.org", 4, 0.2, ("/wiki/Local_government", "/wiki/Squid"), ("upload.wikimedia.org",)),
    Site("www.rightmove.co.uk", 3, 0.3, ("/property-for-sale.html",), ("media.rightmove.co.uk",), 0.4),
    Site("www.amazon.co.uk", 3, 0.1, ("/", "/gp/cart/view.html"), ("m.media-amazon.com",), 0.1),
    Site("www.bankofexample.example", 2, 0, ("/login",)),
)

# What other sites' pages load from the social media: host, path, bytes.
WIDGETS = (
    ("connect.facebook.net", "/en_GB/sdk.js", 90_000),
    ("www.facebook.com", "/plugins/like.php?href=page", 15_000),
    ("platform.twitter.com", "/widgets.js", 30_000),
    ("px.ads.linkedin.com", "/collect/?pid=1&fmt=gif", 43),
    ("analytics.tiktok.com", "/i18n/pixel/events.js", 60_000),
    ("assets.pinterest.com", "/js/pinit.js", 12_000),
    ("www.youtube.com", "/embed/sample3", 40_000),
)

# Programs that ask by themselves: method, scheme, host, path, bytes.
BACKGROUND = (
    ("GET", PLAIN, "ctldl.windowsupdate.com", "/msdownload/authrootstl.cab", 8_000),
    ("HEAD", PLAIN, "download.windowsupdate.com", "/c/msdownload/update.cab", 0),
    ("GET", PLAIN, "download.windowsupdate.com", "/c/msdownload/update.cab", 900_000),
    ("POST", PLAIN, "ocsp.digicert.com", "/", 470),
    ("GET", PLAIN, "www.msftconnecttest.com", "/connecttest.txt", 22),
    ("POST", TUNNEL, "settings-win.data.microsoft.com", "/", 3_000),
    ("POST", TUNNEL, "teams.microsoft.com", "/api/events", 4_000),
)

LONG_TUNNELS = (  # host, minutes, bytes down
    ("web.whatsapp.com", 184, 900_000),
    ("web.whatsapp.com", 76, 400_000),
    ("web.whatsapp.com", 33, 150_000),
    ("gateway.discord.gg", 95, 600_000),
    ("gateway.discord.gg", 41, 200_000),
    ("rr3---sn-aigl6ned.googlevideo.com", 52, 3_900_000),
    ("rr5---sn-cu-aigllm.googlevideo.com", 18, 3_200_000),
    ("rr5---sn-cu-aigllm.googlevideo.com", 9, 2_500_000),
    ("player.vimeo.com", 12, 3_000_000),
    ("teams.microsoft.com", 63, 3_500_000),
    ("outlook.office365.com", 240, 1_200_000),
    ("outlook.office365.com", 120, 700_000),
)

NO_SUCH_NAMES = ("wwww.bbc.co.uk", "www.old-supplier.example", "wpad.council.example")
REFUSING_HOST = "timesheets.council.example"
SILENT_HOST = "gis.council.example"  # takes the request, never answers
PROGRAM_HOST = "downloads.freegames.example"

AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
)
QUOTED_AGENT = 'Mozilla/5.0 (X; "q") [br]'
BACKGROUND_AGENTS = {PLAIN: "Microsoft-CryptoAPI/10.0", TUNNEL: "Microsoft-Delivery/10.0"}

# ---------------------------------------------------------------- who and what


@dataclasses.dataclass(frozen=True)
class Client:
    """A computer and the person who uses it (user None: nobody logs in)."""

    address: str
    user: str | None
    agent: str
    secure: str  # TUNNEL or BUMP: how it reaches https:// sites


@dataclasses.dataclass(frozen=True)
class Request:
    """One HTTP request and the answer that the web server shall give."""

    path: str
    method: str = "GET"
    status: int = 200
    size: int = 1_000  # bytes of the answer
    mime: str = "text/html"
    seconds: float = 0.2  # until the answer is complete
    pieces: int = 1  # the answer comes in so many pieces
    max_age: int = 0  # a cache may keep it so long (seconds)
    upload: int = 0  # bytes of the request's body
    referer: str = ""
    conditional: bool = False  # the client has it and asks if it changed
    leave: str = ""  # "early" or "middle": the client goes away


@dataclasses.dataclass(frozen=True)
class Session:
    """One connection of a client to the proxy, for one host."""

    at: float  # seconds since the beginning of the day
    client: Client
    via: str  # PLAIN, TUNNEL or BUMP
    host: str
    requests: tuple
    cause: str  # visit, part, widget, program, probe
    password: str | None = PASSWORD  # None: the client does not log in
    hold: float = 0.0  # seconds that an idle tunnel stays open


def in_domain(host, domains):
    """Say if host is one of the domains or below one of them."""
    return any(host == name or host.endswith("." + name) for name in domains)


COMMS_TEAM = {"user1", "user2", "user4", "user5", "user6", "user7"}
TRAINING_TEAM = {"user6", "user7", "user8", "user9", "user10", "user11", "user13"}
NEVER_BUMPED = ("nhs.uk", "bankofexample.example")


def refused_by_policy(client, host):
    """Say if the proxy's rules refuse this host to this (known) client."""
    if in_domain(host, ("facebook.com", "instagram.com", "tiktok.com", "reddit.com", "snapchat.com")):
        return True
    if in_domain(host, ("linkedin.com", "twitter.com", "x.com")):
        return client.user not in COMMS_TEAM
    if in_domain(host, ("youtube.com",)):
        return client.user not in TRAINING_TEAM
    return False


def is_spliced(session):
    """Say if the proxy looks at the name only and leaves the tunnel closed."""
    return session.via == BUMP and in_domain(session.host, NEVER_BUMPED)


def outcome_of(session, request):
    """Say how a request must end, from the rules and from what is played."""
    client, host = session.client, session.host
    if host == "(cache-manager)":
        return "setup"
    if host == "(no-request)":
        return "errors" if request.path else "aborted"
    logged_in = client.user is None or session.password == PASSWORD
    if not logged_in and not in_domain(host, ("tiktok.com",)):
        return "challenged"
    if refused_by_policy(client, host) or host == PROGRAM_HOST:
        return "denied"
    if host in (*NO_SUCH_NAMES, REFUSING_HOST, SILENT_HOST):
        return "errors"
    return "aborted" if request.leave == "early" else "allowed"


# ---------------------------------------------------------------- the plan


def make_clients():
    """Return the made-up staff, the public computers and the monitor."""
    clients = []
    for number in range(1, 36):
        user = {3: "council\\user3", 12: "user 12"}.get(number, f"user{number}")
        agent = QUOTED_AGENT if number == 9 else AGENTS[number % len(AGENTS)]
        secure = BUMP if number in (7, 20) else TUNNEL
        clients.append(Client(f"127.0.1.{10 + number}", user, agent, secure))
    for number in range(1, 7):
        secure = BUMP if number <= 3 else TUNNEL
        clients.append(Client(f"127.0.3.{10 + number}", None, AGENTS[number % len(AGENTS)], secure))
    return clients


class Planner:
    """Invents the day: a list of sessions, the same for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.clients = make_clients()
        self.sessions = []
        self.lines = 0  # lines that the log will have

    def add(self, session):
        """Put a session into the plan."""
        self.sessions.append(session)
        self.lines += sum(row["log_lines"] for _, row in count_session(session))

    def size(self, median, spread=1.2):
        """Return a number of bytes: mostly near the median, sometimes large."""
        return min(LONGEST_REPLY, int(self.random.lognormvariate(math.log(median), spread)))

    def moment(self, social):
        """Return a time of the day; social media have their peak at lunch."""
        half_hours = [1, 2, 4, 6, 6, 6, 6, 6, 6, 5, 4, 4, 5, 6, 6, 6, 6, 5, 4, 2, 1]
        if social:
            half_hours = [2, 3, 3, 2, 3, 3, 4, 3, 4, 9, 12, 11, 6, 3, 3, 4, 3, 4, 3, 2, 1]
        slot = self.random.choices(range(21), half_hours)[0]
        return (slot + self.random.random()) * DAY_LENGTH / 21

    def whole_day(self, lines):
        """Plan sessions until the log will have about so many lines."""
        self.long_tunnels()
        self.odd_cases()
        while self.lines < lines:
            dice = self.random.random()
            if dice < 0.14:
                self.program()
            elif dice < 0.16:
                self.failure()
            else:
                self.visit(dice > 0.66)
        return sorted(self.sessions, key=lambda session: session.at)

    def visit(self, social):
        """Someone opens a page: the page, its parts, other sites' widgets."""
        sites = SOCIAL_SITES if social else ORDINARY_SITES
        site = self.random.choices(sites, [site.weight for site in sites])[0]
        client = self.random.choice(self.clients)
        via = PLAIN if self.random.random() < site.plain else client.secure
        at = self.moment(social)
        page = self.random.choice(site.pages)
        if client.user and self.random.random() < 0.12:
            self.add(self.page(at - 0.5, client, via, site, page, password=None))
            if via != PLAIN and self.random.random() < 0.03:
                self.add(self.page(at - 0.2, client, via, site, page, password="mistyped"))
        self.add(self.page(at, client, via, site, page))
        if refused_by_policy(client, site.host):
            if self.random.random() < 0.25:
                self.add(self.page(at + 4, client, via, site, page))
            return
        scheme = "http" if via == PLAIN else "https"
        self.parts(at, client, via, site, f"{scheme}://{site.host}{page}")

    def page(self, at, client, via, site, path, password=PASSWORD):
        """Return the session that loads a page itself."""
        size = self.size(site.median)
        request = Request(path, size=size, seconds=self.answer_time(size))
        requests = [self.spoiled(request)]
        welcome = password == PASSWORD and not refused_by_policy(client, site.host)
        if welcome and via == PLAIN and self.random.random() < 0.05:
            requests = [Request(path, "POST", size=2_000, upload=self.size(6_000))]
        elif welcome and via != PLAIN and self.random.random() < 0.15:
            requests.append(
                Request(
                    "/api/post",
                    "POST",
                    size=900,
                    mime="application/json",
                    upload=self.size(20_000),
                    referer=f"https://{site.host}{path}",
                )
            )
        hold = self.random.expovariate(1 / 25) if via == TUNNEL else 0
        return Session(at, client, via, site.host, tuple(requests), "visit", password, hold)

    def spoiled(self, request):
        """Return the request, a few times with an answer that is not 200."""
        dice = self.random.random()
        if dice < 0.03:
            return dataclasses.replace(request, status=404, path="/old-page", size=1_500)
        if dice < 0.045:
            return dataclasses.replace(request, status=403, path="/members/minutes", size=900)
        if dice < 0.06:
            return dataclasses.replace(request, status=302, path="/moved", size=0)
        return request

    def answer_time(self, size):
        """Return the seconds until an answer is complete."""
        return self.random.uniform(0.03, 0.4) + size / self.random.uniform(3e5, 3e6)

    def parts(self, at, client, via, site, page):
        """Load the pictures, the scripts and the widgets of a page."""
        for host in site.parts:
            count = self.random.randint(1, 4)
            requests = tuple(self.part(page, site.median, via != BUMP or last == count) for last in range(1, count + 1))
            hold = self.random.expovariate(1 / 40) if via == TUNNEL else 0
            self.add(Session(at + self.random.uniform(0.5, 3), client, via, host, requests, "part", hold=hold))
        if self.random.random() < site.widgets:
            for host, path, size in self.random.sample(WIDGETS, self.random.randint(1, 3)):
                request = Request(path, size=size, mime="application/javascript", max_age=1200, referer=page)
                self.add(Session(at + self.random.uniform(1, 5), client, via, host, (request,), "widget"))

    def part(self, page, median, may_ask):
        """Return the request for a picture, a script or a style sheet.

        may_ask: the client may ask if its own copy is still good. Squid closes
        a bumped connection after such an answer, so there only the last may.
        """
        number = self.random.randint(1, 14)
        kind = (
            ("jpg", "image/jpeg")
            if number > 5
            else (("js", "application/javascript") if number > 2 else ("css", "text/css"))
        )
        path = f"/static/{number}.{kind[0]}"
        size = int(random.Random(path + page[:20]).lognormvariate(math.log(median * 0.6), 1))
        return Request(
            path,
            size=min(size, 400_000),
            mime=kind[1],
            referer=page,
            seconds=self.answer_time(size),
            max_age=self.random.choice((600, 7200)),
            conditional=may_ask and self.random.random() < 0.25,
        )

    def program(self):
        """Let a program ask for updates or report; some cannot log in."""
        method, via, host, path, size = self.random.choice(BACKGROUND)
        client = self.random.choice(self.clients)
        via = PLAIN if via == PLAIN else client.secure
        upload = min(3_000, self.size(1_500)) if method == "POST" else 0
        request = Request(
            path,
            method,
            size=size,
            mime="application/octet-stream",
            upload=upload,
            max_age=3600 if method == "GET" else 0,
        )
        program = dataclasses.replace(client, agent=BACKGROUND_AGENTS[PLAIN if via == PLAIN else TUNNEL])
        password = None if self.random.random() < 0.2 else PASSWORD
        self.add(Session(self.moment(False), program, via, host, (request,), "program", password))

    def failure(self):
        """Something goes wrong: a dead name or server, an impatient person."""
        kind = self.random.choice(("name", "name", "refused", "middle", "early", "program"))
        client = self.random.choice([one for one in self.clients if one.secure == TUNNEL])
        via = self.random.choice((PLAIN, TUNNEL))
        host, request = REFUSING_HOST, Request("/")
        if kind == "name":
            host = self.random.choice(NO_SUCH_NAMES)
        elif kind in ("middle", "early"):
            via, host = PLAIN, "planning.council.example"
            request = Request(
                f"/plans/{self.random.randint(100, 999)}.pdf",
                size=600_000,
                mime="application/pdf",
                seconds=60,
                leave=kind,
                pieces=30 if kind == "middle" else 1,
            )
        elif kind == "program":
            via, host = PLAIN, PROGRAM_HOST
            request = Request("/setup.exe", size=400_000, mime="application/x-msdownload")
        self.add(Session(self.moment(False), client, via, host, (request,), "visit"))

    def long_tunnels(self):
        """Plan the connections that stay open for minutes or hours."""
        tunnel_clients = [one for one in self.clients if one.secure == TUNNEL]
        for host, minutes, size in LONG_TUNNELS:
            latest = DAY_LENGTH - minutes * 60 - 300
            request = Request(
                "/stream", "POST", size=size, seconds=minutes * 60, pieces=max(2, minutes), upload=self.size(60_000)
            )
            self.add(
                Session(
                    self.random.uniform(300, latest),
                    self.random.choice(tunnel_clients),
                    TUNNEL,
                    host,
                    (request,),
                    "visit",
                )
            )

    def odd_cases(self):
        """Plan the cache manager's reader, requests that are none, a time-out."""
        monitor = Client("127.0.0.1", None, "squidclient/5", TUNNEL)
        for hour in range(10):
            self.add(Session(hour * 3600 + 1800, monitor, PLAIN, "(cache-manager)", (Request("info"),), "probe"))
        for text in ("NO REQUEST AT ALL\r\n\r\n", "", "HELLO\r\n\r\n", ""):
            self.add(
                Session(
                    self.moment(False),
                    self.random.choice(self.clients),
                    PLAIN,
                    "(no-request)",
                    (Request(text),),
                    "probe",
                )
            )
        self.add(Session(14_000, self.clients[0], PLAIN, SILENT_HOST, (Request("/map", seconds=1200),), "visit"))


# ---------------------------------------------------------------- the truth


COUNTS = ("requests", "allowed", "cut_short", "denied", "challenged", "errors", "aborted", "setup", "log_lines")


def count_session(session):
    """Return [(outcome, counts of COUNTS)], a pair for each user's request.

    A tunnel is one request, whatever runs inside. A bumped connection is as
    many requests as run inside, and its CONNECT is "setup"; the CONNECT alone
    counts when it is challenged.
    """
    requests = session.requests
    if session.via == TUNNEL or is_spliced(session):
        requests = requests[:1]
    rows = []
    for request in requests:
        outcome = outcome_of(session, request)
        row = collections.Counter({outcome: 1, "log_lines": 1})
        row["requests"] = int(outcome != "setup")
        row["cut_short"] = int(request.leave == "middle" and outcome == "allowed")
        rows.append((outcome, row))
        if outcome in ("challenged", "denied") and session.via != PLAIN:
            break
    cut = in_domain(session.host, ("reddit.com",))  # TCP_RESET: nothing runs inside
    if session.via == BUMP and rows[0][0] != "challenged" and not cut:
        rows[0][1].update({"setup": 1, "log_lines": 1})
    return rows


def write_truth(sessions, path):
    """Write what the clients did, per host and cause, as CSV."""
    totals = collections.defaultdict(collections.Counter)
    for session in sessions:
        for _, row in count_session(session):
            totals[session.host, session.cause].update(row)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("host", "cause", *COUNTS))
        for key in sorted(totals):
            writer.writerow(key + tuple(totals[key][name] for name in COUNTS))


# ---------------------------------------------------------------- the web


class Clock:
    """The time inside the sample: starts at 07:30 and runs too fast."""

    def __init__(self, day, speed):
        start = datetime.fromisoformat(day + "T07:30:00").replace(tzinfo=UTC)
        self.start, self.speed, self.zero = start.timestamp(), speed, time.monotonic()

    def now(self):
        """Return the seconds since the beginning of the day."""
        return (time.monotonic() - self.zero) * self.speed

    def sleep(self, seconds):
        """Wait for so many seconds of this clock."""
        time.sleep(max(0.0, seconds) / self.speed)

    def sleep_until(self, moment):
        """Wait for a moment of the day."""
        self.sleep(moment - self.now())


def etag_of(path):
    """Return the mark of the (only) version of a page."""
    return f'"{zlib.crc32(path.encode()):08x}"'


def reply_header(request):
    """Return the header by which a client tells the web server what to answer."""
    return f"{request.status} {request.size} {request.mime} {request.seconds:.3f} {request.pieces} {request.max_age}"


class WebHandler(http.server.BaseHTTPRequestHandler):
    """Plays every web site; the header X-Sample-Reply says what to answer."""

    protocol_version = "HTTP/1.1"
    clock = None  # set by start_web

    def answer(self):
        """Answer a request of any method."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        words = self.headers.get("X-Sample-Reply", "200 10 text/plain 0 1 0").split()
        status, size, pieces, max_age = (int(words[i]) for i in (0, 1, 4, 5))
        seconds = float(words[3])
        if status == 200 and self.headers.get("If-None-Match") == etag_of(self.path):
            status, size = 304, 0
        self.clock.sleep(seconds / pieces)
        head = self.head(status, size, words[2], max_age)
        body = b"x" * (0 if self.command == "HEAD" else size)
        step = max(1, math.ceil(len(body) / pieces))
        with contextlib.suppress(OSError):
            self.connection.sendall(head + body[:step])
            for start in range(step, len(body), step):
                self.clock.sleep(seconds / pieces)
                self.connection.sendall(body[start : start + step])

    do_GET = do_HEAD = do_POST = answer  # noqa: N815 (the names are http.server's)

    def head(self, status, size, mime, max_age):
        """Return the head of an answer as bytes."""
        now = self.clock.start + self.clock.now()
        caching = f"max-age={max_age}" if max_age else "no-store"
        lines = [
            f"HTTP/1.1 {status} {http.client.responses[status]}",
            f"Date: {formatdate(now, usegmt=True)}",
            f"Cache-Control: {caching}",
            f"Content-Type: {mime}",
        ]
        if max_age:
            lines.append(f"Last-Modified: {formatdate(self.clock.start - 9e5, usegmt=True)}")
            lines.append(f"ETag: {etag_of(self.path)}")
        if status != 304:
            lines.append(f"Content-Length: {size}")
        if status == 302:
            lines.append("Location: /")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def log_message(self, *_):
        """Keep quiet."""


class WebServer(http.server.ThreadingHTTPServer):
    """A web server whose connections may break without a message."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Ignore connections that Squid or a client has cut."""


class SecureWebServer(WebServer):
    """The same over TLS; the handshake runs in the connection's own thread."""

    context = None  # set by start_web

    def finish_request(self, request, client_address):
        """Speak TLS, then answer as usual."""
        with self.context.wrap_socket(request, server_side=True) as secure:
            self.RequestHandlerClass(secure, client_address, self)


def start_web(clock, certificate):
    """Start the web server on ports 80 and 443; return what to shut down."""
    WebHandler.clock = clock
    SecureWebServer.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    SecureWebServer.context.load_cert_chain(certificate)
    servers = [WebServer((WEB_ADDRESS, 80), WebHandler), SecureWebServer((WEB_ADDRESS, 443), WebHandler)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    return servers


def start_name_server():
    """Start a name server that knows no name; return its socket."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((NAME_SERVER, 53))

    def serve():
        """Answer until the socket is closed."""
        with contextlib.suppress(OSError):
            while True:
                question, sender = server.recvfrom(512)
                server.sendto(question[:2] + b"\x81\x83" + question[4:], sender)

    threading.Thread(target=serve, daemon=True).start()
    return server


# ---------------------------------------------------------------- the clients


class Player:
    """Plays sessions through the proxy and notes what surprises it."""

    def __init__(self, clock, ports):
        self.clock, self.ports = clock, ports
        self.surprises = []
        self.context = ssl.create_default_context()
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE

    def play_all(self, sessions):
        """Play every session at its time, and wait for the last."""
        with ThreadPoolExecutor(max_workers=300) as pool:
            for session in sessions:
                self.clock.sleep_until(session.at)
                pool.submit(self.play_one, session)

    def play_one(self, session):
        """Play one session and compare its end with the plan."""
        seen = []
        try:
            self.play(session, seen)
        except (OSError, http.client.HTTPException):
            seen.append(0)  # the proxy or the site cut the connection
        cut = any(request.leave == "middle" for request in session.requests)
        for (outcome, _), status in zip(count_session(session), seen + [None] * 9, strict=False):
            if not expected(outcome, status) and not (cut and status == 0):
                self.surprises.append((session, outcome, seen))

    def play(self, session, seen):
        """Connect, send the requests, put the answers' status into seen."""
        port = self.ports[BUMP if session.via == BUMP else PLAIN]
        with socket.create_connection(("127.0.0.1", port), 120, (session.client.address, 0)) as line:
            if session.host == "(no-request)":
                seen.append(self.send_text(line, session.requests[0].path))
                return
            if session.via != PLAIN:
                status = self.open_tunnel(line, session)
                if status != 200 or session.via == TUNNEL:
                    seen.append(status)
                if status != 200:
                    return
                line = self.context.wrap_socket(line, server_hostname=session.host)
            with line:
                for request in session.requests:
                    status = self.ask(line, session, request)
                    if session.via != TUNNEL:
                        seen.append(status)
                self.clock.sleep(session.hold)

    @staticmethod
    def send_text(line, text):
        """Send something that is no request; return the answer's status."""
        line.sendall(text.encode("latin-1"))
        line.shutdown(socket.SHUT_WR)
        answer = line.recv(4096)
        return int(answer.split()[1]) if answer else 0

    def open_tunnel(self, line, session):
        """Send CONNECT; return the status of the proxy's answer."""
        lines = [f"CONNECT {session.host}:443 HTTP/1.1", f"Host: {session.host}:443", "Proxy-Connection: keep-alive"]
        lines += [f"{name}: {value}" for name, value in login_headers(session).items()]
        line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            piece = line.recv(1)
            if not piece:
                return 0
            answer += piece
        return int(answer.split()[1])

    def ask(self, line, session, request):
        """Send one request and read its answer; return the status."""
        plain = session.via == PLAIN
        headers = {"X-Sample-Reply": reply_header(request), **(login_headers(session) if plain else {})}
        headers["User-Agent"] = session.client.agent
        if request.referer:
            headers["Referer"] = request.referer
        if request.conditional:
            headers["If-None-Match"] = etag_of(request.path)
        connection = http.client.HTTPConnection(session.host)
        connection.auto_open, connection.sock = 0, line
        body = b"u" * request.upload if request.method == "POST" else None
        connection.request(request.method, url_of(session, request), body, headers)
        if request.leave == "early":
            time.sleep(0.05)
            raise ConnectionAbortedError
        answer = connection.getresponse()
        if request.leave == "middle":
            answer.read(30_000)
            raise ConnectionAbortedError
        answer.read()
        return answer.status


def login_headers(session):
    """Return the headers that go to the proxy itself."""
    headers = {"User-Agent": session.client.agent}
    if session.client.user and session.password:
        pair = f"{session.client.user}:{session.password}".encode()
        headers["Proxy-Authorization"] = "Basic " + base64.b64encode(pair).decode()
    return headers


def url_of(session, request):
    """Return what stands in the request line."""
    if session.host == "(cache-manager)":
        return f"cache_object://127.0.0.1/{request.path}"
    return request.path if session.via != PLAIN else f"http://{session.host}{request.path}"


def expected(outcome, status):
    """Say if a status (0: connection cut, None: no answer) fits an outcome."""
    fitting = {
        "denied": (0, 302, 403),
        "challenged": (407,),
        "aborted": (0,),
        "errors": (400, 500, 502, 503, 504),
        "setup": (200,),
    }
    return status in fitting.get(outcome, (200, 302, 304, 403, 404))


# ---------------------------------------------------------------- Squid


class Squid:
    """A Squid with its own folder, ports and clock."""

    def __init__(self, folder, day, speed):
        self.folder, self.day, self.speed = folder, day, speed
        self.ports = {PLAIN: free_port(), BUMP: free_port()}
        self.places = {name: folder / name for name in ("etc", "state", "log")}
        self.process = None

    def prepare(self, hosts, users):
        """Write the configuration and everything that it names."""
        for place in self.places.values():
            place.mkdir()
        etc = self.places["etc"]
        (etc / "squid.conf").write_text(
            site_conf(self.ports[PLAIN], self.ports[BUMP], **self.places)
            + LOOPBACK_CONF.format(user=SQUID_USER, name_server=NAME_SERVER, **self.places)
        )
        (etc / "hosts").write_text(
            "".join(f"{REFUSING_ADDRESS if host == REFUSING_HOST else WEB_ADDRESS} {host}\n" for host in sorted(hosts))
        )
        digest = run("openssl", "passwd", "-apr1", PASSWORD).strip()
        (etc / "users").write_text("".join(f"{user}:{digest}\n" for user in users))
        (etc / "safe_page.sh").write_text(SAFE_PAGE_SCRIPT)
        (etc / "safe_page.sh").chmod(0o755)
        make_certificate(etc / "bump.pem", self.day)
        run("/usr/lib/squid/security_file_certgen", "-c", "-s", str(self.places["state"] / "ssl_db"), "-M", "4MB")
        run("chown", "-R", SQUID_USER, str(self.folder))
        self.folder.chmod(0o755)

    def start(self):
        """Start Squid under the fast clock and wait until it answers."""
        self.process = subprocess.Popen(
            ["squid", "-N", "-f", str(self.places["etc"] / "squid.conf")],
            env=fake_time(f"@{self.day} 07:30:00 x{self.speed}"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait_until_ready(self):
        """Wait until Squid has opened its ports."""
        ready = "Accepting SSL bumped HTTP Socket connections"
        log = self.places["state"] / "cache.log"
        for _ in range(300):
            if log.exists() and ready in log.read_text(errors="replace"):
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        text = log.read_text(errors="replace") if log.exists() else "(no cache.log)"
        sys.exit("Squid did not start:\n" + text[-2000:])

    def stop(self):
        """Stop Squid; it writes out its logs before it ends."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def site_conf(plain_port, bump_port, etc, state, log):
    """Return the site's squid.conf for these ports and folders."""
    return SITE_CONF.format(
        plain_port=plain_port, bump_port=bump_port, etc=etc, state=state, log=log, logformat=LOGFORMAT
    )


def fake_time(clock):
    """Return the environment of a program that runs under libfaketime."""
    return {**os.environ, "TZ": "UTC", "LC_ALL": "C", "FAKETIME": clock, "LD_PRELOAD": find_libfaketime()}


def faketime_files():
    """Return the little files of libfaketime in shared memory."""
    return set(Path("/dev/shm").glob("*faketime_s*_*"))


def remove_faketime_files(before):
    """Remove the new ones that ended programs have left."""
    for _ in range(20):  # Squid's helpers end a moment after Squid
        for name in faketime_files() - before:
            if not Path("/proc", name.name.rpartition("_")[2]).exists():
                name.unlink()
        if not faketime_files() - before:
            return
        time.sleep(0.2)


def find_libfaketime():
    """Return the path of libfaketime, or an empty string."""
    found = list(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    return str(found[0]) if found else ""


def free_port():
    """Return a TCP port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*command, env=None):
    """Run a program and return what it prints; stop when it fails."""
    return subprocess.run(
        command, env=env, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ).stdout


def make_certificate(path, day):
    """Write a self-signed certificate and its key, made a year before the day."""
    year = int(day[:4]) - 1
    key = path.with_suffix(".key")
    run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "3650",
        "-subj",
        "/CN=Sample authority",
        "-keyout",
        str(key),
        "-out",
        str(path),
        "-addext",
        "basicConstraints=critical,CA:true",
        env=fake_time(f"{year}{day[4:]} 00:00:00"),
    )
    path.write_text(path.read_text() + key.read_text())
    key.unlink()


# ---------------------------------------------------------------- all together


def check_machine():
    """Stop with a plain message when something is missing."""
    missing = [name for name in ("squid", "openssl") if not shutil.which(name)]
    if shutil.which("squid") and not Path("/usr/lib/squid/security_file_certgen").exists():
        missing.append("squid with OpenSSL")
    if not find_libfaketime():
        missing.append("libfaketime")
    if missing:
        sys.exit(
            "missing: " + ", ".join(missing) + "\nOn Debian or Ubuntu: "
            "apt-get update && apt-get install squid-openssl faketime openssl"
        )
    if os.geteuid() != 0:
        sys.exit("must run as root: the sample's web server listens on ports 80 and 443")


def play_day(folder, day, speed, sessions):
    """Run Squid and the clients for the whole day; return the surprises."""
    hosts = {session.host for session in sessions if "." in session.host}
    users = sorted({session.client.user for session in sessions if session.client.user})
    before = faketime_files()
    squid = Squid(folder, day, speed)
    squid.prepare(hosts - set(NO_SUCH_NAMES), users)
    with contextlib.ExitStack() as stack:
        stack.callback(remove_faketime_files, before)
        stack.enter_context(start_name_server())
        clock = Clock(day, speed)
        stack.callback(squid.stop)
        squid.start()
        for server in start_web(clock, squid.places["etc"] / "bump.pem"):
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
        squid.wait_until_ready()
        player = Player(clock, squid.ports)
        player.play_all(sessions)
        clock.sleep(600)  # Squid may still have to log the last ones
    return player.surprises


def copy_results(folder, out, sessions):
    """Put the logs, the site's squid.conf and the truth into the folder out."""
    out.mkdir(parents=True, exist_ok=True)
    for name in LOG_NAMES:
        shutil.copyfile(folder / "log" / name, out / name)
    conf = site_conf(3128, 3129, "/etc/squid", "/var/lib/squid", "/var/log/squid")
    (out / "squid_day.squid.conf").write_text(conf)
    write_truth(sessions, out / "squid_day.truth.csv")


def parse_arguments():
    """Return the command line's settings."""
    parser = argparse.ArgumentParser(
        description="Make the sample log of one working day with a real Squid on loopback. "
        "Needs root and Debian's packages squid-openssl, faketime and openssl."
    )
    parser.add_argument("out_dir", metavar="OUT_DIR", type=Path, help="where the logs go")
    parser.add_argument(
        "--requests", type=int, default=5000, metavar="N", help="about so many lines in each log (default 5000)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="another number invents another day (default 1)"
    )
    parser.add_argument(
        "--day", default="2026-11-16", metavar="YYYY-MM-DD", help="the date in the logs (default 2026-11-16, a Monday)"
    )
    parser.add_argument(
        "--speed", type=int, default=100, metavar="N", help="how much faster the day passes (default 100: 6.5 minutes)"
    )
    return parser.parse_args()


def main():
    """Make the sample."""
    arguments = parse_arguments()
    check_machine()
    sessions = Planner(arguments.seed).whole_day(arguments.requests)
    with tempfile.TemporaryDirectory(prefix="squid_sample_") as name:
        surprises = play_day(Path(name), arguments.day, arguments.speed, sessions)
        copy_results(Path(name), arguments.out_dir, sessions)
    for session, outcome, seen in surprises[:20]:
        print(
            f"surprise: {session.via} {session.host} {session.client.user}: planned {outcome}, saw {seen}",
            file=sys.stderr,
        )
    print(f"{len(sessions)} connections played, {len(surprises)} surprises, results in {arguments.out_dir}")
    return 1 if surprises else 0


if __name__ == "__main__":
    sys.exit(main())
