"""A proxyscan.toml is checked as a whole; what it says is the default, what the command line says wins."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nights import LINES
from proxyscan.config import KEYS, read_config
from proxyscan.errors import ConfigError
from proxyscan.store import Store

GOOD = """
store = "store"
logs = ["logs/*.log"]
tz = "Europe/London"
groups = "groups.csv"
preset = "council"
kinds = ["video", "messaging"]
lists = { dating = "lists/dating" }
redirect = "allowed"
upstream_filters = true
keep_days = 730

[[log]]
path = ["custom/*.log"]
squid_conf = "squid.conf"

[[log]]
path = ["export/*.csv"]
mapping = "site.toml"
mixed = true
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "proxyscan.toml"
    path.write_text(text)
    return path


def proxyscan(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "proxyscan.cli", *map(str, words)]
    import os

    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})


def test_a_configuration_gives_options_with_whole_paths(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, GOOD))
    options = config.options()
    assert options["store"] == str(tmp_path / "store")
    assert options["logs"] == [str(tmp_path / "logs/*.log")]
    assert options["kinds"] == "video,messaging"
    assert options["lists"] == [f"dating={tmp_path}/lists/dating"]
    assert config.logs_apart == (
        {"path": [f"{tmp_path}/custom/*.log"], "squid_conf": f"{tmp_path}/squid.conf"},
        {"path": [f"{tmp_path}/export/*.csv"], "mapping": f"{tmp_path}/site.toml", "mixed": True},
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stor = 'x'", "line 1: no key is called 'stor'; did you mean 'store'?"),
        ("\ntz = 'Europe/Londn'", "line 2: tz"),
        ("format = 'sqiud'", "line 1: format no format is called 'sqiud'; did you mean 'squid'?"),
        ("kinds = ['vidoe']", "line 1: kinds 'vidoe' is not known; did you mean 'video'?"),
        ("services = ['facebok']", "did you mean 'facebook'?"),
        ("preset = 'concil'", "did you mean 'council'?"),
        ("redirect = 'alowed'", "line 1: redirect cannot be 'alowed'; did you mean 'allowed'?"),
        ("mapping = ['a']", "line 1: mapping must be a text"),
        ("[[log]]\npath = ['a']\nmixed = 'yes'", "line 3: [[log]] mixed must be true or false"),
        ("logs = 'access.log'", "line 1: logs must be a list of texts"),
        ("upstream_filters = 'yes'", "must be true or false"),
        ("min_users = 0", "must be a whole number above 0"),
        ("lists = ['a']", "must be a table of files"),
        ("[[log]]\npath = ['a']\nformt = 'squid'", "line 3: [[log]] no key is called 'formt'; did you mean 'format'?"),
        ("[[log]]\nformat = 'squid'", "line 1: a [[log]] has no path"),
        ("log = 3", "line 1: must be tables"),
        ("store = \ntz = 'UTC'", "at line 1, column 9"),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_nearest_key(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as raised:
        read_config(path)
    assert str(path) in str(raised.value)
    assert message in str(raised.value)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        read_config(written(tmp_path, "stor = 'x'\nmin_users = 'many'\n"))
    assert "line 1" in raised.value.fact
    assert "line 2" in raised.value.fact


def test_every_value_of_the_wrong_type_is_a_problem_and_no_exception(tmp_path: Path) -> None:
    for key in KEYS:
        for value in ("[1]", "{a = 1}", "1979-05-27", "-1"):
            with pytest.raises(ConfigError):
                read_config(written(tmp_path, f"{key} = {value}"))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "access.log").write_bytes(b"".join(LINES[:50]))
    (tmp_path / "custom").mkdir()
    (tmp_path / "custom" / "access.log").write_bytes(Path("sample_logs/squid_custom.log").read_bytes())
    conf = Path("sample_logs/squid_custom.squid.conf").resolve()
    return written(
        tmp_path,
        f"store = 'store'\nlogs = ['logs/*.log']\n[[log]]\npath = ['custom/*.log']\nsquid_conf = '{conf}'\n",
    )


def test_an_update_does_what_the_configuration_says(site: Path) -> None:
    done = proxyscan("update", "--config", site, "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, [log["state"] for log in report["logs"]]) == (0, ["new", "new"])
    again = json.loads(proxyscan("update", "--json", PROXYSCAN_CONFIG=str(site)).stdout)
    assert [log["state"] for log in again["logs"]] == ["known", "known"]
    assert proxyscan("check", "--config", site).returncode == 0


def formats_of(config: Path) -> dict[str, int]:
    done = proxyscan("update", "--config", config, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return dict(Store(config.parent / "store").summary().coverage.formats)


def export(folder: Path) -> None:
    """Write an export of a filter, and the mapping that describes it."""
    for kind in ("csv", "toml"):
        shutil.copy(f"sample_logs/mappings/smoothwall.{kind}", folder / f"export.{kind}")


def test_a_mapping_of_the_configuration_is_that_of_all_logs_but_those_that_say_what_they_are_in(site: Path) -> None:
    export(site.parent)
    others = "logs = ['*.csv']\nmapping = 'export.toml'\n[[log]]\npath = ['logs/*.log']\nformat = 'squid'\n"
    last = site.read_text().partition("[[log]]")[2]
    config = written(site.parent, f"store = 'store'\n{others}[[log]]{last}")
    assert formats_of(config) == {"smoothwall": 5, "squid": 50, "squid:ext": 56}


def test_a_log_apart_is_read_by_its_mapping_and_of_lines_of_other_formats_too(site: Path) -> None:
    export(site.parent)
    with (site.parent / "export.csv").open("ab") as stream:
        stream.write(LINES[0])
    config = written(
        site.parent, f"{site.read_text()}[[log]]\npath = ['*.csv']\nmapping = 'export.toml'\nmixed = true\n"
    )
    assert formats_of(config) == {"smoothwall": 5, "squid": 51, "squid:ext": 56}


def test_a_scan_reads_by_the_mapping_of_the_configuration(tmp_path: Path) -> None:
    export(tmp_path)
    done = proxyscan(
        "scan", "--config", written(tmp_path, "mapping = 'export.toml'"), "--json", tmp_path / "export.csv"
    )
    assert (done.returncode, json.loads(done.stdout)["coverage"]["formats"]) == (0, {"smoothwall": 5})


def test_the_command_line_wins_over_the_configuration(site: Path, tmp_path: Path) -> None:
    done = proxyscan("update", "--config", site, tmp_path / "other", "sample_logs/squid_native.log", "--json")
    assert json.loads(done.stdout)["logs"][0]["file"] == "sample_logs/squid_native.log"
    assert (tmp_path / "other" / "key").exists()
    assert not (tmp_path / "store").exists()


def test_a_wrong_configuration_is_not_done_and_no_traceback(tmp_path: Path) -> None:
    done = proxyscan("update", "--config", written(tmp_path, "stor = 'x'"), "s", "l")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean 'store'?" in done.stderr
    assert "Traceback" not in done.stderr


def test_pseudonyms_are_the_same_every_time_and_show_nothing(tmp_path: Path) -> None:
    log, key = tmp_path / "access.log", tmp_path / "key"
    log.write_bytes(b"".join(LINES[:200]))
    first, second, other = (
        proxyscan("parse", log, "--users", "pseudonym", "--key", name).stdout for name in (key, key, tmp_path / "key2")
    )
    assert first == second != other
    kept = proxyscan("parse", log, "--users", "keep").stdout
    shown, hidden = ([row.split(",")[2:4] for row in text.splitlines()[1:]] for text in (kept, first))
    for column in (0, 1):
        real, pseudonyms = ([row[column] for row in rows if row[column]] for rows in (shown, hidden))
        assert len(set(zip(real, pseudonyms, strict=True))) == len(set(real)) == len(set(pseudonyms)) > 1
        assert not set(real) & set(pseudonyms)
    assert "needs a key" in proxyscan("parse", log, "--users", "pseudonym").stderr
