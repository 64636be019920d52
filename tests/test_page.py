"""What the page says: the figures of the answer, sensibly whatever the summary, and always the same."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from time import process_time

import altair
import pyarrow as pa
import pytest
from jsonschema import ValidationError

import proxyscan
from proxyscan.report import charts
from proxyscan.report.answer import answer
from proxyscan.report.html import FOLDER, render
from proxyscan.summary import EMPTY
from year import year

DAY = "sample_logs/squid_day.log"


@pytest.fixture(scope="module")
def month():
    return year(days=30)


@pytest.fixture(scope="module")
def month_html(month):
    return render(month, line=1e7)


class Tables(HTMLParser):
    """The cells of all tables of a page, by caption."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.cell = {}, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.rows = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td", "caption"):
            self.cell = ""

    def handle_endtag(self, tag):
        if tag == "caption":
            self.tables[self.cell] = self.rows
        elif tag in ("th", "td"):
            self.rows[-1].append(self.cell)

    def handle_data(self, text):
        if self.cell is not None:
            self.cell += text.replace("\u00a0", " ")


def text_of(html):
    """Return what is read of a page."""
    return re.sub(r"<[^>]*>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))


def test_each_table_of_the_page_holds_the_figures_of_the_answer(month, month_html):
    found = Tables(month_html).tables
    for section in answer(month, line=1e7).sections[1:]:
        for figures in section.figures:
            columns = [[column.words(value) for value in figures.rows[column.name]] for column in figures.columns]
            expected = [[column.title for column in figures.columns], *map(list, zip(*columns, strict=True))]
            long = f"{figures.title}: all {len(figures.rows)} rows"
            assert found[long if long in found else figures.title] == expected


def test_the_page_counts_what_a_plain_count_of_the_requests_gives():
    requests = proxyscan.classify(proxyscan.parse(DAY).read_all()).to_pandas()
    denied = requests[requests["outcome"].isin(["denied", "coached"])].groupby("service", observed=True).size()
    rows = Tables(render(proxyscan.scan(DAY))).tables["Each service"]
    at = rows[0].index("Denied")
    shown = {row[0].lower(): int(row[at].replace(",", "")) for row in rows[1:] if row[at] != "0"}
    assert shown == {{"twitter": "x (twitter)"}.get(name, name): count for name, count in denied.items() if count}


def test_the_same_summary_gives_the_same_page(month, month_html):
    assert render(month, line=1e7) == month_html


def test_the_page_does_not_depend_on_the_machine():
    code = f"import proxyscan; from proxyscan.report.html import render; print(render(proxyscan.scan({DAY!r})))"
    elsewhere = {**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1", "PYTHONIOENCODING": "utf-8"}
    made = subprocess.run([sys.executable, "-c", code], env=elsewhere, capture_output=True, check=True).stdout
    assert made.decode() == f"{render(proxyscan.scan(DAY))}\n"


ODD = re.compile(r"\bnan\b|&lt;NA&gt;|\bNone\b|\binf\b|\bNaT\b|undefined|null")
EMPTY_DRAWING = re.compile(r"<svg[^>]*/>|<svg[^>]*></svg>")


def of(summary, keep):
    return replace(summary, intervals=summary.intervals.filter(pa.array([*map(bool, keep(summary.to_pandas()))])))


def day_of(keep):
    day = proxyscan.scan(DAY)
    return of(day, keep)


ODD_SUMMARIES = {
    "one day": lambda: day_of(lambda rows: rows["requests"] >= 0),
    "one request": lambda: day_of(
        lambda rows: (rows["service"] == "tiktok").fillna(False).cumsum().eq(1).diff().eq(True)
    ),
    "no request": lambda: EMPTY,
    "no social media": lambda: day_of(lambda rows: rows["kind"].isna()),
    "nothing but social media": lambda: day_of(lambda rows: rows["kind"].notna()),
    "nothing allowed": lambda: day_of(lambda rows: rows["outcome"] == "denied"),
    "nothing denied": lambda: day_of(lambda rows: rows["outcome"] == "allowed"),
    "set-up alone": lambda: day_of(lambda rows: rows["outcome"] == "setup"),
    "errors alone": lambda: day_of(lambda rows: rows["outcome"].isin(["error", "challenge"])),
    "three days": lambda: year(3),
    "a gap": lambda: of(year(9), lambda rows: ~rows["interval"].dt.day.between(3, 7)),
    **{
        name: lambda name=name: proxyscan.scan(f"sample_logs/{name}.log")
        for name in ("squidguard", "paloalto", "fortigate", "zeek_ssl", "umbrella_dns")
    },
}


@pytest.mark.parametrize("name", ODD_SUMMARIES)
def test_an_odd_summary_reads_sensibly(name):
    summary = ODD_SUMMARIES[name]()
    html = render(summary, line=1e6)
    assert not ODD.search(text_of(html))
    assert not EMPTY_DRAWING.search(html)
    for section in answer(summary, line=1e6).sections:
        assert section.sentences or section.figures
        assert all(figures.says or len(figures.rows) for figures in section.figures)


def test_a_page_without_the_extra_says_what_to_install(monkeypatch, month):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(proxyscan.ProxyscanError, match=r"proxyscan\[report\]"):
        render(month)


def test_each_drawing_is_one_by_the_schema_of_vega_lite(month):
    found = [each for section in answer(month).sections for each in section.figures if each.chart]
    assert {each.chart for each in found} == {*charts.DRAWN}
    for figures in found:
        for width in (charts.WIDE, charts.NARROW):
            drawing = charts.spec(altair, figures, width)
            assert altair.Chart.from_dict(drawing).to_dict() is not None
            drawing["config"]["axis"] = "wrong"
            with pytest.raises(ValidationError):
                altair.Chart.from_dict(drawing)


def test_a_year_is_a_page_of_less_than_a_megabyte_and_a_half():
    assert len(render(year()).encode()) < 1_500_000


@pytest.mark.slow
def test_a_year_is_rendered_in_ten_seconds_of_one_processor():
    summary, begin = year(), process_time()
    render(summary)
    assert process_time() - begin < 10


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one, two):
    """Return the contrast of two colours (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def palettes():
    """Return the variables and the colours of drawings, in the light and in the dark."""
    light, dark = (
        (FOLDER / "page.css").read_text().split("@media print")[0].split("@media (prefers-color-scheme: dark)")
    )
    variables = [dict(re.findall(r"--(\w+): (#\w{6})", part)) for part in (light, dark)]
    mapped = dict(re.findall(r'\[fill="(#\w{6})"\] { fill: (#\w{6})', dark))
    return [("light", variables[0], {}), ("dark", variables[1], mapped)]


@pytest.mark.parametrize(("name", "variables", "mapped"), palettes(), ids=["light", "dark"])
def test_colours_have_the_contrast_that_reading_needs(name, variables, mapped):
    paper = variables["paper"]
    for text in ("ink", "muted", "link", "strong"):
        assert contrast(variables[text], paper) >= 4.5
    for text in (charts.INK, charts.MUTED):
        assert contrast(mapped.get(text, text), paper) >= 4.5
    for bar in (*charts.COLOURS.values(), charts.OTHER):
        assert contrast(mapped.get(bar, bar), paper) >= 3
    for steps in charts.STEPS.values():
        for step, fill in enumerate(steps):
            ink = charts.CELL_INKS[step >= charts.LIGHT_TEXT]
            assert contrast(mapped.get(fill, fill), mapped.get(ink, ink)) >= 4.5, (name, fill)
