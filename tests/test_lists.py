"""Users' lists: told by content, taken whole or refused, and honest about what the catalogue knows better."""

import string
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import proxyscan
from proxyscan.catalogue import Catalogue, HostList, full_catalogue
from proxyscan.choose import choose, list_option, presets
from proxyscan.classify import Classifier
from proxyscan.errors import CatalogueError
from proxyscan.lists import CSV, KINDS, read_list
from proxyscan.syntaxes import SYNTAXES

SAMPLES = {path.stem: path for path in Path("sample_lists").glob("*.*") if path.stem != "v2fly-more"}
FOLDER = Path("sample_lists/squidguard")
LABEL = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=10)
DOMAINS = st.lists(st.tuples(LABEL, LABEL).map(lambda two: f"{two[0]}.{two[1]}.example"), min_size=1, max_size=20)
LINES = {
    "plain": "{}",
    "urls": "{}/x",
    "hosts": "0.0.0.0 {}",
    "dnsmasq": "address=/{}/",
    "adblock": "||{}^",
    "v2fly": "domain:{}",
}


def only(*lists: HostList) -> Catalogue:
    return choose(lists=lists, only_lists=True)


def asked(url: str, among: Catalogue) -> tuple[str, str]:
    entry = proxyscan.lookup(url, among=among)
    return (entry.service.id, entry.label) if entry else ("none", "none")


def test_every_syntax_has_a_sample() -> None:
    assert SAMPLES.keys() == {*SYNTAXES, CSV}


@pytest.mark.parametrize("path", [*SAMPLES.values(), FOLDER], ids=str)
def test_a_list_is_told_by_its_content_and_names_hosts_with_all_below(path: Path) -> None:
    found = read_list(path, "own-list/ours")
    assert found.syntax == ("folder" if path == FOLDER else path.stem)
    for host in ("social.example", "chat.example.org", "b-side.example.net"):
        assert asked(host, only(found))[0] == "ours"
        assert asked(f"www.{host}", only(found))[0] == "ours"
        assert asked(f"not{host}", only(found))[0] == "none"
    assert asked("localhost", only(found)) == ("none", "none")
    assert asked("example.org", only(found)) == ("none", "none")


@pytest.mark.parametrize("path", [SAMPLES["urls"], SAMPLES["adblock"], FOLDER], ids=str)
def test_a_path_in_a_list_means_that_path_only(path: Path) -> None:
    found = only(read_list(path, "own-list/ours"))
    assert asked("http://portal.example/people/1", found)[0] == "ours"
    assert asked("http://portal.example/news", found)[0] == "none"
    assert asked("portal.example", found)[0] == "none"


def test_v2fly_says_one_host_only_pixels_words_and_patterns() -> None:
    found = only(read_list(SAMPLES["v2fly"], "own-list/ours"))
    assert asked("single.example.com", found) == ("ours", "use")
    assert asked("www.single.example.com", found) == ("none", "none")
    assert asked("pixel.social.example", found) == ("ours", "widget")
    assert asked("my-examplegram.example.org", found) == ("ours", "use")
    assert asked("cdn12.example.net", found) == ("ours", "use")
    assert asked("cdn.example.net", found) == ("none", "none")


def test_an_exception_of_an_adblock_list_takes_a_host_out_again() -> None:
    found = read_list(SAMPLES["adblock"], "own-list/ours")
    assert asked("help.social.example", only(found)) == ("none", "none")
    assert found.skipped == 1  # the rule that hides an element


def test_a_csv_gives_its_own_labels() -> None:
    found = only(read_list(SAMPLES[CSV], "own-list/ours"))
    assert asked("b-side.example.net", found) == ("ours", "asset")
    assert asked("chat.example.org", found) == ("ours", "use")


@pytest.mark.parametrize("syntax", [*LINES, CSV])
@settings(max_examples=25)
@given(domains=DOMAINS)
def test_what_is_written_in_any_syntax_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, syntax: str, domains: list[str]
) -> None:
    file = tmp_path_factory.mktemp("list") / "list"
    lines = ["domain", *domains] if syntax == CSV else [LINES[syntax].format(domain) for domain in domains]
    file.write_text("".join(f"{line}\r\n" for line in lines))
    found = read_list(file, "own-list/ours")
    assert found.syntax == syntax
    texts = {entry.text for entries in found.paths.values() for entry in entries}
    assert {*found.below, *texts} == {f"{domain}/x" if syntax == "urls" else domain for domain in domains}


@pytest.mark.parametrize("named", sorted(SYNTAXES))
@pytest.mark.parametrize("syntax", ["hosts", "dnsmasq", "adblock", "v2fly"])
def test_a_list_of_another_kind_than_named_is_refused_with_line_and_expectation(named: str, syntax: str) -> None:
    if named == syntax:
        return
    with pytest.raises(CatalogueError) as caught:
        list_option(f"own-list/ours={named}:{SAMPLES[syntax]}")
    assert f"{SAMPLES[syntax]}:" in caught.value.fact
    assert SYNTAXES[named].example in caught.value.hint
    assert f"'{syntax}'" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a.example\nb.example\nno host at all\n", ":3", "'no host at all'"),
        ("0.0.0.0 a.example\n\n# x\naddress=/b.example/\n", ":4", "'address=/b.example/'"),
        ("||a.example^\nsome words\n", ":2", "'some words'"),
        ("full:a.example\ninclude:missing\n", "", "'missing', which is not beside it"),
        ("full:a.example\nregexp:(\n", "", "regexp:("),
        ("full:a.example\nfull:nosuchtopleveldomain\n", ":2", "'full:nosuchtopleveldomain'"),
        ("domain,label\na.example,used\n", "", "no label is called 'used'"),
        ("domain,label\na.example,use\nno host,use\n", ":3", "'no host'"),
        ("domain,label\na.example\n", "", "a csv"),
        ("Some text, which is\nno list of any kind.\n", ":1", "no line of a list of hosts"),
        ("# nothing\n", "", "but comments"),
        ("a.example\n\0", "", "is no text"),
    ],
)
def test_a_broken_list_is_refused_with_place_and_expectation(tmp_path: Path, text: str, place: str, words: str) -> None:
    file = tmp_path / "a csv"
    file.write_text(text)
    with pytest.raises(CatalogueError) as caught:
        read_list(file, "own-list/ours")
    assert f"{file}{place}" in caught.value.fact
    assert words in caught.value.fact
    assert caught.value.hint


def test_text_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"a.example\nb\xff.example\n")
    with pytest.raises(CatalogueError, match="list:2: is no UTF-8"):
        read_list(tmp_path / "list", "own-list/ours")


def test_a_list_that_includes_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("full:a.example\ninclude:two\n")
    (tmp_path / "two").write_text("full:b.example\ninclude:one\n")
    with pytest.raises(CatalogueError, match="includes 'one', which includes it"):
        read_list(tmp_path / "one", "own-list/ours")


def test_a_missing_list_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="No such file"):
        read_list(tmp_path / "none", "own-list/ours")
    with pytest.raises(CatalogueError, match="no file 'domains' or 'urls'"):
        read_list(tmp_path, "own-list/ours")


def test_an_included_list_may_be_taken_for_its_pixels_only(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("full:a.example\ninclude:two @ads\n")
    (tmp_path / "two").write_text("b.example\npixel.b.example @ads\n")
    found = only(read_list(tmp_path / "one", "own-list/ours"))
    assert asked("pixel.b.example", found) == ("ours", "widget")
    assert asked("b.example", found) == ("none", "none")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("facebok", "did you mean 'facebook'"),
        ("vidio-s/x", "did you mean 'video'"),
        ("Our Forum", "lower case"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        read_list(SAMPLES["plain"], name)
    assert hint in caught.value.hint


def write(folder: Path, *hosts: str) -> Path:
    (folder / "list").write_text("".join(f"{host}\n" for host in hosts))
    return folder / "list"


def test_a_list_of_a_kind_fills_in_only_what_the_catalogue_lacks(tmp_path: Path) -> None:
    file = write(tmp_path, "facebook.com", "media.tumblr.com", "developers.facebook.com", "new.example")
    among = choose(lists=[read_list(file, "social-network")])
    assert asked("www.facebook.com", among) == ("facebook", "use")
    assert asked("64.media.tumblr.com", among) == ("tumblr", "asset")
    assert asked("developers.facebook.com", among) == ("none", "none")
    assert asked("new.example", among) == ("social-network", "use")


def test_a_list_of_a_service_adds_to_it_and_leaves_finer_labels(tmp_path: Path) -> None:
    file = write(tmp_path, "facebook.com", "connect.facebook.net", "fb-mirror.example")
    among = choose(lists=[read_list(file, "facebook")])
    assert asked("fb-mirror.example", among) == ("facebook", "use")
    assert asked("connect.facebook.net", among) == ("facebook", "widget")
    assert asked("https://www.facebook.com/tr", among) == ("facebook", "widget")


def test_a_list_of_an_own_service_wins_over_shorter_and_equal_entries_only(tmp_path: Path) -> None:
    among = choose(lists=[read_list(write(tmp_path, "facebook.com", "developers.facebook.com"), "own-list/ours")])
    assert asked("www.facebook.com", among)[0] == "ours"
    assert asked("developers.facebook.com", among)[0] == "ours"
    assert asked("upload.facebook.com", among)[0] == "facebook"  # an entry longer than the list's


def test_a_pattern_never_takes_a_host_from_the_catalogue(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("keyword:facebook\nfull:a.example\n")
    among = choose(lists=[read_list(tmp_path / "list", "own-list/ours")])
    assert asked("www.facebook.com", among)[0] == "facebook"
    assert asked("myfacebook.example", among)[0] == "ours"


def test_only_lists_leaves_the_catalogue_out(tmp_path: Path) -> None:
    among = only(read_list(write(tmp_path, "new.example"), "own-list/ours"))
    assert asked("new.example", among)[0] == "ours"
    assert asked("facebook.com", among) == ("none", "none")
    with pytest.raises(CatalogueError, match="no list"):
        choose(only_lists=True)


@settings(max_examples=25)
@given(domains=DOMAINS, host=st.one_of(LABEL, DOMAINS.map(lambda many: many[0]), st.sampled_from(["www.facebook.com"])))
def test_the_classifier_agrees_with_lookup_also_with_lists(
    tmp_path_factory: pytest.TempPathFactory, domains: list[str], host: str
) -> None:
    among = choose(lists=[read_list(write(tmp_path_factory.mktemp("list"), *domains), "own-list/ours")])
    classifier = Classifier(among)
    hosts = [host, *domains, *(f"www.{domain}" for domain in domains), "notfacebook.com"]
    for cut in (1, len(hosts)):
        classifier.learn([each.encode() for each in hosts[:cut]])
    last = np.full(len(hosts), (date.max - date(1970, 1, 1)).days * 86_400_000)
    for each, class_ in zip(hosts, classifier.classify(np.arange(len(hosts)), None, b" ", last), strict=True):
        service, _, label = classifier.classes[class_]
        assert (service or "none", label or "none") == asked(each, among)


@pytest.mark.parametrize("path", [None, "/", "/groups/council", "/groups/council/photo", "/groups", "/tr"])
def test_the_classifier_agrees_with_lookup_on_paths_that_a_list_names(tmp_path: Path, path: str | None) -> None:
    (tmp_path / "urls").write_text("facebook.com/groups/council\nportal.example/groups/council\n")
    (tmp_path / "domains").write_text("other.example\n")
    among = choose(lists=[read_list(tmp_path, "forum/ours")])
    hosts = ["www.facebook.com", "portal.example", "other.example", "elsewhere.example"]
    classifier = Classifier(among)
    classifier.learn([each.encode() for each in hosts])
    data = (path or "").encode() + b" "
    spans = np.array([(-1, -1) if path is None else (0, len(path))] * len(hosts), np.int32)
    found = classifier.classify(np.arange(len(hosts)), spans, data, np.zeros(len(hosts), np.int64))
    for host, class_ in zip(hosts, found, strict=True):
        entry = among.lookup(host, path, date(1970, 1, 1))
        assert classifier.classes[class_][0] == (entry and entry.service.id)


def test_a_scan_counts_a_list(tmp_path: Path) -> None:
    line = "1795422269.000 7 10.0.0.1 TCP_MISS/200 259 GET http://{}/people/x - HIER_DIRECT/1.2.3.4 text/html\n"
    (tmp_path / "a.log").write_text("".join(line.format(h) for h in ("a.example", "portal.example", "www.bbc.co.uk")))
    lists = [read_list(write(tmp_path, "a.example", "portal.example/people"), "forum/ours")]
    found = proxyscan.scan(tmp_path / "a.log", catalogue=choose(lists=lists)).to_pandas()
    assert sorted(found["service"].fillna("-")) == ["-", "ours"]
    assert found.groupby("service")["requests"].sum()["ours"] == 2


def test_presets_name_kinds_that_exist_and_say_why() -> None:
    kinds = {*KINDS}
    for preset in presets().values():
        assert preset.title
        assert preset.why
        assert {*preset.kinds} <= kinds
        assert {each.service.kind for each in choose(preset=preset.name).entries} == {*preset.kinds}
    assert {*presets()["all"].kinds} == kinds


def test_a_preset_kinds_and_services_add_up() -> None:
    among = choose(kinds=["music"], services=["strava"], preset="school-kcsie")
    assert {"tinder", "soundcloud", "strava", "facebook"} <= among.services.keys()
    assert "vimeo" not in among.services
    assert choose().entries == proxyscan.catalogue().entries
    with pytest.raises(CatalogueError, match="did you mean 'council'"):
        choose(preset="counsil")


def test_a_list_may_be_named_by_the_id_of_any_service() -> None:
    assert {read_list(SAMPLES["plain"], name).service.id for name in ("facebook", "x-y.z")} == {"facebook", "x-y.z"}
    assert read_list(SAMPLES["plain"], "disqus").below["social.example"] == "widget"
    assert full_catalogue().services.keys() >= {"disqus"}
