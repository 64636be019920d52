"""A contact that a page of another site caused is a widget, where the log has the referrer."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import proxyscan
from proxyscan.catalogue import catalogue

LINE = (
    '10.0.0.1 - ann [16/Nov/2026:07:30:00 +0000] "GET {url} HTTP/1.1" 200 100 "{referrer}" "-" TCP_MISS:HIER_DIRECT\n'
)
FORMAT = "squid_combined"

CASES = [
    ("http://www.facebook.com/home", "-", "use"),
    ("http://www.facebook.com/home", "http://www.facebook.com/", "use"),
    ("http://www.facebook.com/home", "http://news.example/story", "widget"),
    ("http://www.facebook.com/home", "https://www.google.co.uk/", "use"),
    ("http://www.facebook.com/home", "https://sites.google.com/view/x", "widget"),
    ("http://www.facebook.com/home", "https://www.google.com.evil.example/", "widget"),
    ("http://static.xx.fbcdn.net/a.js", "https://www.facebook.com/", "asset"),
    ("http://static.xx.fbcdn.net/a.js", "http://news.example/", "widget"),
    ("http://static.xx.fbcdn.net/a.js", "https://www.google.co.uk/", "widget"),
    ("http://www.facebook.com/plugins/like.php", "http://www.facebook.com/", "widget"),
    ("http://r1.googlevideo.com/videoplayback", "http://www.youtube.com/watch", "asset"),
    ("http://r1.googlevideo.com/videoplayback", "http://www.vimeo.com/", "widget"),
    ("http://www.facebook.com/home", "10.1.2.3", "widget"),
    ("http://www.facebook.com/home", "http://10.1.2.3/intranet", "widget"),
    ("http://www.facebook.com/home", "http://FACEBOOK.com./", "use"),
    ("http://news.example/", "http://www.facebook.com/", None),
]


def labels(path: Path) -> list[str | None]:
    return proxyscan.classify(proxyscan.parse(path, format=FORMAT).read_all())["label"].to_pylist()


@pytest.mark.parametrize(("url", "referrer", "label"), CASES)
def test_a_contact_has_the_label_that_its_referrer_says(tmp_path: Path, url: str, referrer: str, label: str) -> None:
    path = tmp_path / "a.log"
    path.write_text(LINE.format(url=url, referrer=referrer))
    assert labels(path) == [label]
    assert proxyscan.scan(path, format=FORMAT).intervals["label"].to_pylist() == [label]


hosts = st.sampled_from(
    ["www.facebook.com", "fbcdn.net", "r1.googlevideo.com", "youtube.com", "t.co", "news.example", "www.google.de", "-"]
)


@given(st.lists(st.tuples(hosts, hosts), min_size=1, max_size=20))
def test_counting_and_labelling_say_the_same(tmp_path_factory, pairs: list[tuple[str, str]]) -> None:
    path = tmp_path_factory.mktemp("log") / "a.log"
    lines = [LINE.format(url=f"http://{url}/", referrer=f"http://{by}/" if by != "-" else "-") for url, by in pairs]
    path.write_text("".join(lines))
    frame = proxyscan.classify(proxyscan.parse(path, format=FORMAT).read_all()).to_pandas()
    one = frame[["host", "service", "label"]].astype(object)
    counted = proxyscan.scan(path, format=FORMAT)
    social = one[one["service"].notna()]
    plain = social.groupby(["host", "label"]).size().to_dict()
    assert counted.hosts.to_pandas().groupby(["host", "label"])["requests"].sum().to_dict() == plain
    by_label = social.groupby("label").size().to_dict()
    rows = counted.to_pandas()
    assert rows[rows["kind"].notna()].groupby("label")["requests"].sum().to_dict() == by_label


def test_a_log_without_referrers_has_the_labels_of_the_catalogue() -> None:
    requests = proxyscan.classify(proxyscan.parse("sample_logs/squid_day.log").read_all()).to_pandas()
    among = catalogue()
    for row in requests.dropna(subset=["service"]).head(200).itertuples():
        assert (
            among.lookup(row.host, row.path if isinstance(row.path, str) else None, row.time.date()).label == row.label
        )
