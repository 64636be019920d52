"""The registrable domain is the one that the Public Suffix List says, by a second reading of the list."""

import re
import string

from hypothesis import given
from hypothesis import strategies as st
from tldextract import TLDExtract

from proxyscan.host import at_a_glance, canonical, domain, end, is_address

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


HOSTS = st.text("aA1.-_", max_size=12) | st.sampled_from(
    [
        "10.0.0.1",
        "1.2.3",
        "x" * 63 + ".org",
        "x" * 64 + ".org",
        "a." * 125 + "org",
        "a." * 126 + "org",
        "a\n",
        "ä.de",
        "",
    ]
)
PLAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_-]{1,63}\.)*[a-z_][a-z0-9_-]{0,62}")


@given(st.lists(HOSTS, max_size=8))
def test_hosts_at_a_glance_are_plain_as_a_regular_expression_says(hosts: list[str]) -> None:
    plain, _ = at_a_glance([host.encode() for host in hosts])
    assert plain.tolist() == [PLAIN.fullmatch(host) is not None for host in hosts]


@given(st.lists(HOSTS, max_size=8))
def test_hosts_with_the_same_last_two_labels_share_a_number(hosts: list[str]) -> None:
    raw = [host.encode() for host in hosts]
    found: dict[bytes, set[int]] = {}
    for host, number in zip(raw, at_a_glance(raw)[1].tolist(), strict=True):
        found.setdefault(end(host), set()).add(number)
    assert all(len(numbers) == 1 for numbers in found.values())


def test_hosts_with_other_last_two_labels_seldom_share_a_number() -> None:
    hosts = [f"www.example{number}.org".encode() for number in range(10_000)]
    assert len({*at_a_glance(hosts)[1].tolist()}) > 9_700  # 9,811 on average, were the numbers drawn


@given(HOSTS)
def test_a_plain_host_is_its_own_canonical_form_and_no_address(host: str) -> None:
    if at_a_glance([host.encode()])[0].all():
        assert canonical(host) == host
        assert not is_address(host)
