"""What a real Squid lets through and denies on loopback is told as the policy says, and the exported rules mend it."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import proxyscan
from proxyscan.export import export
from squid import ALLOWED, DENIED, HALF, SQUID, browsed, given


@pytest.fixture
def folder() -> Iterator[Path]:
    """Yield a folder that Squid's own user may write into."""
    with tempfile.TemporaryDirectory() as name:
        given(name)
        yield Path(name)


needs_squid = pytest.mark.skipif(
    SQUID is None and os.environ.get("CI") != "true", reason="needs Squid (apt-get install squid)"
)


@needs_squid
def test_a_policy_that_forgets_media_and_short_links_of_a_real_squid_has_both_findings(folder: Path) -> None:
    answers = browsed(folder, HALF)
    assert answers["www.facebook.com"] == answers["www.youtube.com"] == {DENIED}
    assert answers["static.xx.fbcdn.net"] == answers["youtu.be"] == answers["www.bbc.co.uk"] == {ALLOWED}
    found = proxyscan.audit(proxyscan.scan(folder / "access.log"))
    half, leak = found.findings
    assert (half.kind, half.service) == ("half-blocked", "facebook")
    assert half.figures == {"pages_denied": 30, "media_allowed": 25}
    assert (leak.kind, leak.service) == ("leak", "youtube")
    assert leak.figures == {"denied": 30, "allowed": 15}
    assert "youtu.be" in leak.says


@needs_squid
def test_the_rules_that_the_findings_name_mend_it(folder: Path) -> None:
    answers = browsed(folder, export(["facebook", "youtube"], "squid"))
    assert answers.pop("www.bbc.co.uk") == {ALLOWED}
    assert all(each == {DENIED} for each in answers.values())
    assert proxyscan.audit(proxyscan.scan(folder / "access.log")).findings == ()
