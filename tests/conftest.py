"""What several tests need: the repository's root as the working folder, and a short way to read bytes."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from engine_fixtures import engines  # noqa: F401 a fixture

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


settings.register_profile("anywhere", deadline=None)  # machines differ; no test is timed
settings.load_profile("anywhere")


def pytest_configure() -> None:
    os.environ["TZ"] = "UTC"  # of times that are logged without a zone; also for the commands that tests run
    os.chdir(ROOT)
