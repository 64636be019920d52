"""The page in a browser: it asks for nothing, anybody can read it, and hostile text in it does nothing."""

import io
import os
import re
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageChops, ImageStat

import proxyscan
from browser import launched, opened
from proxyscan.report.html import render
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
