"""The page in a browser: it asks for nothing, anybody can read it, and hostile text in it does nothing."""

import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageChops, ImageStat

import proxyscan
from browser import launched, opened
from proxyscan.report import charts
from proxyscan.report.answer import answer
from proxyscan.report.html import FOLDER, render
from proxyscan.summary import EMPTY
from year import year

DAY = "sample_logs/squid_day.log"
GOLDENS = Path(__file__).parent / "goldens"
SMALLER = 5
"""How much smaller than the page a golden picture is."""

HOSTILE = [
    "<script>window.owned=1;alert(1)</script>",
    '"><img src=x onerror="window.owned=1">',
    "javascript:window.owned=1",
    "{{7*7}}{% for x in y %}${7*7}#{7*7}",
    "\x1b[31m\x1b]0;owned\x07red",
    "\u202egnp.exe\u2066\u200f\u0000\ufffe",
    "</style></svg></table><svg onload=window.owned=1>",
    "&lt;b&gt;&#x3c;script&#x3e;",
    "'; DROP TABLE datum.value; //\t\\u0022",
    "x" * 10_000,
    "w w" * 3_400,
    "\udcff\ud800 a lone half",
]

VIEWS = {"1280": {}, "390": {"width": 390}, "dark": {"scheme": "dark"}, "print": {"width": 680, "media": "print"}}


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with launched(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture(scope="module")
def month():
    return year(days=30)


@pytest.fixture(scope="module")
def month_html(month):
    return render(month, line=1e7)


@pytest.fixture(scope="module")
def month_page(month_html, tmp_path_factory):
    return written(tmp_path_factory, month_html)


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory):
    return written(tmp_path_factory, render(hostile_summary(), title=HOSTILE[0], made={name: name for name in HOSTILE}))


def written(factory, text):
    path = factory.mktemp("page") / "report.html"
    path.write_text(text, encoding="utf-8")
    return path


def hostile_summary():
    """Return a summary with hostile text wherever a log, a list, a file of groups or a mapping can put it."""
    day = proxyscan.scan(DAY)
    tables = {"intervals": with_hostile_names(day.intervals), "users": with_hostile_names(day.users)}
    mappings = ("formats", "reject_reasons", "cannot", "doubts", "zones", "filled", "broad", "differ")
    told = dict.fromkeys(mappings, dict.fromkeys(HOSTILE, 3))
    damage = {name: name for name in HOSTILE}
    coverage = replace(day.coverage, files=tuple(HOSTILE), damage=damage, rejects=5, twice=2, **told)
    return proxyscan.merge([replace(day, **tables, coverage=coverage)])


def with_hostile_names(table):
    names = [each.encode("utf-8", "replace").decode() for each in HOSTILE]  # Arrow holds no lone half of a pair
    services = sorted({*table["service"].to_pylist()} - {None})
    known = {service: names[place % len(names)] for place, service in enumerate(services)}
    new = pa.array([known.get(service) for service in table["service"].to_pylist()], pa.string())
    for column in ("service", "kind", "group"):
        place = table.schema.get_field_index(column)
        table = table.set_column(place, table.schema.field(place), new)
    return table


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


# What the page says


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


def test_a_year_is_a_page_of_less_than_a_megabyte_and_a_half():
    assert len(render(year()).encode()) < 1_500_000


# In the browser


@pytest.mark.parametrize("view", VIEWS)
def test_the_page_asks_for_nothing_and_says_nothing(chromium, month_page, view):
    with opened(chromium, month_page, **VIEWS[view]) as (_, seen):
        assert seen.calm, seen


@pytest.mark.parametrize("view", ["1280", "390", "dark"])
@pytest.mark.parametrize("which", ["month_page", "hostile_page"])
def test_axe_finds_no_violation(chromium, which, view, request):
    with opened(chromium, request.getfixturevalue(which), **VIEWS[view]) as (tab, _):
        tab.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        found = Axe().run(tab)
        assert not found.violations_count, found.generate_report()


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
@pytest.mark.parametrize("which", ["month_page", "hostile_page"])
def test_only_tables_scroll_sideways(chromium, which, width, request):
    with opened(chromium, request.getfixturevalue(which), width=width) as (tab, _):
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_on_paper_nothing_is_cut_off(chromium, month_page):
    with opened(chromium, month_page, width=680, media="print") as (tab, _):
        widest = "Math.max(...[...document.querySelectorAll('main *')].map(each => each.getBoundingClientRect().right))"
        assert tab.evaluate(widest) <= 681
        assert tab.evaluate("[...document.querySelectorAll('.narrow')].every(each => !each.offsetHeight)")


def test_paper_is_a4(chromium, month_page):
    with opened(chromium, month_page, media="print") as (tab, _):
        sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", tab.pdf(prefer_css_page_size=True))
    assert 3 <= len(sizes) <= 8
    assert {(round(float(width)), round(float(height))) for width, height in sizes} == {(595, 842)}


def test_the_keyboard_reaches_the_answer_first_and_every_table(chromium, month_page):
    with opened(chromium, month_page) as (tab, _):
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.getAttribute('href')") == "#answer"
        assert tab.evaluate("[...document.querySelectorAll('table')].every(each => each.closest('[tabindex=\"0\"]'))")


def test_every_chart_has_words_and_a_table(chromium, month_page):
    with opened(chromium, month_page) as (tab, _):
        charts = "[...document.querySelectorAll('.chart')]"
        assert tab.evaluate(f"{charts}.length") >= 7
        assert tab.evaluate(f"{charts}.every(each => each.getAttribute('aria-label').length > 40)")
        assert tab.evaluate(f"{charts}.every(each => each.closest('.figures').querySelector('table'))")


def test_a_script_in_the_page_would_not_run(chromium, month_page):
    with opened(chromium, month_page) as (tab, seen):
        tab.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), {text: 'window.owned = 1'}))"
        )
        assert tab.evaluate("window.owned") is None
        assert "Content Security Policy" in seen.messages[0]


def test_hostile_text_does_nothing_in_the_browser(chromium, hostile_page):
    with opened(chromium, hostile_page) as (tab, seen):
        assert seen.calm, seen
        assert tab.evaluate("window.owned") is None
        assert tab.locator("script, img, iframe, object, svg a, svg image, svg style, svg foreignObject").count() == 0
        assert tab.evaluate("[...document.querySelectorAll('a')].every(each => each.getAttribute('href')[0] == '#')")
        names = "[...document.querySelectorAll('*')].flatMap(each => each.getAttributeNames())"
        assert not [name for name in tab.evaluate(names) if name.startswith("on") or name == "style"]


def test_hostile_text_is_shown_as_it_is(chromium, hostile_page):
    with opened(chromium, hostile_page) as (tab, _):
        text = tab.evaluate("document.body.textContent")
        for each in HOSTILE[:4]:
            assert each in text
        assert all(each.isprintable() or each in "\n\u00a0" for each in text)
        drawn = tab.evaluate("[...document.querySelectorAll('svg text')].map(each => each.textContent).join('')")
        assert "<script>" in drawn
        assert all(map(str.isprintable, drawn))


# How it looks


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


def picture(chromium, path, view):
    """Return a small picture of the whole page."""
    with opened(chromium, path, **VIEWS[view]) as (tab, _):
        whole = Image.open(io.BytesIO(tab.screenshot(full_page=True))).convert("RGB")
    return whole.reduce(SMALLER)


def difference(one, two):
    """Return how far two pictures differ on the mean, 0 to 255; of other heights, infinitely far."""
    if abs(one.height - two.height) > 0.03 * one.height:
        return float("inf")
    return sum(ImageStat.Stat(ImageChops.difference(one, two.resize(one.size))).mean) / 3


@pytest.mark.parametrize("view", VIEWS)
def test_the_page_looks_as_it_did(chromium, month_page, view):
    golden, found = GOLDENS / f"page-{view}.png", picture(chromium, month_page, view)
    if os.environ.get("BLESS"):
        found.quantize(64).save(golden, optimize=True)
    assert difference(Image.open(golden).convert("RGB"), found) < 6


def test_a_page_that_looks_otherwise_is_told_from_the_golden(chromium, month_page, month_html, tmp_path_factory):
    golden = Image.open(GOLDENS / "page-1280.png").convert("RGB")
    assert difference(golden, picture(chromium, month_page, "dark")) > 30
    bare = re.sub(r"<svg.*?</svg>", "", month_html, flags=re.DOTALL)
    assert difference(golden, picture(chromium, written(tmp_path_factory, bare), "1280")) > 30
