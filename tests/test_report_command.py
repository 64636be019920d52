"""A report is of stores, summaries or logs, whichever is named, and says the same of the same requests."""

import json
import sys
from pathlib import Path

import pytest

import proxyscan
from nights import LINES, stored
from proxyscan.errors import ProxyscanError
from proxyscan.store import KEY

DAY = "sample_logs/squid_day.log"
A_DAY = 86_400


@pytest.fixture
def report(monkeypatch, capsys):
    """Run the command, and return status, output and errors."""

    def run(*words):
        from proxyscan.cli import main

        monkeypatch.setattr(sys, "argv", ["proxyscan", "report", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return run


def days(first: int, last: int) -> bytes:
    """Return the log of squid_day on some days after it."""
    lines = [line.split(b" ", 1) for line in LINES]
    moved = [(float(time) + A_DAY * day, rest) for day in range(first, last + 1) for time, rest in lines]
    return b"".join(b"%.3f %s" % each for each in moved)


@pytest.fixture(scope="module")
def week(tmp_path_factory) -> Path:
    """Return a folder with a store of Monday 16 to Sunday 22 November 2026, its log and its summary."""
    folder = tmp_path_factory.mktemp("week")
    (folder / "week.log").write_bytes(days(0, 6))
    stored(folder / "store", folder / "week.log")
    proxyscan.scan(folder / "week.log").write_parquet(folder / "week.parquet")
    return folder


def told(output: str) -> list:
    """Return the sections of a report in JSON but the one on how it was made."""
    return [section for section in json.loads(output)["sections"] if section["key"] != "sureness"]


def all_social(sections: list) -> dict:
    """Return the figures of all social media."""
    (services,) = (each for each in sections if each["key"] == "services")
    return services["figures"][0]["rows"][0]


def test_a_store_a_summary_and_a_log_of_the_same_requests_make_the_same_report(report, week) -> None:
    outputs = [report(week / name, "--json", "--tz", "UTC") for name in ("store", "week.parquet", "week.log")]
    assert [status for status, _, _ in outputs] == [0, 0, 0]
    one, two, three = (told(output) for _, output, _ in outputs)
    assert one == two == three


@pytest.mark.parametrize("name", ["store", "week.parquet", "week.log"])
def test_a_time_of_them_is_reported_alike(report, week, name) -> None:
    words = ("--since", "2026-11-17", "--until", "2026-11-19", "--json", "--tz", "UTC")
    sections = told(report(week / name, *words)[1])
    assert all_social(sections)["denied"] == 2 * 611
    assert all_social(sections)["users"] == 71
    assert sections == told(report(week / "week.log", *words)[1])
    assert json.loads(report(week / name, *words)[1])["period"].startswith("17 to 18 November 2026 ")


def test_days_of_a_store_may_stand_behind_its_name(report, week) -> None:
    status, output, _ = report(f"{week}/store@2026-11-17..2026-11-18", "--json", "--tz", "UTC")
    assert status == 0
    assert told(output) == told(report(week / "store", "--since", "2026-11-17", "--until", "2026-11-19", "--json")[1])
    assert "requests from 2026-11-17 00:00 before 2026-11-19 00:00 UTC" in output


def test_the_function_of_the_same_name_gives_and_writes_the_same_report(report, week, tmp_path) -> None:
    found = proxyscan.report(week / "store", output=tmp_path / "r.json", tz="UTC", line="10Mbit/s", title="A week")
    output = report(week / "store", "--json", "--tz", "UTC", "--line", "10Mbit/s", "--title", "A week")[1]
    assert (tmp_path / "r.json").read_text() == output
    assert json.loads(output)["title"] == found.title == "A week"


def test_a_time_of_which_there_is_no_request_is_no_report(report, week) -> None:
    status, output, said = report(week / "week.log", "--until", "2026-11-01")
    assert (status, output) == (2, "")
    assert "no request before 2026-11-01 00:00 UTC" in said
    assert "there are requests from 2026-11-16 07:30 to 2026-11-22 17:59 UTC" in said
    assert report(f"{week}/store@2020-01-01")[0] == 2


@pytest.mark.parametrize("before", ["2026-11-16..2026-11-18", "{}/store@2026-11-16..2026-11-18", DAY])
def test_a_report_is_set_beside_days_a_store_or_a_log(report, week, before) -> None:
    words = ("--since", "2026-11-19", "--compare", before.format(week), "--json", "--tz", "UTC")
    status, output, _ = report(week / "store", *words)
    sections = json.loads(output)["sections"]
    assert status == 0
    assert [section["key"] for section in sections[:3]] == ["headline", "comparison", "visits"]
    last = 16 if before == DAY else 18
    assert f"2026-11-16 to 2026-11-{last}" in " ".join(sections[1]["sentences"])
    assert all_social(sections)["denied"] == 4 * 611


def test_a_report_is_not_set_beside_a_part_of_itself(report, week) -> None:
    status, _, said = report(week / "store", "--compare", "2026-11-16..2026-11-18")
    assert status == 2
    assert "of these days, too" in said


def test_options_for_logs_are_refused_where_no_log_is(report, week) -> None:
    status, _, said = report(week / "store", "--kinds", "video")
    assert status == 2
    assert "--kinds says how logs are counted; " in said
    assert report(week / "store", "--list", "x=y")[0] == 2
    assert report(DAY, "--kinds", "video", "--json")[0] == 0


def test_a_log_that_a_store_is_set_beside_is_counted_by_the_options_for_logs(report, week) -> None:
    words = (week / "store", "--since", "2026-11-19", "--compare", DAY, "--json", "--tz", "UTC")
    names = []
    for more in ((), ("--services", "youtube")):
        status, output, _ = report(*words, *more)
        assert status == 0
        rows = told(output)[1]["figures"][0]["rows"]
        names.append({row["name"] for row in rows if row["before"]})
    assert "Vimeo" in names[0]
    assert "Vimeo" not in names[1]
    assert "YouTube" in names[1]


def test_what_a_report_is_set_beside_is_looked_for_before_anything_is_read(report) -> None:
    assert "no such file" in report("sample_logs/no format at all", "--compare", "missing.log")[2]


def test_a_log_may_be_standard_input(report, monkeypatch) -> None:
    with Path(DAY).open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        assert report("-", "--json", "--tz", "UTC") == report(DAY, "--json", "--tz", "UTC")


def test_a_configuration_names_the_store_and_the_options(report, week, tmp_path) -> None:
    config = tmp_path / "proxyscan.toml"
    config.write_text(
        f"store = '{week}/store'\nline = '2Mbit/s'\ntitle = 'Our week'\nmin_users = 7\nkinds = ['video']\ntz = 'UTC'\n"
    )
    status, output, _ = report("--config", config, "--json")
    answer = json.loads(output)
    assert (status, answer["title"]) == (0, "Our week")
    assert {"Option line: 2Mbit/s", "Option min-users: 7"} <= set(answer["sections"][-1]["notes"])
    assert told(output) == told(report(week / "store", "--json", "--tz", "UTC", "--line", "2Mbit/s")[1])
    assert "Option line: 4Mbit/s" in report("--config", config, "--line", "4Mbit/s", "--json")[1]


def test_small_groups_are_put_together_by_the_limit_that_is_given(report) -> None:
    def groups(*words):
        sections = told(report(DAY, "--groups", "docs/groups.csv", "--json", "--tz", "UTC", *words)[1])
        [found] = [section for section in sections if section["key"] == "groups"]
        return {row["group"]: row["users"] for each in found["figures"] for row in each["rows"]}

    assert groups("--min-users", "1")["chief executive"] == 3
    assert groups() == {"housing": 10, "planning": 11, "revenues": 6, "(small groups)": 9, "(in no group)": 35}
    assert groups("--min-users", "50") == {}


def test_stores_of_different_keys_and_logs_beside_a_store_are_not_counted_as_one(report, week, tmp_path) -> None:
    (tmp_path / "other.log").write_bytes(days(8, 8))
    stored(tmp_path / "other", tmp_path / "other.log")
    for other in (tmp_path / "other", tmp_path / "other.log", week / "week.parquet"):
        status, _, said = report(week / "store", other)
        assert status == 2
        assert "hash users by different keys" in said


def test_stores_of_one_key_are_counted_as_one(report, week, tmp_path) -> None:
    (tmp_path / "other.log").write_bytes(days(7, 7))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / KEY).write_bytes((week / "store" / KEY).read_bytes())
    stored(tmp_path / "other", tmp_path / "other.log")
    rows = [all_social(told(report(week / "store", tmp_path / "other", "--json", "--tz", "UTC")[1]))]
    assert (rows[0]["denied"], rows[0]["users"]) == (8 * 611, 71)


def test_logs_with_rejects_or_missing_ones_end_with_status_1_and_a_store_of_them_with_0(report, tmp_path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"".join(LINES[:100]) + b"no request\n")
    status, _, said = report(log, "--json")
    assert status == 1
    assert "1 of 101 lines were not understood" in said
    status, output, said = report(DAY, tmp_path / "missing.log", "--json")
    assert (status, json.loads(output)["title"]) == (1, "Social media in the proxy's log")
    assert "missing.log: no such file" in said
    stored(tmp_path / "store", log)
    assert report(tmp_path / "store", "--json")[0] == 0


def test_no_report_is_written_over_a_log_or_into_a_folder_that_is_not_there(report, tmp_path) -> None:
    log = tmp_path / "log.csv"
    log.write_bytes(b"".join(LINES[:10]))
    status, _, said = report(log, "-o", log)
    assert status == 2
    assert "is one of the logs" in said
    assert report(log, "-o", tmp_path / "no" / "r.md")[0] == 2
    assert log.read_bytes() == b"".join(LINES[:10])


def test_a_written_report_prints_nothing(report, week, tmp_path) -> None:
    for name in ("r.md", "r.csv", "r.json", "r.xlsx"):
        assert report(week / "store", "-o", tmp_path / name) == (0, "", "")
        assert (tmp_path / name).stat().st_size > 1000


def test_a_parquet_file_that_is_no_summary_and_a_folder_that_is_no_store_are_told(report, tmp_path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"x": [1]}), tmp_path / "x.parquet")
    assert "is no summary of proxyscan" in report(tmp_path / "x.parquet")[2]
    assert "is a folder, but no store" in report(tmp_path)[2]


@pytest.mark.parametrize(
    "speed", ["", "fast", "-5Mbit/s", "0Mbit/s", "1e3Mbit/s", "9" * 400 + "Gbit/s", "500", "5MB/s"]
)
def test_a_line_that_is_no_speed_is_told(speed) -> None:
    with pytest.raises(ProxyscanError, match="line '"):
        proxyscan.report(DAY, line=speed)


def test_a_report_audits_the_policy_where_that_is_wanted(report) -> None:
    assert "audit" not in {each["key"] for each in told(report(DAY, "--json", "--tz", "UTC")[1])}
    status, output, _ = report(DAY, "--json", "--tz", "UTC", "--audit")
    (section,) = (each for each in told(output) if each["key"] == "audit")
    findings = proxyscan.audit(proxyscan.scan(DAY)).findings
    assert status == 0
    assert [row["kind"] for row in section["figures"][0]["rows"]] == [each.kind for each in findings] == ["widgets"]


def test_a_report_says_what_services_would_take_or_why_that_cannot_be_said(report, tmp_path) -> None:
    (tmp_path / "days.log").write_bytes(days(0, 4))
    output = report(tmp_path / "days.log", "--json", "--tz", "UTC", "--unblock", "linkedin")[1]
    (section,) = (each for each in told(output) if each["key"] == "estimate")
    found = proxyscan.estimate(proxyscan.scan(tmp_path / "days.log"), ["linkedin"])
    assert section["title"] == "If LinkedIn were unblocked"
    assert section["figures"][1]["rows"][0]["middle"] == found.services["middle"].iloc[0] > 0
    output = report(DAY, "--json", "--tz", "UTC", "--unblock", "tiktok")[1]
    (section,) = (each for each in told(output) if each["key"] == "estimate")
    assert "needs at least 3" in section["sentences"][0] and section["figures"] == []


def test_a_service_that_is_not_known_is_answered_with_the_nearest(report) -> None:
    status, _, errors = report(DAY, "--unblock", "linkdin")
    assert (status, "did you mean 'linkedin'" in errors) == (2, True)
