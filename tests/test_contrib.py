"""What contrib/ has for the nightly run does run, and systemd understands its units."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from proxyscan.store import Store

LOGROTATE = shutil.which("logrotate", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
CONTRIB = Path("contrib").absolute()
COMMAND = "/opt/proxyscan/bin/proxyscan"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return contrib's configuration with its folders below one of the test's own, and a log there."""
    text = (CONTRIB / "proxyscan.toml").read_text()
    (tmp_path / "squid").mkdir()
    shutil.copy("sample_logs/squid_day.log", tmp_path / "squid" / "access.log.1")
    text = text.replace("/var/lib/proxyscan", str(tmp_path)).replace("/var/log/squid", f"{tmp_path}/squid")
    (tmp_path / "proxyscan.toml").write_text(text)
    return tmp_path / "proxyscan.toml"


def run(line: str, config: Path) -> int:
    ours = f"{shlex.quote(sys.executable)} -m proxyscan.cli"
    environment = {**os.environ, "PROXYSCAN_CONFIG": str(config)}
    return subprocess.run(["sh", "-c", line.replace(COMMAND, ours)], env=environment, check=False).returncode


def test_the_services_commands_run_one_after_the_other(config: Path) -> None:
    unit = (CONTRIB / "proxyscan.service").read_text()
    lines = [line.removeprefix("ExecStart=") for line in unit.splitlines() if line.startswith("ExecStart=")]
    assert [line.split()[1] for line in lines] == ["update", "prune", "compact"]
    assert [run(line, config) for line in lines] == [0, 0, 0]
    assert list((config.parent / "store").glob("*.parquet"))


def test_the_line_for_cron_runs(config: Path) -> None:
    line = (CONTRIB / "proxyscan.cron").read_text().splitlines()[-1]
    assert run(line.split(maxsplit=6)[6], config) == 0
    assert list((config.parent / "store").glob("*.parquet"))


@pytest.mark.skipif(LOGROTATE is None and not os.environ.get("CI"), reason="logrotate is not installed")
def test_the_hook_for_logrotate_runs_behind_a_rotation(config: Path) -> None:
    hook = (CONTRIB / "proxyscan.logrotate").read_text().replace("su -s /bin/sh proxyscan -c", "sh -c")
    ours = hook.replace("/etc/proxyscan", str(config.parent)).replace(COMMAND, f"{sys.executable} -m proxyscan.cli")
    log, rotation = config.parent / "squid" / "access.log", config.parent / "logrotate.conf"
    log.write_bytes(Path("sample_logs/squid_native.log").read_bytes())
    rotation.write_text(f"{log} {{\nrotate 2\ncreate\n{ours.partition(chr(10))[2]}}}\n")
    rotation.chmod(0o644)
    command = [str(LOGROTATE), "--force", "--state", str(config.parent / "state"), str(rotation)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, log.read_bytes()) == (0, b"")
    assert Store(config.parent / "store").summary().coverage.lines == 5000 + 56


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for name in ("proxyscan.service", "proxyscan.timer"):
        text = (CONTRIB / name).read_text().replace(COMMAND, "/bin/true").replace("User=proxyscan", "User=root")
        (tmp_path / name).write_text(text)
        command = ["systemd-analyze", "verify", str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, [line for line in done.stderr.splitlines() if str(tmp_path) in line]) == (0, [])
