from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lsp.features.definition import definition
from tests.support.open_documents import open_at_cursor

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = '"""Scores."""\n\ndef init():\n    ...\n\n\nasync def run(data):\n    return data\n'
CODE = "code_configuration:\n  code: src\n  scoring_script: score.py\n"
HEAD = "name: blue\nendpoint_name: house-prices\ninstance_type: x\n"
ENDPOINT = "name: 'house-prices'\ntraffic:\n  blue: 100\n  green: 0\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project of an endpoint, two deployments, a model, code and a conda file."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "score.py").write_text(SCRIPT)
    (tmp_path / "conda.yml").write_text("dependencies: []\n")
    (tmp_path / "endpoint.yml").write_text(ENDPOINT)
    (tmp_path / "blue-deployment.yml").write_text(HEAD)
    (tmp_path / "green-deployment.yml").write_text(HEAD.replace("blue", "green"))
    (tmp_path / "cats.yml").write_text("$schema: https://x/model.schema.json\nname: cats\npath: m\n")
    return tmp_path


def leads_to(folder: Path, marked: str, name: str = "blue-deployment.yml") -> list[tuple[str, str]]:
    """Give the file and the text of each target."""
    opened, offset = open_at_cursor(folder, marked, name)
    found = definition(opened, offset)
    return [(each.path.name, (opened.files.read(each.path) or "")[slice(*each.span)]) for each in found]


@pytest.mark.parametrize(
    ("marked", "target"),
    [
        (HEAD + CODE.replace("score.py", "sc|ore.py"), ("score.py", "run")),
        (HEAD + CODE.replace("src", "s|rc"), ("score.py", "run")),
        (HEAD + "environment:\n  image: a/b:1\n  conda_file: ./con|da.yml\n", ("conda.yml", "")),
        (HEAD.replace("house", "ho|use"), ("endpoint.yml", "house-prices")),
        (HEAD + "model: azureml:ca|ts:3\n", ("cats.yml", "cats")),
        (HEAD + "tags: {a: &x b, c: *|x}\n", ("blue-deployment.yml", "b")),
    ],
)
def test_where_a_value_leads(folder: Path, marked: str, target: tuple[str, str]) -> None:
    """A value leads to what it names: run(), a file, an endpoint, a model, an anchor."""
    assert leads_to(folder, marked) == [target]


def test_traffic_leads_to_the_deployment(folder: Path) -> None:
    """A name under traffic leads to the deployment's document."""
    marked = ENDPOINT.replace("green", "gre|en")
    assert leads_to(folder, marked, "endpoint.yml") == [("green-deployment.yml", "green")]


@pytest.mark.parametrize(
    "marked",
    [
        HEAD + "instance_count: 1|\n",
        HEAD + "# score.py|\n",
        HEAD + CODE.replace("score.py", "other.py|"),
        HEAD + "environment:\n  conda_file: missing.yml|\n",
        HEAD + "code_configuration:\n  code: azureml:co|de:1\n  scoring_script: score.py\n",
        "apiVersion: v1\nkind: Service|\n",
    ],
)
def test_what_leads_nowhere(folder: Path, marked: str) -> None:
    """Numbers, comments, absent files, things in the cloud and other tools' files lead nowhere."""
    assert leads_to(folder, marked) == []


def test_a_script_that_is_being_typed(folder: Path) -> None:
    """A script that does not parse at the moment still has its run()."""
    (folder / "src" / "score.py").write_text("import (\n\ndef run(data):\n    return data\n")
    assert leads_to(folder, HEAD + CODE.replace("score.py", "sc|ore.py")) == [("score.py", "run")]


def test_a_script_without_run(folder: Path) -> None:
    """A script without run() is opened at its start."""
    (folder / "src" / "score.py").write_text("def init(): ...\n")
    assert leads_to(folder, HEAD + CODE.replace("score.py", "sc|ore.py")) == [("score.py", "")]
