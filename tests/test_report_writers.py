"""Every way to write a report shows the same figures, and whatever foreign text stands in it does nothing."""

import csv
import io
import json
import re
import sys
import zipfile
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from proxyscan.errors import ProxyscanError
from proxyscan.report.answer import Answer
from proxyscan.report.markdown import as_markdown
from proxyscan.report.plain import TIDY, as_csv, as_json
from proxyscan.report.save import WRITERS, save
from proxyscan.report.section import Column, Figures, Section
from proxyscan.report.tables import shown
from proxyscan.report.words import visible
from proxyscan.report.workbook import as_workbook, sheet_names

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[x](javascript:alert(1))",
    "javascript:alert(1)",
    "https://evil.example/?a=b www.evil.example",
    "{{7*7}} ${7*7} $x$ `x` *x* _x_ ~~x~~",
    "\x1b[31m\x1b]0;owned\x07\x9b2J",
    "\u202egnp.exe\u2066\u200b\ufeff",
    "=cmd|'/c calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "a|b\nc\rd\\|e",
    "# heading",
    "1. list",
    "- list",
    "---",
    "&amp;&#60;",
    "[red]bold[/red]",
    "\udcff",
    "a,b;c\"d'e",
    "n" * 10_000,
    "",
]
COLUMNS = (
    Column("name", "Name", "text"),
    Column("requests", "Requests"),
    Column("bytes", "Bytes", "bytes"),
    Column("share", "Share", "share"),
    Column("rate", "Rate", "rate"),
    Column("mean", "Mean", "number"),
)
ROWS = pd.DataFrame(
    {
        "name": ["one", "two", None],
        "requests": pd.array([1234, pd.NA, 0], "Int64"),
        "bytes": pd.array([10**12, 0, pd.NA], "Int64"),
        "share": pd.array([0.25, pd.NA, 0.75], "Float64"),
        "rate": [0.5, float("nan"), 1.25],
        "mean": [-1.5, float("inf"), 2.0],
    }
)


def told(figures: Figures, **section) -> Answer:
    return Answer("Title", "A day", (Section("things", "Things", figures=(figures,), **section),))


PLAIN = told(Figures("Numbers", COLUMNS, ROWS, "bars", "There are three.", ("requests",), 1), notes=("A note.",))


def hostile(text: str) -> Answer:
    """Return a report in which a text stands wherever foreign text may."""
    rows = ROWS.assign(name=pd.Series([text] * 3, dtype=object))  # pandas' own texts are UTF-8 alone
    columns = (Column("name", text, "text"), *COLUMNS[1:])
    figures = Figures(text, columns, rows, "bars", text, ("requests",))
    return Answer(text, text, (Section(text, text, (text,), (figures,), (text,)),))


def terminal(answer: Answer, width: int = 100, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="replace")
    console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False, no_color=True)
    for section in answer.sections:
        console.print(shown(section))
    stream.flush()
    return raw.getvalue().decode(encoding)


def book(answer: Answer) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(as_workbook(answer)))


# The figures


def test_json_has_every_figure_as_it_is_and_null_for_what_is_not_known() -> None:
    answer = json.loads(as_json(PLAIN), parse_constant=pytest.fail)
    [figures] = answer["sections"][0]["figures"]
    assert figures["rows"] == [
        {"name": "one", "requests": 1234, "bytes": 10**12, "share": 0.25, "rate": 0.5, "mean": -1.5},
        {"name": "two", "requests": None, "bytes": 0, "share": None, "rate": None, "mean": None},
        {"name": None, "requests": 0, "bytes": None, "share": 0.75, "rate": 1.25, "mean": 2},
    ]
    assert [column["unit"] for column in figures["columns"]] == ["text", "count", "bytes", "share", "rate", "number"]


def test_csv_is_read_by_pandas_as_one_figure_a_line() -> None:
    found = pd.read_csv(io.StringIO(as_csv(PLAIN)))
    assert tuple(found.columns) == TIDY
    assert found["figures"].unique().tolist() == ["Numbers"]
    table = found.pivot(index="row", columns="column", values="value")
    assert table.loc["one"].to_dict() == {"Requests": 1234, "Bytes": 1e12, "Share": 0.25, "Rate": 0.5, "Mean": -1.5}
    assert table.loc["two"].isna().tolist() == [False, True, True, True, True]


def test_a_workbook_has_numbers_as_numbers_with_a_format_and_unknown_ones_empty() -> None:
    sheet = book(PLAIN)["Numbers"]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert rows[0] == ("one", 1234, 10**12, 0.25, 0.5, -1.5)
    assert rows[1] == ("two", None, 0, None, None, None)
    assert sheet["D2"].number_format == "0.0%"
    assert [cell.value for cell in sheet[1]][2:5] == ["Bytes (bytes)", "Share", "Rate (Mbit/s)"]


def test_the_same_report_is_the_same_file_to_the_byte() -> None:
    assert as_workbook(PLAIN) == as_workbook(PLAIN)


def test_markdown_has_the_sentences_and_a_table_with_its_numbers_to_the_right() -> None:
    text = as_markdown(PLAIN)
    assert "| one | 1,234 | 1.0 TB | 25.0 % | 0.5 Mbit/s | -1.5 |" in text
    assert "| --- | ---: | ---: | ---: | ---: | ---: |" in text
    assert text.startswith("# Title\n\nA day\n\n## Things\n\n### Numbers\n\nThere are three.\n\n")
    assert text.endswith("\n- A note.\n")


def test_the_terminal_shows_bars_of_the_parts_and_the_total_without_one() -> None:
    lines = terminal(PLAIN, 120).splitlines()
    one, two, total = (next(line for line in lines if line.startswith(name)) for name in ("one", "two", "–"))
    assert one.rstrip().endswith("█" * 24)
    assert "█" not in two + total


@pytest.mark.parametrize("width", [30, 50, 80, 120])
def test_no_figure_is_cut_however_narrow_the_terminal_is(width: int) -> None:
    text = terminal(PLAIN, width)
    assert max(map(len, text.splitlines())) <= width
    for column in COLUMNS:
        assert column.title in text
        for value in ROWS[column.name]:
            assert column.words(value) in text


def test_a_terminal_of_ascii_gets_bars_of_ascii() -> None:
    assert "#" * 24 in terminal(PLAIN, 120, "ascii")


def test_a_long_time_becomes_a_line_with_its_highest_value() -> None:
    days = [f"2026-{1 + day // 28:02}-{1 + day % 28:02}" for day in range(336)]
    rows = pd.DataFrame({"when": days, "share": [0.1] * 335 + [0.4]})
    columns = (Column("when", "Day", "text"), Column("share", "Share", "share"))
    lines = terminal(told(Figures("By day", columns, rows, "time", "", ("share",)))).splitlines()
    assert "Share, 2026-01-01 to 2026-12-28; highest: 40.0 %" in lines
    assert f"[{'▂' * 47}█]" in lines


def test_a_long_table_says_how_much_of_it_is_left_out() -> None:
    rows = pd.concat([ROWS] * 20, ignore_index=True)
    assert "… and 30 more rows; -o FILE.csv has them all." in terminal(told(Figures("", COLUMNS, rows)))


def test_a_table_of_nothing_is_shown_by_its_sentence_alone() -> None:
    nothing = told(Figures("Numbers", COLUMNS, ROWS.iloc[:0], "bars", "There are none.", ("requests",)))
    assert terminal(nothing).split("\n")[-2] == "There are none."
    assert "|" not in as_markdown(nothing)
    assert as_csv(nothing) == ",".join(TIDY) + "\n"


def test_rows_of_one_name_are_told_apart_in_csv() -> None:
    columns = (Column("name", "Name", "text"), Column("kind", "Kind", "text"), Column("requests", "Requests"))
    rows = pd.DataFrame({"name": ["x", "x", "x"], "kind": ["a", "b", "b"], "requests": [1, 2, 3]})
    names = [row["row"] for row in csv.DictReader(io.StringIO(as_csv(told(Figures("", columns, rows)))))]
    assert sorted(set(names)) == ["x, a", "x, b", "x, b (2)"]


def test_a_table_without_names_has_every_figure_in_csv() -> None:
    columns = (Column("share", "Share", "share"), Column("requests", "Requests"))
    written = as_csv(told(Figures("At a glance", columns, pd.DataFrame({"share": [0.5], "requests": [7]}))))
    assert written.splitlines()[1:] == ["things,At a glance,,Share,0.5,share", "things,At a glance,,Requests,7,count"]


def test_a_bar_holds_columns_of_one_unit_alone() -> None:
    text = terminal(told(Figures("", COLUMNS, ROWS, "bars", "", ("requests", "bytes"))), 120)
    assert "█ Requests\n" in text
    assert "▒" not in text


# Hostile text


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_the_terminal_gets_nothing_that_it_acts_on(text: str) -> None:
    found = terminal(hostile(text))
    assert {each for each in found if not each.isprintable()} <= {"\n"}


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_a_spreadsheet_runs_no_cell_of_the_csv(text: str) -> None:
    rows = list(csv.reader(io.StringIO(as_csv(hostile(text)))))
    assert len(rows) == 1 + 3 * (len(COLUMNS) - 1)
    for row in rows[1:]:
        assert len(row) == len(TIDY)
        assert all(cell[:1] not in ("=", "+", "-", "@", "\t", "\r") for place, cell in enumerate(row) if place != 4)
        assert all(each.isprintable() for cell in row for each in cell)


def test_a_negative_number_in_csv_stays_a_number() -> None:
    assert "things,Numbers,one,Mean,-1.5,number\n" in as_csv(PLAIN)


def test_a_text_in_a_value_of_csv_is_harmless_too() -> None:
    columns = (Column("name", "Name", "text"), Column("word", "Word", "text"))
    rows = pd.DataFrame({"name": ["x"], "word": ["=1+1"]})
    assert "things,,x,Word,'=1+1,text\n" in as_csv(told(Figures("", columns, rows)))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_json_is_data_and_shows_a_terminal_nothing_to_act_on(text: str) -> None:
    written = as_json(hostile(text))
    answer = json.loads(written, parse_constant=pytest.fail)
    assert answer["title"] == answer["sections"][0]["figures"][0]["rows"][0]["name"] == text
    assert {each for each in written if not each.isprintable()} <= {"\n"}


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_a_workbook_has_no_formula_and_no_link_and_every_text_as_it_is(text: str) -> None:
    answer = hostile(text)
    with zipfile.ZipFile(io.BytesIO(as_workbook(answer))) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets")]
    assert not any(b"<f>" in sheet or b"hyperlink" in sheet for sheet in sheets)
    sentences, figures = book(answer).worksheets
    assert (sentences["A1"].value or "") == (figures["A2"].value or "") == visible(text)
    assert figures["A2"].data_type in ("s", "n")  # of an empty text: n, with no value


def words(tokens) -> str:
    return "".join(each.content for each in tokens if each.type in ("text", "text_special"))


MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")


def assert_is_text(text: str) -> None:
    """Check that a text in Markdown is text, and the report's headings and table are all that is marked up."""
    tokens = MARKDOWN.parse(as_markdown(hostile(text)))
    kinds = [token.type for token in tokens if token.type.endswith("_open") and not token.type.startswith("t")]
    allowed = {"heading_open", "paragraph_open", "bullet_list_open", "list_item_open"}
    assert set(kinds) <= allowed
    assert not {"html_block", "hr", "code_block", "fence"} & {token.type for token in tokens}
    inline = [token for token in tokens if token.type == "inline"]
    assert {child.type for token in inline for child in token.children} <= {"text", "text_special"}
    shown = visible(text).strip()
    assert sum(words(token.children) == shown for token in inline) >= (9 if shown else 0)
    assert sum(token.type == "tr_open" for token in tokens) == 4
    assert sum(token.type == "td_open" for token in tokens) == 3 * len(COLUMNS)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_foreign_text_marks_nothing_up_in_markdown(text: str) -> None:
    assert_is_text(text)


@given(st.text(st.sampled_from("#*_`~<>[]()!|\\-+=&;:/.$1w \"'a\n\t"), max_size=30))
def test_no_text_marks_anything_up_in_markdown(text: str) -> None:
    assert_is_text(text)


@pytest.mark.parametrize("text", ["https://evil.example", "see http://evil.example", "WWW.evil.example", "www.a.b"])
def test_markdown_makes_no_link_of_an_address(text: str) -> None:
    written = as_markdown(hostile(text))
    assert not re.search(r"\w://|www\.", written, re.IGNORECASE)


names = st.lists(
    st.text(max_size=40) | st.sampled_from(["History", "Report", "'a'", "[x]:*?/\\", "x" * 40]), max_size=8
)


@given(names)
def test_every_table_gets_a_sheet_of_a_name_that_excel_allows(titles) -> None:
    fresh = sheet_names()
    found = [fresh(title) for title in titles]
    assert len({name.lower() for name in found}) == len(found)
    for name in found:
        assert 0 < len(name) <= 31
        assert not set(name) & set("[]:*?/\\")
        assert name.lower() != "history"
        assert name == name.strip("' ")
        assert name.isprintable()


def test_a_workbook_without_its_library_names_the_command_that_installs_it(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(ProxyscanError) as raised:
        as_workbook(PLAIN)
    assert raised.value.hint == "pip install 'proxyscan[report]'"


# Files


@pytest.mark.parametrize("extension", WRITERS)
def test_a_report_is_written_by_the_extension_of_its_file(extension: str, tmp_path) -> None:
    path = tmp_path / f"report{extension.upper()}"
    save(PLAIN, path)
    assert path.stat().st_size > 100


def test_an_extension_that_no_report_has_is_answered_with_those_that_it_has(tmp_path) -> None:
    with pytest.raises(ProxyscanError, match=r"did you mean '.xlsx'"):
        save(PLAIN, tmp_path / "report.xls")


def test_a_report_that_cannot_be_written_says_so(tmp_path) -> None:
    (tmp_path / "a.md").mkdir()
    with pytest.raises(ProxyscanError, match="Is a directory"):
        save(replace(PLAIN, title="x"), tmp_path / "a.md")
