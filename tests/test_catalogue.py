"""The catalogue: right about hosts, honest about widgets, true for the date, and never taken in by look-alikes."""

import string
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import proxyscan
from proxyscan.catalogue import FOLDER, OPTIONAL, Catalogue, full_catalogue
from proxyscan.classify import Classifier
from proxyscan.entries import Entry, Service, suffixes
from proxyscan.errors import CatalogueError
from proxyscan.host import domain
from proxyscan.read_entries import read_entries

FULL = full_catalogue()
LETTERS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)
PLAIN = sorted({e.host for e in FULL.entries if "*" not in e.host and not e.path_pattern and e.label == "use"})
CLAIMED = {entry.host for entry in FULL.entries}


def asked(url: str, day: date | None = None) -> tuple[str, str]:
    entry = proxyscan.lookup(url, day, FULL)
    return (entry.service.id, entry.label) if entry else ("none", "none")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("www.facebook.com", ("facebook", "use")),
        ("notfacebook.com", ("none", "none")),
        ("netflix.com", ("none", "none")),
        ("microsoft.com", ("none", "none")),
        ("facebook.com.evil.example", ("none", "none")),
        ("http://facebook.com@evil.example/", ("none", "none")),
        ("http://evil.example#@facebook.com/", ("none", "none")),
        ("https://www.google.com/search?q=facebook", ("none", "none")),
        ("r3---sn-4g5e6nez.googlevideo.com", ("youtube", "asset")),
        ("my_page.blogspot.com", ("blogger", "use")),
        ("fbcdn-sphotos-a-a.akamaihd.net", ("facebook", "asset")),
        ("steamcdn-a.akamaihd.net", ("none", "none")),
        ("connect.facebook.net", ("facebook", "widget")),
        ("https://www.facebook.com/v2.10/plugins/like.php", ("facebook", "widget")),
        ("https://www.facebook.com/travel", ("facebook", "use")),
        ("https://t.co/AbCdEf", ("twitter", "use")),
        ("https://t.co/i/adsct?bci=1", ("twitter", "widget")),
        ("https://www.youtube.com/embed/abc", ("youtube", "widget")),
        ("developers.facebook.com", ("none", "none")),
        ("xn--fcebook-hwa.com", ("none", "none")),
        ("fácebook.com", ("none", "none")),
        ("ｆａｃｅｂｏｏｋ.com", ("facebook", "use")),
        ("157.240.1.35:443", ("none", "none")),
        ("[2a03:2880:f12d:83:face:b00c:0:25de]:443", ("none", "none")),
        ("http://[::1", ("none", "none")),
        ("error:invalid-request", ("none", "none")),
        ("", ("none", "none")),
        ("-", ("none", "none")),
    ],
)
def test_a_host_or_url_is_what_it_is(url: str, expected: tuple[str, str]) -> None:
    assert asked(url) == expected


@pytest.mark.parametrize(
    ("day", "url", "service"),
    [
        ("2010-11-23", "www.x.com", "none"),
        ("2026-11-23", "www.x.com", "twitter"),
        ("2010-06-01", "foo.vox.com", "vox"),
        ("2026-06-01", "www.vox.com", "none"),
        ("2010-11-23", "www.kick.com", "none"),
        ("2026-06-01", "www.orkut.com", "orkut"),
    ],
)
def test_an_owner_holds_for_the_date_of_the_request(day: str, url: str, service: str) -> None:
    assert asked(url, date.fromisoformat(day))[0] == service


def test_an_old_log_is_classified_by_its_own_date(tmp_path: Path) -> None:
    line = "{}.000      7 10.0.0.1 TCP_MISS/200 259 GET http://www.x.com/ - HIER_DIRECT/1.2.3.4 text/html\n"
    (tmp_path / "a.log").write_text(line.format(1290470410) + line.format(1795422269))
    table = proxyscan.classify(proxyscan.parse(tmp_path / "a.log").read_all())
    assert table["service"].to_pylist() == [None, "twitter"]
    assert proxyscan.scan(tmp_path / "a.log").to_pandas()["service"].fillna("-").tolist() == ["-", "twitter"]


@given(st.sampled_from(PLAIN), LETTERS)
def test_letters_before_or_after_a_domain_make_it_another(host: str, letters: str) -> None:
    for stranger in (letters + host, f"{letters}-{host}", f"{host}{letters}", f"{host}.{letters}.example"):
        if domain(stranger) not in CLAIMED and not any(stranger.endswith(f".{each}") for each in CLAIMED):
            assert stranger in CLAIMED or asked(stranger) == ("none", "none")


@given(st.sampled_from(PLAIN), LETTERS, st.integers(1, 65535))
def test_case_dot_port_and_user_do_not_change_the_answer(host: str, label: str, port: int) -> None:
    expected = asked(host)
    for same in (host.upper(), f"{host}.", f"{host}:{port}", f"http://{host}:{port}/", f"https://{label}@{host}/"):
        assert asked(same) == expected


@given(st.sampled_from(PLAIN), LETTERS)
def test_a_domain_in_the_user_part_path_query_or_fragment_is_not_the_host(host: str, letters: str) -> None:
    stranger = f"{letters}.evil-{letters}.example"
    for url in (
        f"{host}@{stranger}",
        f"{stranger}/{host}/",
        f"{stranger}/?next=https://{host}/",
        f"{stranger}/#@{host}/",
    ):
        assert asked(f"https://{url}") == ("none", "none")


@given(st.sampled_from(PLAIN))
def test_full_width_letters_and_a_puny_root_do_not_change_the_answer(host: str) -> None:
    wide = "".join(chr(ord(each) + 0xFEE0) if each.isalpha() else each for each in host)
    if "xn--" not in host:
        assert asked(wide) == asked(host)


@settings(max_examples=300)
@given(st.text(max_size=40))
def test_no_text_whatever_raises(text: str) -> None:
    assert isinstance(asked(text), tuple)


def test_every_service_that_is_no_pure_widget_has_a_use() -> None:
    uses = {entry.service.id for entry in FULL.entries if entry.label == "use"}
    widgets = {service.id for service in FULL.services.values() if service.kind in ("comments", "share-button")}
    shared_networks = {"bytedance-shared"}  # only media hosts that several services of one owner share
    assert FULL.services.keys() - uses - widgets == shared_networks


BELOW = {
    ("lemmy", "firefish"), ("peertube", "mastodon"), ("pixelfed", "mastodon"), ("kick", "twitch"),
    ("linelive", "line"), ("vkvideolive", "vk"), ("messenger", "facebook"), ("wechat", "qq"),
    ("whatsapp", "facebook"), ("instagram", "facebook"), ("kakaotv", "kakaotalk"), ("wecom", "wechat"),
    ("workplace", "facebook"),
}  # fmt: skip
"""Services with hosts below a host of another one, on purpose."""


def test_no_entry_shadows_another_services_by_accident() -> None:
    plain = {entry.host: entry for entry in FULL.entries if not entry.host_pattern and not entry.path_pattern}
    found = set()
    for entry in FULL.entries:
        for above in suffixes(entry.key if entry.host_pattern else entry.host):
            if above in plain and plain[above].service.id != entry.service.id:
                found.add((entry.service.id, plain[above].service.id))
    assert found == BELOW


def test_every_entry_answers_for_itself() -> None:
    for entry in FULL.entries:
        url = entry.text.replace("*", "x1")
        day = entry.since if entry.since > date.min else entry.until
        found = FULL.covering(*url_parts(url), day)
        assert found is not None, entry.text
        assert (found.service.id, found.label) == (entry.service.id, entry.label), entry.text


def url_parts(text: str) -> tuple[str, str | None]:
    host, slash, path = text.partition("/")
    return host, slash + path or None


def test_services_need_services_that_exist() -> None:
    needs = {need for service in FULL.services.values() for need in service.needs}
    assert needs
    assert needs <= FULL.services.keys()


def test_no_entry_stands_twice() -> None:
    texts = [entry.text for entry in FULL.entries]
    assert len(texts) == len(set(texts))


def test_every_entry_is_registrable_or_below_or_a_suffix_of_its_own() -> None:
    bare = {entry.host for entry in FULL.entries if "*" not in entry.host and domain(entry.host) is None}
    assert bare == set()


def test_core_and_optional_kinds_are_apart() -> None:
    kinds = {file.stem for file in FOLDER.glob("*.toml")}
    assert kinds >= OPTIONAL
    assert {entry.service.kind for entry in proxyscan.catalogue().entries} == kinds - OPTIONAL


def test_choosing_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(CatalogueError, match="did you mean 'video'"):
        FULL.choose(kinds=["vidoe"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[a", "a.toml"),
        ('[a]\nname = "A"\nowner = "B"\nuses = ["a.com"]', "unknown key 'uses'"),
        ('[a]\nname = "A"\nuse = ["a.com"]', "'owner' is missing"),
        ('[a]\nname = "A"\nowner = "B"\nuse = ["https://a.com"]', "'https://a.com' is no host"),
        ('[a]\nname = "A"\nowner = "B"\nuse = ["A.com"]', "'A.com' is no host"),
        ('[a]\nname = "A"\nowner = "B"\nuse = ["com"]', "'com' is no host"),
        ('[a]\nname = "A"\nowner = "B"\nuse = ["a.com"]\nsince = {"b.com" = 2020-01-01}', "'b.com' has a day"),
        ('[a]\nname = "A"\nowner = "B"\nuse = [\n"a.com",\n"b com",\n]', "a.toml:6: [a]: 'b com' is no host"),
        ('[a]\nname = "A"\nowner = "B"\nuse = "a.com"', "a.toml:4: [a]: 'use' is no list"),
        ('[a]\nname = 1\nowner = "B"\nuse = ["a.com"]', "a.toml:2: [a]: 'name' is no text"),
        ('[a]\nname = "A"\nowner = "B"\nuse = ["a.com"]\nuntil = {"a.com" = "2020"}', "'until' names no days"),
        ('[a]\nname = "A"\nowner = "B"\nuse = ["a.com"]\nasset = ["a.com"]', "'a.com' stands twice"),
        ('name = "A"', "'name' stands outside a table"),
    ],
)
def test_a_broken_catalogue_file_is_answered_with_place_and_expectation(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "a.toml"
    file.write_text(text)
    with pytest.raises(CatalogueError) as caught:
        list(read_entries(file))
    assert words in str(caught.value)
    assert str(file) in str(caught.value)


def test_an_entry_with_a_star_beats_the_plain_one_of_the_same_end() -> None:
    assert asked("instagram.flhr3-1.fna.fbcdn.net") == ("instagram", "asset")
    assert asked("scontent.xx.fbcdn.net") == ("facebook", "asset")


def test_an_entry_is_shown_as_written() -> None:
    found = proxyscan.lookup("https://www.facebook.com/tr?id=1")
    assert isinstance(found, Entry)
    assert found.text == "facebook.com/tr"


paths = st.none() | st.text("ab/", max_size=8).map(lambda text: "/" + text)


@given(st.lists(st.text("ab/*", max_size=6), max_size=4), st.lists(paths, min_size=1, max_size=6))
def test_the_kernel_finds_the_same_entry_for_a_path_as_the_catalogue(
    patterns: list[str], asked: list[str | None]
) -> None:
    entries = [
        Entry(f"x.example/{path}", Service(str(number), "", "forum"), "use") for number, path in enumerate(patterns)
    ]
    among = Catalogue((*entries, Entry("x.example", Service("whole", "", "forum"), "use")))
    classifier = Classifier(among)
    classifier.learn([b"x.example"])
    data = "".join(path or "" for path in asked).encode() + b" "
    ends = np.cumsum([len(path or "") for path in asked])
    spans = [(-1, -1) if path is None else (end - len(path), end) for path, end in zip(asked, ends, strict=True)]
    hosts, times = np.zeros(len(asked), np.int32), np.zeros(len(asked), np.int64)
    found = classifier.classify(hosts, np.array(spans, np.int32), data, times)
    for path, number in zip(asked, found, strict=True):
        entry = among.lookup("x.example", path)
        assert classifier.classes[number][0] == (entry and entry.service.id)
