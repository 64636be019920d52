"""docs/formats.md says what the formats say."""

from pathlib import Path

from proxyscan.formats import formats
from proxyscan.report.formats import page


def test_the_page_of_formats_is_what_the_formats_say() -> None:
    assert Path("docs/formats.md").read_text() == page(formats().values())
