"""A mapping file describes a log in ten minutes; a mistake in it is answered with file, line and the nearest word."""

from pathlib import Path

import pytest

import proxyscan
from proxyscan.detect import choices
from proxyscan.errors import MappingError
from proxyscan.formats import formats
from proxyscan.mapping import mapped_format, template

CSV = """\
2026-11-23 08:00:01,jsmith,10.1.2.3,200,https://www.bbc.co.uk/news,News,Allowed,51234
2026-11-23 08:00:02,jsmith,10.1.2.3,403,https://www.facebook.com/,Social Networking,Blocked,0
2026-11-23 08:00:03,-,10.1.2.4,407,https://www.facebook.com/,Social Networking,-,0
2026-11-23 08:00:04,mjones,10.1.2.4,502,http://dead.council.example/,None,Allowed,512
"""


def saved(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(text)
    return path


def outcomes(log: Path, mapping: Path) -> list[str]:
    return proxyscan.parse(log, format=choices(mapping=mapping)).read_all()["outcome"].to_pylist()


def test_the_template_is_a_mapping_file_that_reads_the_log_it_describes(tmp_path: Path) -> None:
    log = tmp_path / "export.csv"
    log.write_text(CSV)
    mapping = saved(tmp_path, template())
    table = proxyscan.parse(log, format=choices(mapping=mapping)).read_all()
    assert table["outcome"].to_pylist() == ["allowed", "denied", "challenge", "error"]
    assert table["host"].to_pylist()[1] == "www.facebook.com"
    assert table["category"].to_pylist() == ["News", "Social Networking", "Social Networking", None]
    assert mapped_format(mapping).zone == "Europe/London"


SHIPPED = sorted(Path("sample_logs/mappings").glob("*.toml"))


@pytest.mark.parametrize("mapping", SHIPPED, ids=[each.stem for each in SHIPPED])
def test_a_shipped_mapping_reads_the_log_beside_it_whole(mapping: Path) -> None:
    rejects: list = []
    [log] = set(mapping.parent.glob(f"{mapping.stem}.*")) - {mapping}
    table = proxyscan.parse(log, format=choices(mapping=mapping), on_rejects=rejects.append).read_all()
    assert {"allowed", "denied", "challenge", "error"} <= set(table["outcome"].to_pylist())
    assert not rejects
    assert None not in table["host"].to_pylist()


def test_rules_of_the_site_go_before_those_of_a_shipped_format(tmp_path: Path) -> None:
    rule = '[[rules]]\noutcome = "coached"\nwhen = { block_res = "10" }\nwhy = "our quota page"\n'
    mapping = saved(tmp_path, f'extends = "mcafee"\n{rule}')
    found = outcomes(Path("sample_logs/mcafee.log"), mapping)
    assert found == ["allowed", "challenge", "coached", "error", "allowed"]
    assert proxyscan.detect("sample_logs/mcafee.log", choices(mapping=mapping)).format.name == "mcafee"


def test_other_logs_are_still_detected_beside_an_extended_format(tmp_path: Path) -> None:
    mapping = saved(tmp_path, 'extends = "mcafee"\n')
    assert proxyscan.detect("sample_logs/paloalto.log", choices(mapping=mapping)).format.name == "paloalto"


def test_a_configuration_string_in_a_mapping_file_gives_its_format(tmp_path: Path) -> None:
    string = '%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\" %I %O %D'
    mapping = saved(tmp_path, f'name = "ours"\nlayout = "logformat"\nlogformat = "{string}"\n')
    table = proxyscan.parse("sample_logs/apache_io.log", format=choices(mapping=mapping)).read_all()
    assert table["bytes_up"].to_pylist()[2] == 164


JSON = """\
layout = "json"
needs = ["verb"]
[columns]
"when" = "time:epoch"
"request.host" = "host"
"verb" = "method"
"result" = [{ column = "tag", part = ["/", 0] }, { column = "status", part = ["/", 1] }]
[[rules]]
outcome = "denied"
when = { tag = "NO", status = 403 }
[[rules]]
outcome = "no_request"
"""


def test_a_value_of_two_parts_gives_two_columns(tmp_path: Path) -> None:
    log = tmp_path / "log.json"
    log.write_text('{"when": 1795420801, "request": {"host": "www.facebook.com"}, "verb": "GET", "result": "NO/403"}\n')
    assert outcomes(log, saved(tmp_path, JSON)) == ["denied"]


MISTAKES = [
    ('layuot = "csv"', "line 1: no key is called 'layuot'", "layout"),
    ('layout = "cvs"', "line 1: no layout is called 'cvs'", "csv"),
    ('extends = "mcaffee"', "line 1: no format is called 'mcaffee'", "mcafee"),
    (JSON.replace("time:epoch", "time:epocj"), "line 4: no type is called 'epocj'", "epoch"),
    (JSON.replace('"denied"', '"deneid"'), "line 9: no outcome is called 'deneid'", "denied"),
    (JSON.replace("tag = ", "tga = "), "line 10: no column is called 'tga'", "tag"),
    (JSON.replace('["/", 1]', '["/"]'), "line 7: 'result': the part ['/'] cannot be", "part"),
    (JSON.replace("time:epoch", "moment"), "line 3: no column is the time", "time"),
    ('zone = "Europe/Londn"\n' + JSON, "line 1: no zone is called 'Europe/Londn'", "Europe/London"),
    ("columns = 3", "line 1: 'columns' is not a table", "--template"),
    ("order = [1]", "line 1: 'order' is not a list of texts", "--template"),
    ('layout = "csv\nname = 3', "line 1: Illegal character", "--template"),
    ('logformat = "%ts %>a"', "line 1: logformat", "squid.conf"),
    ('lacks = ["byts"]\n' + JSON, "line 1: no lack is called 'byts'", "bytes"),
    ('vendor = "fortgate"\n' + JSON, "line 1: no vendor is called 'fortgate'", "fortigate"),
    ('notices = "(Info"\n' + JSON, "line 1: 'notices' is no regular expression: missing )", "Info"),
    ("lacks = 3\n" + JSON, "line 1: 'lacks' is not a list of texts", "--template"),
    ('extends = "mcafee"\n[columns]\nx = "user"', "line 2: 'columns' means nothing beside 'extends'", "leave out"),
    ('layout = "csv"\norder = ["a"]\n[columns]\nb = "url"', "line 1: delimited: the order lacks the column 'b'", "a"),
]


OWN = 'lacks = ["bytes"]\nnotices = "Info: "\nvendor = "fortigate"\n'


@pytest.mark.parametrize("text", ['extends = "mcafee"\n', JSON, 'logformat = "%ts.%03tu %>a %ru %>Hs"\n'])
def test_a_file_says_what_the_log_lacks_and_whose_messages_and_codes_are_in_it(tmp_path: Path, text: str) -> None:
    format = mapped_format(saved(tmp_path, OWN + text))
    assert (format.lacks, format.notices, format.vendor) == (("bytes",), "Info: ", "fortigate")
    untouched = mapped_format(saved(tmp_path, 'extends = "paloalto"\n'))
    assert untouched.lacks == formats()["paloalto"].lacks


def test_a_log_that_lacks_bytes_by_its_mapping_gives_no_shares_and_counts_messages_apart(tmp_path: Path) -> None:
    log = tmp_path / "export.csv"
    log.write_text(CSV.replace("News,", "37,") + "Info: restarted\n")
    own = template().replace("lacks = []", 'lacks = ["bytes"]\nnotices = "Info: "\nvendor = "fortigate"')
    mapping = saved(tmp_path, own)
    summary = proxyscan.scan(log, format=choices(mapping=mapping))
    assert (summary.coverage.other, summary.coverage.rejects) == (1, 0)
    assert summary.coverage.to_dict()["lacks"]
    table = proxyscan.parse(log, format=choices(mapping=mapping)).read_all()
    assert table["category"].to_pylist()[0] == "Social Networking"


@pytest.mark.parametrize(("text", "fact", "hint"), MISTAKES, ids=[fact for _, fact, _ in MISTAKES])
def test_a_mistake_is_answered_with_file_line_and_the_nearest_word(
    tmp_path: Path, text: str, fact: str, hint: str
) -> None:
    path = saved(tmp_path, text)
    with pytest.raises(MappingError) as caught:
        mapped_format(path)
    assert caught.value.fact.startswith(f"{path}: {fact}")
    assert hint in caught.value.hint


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(proxyscan.ProxyscanError, match=r"nothing\.toml: No such file"):
        mapped_format(tmp_path / "nothing.toml")


def test_every_shipped_format_can_be_extended(tmp_path: Path) -> None:
    for name in formats():
        assert mapped_format(saved(tmp_path, f'extends = "{name}"\n')).rules == formats()[name].rules
