"""Make docs/report.png: the top of the report on a sample log, as Chromium shows it.

Usage: python tools/make_screenshot.py (needs the extra `dev`, and Debian's packages chromium and fonts-dejavu-core)
"""

import io
import sys
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image

import proxyscan
from proxyscan.report.html import render

ROOT = Path(__file__).parent.parent
WIDTH, HEIGHT = 1060, 1520

sys.path.insert(0, str(ROOT / "tests"))
from browser import launched, opened  # noqa: E402


def main():
    summary = proxyscan.scan(ROOT / "sample_logs/squid_day.log")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = folder / "report.html"
        page.write_text(render(summary, zone=ZoneInfo("Europe/London")), encoding="utf-8")
        with launched(folder) as chromium, opened(chromium, page, width=WIDTH) as (tab, _):
            picture = tab.screenshot(clip={"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT}, full_page=True)
    Image.open(io.BytesIO(picture)).quantize(128).save(ROOT / "docs/report.png", optimize=True)


if __name__ == "__main__":
    main()
