from __future__ import annotations

import json

import pytest

from devkit.cli.errors import UsageError
from devkit.cli.output import Text, rendered, write

ENDPOINT = {"name": "shop", "traffic": {"blue": 90}, "identity": {"type": "none"}, "tags": {}}


def test_a_program_gets_json_with_sorted_keys(capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody looks, the answer is what az prints."""
    write(ENDPOINT, None, None)
    printed = capsys.readouterr().out
    assert json.loads(printed) == ENDPOINT
    assert list(json.loads(printed)) == sorted(ENDPOINT)


def test_a_query_chooses(capsys: pytest.CaptureFixture[str]) -> None:
    """`--query name -o tsv` gives the bare word that a script stores in a variable."""
    write(ENDPOINT, "tsv", "name")
    assert capsys.readouterr().out == "shop\n"


def test_text_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """An answer of the script is no JSON string with backslashes, unless JSON is asked for."""
    write(Text('{"a": "b"}'), None, None)
    assert capsys.readouterr().out == '{"a": "b"}\n'
    write(Text('{"a": "b"}'), "json", None)
    assert json.loads(capsys.readouterr().out) == '{"a": "b"}'


def test_a_table_tells_nested_keys_and_leaves_out_what_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    """Traffic reads as it is typed."""
    write(ENDPOINT, "table", None)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["name", "shop"], ["traffic", "blue=90"], ["identity.type", "none"]]


def test_a_table_names_assets_as_people_do(capsys: pytest.CaptureFixture[str]) -> None:
    """Not by an id of a whole line; JSON has that, and what is no news stays away."""
    workspace = "/subscriptions/0/resourceGroups/local/providers/x/workspaces/w"
    shown = {
        "id": f"{workspace}/onlineEndpoints/shop/deployments/blue",
        "model": f"azureml:{workspace}/models/prices/versions/3",
        "environment": f"azureml:{workspace}/environments/e/versions/{'0123456789abcdef' * 2}",
        "liveness_probe": {"period": 10},
    }
    write(shown, "table", None)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["model", "prices:3"], ["environment", "e:0123456789ab"], ["liveness_probe.period", "10"]]


def test_a_table_shows_what_is_inside(capsys: pytest.CaptureFixture[str]) -> None:
    """A list of endpoints in a status is a table of its own."""
    write({"running": True, "endpoints": [{"name": "shop", "deployments": {"blue": {}, "green": {}}}]}, "table", None)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["running", "true"], ["endpoints", "name", "deployments"], ["shop", "blue,", "green"]]


def test_a_list_is_a_table_of_the_nouns_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """Only what one looks for in a list is shown."""
    write([ENDPOINT], "table", None, ("name", "traffic"))
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [["name", "traffic"], ["shop", "blue=90"]]
    write([], "table", None)
    assert capsys.readouterr().out == "none\n"


def test_yaml_and_tsv() -> None:
    """Text subclasses are plain strings in YAML; lists are columns in TSV."""
    assert rendered({"a": Text("b")}, "yaml") == "a: b"
    assert rendered([{"b": 1, "a": "x"}, {"b": None, "a": True}], "tsv") == "x\t1\ntrue\t"
    assert rendered({"a": 1}, "none") == ""


@pytest.mark.parametrize(("output", "query"), [("xml", None), ("json", "a[")])
def test_a_flag_that_cannot_be_meant_is_refused(output: str, query: str | None) -> None:
    """The message names the flag."""
    with pytest.raises(UsageError, match=r"-o 'xml'|--query"):
        write(ENDPOINT, output, query)
