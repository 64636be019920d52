"""Exported rules close all of a service and nothing else, and the programs themselves accept them."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import proxyscan
from proxyscan.catalogue import full_catalogue
from proxyscan.choose import choose
from proxyscan.errors import CatalogueError
from proxyscan.export import FORMS, export, scope, star_pattern
from proxyscan.lists import read_list

FULL = full_catalogue()
LARGE = ["facebook", "youtube", "tiktok", "instagram", "twitter", "googlebuzz", "reddit", "mastodon", "qq", "twitch"]
SERVICES = st.sampled_from(sorted(FULL.services))
SBIN = "/usr/sbin:/usr/local/sbin:/usr/bin:/bin"


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=SBIN)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


@given(SERVICES)
def test_all_that_a_service_needs_lies_in_its_scope(service: str) -> None:
    found = scope(service)
    for entry in FULL.entries:
        if entry.service.id == service and entry.label in ("use", "asset") and entry.until.year == 9999:
            sample = entry.host.replace("*", "x1")
            inside = any(f".{sample}".endswith(f".{host}") for host in found.domains)
            starred = any(re.fullmatch(star_pattern(host), sample) for host in found.stars)
            assert inside or starred or entry.text in found.paths


@given(SERVICES)
def test_no_domain_of_a_scope_lies_below_another(service: str) -> None:
    domains = scope(service).domains
    assert not [(a, b) for a in domains for b in domains if a != b and a.endswith(f".{b}")]


def test_widgets_come_on_request_only() -> None:
    assert "connect.facebook.net" not in scope("facebook").hosts
    assert {"facebook.net", "connect.facebook.net"} <= {*scope("facebook", ("use", "widget")).hosts}
    assert "||facebook.net^" not in export(["facebook"], "adblock")
    assert "||facebook.net^" in export(["facebook"], "adblock", widgets=True)


def test_opening_a_service_opens_the_media_hosts_it_shares_and_closing_it_does_not_close_them() -> None:
    assert "fbcdn.net" in export(["threads"], "plain", action="open").split()
    assert "facebook.com" not in export(["threads"], "plain", action="open").split()
    assert "fbcdn.net" not in export(["threads"], "plain", action="close").split()


def test_what_another_owner_has_today_is_not_exported() -> None:
    assert "vox.com" not in export(["vox"], "plain").split()


@pytest.mark.parametrize("form", ["plain", "dnsmasq", "adblock", "hosts", "e2guardian"])
@settings(max_examples=25, deadline=None)
@given(service=SERVICES)
def test_an_exported_list_read_again_means_the_same_hosts(
    tmp_path_factory: pytest.TempPathFactory, form: str, service: str
) -> None:
    found = scope(service)
    if not found.domains:
        return
    file = tmp_path_factory.mktemp("export") / "list"
    file.write_text(export([service], form))
    among = choose(lists=[read_list(file, "own-list/again")], only_lists=True)
    for host in found.domains:
        assert proxyscan.lookup(host, among=among)
        assert proxyscan.lookup(f"www.{host}", among=among)
        assert not proxyscan.lookup(f"not{host}", among=among) or f"not{host}" in found.domains


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("action", ["close", "open"])
def test_every_form_names_every_service_it_exports(form: str, action: str) -> None:
    if (form, action) == ("hosts", "open"):
        with pytest.raises(CatalogueError, match="can only close"):
            export(LARGE, form, action=action)
        return
    text = export(LARGE, form, action=action)
    for service in LARGE:
        assert FULL.services[service].name in text


@pytest.mark.parametrize(
    ("services", "form", "hint"),
    [(["facebok"], "squid", "did you mean 'facebook'"), (["facebook"], "squids", "did you mean 'squid'")],
)
def test_a_misspelt_service_or_form_is_answered_with_the_nearest(services: list[str], form: str, hint: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        export(services, form)
    assert hint in caught.value.hint


def test_squid_accepts_the_rules_of_every_service(tmp_path: Path) -> None:
    squid = program("squid")
    (tmp_path / "rules.conf").write_text(export(FULL.services, "squid", widgets=True))
    conf = tmp_path / "squid.conf"
    conf.write_text(
        f"http_port 127.0.0.1:3128\nvisible_hostname t\npid_filename {tmp_path}/pid\n"
        f"cache_log {tmp_path}/cache.log\naccess_log none\ninclude {tmp_path}/rules.conf\nhttp_access deny all\n"
    )
    done = subprocess.run([squid, "-k", "parse", "-f", str(conf)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert not re.findall(r"^.*(?:WARNING|ERROR|FATAL).*(?:acl|subdomain|regex|rules).*$", done.stderr, re.M | re.I)


def test_dnsmasq_accepts_the_rules_of_every_service(tmp_path: Path) -> None:
    dnsmasq = program("dnsmasq")
    for action in ("close", "open"):
        (tmp_path / "rules.conf").write_text(export(FULL.services, "dnsmasq", action=action))
        done = subprocess.run(
            [dnsmasq, "--test", "--no-resolv", f"--conf-file={tmp_path}/rules.conf"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_a_pac_file_says_for_every_host_what_the_catalogue_says(tmp_path: Path) -> None:
    node = program("node")
    services = [service for service in LARGE if not scope(service).paths]
    entries = [e for e in FULL.entries if e.service.id in services and e.label != "none" and not e.path_pattern]
    hosts = [entry.host.replace("*", "x1") for entry in entries if entry.label in ("use", "asset")]
    strangers = [f"not{host}" for host in hosts if "." in host and not proxyscan.lookup(f"not{host}", among=FULL)]
    strangers = [host for host in strangers if not any(host.endswith(f".{each}") for each in hosts)]
    code = """
function shExpMatch(text, glob) {
  return new RegExp("^" + glob.replace(/[.]/g, "\\\\.").replace(/[*]/g, ".*") + "$").test(text);
}
"""
    asked = json.dumps([hosts, strangers])
    (tmp_path / "pac.js").write_text(
        export(services, "pac")
        + code
        + f"console.log(JSON.stringify({asked}.map(all => all.map(host => FindProxyForURL('http://' + host, host)))));"
    )
    done = subprocess.run([node, str(tmp_path / "pac.js")], capture_output=True, text=True, check=True)
    inside, outside = json.loads(done.stdout)
    assert set(inside) == {"PROXY 127.0.0.1:9"}
    assert set(outside) == {"DIRECT"}
