from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.checks.catalogue import all_rules
from devkit.checks.project import open_project
from devkit.checks.runner import check
from devkit.spec.findings import Severity
from devkit.spec.overrides import parse_override
from tests.support.projects import DEPLOYMENT, Place, found, places, write

if TYPE_CHECKING:
    from pathlib import Path


def test_one_open_quote_hides_nothing_else(tmp_path: Path) -> None:
    """A file that does not parse still gets the findings of its other lines."""
    files = {"d.yml": DEPLOYMENT.replace("name: blue", 'name: "blue') + "instance_typ: x\n"}
    assert len(found(tmp_path, files, "yaml-syntax")) == 1
    assert places(tmp_path, files, "unknown-key") == [Place("d.yml", 6, 1, "instance_typ")]


def test_a_second_document_is_found_where_it_begins(tmp_path: Path) -> None:
    """azure-ai-ml takes one document a file, so the mistake is the second one, and not what is wrong inside it."""
    files = {"d.yml": f"{DEPLOYMENT}---\nname: green\ninstance_typ: x\n"}
    line = DEPLOYMENT.count("\n") + 2
    assert places(tmp_path, files, "several-documents") == [Place("d.yml", line, 1, "name: green")]
    assert found(tmp_path, files, "unknown-key") == []
    (finding,) = found(tmp_path, files, "several-documents")
    assert finding.message == "YAML document 2 of 2 begins here; only the first one is checked"


def test_a_misspelt_key_is_not_missing_as_well(tmp_path: Path) -> None:
    """The misspelling is the finding; its fix mends both."""
    files = {"d.yml": DEPLOYMENT.replace("instance_type", "instance_typ")}
    assert found(tmp_path, files, "missing-key") == []
    (finding,) = found(tmp_path, files, "unknown-key")
    assert finding.fixes[0].edits[0].new_text == "instance_type"


def test_a_missing_name_is_a_warning_that_the_command_line_mends(tmp_path: Path) -> None:
    """The file alone lacks the name; with -e it is complete."""
    files = {"d.yml": DEPLOYMENT.replace("endpoint_name: shop\n", "")}
    (finding,) = found(tmp_path, files, "missing-name")
    assert finding.severity is Severity.WARNING
    path = tmp_path / "d.yml"
    project, checked = open_project([path], overrides=[parse_override("endpoint_name=shop")])
    assert check(project, checked) == []


def test_set_through_a_reference_has_azs_meaning(tmp_path: Path) -> None:
    """--set model.path=… on a model that is a reference is an error in az's words."""
    write(tmp_path, {"d.yml": f"{DEPLOYMENT}model: azureml:m:1\n"})
    path = tmp_path / "d.yml"
    project, checked = open_project([path], overrides=[parse_override("model.path=x")])
    (finding,) = check(project, checked)
    assert finding.code == "DK114"
    assert "Cannot use '--set' on properties defined by reference strings" in finding.refused_by


def test_a_list_is_no_document_when_a_kind_is_asked_for(tmp_path: Path) -> None:
    """With --kind there is an answer for a file that has no keys at all."""
    write(tmp_path, {"d.yml": "- a\n"})
    project, checked = open_project([tmp_path / "d.yml"], kind="online-deployment")
    assert [finding.code for finding in check(project, checked)] == ["DK115"]


@pytest.mark.parametrize(
    ("value", "wrong"), [("0755", 1), ("1:30", 1), ("yes", 1), ("true", 0), ("12", 0), ('"0755"', 0)]
)
def test_values_that_reach_the_script_changed_are_told(tmp_path: Path, value: str, wrong: int) -> None:
    """Octal, sexagesimal and yes are other texts for the script than in the file."""
    files = {"d.yml": f"{DEPLOYMENT}environment_variables:\n  A: {value}\n"}
    assert len(found(tmp_path, files, "yaml-1-1")) == wrong


def test_every_rule_is_told_in_full() -> None:
    """Each rule has a meaning of one line and an explanation, and a name that is unique."""
    rules = all_rules()
    assert len({rule.name for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.meaning.endswith("."), rule.code
        assert rule.explanation, rule.code
        assert rule.name == rule.name.lower(), rule.code
