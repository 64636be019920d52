#!/usr/bin/env python3
"""Make small sample logs with real proxies on this machine.

Each of the functions called after a product starts that product on 127.0.0.1, lets a client ask for the
same dozen things, stops it, and copies its log into OUT_DIR:

    tinyproxy.log  privoxy.log  privoxy_clf.log  nginx.log  apache.log  apache_common.log  apache_io.log  haproxy.log
    squid_json.log  squidguard.log

    apt-get install tinyproxy privoxy nginx-light apache2 haproxy squidguard squid-openssl
    python3 tools/make_proxy_samples.py sample_logs [product ...]

It needs root: it puts itself into a network and a file system of its own (``unshare``), in which a web
server plays every web site and /etc/hosts names them. Nothing leaves the machine, nothing on it is changed,
and nothing in the logs is edited.
"""

import base64
import contextlib
import http.server
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

WEB_ADDRESS = "127.0.2.1"
REFUSING_ADDRESS = "127.0.2.9"
PORT = 8090
SITES = [f"www.{name}" for name in ("bbc.co.uk", "facebook.com", "linkedin.com", "instagram.com", "tiktok.com")]
SITES += ["www.youtube.com", "www.reddit.com", "www.pinterest.com", "login.council.example"]
LOGIN = {"Proxy-Authorization": "Basic " + base64.b64encode(b"user1:sample-only").decode()}

ASKED = [
    ("GET", "http://www.bbc.co.uk/news?id=1", {}),
    ("GET", "http://www.facebook.com/", {}),
    ("GET", "http://www.linkedin.com/feed/", {}),
    ("GET", "http://www.instagram.com/p/1", {"Referer": "http://www.bbc.co.uk/news"}),
    ("GET", "http://www.youtube.com/refused-by-origin", {}),
    ("GET", "http://www.youtube.com/slow", {}),
    ("GET", "http://dead.council.example/", {}),
    ("GET", "http://no-such-name.example/", {}),
    ("POST", "http://www.linkedin.com/post", {}),
    ("CONNECT", "www.bbc.co.uk:443", {}),
    ("CONNECT", "www.facebook.com:443", {}),
    ("CONNECT", "www.linkedin.com:443", {}),
    ("CONNECT", "dead.council.example:443", {}),
]
"""What the client asks for; /slow is left before its end."""


class Site(http.server.BaseHTTPRequestHandler):
    """Every web site: its answer depends on the path."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Answer as the path says."""
        path = self.path.removeprefix("http://").partition("?")[0]
        body = b"x" * (200_000 if path.endswith("/slow") else 1234)
        self.send_response(403 if path.endswith("/refused-by-origin") else 200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        for start in range(0, len(body), 20_000):
            with contextlib.suppress(OSError):
                self.wfile.write(body[start : start + 20_000])
            time.sleep(0.2 if path.endswith("/slow") else 0)

    def do_POST(self):
        """Take the body, then answer as to GET."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def log_message(self, *_):
        """Say nothing."""


def echo_tunnels():
    """Answer 5000 bytes to whatever comes first on port 443."""
    listener = socket.create_server((WEB_ADDRESS, 443))
    while True:
        peer, _ = listener.accept()
        threading.Thread(target=answer_once, args=(peer,), daemon=True).start()


def answer_once(peer):
    with peer, contextlib.suppress(OSError):
        peer.recv(1000)
        peer.sendall(b"y" * 5000)


def ask(method, url, headers):
    """Send one request to the proxy; in a tunnel, send a few bytes more. Return the status line."""
    host = url.split("/")[2] if "://" in url else url
    body = b"z" * 700 if method == "POST" else b""
    lines = [f"{method} {url} HTTP/1.1", f"Host: {host}", "User-Agent: sample/1.0", "Connection: close"]
    lines += [f"Content-Length: {len(body)}"] if body else []
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", PORT), timeout=5) as link:
        link.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        answer = link.recv(4000)
        if method == "CONNECT" and b" 200" in answer[:13]:
            link.sendall(b"0" * 300)
        while not url.endswith("/slow") and link.recv(65536):
            pass
        return answer.partition(b"\r\n")[0].decode()
    return "no answer"


def browse(asked=ASKED, headers=None):
    for method, url, more in asked:
        print(f"    {method} {url}: {ask(method, url, {**(headers or {}), **more})}")
        time.sleep(0.02)
    time.sleep(0.7)


@contextlib.contextmanager
def running(*command, **options):
    """Run a proxy in the foreground until the block ends."""
    process = subprocess.Popen(command, **options)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", PORT)):
                break
            time.sleep(0.1)
        time.sleep(0.2)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def write(path, text):
    path.write_text(text)
    return str(path)


def tinyproxy(home, out):
    rules = write(home / "filter", "facebook\\.com\ninstagram\\.com\n")
    conf = f"""Port {PORT}
Listen 127.0.0.1
Timeout 5
LogFile "{home}/tinyproxy.log"
LogLevel Connect
Filter "{rules}"
FilterURLs Off
BasicAuth user1 sample-only
"""
    with running("tinyproxy", "-d", "-c", write(home / "conf", conf)):
        browse(ASKED[:2])
        browse(headers=LOGIN)
    shutil.copy(home / "tinyproxy.log", out / "tinyproxy.log")


def privoxy(home, out):
    write(home / "user.action", "{+block{Social networking.}}\n.facebook.com\n.instagram.com\n")
    conf = f"""confdir /etc/privoxy
logdir {home}
actionsfile {home}/user.action
logfile log
listen-address 127.0.0.1:{PORT}
connection-sharing 0
"""
    for name, debug in (("privoxy", "debug 1\ndebug 1024\ndebug 8192\n"), ("privoxy_clf", "debug 512\n")):
        command = ("privoxy", "--no-daemon", write(home / "conf", conf + debug))
        with (out / f"{name}.log").open("wb") as log, running(*command, stderr=log):
            browse()


def nginx(home, out):
    conf = f"""daemon off;
pid {home}/pid;
error_log {home}/error.log;
events {{}}
http {{
  access_log {out}/nginx.log combined;
  server {{
    listen 127.0.0.1:{PORT};
    if ($host ~ (facebook|instagram)\\.com$) {{ return 403; }}
    location / {{ proxy_pass $scheme://{WEB_ADDRESS}$request_uri; proxy_set_header Host $host; }}
  }}
  server {{
    listen 127.0.0.1:{PORT};
    server_name dead.council.example;
    location / {{ proxy_pass $scheme://{REFUSING_ADDRESS}$request_uri; }}
  }}
}}
"""
    (out / "nginx.log").unlink(missing_ok=True)
    with running("nginx", "-c", write(home / "conf", conf)):
        browse()


def apache(home, out):
    modules = "mpm_event proxy proxy_http proxy_connect authn_core authn_file authz_core authz_user auth_basic"
    load = "\n".join(f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so" for m in modules.split())
    subprocess.run(["htpasswd", "-bc", home / "users", "user1", "sample-only"], check=True, stderr=subprocess.DEVNULL)
    conf = f"""{load}
ServerName proxy.council.example
ServerRoot {home}
PidFile {home}/pid
ErrorLog {home}/error.log
User www-data
Listen 127.0.0.1:{PORT}
ProxyRequests On
ProxyVia Off
AllowCONNECT 443
ProxyBlock facebook.com instagram.com
<Proxy "*">
  AuthType Basic
  AuthName council
  AuthUserFile {home}/users
  Require valid-user
</Proxy>
CustomLog {out}/apache.log "%h %l %u %t \\"%r\\" %>s %b \\"%{{Referer}}i\\" \\"%{{User-Agent}}i\\""
CustomLog {out}/apache_common.log "%h %l %u %t \\"%r\\" %>s %b"
CustomLog {out}/apache_io.log "%h %l %u %t \\"%r\\" %>s %b \\"%{{Referer}}i\\" \\"%{{User-Agent}}i\\" %I %O %D"
"""
    home.chmod(0o755)
    for name in ("apache.log", "apache_common.log", "apache_io.log"):
        (out / name).unlink(missing_ok=True)
    with running("apache2", "-DFOREGROUND", "-f", write(home / "conf", conf)):
        browse(ASKED[:2])
        browse(headers=LOGIN)


def haproxy(home, out):
    conf = f"""global
  log stdout format raw local0
defaults
  mode http
  option httplog
  log global
  timeout connect 2s
  timeout client 3s
  timeout server 3s
  timeout tarpit 300
frontend proxy
  bind 127.0.0.1:{PORT}
  http-request deny if {{ hdr(host) -m sub facebook }}
  http-request tarpit if {{ hdr(host) -m sub tiktok }}
  http-request redirect location http://intranet.council.example/blocked if {{ hdr(host) -m sub instagram }}
  http-request auth realm council if {{ hdr(host) -m sub login. }}
  http-request silent-drop if {{ hdr(host) -m sub reddit }}
  http-request reject if {{ hdr(host) -m sub pinterest }}
  capture request header Host len 64
  capture request header User-Agent len 64
  use_backend dead if {{ hdr(host) -m sub dead. }}
  default_backend web
backend web
  server s1 {WEB_ADDRESS}:80
backend dead
  server d1 {REFUSING_ADDRESS}:80
"""
    more = [
        ("GET", f"http://{host}/page", {}) for host in ("www.tiktok.com", "login.council.example", "www.reddit.com")
    ]
    with (out / "haproxy.log").open("wb") as log, running("haproxy", "-f", write(home / "conf", conf), stdout=log):
        browse([*ASKED[:9], *more, ("GET", "http://www.pinterest.com/page", {})])


OPNSENSE = (
    '{"@timestamp":"%{%Y-%m-%dT%H:%M:%S%z}tg","event":{"dataset":"squid.access","duration":"%tr"},'
    '"http":{"version":"%rv","request":{"method":"%rm","referrer":"%{Referer}>h"},'
    '"response":{"bytes":%<st,"body":{"status_code":%>Hs}}},"source":{"ip":"%>a"},'
    '"url":{"original":"%ru"},"user":{"name":"%un"},"user_agent":{"original":"%{User-Agent}>h"},'
    '"labels":{"request_status":"%Ss","hierarchy_status":"%Sh"},"message":"%rm %ru HTTP/%rv"}'
)


def squid(home, out):
    """Squid with OPNsense's JSON logformat, and with squidGuard's redirects."""
    subprocess.run(["htpasswd", "-bc", home / "users", "user1", "sample-only"], check=True, stderr=subprocess.DEVNULL)
    lists = home / "db"
    lists.mkdir()
    write(lists / "social", "linkedin.com\n")
    guard = f"""dbhome {lists}
logdir {home}
dest social_networks {{ domainlist social
  log squidguard.log }}
acl {{ default {{ pass !social_networks all
  redirect 302:http://intranet.council.example/blocked }} }}
"""
    conf = f"""http_port 127.0.0.1:{PORT}
visible_hostname proxy.council.example
auth_param basic program /usr/lib/squid/basic_ncsa_auth {home}/users
acl staff proxy_auth REQUIRED
acl blocked dstdomain .facebook.com .instagram.com
http_access deny !staff
http_access deny blocked
http_access allow all
url_rewrite_program /usr/bin/squidGuard -c {write(home / "guard.conf", guard)}
url_rewrite_children 1 startup=1
cache deny all
dns_nameservers 127.0.2.53
dns_timeout 1 second
shutdown_lifetime 1 seconds
pid_filename {home}/pid
cache_log {home}/cache.log
logformat opnsense {OPNSENSE}
access_log stdio:{home}/squid_json.log logformat=opnsense
"""
    for path in (home, lists):
        path.chmod(0o777)
    subprocess.run(["chown", "-R", "proxy", home], check=True)
    with running("squid", "-N", "-f", write(home / "conf", conf), stderr=subprocess.DEVNULL):
        browse(ASKED[:2])
        browse(headers=LOGIN)
    shutil.copy(home / "squid_json.log", out / "squid_json.log")
    shutil.copy(home / "squidguard.log", out / "squidguard.log")


PRODUCTS = {each.__name__: each for each in (tinyproxy, privoxy, nginx, apache, haproxy, squid)}


def make(out, names):
    hosts = [f"{WEB_ADDRESS} {site}" for site in SITES] + [f"{REFUSING_ADDRESS} dead.council.example"]
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        for path, text in (("/etc/hosts", "\n".join(["127.0.0.1 localhost", *hosts, ""])), ("/etc/resolv.conf", "")):
            source = write(home / path.replace("/", "_"), text)
            subprocess.run(["mount", "--bind", source, path], check=True)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        server = http.server.ThreadingHTTPServer((WEB_ADDRESS, 80), Site)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        threading.Thread(target=echo_tunnels, daemon=True).start()
        for name in names or PRODUCTS:
            print(name)
            place = home / name
            place.mkdir()
            home.chmod(0o755)
            PRODUCTS[name](place, out)


def main():
    if os.environ.get("PROXY_SAMPLES") != "inside":
        environment = {**os.environ, "PROXY_SAMPLES": "inside"}
        command = ["unshare", "--mount", "--net", sys.executable, *sys.argv]
        raise SystemExit(subprocess.run(command, env=environment).returncode)
    make(Path(sys.argv[1]).resolve(), sys.argv[2:])


if __name__ == "__main__":
    main()
