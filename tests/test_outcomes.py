"""What became of a request, held against what really happened when a real Squid logged it."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import proxyscan
from proxyscan.decide import number_held, text_held
from proxyscan.formats._squid import RULES
from proxyscan.layouts import NULL
from proxyscan.outcome import condition, decide
from proxyscan.schema import OUTCOME_CLASS

TRUTH = list(csv.DictReader(Path("sample_logs/squid_native.truth.csv").read_text().splitlines()))


def outcomes(log: str, **options: object) -> list[str]:
    return proxyscan.parse(f"sample_logs/{log}", **options).read_all()["outcome"].to_pylist()


def test_a_native_log_shows_17_of_20_denials_and_no_false_one() -> None:
    found = outcomes("squid_native.log")
    assert found == [row["from_native"] for row in TRUTH]
    denied = [row["truth"] for row, outcome in zip(TRUTH, found, strict=True) if outcome == "denied"]
    assert denied == ["denied"] * 17


def test_a_log_with_bump_mode_error_code_and_asked_url_shows_all_20_denials() -> None:
    found = outcomes("squid_custom.log", squid_conf="sample_logs/squid_custom.squid.conf")
    assert found == [row["truth"] for row in TRUTH]
    assert found.count("denied") == 20


def test_a_407_is_never_a_denial() -> None:
    table = proxyscan.parse("sample_logs/squid_day.log").read_all().to_pandas()
    assert set(table[table["status"] == 407]["outcome"]) == {"challenge"}


@pytest.mark.parametrize("log", ["squid_common.log", "squid_combined.log", "squid_native_peer_names.log"])
def test_other_formats_of_the_same_records_give_the_same_outcomes(log: str) -> None:
    assert outcomes(log) == outcomes("squid_native.log")


def test_the_days_outcomes_are_what_the_clients_did() -> None:
    truth = pd.read_csv("sample_logs/squid_day.truth.csv")
    told = {
        "allowed": truth["allowed"].sum(),
        "denied": truth["denied"].sum(),
        "auth": truth["challenged"].sum(),
        "error": truth["errors"].sum() + truth["aborted"].sum(),
        "setup": truth["setup"].sum(),
    }
    assert Counter(OUTCOME_CLASS[outcome] for outcome in outcomes("squid_day.log")) == told


def test_the_days_denials_are_right_for_every_host() -> None:
    truth = pd.read_csv("sample_logs/squid_day.truth.csv").groupby("host")[["denied", "challenged"]].sum()
    table = proxyscan.parse("sample_logs/squid_day.log").read_all().to_pandas()
    counts = table.groupby(["host", "outcome"], observed=True).size().unstack(fill_value=0)
    both = truth.join(counts.add_suffix("_found")).dropna()
    assert len(both) > 60
    assert (both["denied"] == both["denied_found"]).all()
    assert (both["challenged"] == both["challenge_found"]).all()


def test_three_formats_of_the_same_day_agree() -> None:
    native = outcomes("squid_day.log")
    custom = outcomes("squid_day_custom.log.gz", squid_conf="sample_logs/squid_day.squid.conf")
    assert outcomes("squid_day_combined.log.gz") == native
    assert [OUTCOME_CLASS[outcome] for outcome in custom] == [OUTCOME_CLASS[outcome] for outcome in native]


def test_redirects_by_a_rewriting_program_are_what_the_option_says() -> None:
    denied = outcomes("squid_native.log").count("denied")
    allowed = outcomes("squid_native.log", policy=proxyscan.Policy(redirect="allowed")).count("denied")
    assert (denied, allowed) == (17, 15)


def test_a_parents_403_is_allowed_unless_the_parent_filters() -> None:
    plain = outcomes("squid_native_child.log")
    filtering = outcomes("squid_native_child.log", policy=proxyscan.Policy(upstream_filters=True))
    assert plain == ["allowed", "denied", "allowed", "allowed", "allowed", "denied", "error"]
    assert filtering == ["denied", "denied", "allowed", "allowed", "denied", "denied", "error"]


@pytest.mark.parametrize(("status", "outcome"), [(403, "denied"), (451, "denied"), (302, "denied"), (200, "setup")])
def test_a_page_of_haproxys_own_is_a_refusal_by_its_status(status: int, outcome: str, tmp_path: Path) -> None:
    log = tmp_path / "haproxy.log"  # as HAProxy 2.6 writes of `http-request return`
    log.write_text(
        "127.0.0.1:45928 [26/Nov/2026:20:51:26.856] fe fe/<NOSRV> 0/-1/-1/-1/0 "
        f'{status} 85 - - LR-- 1/1/0/0/0 0/0 {{www.facebook.com}} "GET /x HTTP/1.1"\n'
    )
    assert proxyscan.parse(log, tz="UTC").read_all()["outcome"].to_pylist() == [outcome]
    assert bool(proxyscan.scan(log, tz="UTC").coverage.doubts) == (status < 400)


@pytest.mark.parametrize("hierarchy", ["FIRSTUP_PARENT", "FIRST_PARENT_MISS", "CLOSEST_PARENT_MISS", "CARP"])
def test_a_403_through_any_parent_is_in_doubt(hierarchy: str) -> None:
    facts = {"tag": "TCP_MISS", "status": 403, "hierarchy": hierarchy, "--redirect": "denied"}
    told = [decide(RULES, {**facts, "--upstream-filters": each}) for each in ("no", "yes")]
    assert [each.outcome for each in told] == ["allowed", "denied"]
    assert all(each.doubt for each in told)


def test_the_line_that_a_client_cut_counts_as_allowed_with_its_bytes() -> None:
    table = proxyscan.parse("sample_logs/squid_native.log").read_all().to_pandas()
    assert table[table["outcome"] == "allowed_aborted"]["bytes_down"].tolist() == [20228]


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"tag": "UDP_DENIED", "status": 0}, "setup"),
        ({"tag": "TCP_MISS", "status": 403, "hierarchy": "HIER_DIRECT"}, "allowed"),
        ({"tag": "TCP_MISS", "status": 403, "hierarchy": "PINNED"}, "allowed"),
        ({"tag": "TCP_MISS", "status": 407, "hierarchy": "HIER_DIRECT"}, "challenge"),
        ({"tag": "TCP_DENIED", "status": 401}, "challenge"),
        ({"tag": "TCP_DENIED_ABORTED", "status": 0}, "denied"),
        ({"tag": "TCP_REFRESH_FAIL_OLD", "status": 200, "hierarchy": "HIER_DIRECT"}, "allowed"),
        ({"tag": "TCP_TUNNEL", "status": 500, "bytes_down": frozenset({">0"})}, "allowed"),
        ({"tag": "TCP_TUNNEL", "status": 500, "bytes_down": frozenset({"0"})}, "error"),
        ({"tag": "TCP_TUNNEL", "status": 403, "hierarchy": "HIER_NONE"}, "denied"),
        ({"tag": "TCP_TUNNEL", "status": 407, "hierarchy": "FIRSTUP_PARENT"}, "challenge"),
        ({"tag": "TCP_TUNNEL", "status": 403, "hierarchy": "CLOSEST_PARENT_MISS"}, "denied"),
        ({"tag": "TCP_MISS_TIMEDOUT", "status": 200}, "allowed_aborted"),
        ({"tag": "TAG_NONE", "status": 503, "method": "CONNECT"}, "error"),
        ({"tag": "NONE", "status": 400}, "error"),
        ({"tag": "TCP_MISS", "status": 200, "err_code": "ERR_READ_ERROR"}, "allowed_aborted"),
        ({"tag": "TCP_MISS", "status": 503, "err_code": "ERR_DNS_FAIL"}, "error"),
        ({"tag": "TCP_MISS", "status": 403, "err_code": "ERR_SITE_POLICY"}, "denied"),
        ({"tag": None, "status": 200}, "unknown"),
    ],
    ids=str,
)
def test_result_codes_mean_what_squids_sources_say(facts: dict, outcome: str) -> None:
    assert decide(RULES, {**facts, "--redirect": "denied", "--upstream-filters": "no"}).outcome == outcome


def test_a_condition_compares_numbers_as_numbers_and_words_as_words() -> None:
    assert condition("400-599")(403)
    assert not condition("400-599")("403x")
    assert condition("!-")("word")
    assert not condition(">0")(None)


texts = st.lists(st.sampled_from(["/a", "/ab", "/a/b", "/b", ""]) | st.none(), min_size=1, max_size=6)
wide_texts = st.sampled_from(["-", "/a", "/a*", "*b", "/*b", "!/a*", "/a|/b", "-|/b*", "!-"])


@given(texts, wide_texts)
def test_a_pattern_of_a_path_holds_for_a_block_as_for_one_request(paths: list[str | None], pattern: str) -> None:
    data = "".join(path or "" for path in paths).encode()
    ends = np.cumsum([len(path or "") for path in paths])
    heads = [int.from_bytes((path or "").encode()[:4], "little") for path in paths]
    spans = [
        (-1, -1, -1) if path is None else (end - len(path), end, head)
        for path, end, head in zip(paths, ends, heads, strict=True)
    ]
    found = text_held(pattern, np.array(spans, np.int32), data)
    assert found.tolist() == [condition(pattern)(path) for path in paths]


@given(
    st.lists(st.integers(0, 9) | st.none(), min_size=1, max_size=6),
    st.sampled_from(["0", "-", ">3", "0|7-9", "!2|-", "a*"]),
)
def test_a_pattern_of_a_size_holds_for_a_block_as_for_one_request(sizes: list[int | None], pattern: str) -> None:
    found = number_held(pattern, np.array([NULL if size is None else size for size in sizes], np.int64))
    assert found.tolist() == [condition(pattern)(size) for size in sizes]
