"""The log's own category fills in what the catalogue lacks, and never more than that."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import proxyscan
from proxyscan.codes import vendors
from proxyscan.format import Format
from proxyscan.layouts import squid_template
from proxyscan.shares import by, social

LINE = "1795422269.000 TCP_MISS/200 {size} GET http://{host}/ {user} {category}\n"
LINES = [
    ("www.facebook.com", "ann", "Social-Networking", 100),
    ("www.linkedin.com", "ann", "Business", 200),
    ("new.example", "ann", "Social-Networking", 400),
    ("new.example", "ben", "Social-Networking", 800),
    ("films.example", "ben", "Streaming-Media", 1600),
    ("love.example", "ben", "Dating", 3200),
    ("www.bbc.co.uk", "ben", "News", 6400),
    ("plain.example", "ben", "-", 12800),
]


def log(tmp_path: Path) -> tuple[Path, Format]:
    text = "".join(LINE.format(host=h, user=u, category=c, size=size) for h, u, c, size in LINES)
    (tmp_path / "a.log").write_text(text)
    layout = squid_template("%ts.%03tu %Ss/%>Hs %<st %rm %ru %un %mt")
    named = [replace(p, name="category") if getattr(p, "name", "") == "content_type" else p for p in layout.pieces]
    return tmp_path / "a.log", replace(proxyscan.formats()["squid"], layout=replace(layout, pieces=tuple(named)))


def test_a_host_that_the_catalogue_lacks_has_the_kind_of_its_category(tmp_path: Path) -> None:
    path, format = log(tmp_path)
    rows = proxyscan.classify(proxyscan.parse(path, format=format).read_all()).to_pylist()
    found = {row["host"]: (row["service"], row["kind"], row["label"]) for row in rows}
    assert found["new.example"] == (None, "social-network", None)
    assert found["www.facebook.com"] == ("facebook", "social-network", "use")
    assert found["www.linkedin.com"] == ("linkedin", "professional", "use")
    nothing = (None, None, None)
    assert found["films.example"] == found["love.example"] == found["www.bbc.co.uk"] == nothing


def test_a_summary_counts_by_category_what_the_catalogue_lacks_and_says_so(tmp_path: Path) -> None:
    path, format = log(tmp_path)
    summary = proxyscan.scan(path, format=format)
    kinds = by(summary, ["service", "kind"]).set_index("kind")
    only = kinds[kinds["service"].isna()].loc["social-network"]
    assert only["users"] == 2
    rows = summary.to_pandas()
    assert rows[rows["kind"].notna()]["bytes_down"].sum() == 100 + 200 + 400 + 800
    assert social(summary).loc["social", "users"] == 2
    assert summary.coverage.filled == {"Social-Networking": 2}
    assert summary.coverage.broad == {"Streaming-Media": 1}
    assert summary.coverage.differ == {"linkedin: Business": 1}
    assert set(summary.hosts["host"].to_pylist()) == {"www.facebook.com", "www.linkedin.com"}


def test_an_optional_kind_counts_by_category_only_when_it_is_chosen(tmp_path: Path) -> None:
    path, format = log(tmp_path)
    chosen = proxyscan.full_catalogue().choose(kinds=["dating"])
    rows = proxyscan.scan(path, format=format, catalogue=chosen).to_pandas()
    assert rows[rows["kind"] == "dating"]["bytes_down"].tolist() == [3200]


CODES = {"cisco_wsa": "IW_snet", "fortigate": "37", "mcafee": "195"}


@pytest.mark.parametrize("name", CODES)
def test_a_vendors_code_has_its_name_and_counts_where_the_catalogue_lacks_the_host(name: str, tmp_path: Path) -> None:
    code = CODES[name]
    lines = Path(f"sample_logs/{name}.log").read_text().splitlines()
    coded = [re.sub(r'"Social Networking"(,"-"|$|)', rf'"{code}"\1', line) for line in lines]
    log = tmp_path / "coded.log"
    log.write_text("".join(line.replace("facebook", "face-of-none").replace("catdesc=", "x=") + "\n" for line in coded))
    assert proxyscan.detect(log).format.name == name
    rows = proxyscan.classify(proxyscan.parse(log).read_all()).to_pylist()
    hers = [row for row in rows if "face-of-none" in row["host"] and row["category"]]
    found = {(row["category"], row["service"], row["kind"]) for row in hers}
    assert found == {("Social Networking", None, "social-network")}
    assert set(proxyscan.scan(log).coverage.filled) == {"Social Networking"}


def test_every_vendor_of_a_format_is_known() -> None:
    assert {format.vendor for format in proxyscan.formats().values()} - {""} <= set(vendors())
