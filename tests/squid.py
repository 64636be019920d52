"""A real Squid on loopback, an internet for it that is one small program, and people who browse through it."""

import http.client
import os
import pwd
import shutil
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SQUID = shutil.which("squid", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

CONF = """
http_port 127.0.0.1:{port}
cache_peer 127.0.0.1 parent {parent} 0 no-query default
never_direct allow all
dns_nameservers 127.0.0.1
{rules}
http_access allow all
cache deny all
access_log stdio:{folder}/access.log squid
cache_log {folder}/cache.log
pid_filename {folder}/squid.pid
coredump_dir {folder}
visible_hostname proxy.example
shutdown_lifetime 0 seconds
cache_effective_user {user}
"""
USER = next((each.pw_name for each in pwd.getpwall() if each.pw_name in ("proxy", "squid")), "nobody")
"""Whom Squid becomes when it is started by root."""

HALF = """
acl pages dstdomain .facebook.com .youtube.com
http_access deny pages
"""
"""A policy that forgets fbcdn.net and youtu.be."""

CLIENTS = [f"127.0.0.{number}" for number in range(11, 16)]
VISITS = {"www.facebook.com": 6, "static.xx.fbcdn.net": 5, "www.youtube.com": 6, "youtu.be": 3, "www.bbc.co.uk": 4}
ALLOWED, DENIED = 200, 403
TRIES = 100


class Parent(socketserver.StreamRequestHandler):
    """Plays the internet: answers every page, and every tunnel with its end."""

    def handle(self) -> None:
        method = self.rfile.readline().partition(b" ")[0]
        while self.rfile.readline() not in (b"\r\n", b""):
            pass
        body = b"" if method == b"CONNECT" else b"a page"
        length = b"" if method == b"CONNECT" else b"Content-Length: 6\r\nContent-Type: text/html\r\n"
        self.wfile.write(b"HTTP/1.1 200 OK\r\n" + length + b"Connection: close\r\n\r\n" + body)


@contextmanager
def internet() -> Iterator[int]:
    """Yield the port of the parent proxy that stands for the internet."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Parent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def free_port() -> int:
    with socketserver.TCPServer(("127.0.0.1", 0), Parent) as server:
        return server.server_address[1]


@contextmanager
def squid(folder: Path, rules: str, parent: int) -> Iterator[int]:
    """Run a Squid with these rules until the end of the block, and yield its port."""
    port = free_port()
    conf = folder / "squid.conf"
    conf.write_text(CONF.format(port=port, parent=parent, rules=rules, folder=folder, user=USER))
    with subprocess.Popen([SQUID, "-N", "-d1", "-f", str(conf)], stderr=subprocess.PIPE, text=True) as running:
        said = []
        for line in running.stderr:  # ends when Squid does
            said.append(line)
            if "Accepting HTTP" in line:
                break
        threading.Thread(target=running.stderr.read, daemon=True).start()
        try:
            assert running.poll() is None, "".join(said)
            yield port
        finally:
            running.terminate()
            running.wait(60)


def connect(connection: http.client.HTTPConnection) -> None:
    """Open a connection, which a Squid that has just said that it accepts some may refuse on a busy machine."""
    for _ in range(TRIES):
        try:
            return connection.connect()
        except ConnectionRefusedError:
            threading.Event().wait(0.1)
    return connection.connect()


def ask(client: str, port: int, host: str, tunnel: bool) -> int:
    """Ask the proxy for a host from an address, and return the status of its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(client, 0))
    connect(connection)
    try:
        if tunnel:
            connection.request("CONNECT", f"{host}:443", headers={"Host": f"{host}:443"})
        else:
            connection.request("GET", f"http://{host}/")
        return connection.getresponse().status
    finally:
        connection.close()


def browsed(folder: Path, rules: str) -> dict[str, set[int]]:
    """Let all clients ask for all hosts under these rules, and return the answers that each host had."""
    answers: dict[str, set[int]] = {}
    with internet() as parent, squid(folder, rules, parent) as port:
        for client in CLIENTS:
            for host, count in VISITS.items():
                for number in range(count):
                    answers.setdefault(host, set()).add(ask(client, port, host, tunnel=number % 2 == 0))
    return answers


def given(folder: str) -> None:
    """Give a folder to the user that Squid becomes when root starts it."""
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
