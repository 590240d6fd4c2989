"""``devkit validate --run`` with real processes: a receipt, or why there is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from devkit.promote.errors import PromotionError
from devkit.promote.receipt import Receipt, find, write
from devkit.promote.validation import validate_by_running
from devkit.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

DEPLOYMENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: blue
endpoint_name: numbers
code_configuration: {code: src, scoring_script: score.py}
environment: {image: "mcr.microsoft.com/azureml/minimal-py312-inference:20260101.v1"}
instance_type: Standard_DS3_v2
instance_count: 1
"""
SCRIPT = """\
import os


def init():
    pass


def run(data):
    return {"home": os.listdir(os.path.expanduser("~")), "pid": os.getpid()}
"""
GOLDEN = {"request": {"body": 1}, "answer": {"body": {"home": [], "pid": 0}}, "compare": {"ignore": ["$.pid"]}}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "score.py").write_text(SCRIPT)
    (tmp_path / "blue.yml").write_text(DEPLOYMENT)
    (tmp_path / "golden").mkdir()
    (tmp_path / "golden" / "one.json").write_text(json.dumps(GOLDEN))
    return tmp_path


def validated(project: Path) -> Receipt:
    """The receipt of the project's deployment, on processes."""
    return validate_by_running(project / "blue.yml", Workspace(project), lambda _: None)[0]


def test_a_receipt_of_what_was_measured(project: Path) -> None:
    """A deployment that answers its golden requests gets a receipt with measured figures, found by its digests."""
    receipt = validated(project)
    assert receipt.passed
    assert receipt.runtime == "process"
    assert receipt.init_seconds > 0
    assert receipt.rss_bytes is not None
    assert receipt.requests >= 50
    assert receipt.p50_ms is not None
    assert receipt.p99_ms is not None
    assert 0 < receipt.p50_ms <= receipt.p99_ms
    write(Workspace(project), receipt)
    assert find(Workspace(project), receipt.digests) == receipt


def test_a_wrong_answer_is_no_pass(project: Path) -> None:
    """A golden request with another answer makes a receipt that says so, by which nothing is promoted."""
    (project / "golden" / "two.json").write_text(json.dumps({"request": {"body": 1}, "answer": {"body": 7}}))
    receipt = validated(project)
    assert not receipt.passed
    assert [each.name for each in receipt.golden if not each.passed] == ["two"]


def test_a_script_that_fails_gives_its_traceback(project: Path) -> None:
    """When init() raises there is no receipt, and the script's own traceback is told."""
    (project / "src" / "score.py").write_text("def init():\n    raise KeyError('the model')\n\n\ndef run(data): ...\n")
    with pytest.raises(PromotionError, match="ended") as caught:
        validated(project)
    assert "KeyError: 'the model'" in caught.value.log


def test_no_golden_request_no_receipt(project: Path) -> None:
    """Without a golden request nothing is served, and the refusal says how one is made."""
    (project / "golden" / "one.json").unlink()
    with pytest.raises(PromotionError, match=r"no golden request of /score.*devkit record"):
        validated(project)
