"""`proxyscan services` shows every kind, for people and for programs."""

import json

import pytest
from typer.testing import CliRunner

from proxyscan.catalogue import FOLDER, OPTIONAL, full_catalogue
from proxyscan.cli import app
from proxyscan.cli_services import Action, Form
from proxyscan.export import ACTIONS, FORMS

KINDS = {file.stem for file in FOLDER.glob("*.toml")}


def shown(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["services", *arguments])
    assert done.exit_code == 0
    return done.stdout


def test_the_table_has_a_line_for_every_kind_and_says_which_count() -> None:
    lines = {line.split()[0]: line for line in shown().splitlines()[1:]}
    assert lines.keys() == KINDS
    assert {kind for kind, line in lines.items() if "on request" in line} == OPTIONAL


def test_json_names_every_service_once() -> None:
    rows = json.loads(shown("--json"))
    named = [service for row in rows for service in row["services"]]
    assert sorted(named) == sorted(full_catalogue().services)
    assert {row["kind"] for row in rows if row["counts_by_default"]} == KINDS - OPTIONAL


def test_presets_are_json_too() -> None:
    assert {each["name"] for each in json.loads(shown("presets", "--json"))} == {"council", "school-kcsie", "all"}


@pytest.mark.parametrize(("options", "known"), [(Form, FORMS), (Action, ACTIONS)])
def test_the_options_offer_what_the_library_knows(options: type, known: object) -> None:
    assert [each.value for each in options] == list(known)


def test_lookup_in_json_says_where_the_answer_is_from() -> None:
    answer = json.loads(shown("lookup", "--json", "--list", "forum/ours=sample_lists/hosts.txt", "www.social.example"))
    assert answer[0]["source"] == "sample_lists/hosts.txt"
    assert answer[0]["entry"] == "social.example"
    assert answer[0]["counts_by_default"]
