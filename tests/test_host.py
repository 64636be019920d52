"""The registrable domain is the one that the Public Suffix List says, by a second reading of the list."""

import string

from hypothesis import given
from hypothesis import strategies as st
from tldextract import TLDExtract

from proxyscan.host import canonical, domain, is_address, plain

LIST = TLDExtract(suffix_list_urls=(), cache_dir=None)
RULES = sorted(rule.lstrip("!*.") for rule in LIST.tlds)
LABELS = st.lists(st.text(string.ascii_lowercase + string.digits + "-_", min_size=1, max_size=8), max_size=4)


def by_tldextract(host: str) -> str | None:
    return None if is_address(host) else LIST.extract_str(host).top_domain_under_public_suffix or None


def test_every_rule_of_the_list_is_read_as_tldextract_reads_it() -> None:
    for rule in filter(str.isascii, RULES):
        for host in (rule, f"a.{rule}", f"b.a.{rule}", f"c.b.a.{rule}"):
            assert domain(host) == by_tldextract(host), host


@given(LABELS, st.sampled_from([*filter(str.isascii, RULES), "example", "local", "1", "xn--p1ai", "xn--"]))
def test_a_domain_is_the_suffix_and_one_label(labels: list[str], end: str) -> None:
    host = ".".join([*labels, end])
    assert domain(host) == by_tldextract(host)


@given(st.text("aA1.-_", max_size=12) | st.sampled_from(["10.0.0.1", "1.2.3", "x" * 64 + ".org", "a." * 130 + "org"]))
def test_a_plain_host_is_its_own_canonical_form_and_no_address(host: str) -> None:
    if plain([host.encode()]):
        assert canonical(host) == host
        assert not is_address(host)
