from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.projects import CONDA, DEPLOYMENT, SCRIPT, Place, found, places

if TYPE_CHECKING:
    from pathlib import Path

CODE = "code_configuration:\n  code: src\n  scoring_script: score.py\n"
ENVIRONMENT = "environment:\n  image: team.azurecr.io/image:1\n  conda_file: conda.yml\n"


def project(script: str, **more: str) -> dict[str, str]:
    extra = more.pop("deployment", "")
    return {"d.yml": DEPLOYMENT + CODE + extra, "src/score.py": script, **more}


def test_a_missing_script_tells_what_is_there(tmp_path: Path) -> None:
    """The remedy lists the Python files of the code folder."""
    files = {"d.yml": DEPLOYMENT + CODE, "src/main.py": SCRIPT}
    (finding,) = found(tmp_path, files, "script-not-found")
    assert "main.py" in finding.remedy


def test_a_syntax_error_is_found_in_the_script(tmp_path: Path) -> None:
    """The finding stands in score.py, at the line where the parser stopped."""
    assert places(tmp_path, project("def run(:\n    pass\n"), "script-syntax")[0][:2] == ("score.py", 1)


@pytest.mark.parametrize(
    ("script", "missing"),
    [
        (SCRIPT, 0),
        ("def run(data): ...\n", 1),
        ("x = 1\n", 2),
        ("from helper import init, run\n", 0),
        ("from helper import *\n", 0),
        ("import driver_module\n", 0),
        ("init = run = print\n", 0),
        ("async def run(data): ...\ndef init(): ...\n", 0),
    ],
)
def test_init_and_run_must_be_bound_in_some_way(tmp_path: Path, script: str, missing: int) -> None:
    """A function that is imported or assigned counts; only what is bound nowhere is missing."""
    assert len(found(tmp_path, project(script), "missing-function")) == missing


@pytest.mark.parametrize(
    ("signature", "wrong"),
    [
        ("run(raw_data)", 0),
        ("run(raw_data, request_headers)", 0),
        ("run(data, limit=3)", 0),
        ("run()", 1),
        ("run(request_headers)", 1),
        ("run(*args)", 1),
        ("run(data, **rest)", 1),
        ("run(data, /)", 1),
    ],
)
def test_run_takes_what_the_server_passes(tmp_path: Path, signature: str, wrong: int) -> None:
    """The signatures are those that the server itself refuses at start."""
    script = f"def init(): ...\ndef {signature}: ...\n"
    assert len(found(tmp_path, project(script), "function-signature")) == wrong


def test_an_init_with_parameters_is_found_at_its_name(tmp_path: Path) -> None:
    """The server calls init() without arguments."""
    script = "def init(path):\n    pass\n\n\ndef run(data):\n    pass\n"
    assert places(tmp_path, project(script), "function-signature") == [Place("score.py", 1, 5, "init")]


@pytest.mark.parametrize(
    ("model", "joined", "wrong"),
    [
        ("model/weights.json", '"weights.json"', 0),
        ("model/weights.json", '"model", "weights.json"', 1),
        ("model", '"model", "weights.json"', 0),
        ("model", '"weights.json"', 1),
        ("model", '"model", "other.json"', 1),
    ],
)
def test_model_paths_follow_the_services_layout(tmp_path: Path, model: str, joined: str, wrong: int) -> None:
    """A file lies directly below AZUREML_MODEL_DIR, a folder keeps its own name there."""
    script = f'import os\n\ndef init():\n    open(os.path.join(os.environ["AZUREML_MODEL_DIR"], {joined}))\n'
    files = project(script, deployment=f"model:\n  path: {model}\n", **{"model/weights.json": "{}"})
    assert len(found(tmp_path, files, "model-path")) == wrong


@pytest.mark.parametrize(
    ("imported", "conda", "wrong"),
    [
        ("import numpy", CONDA, 1),
        ("import numpy", CONDA + "      - scikit-learn==1.7\n", 0),
        ("import sklearn", CONDA + "      - scikit-learn==1.7\n", 0),
        ("import cv2", CONDA + "      - opencv-python-headless\n", 0),
        ("import json, os", CONDA, 0),
        ("import numpy", CONDA + "      - -r more.txt\n", 0),
        ("try:\n    import numpy\nexcept ImportError:\n    pass", CONDA, 0),
        ("from azureml.contrib.services.aml_request import rawhttp", CONDA, 0),
        ("from azureml_inference_server_http.api.aml_request import rawhttp", CONDA, 0),
    ],
)
def test_imports_are_held_against_the_conda_file(tmp_path: Path, imported: str, conda: str, wrong: int) -> None:
    """Listed packages, what they bring, the standard library and the server's own names are fine."""
    files = project(f"{imported}\n{SCRIPT}", deployment=ENVIRONMENT, **{"conda.yml": conda})
    assert len(found(tmp_path, files, "missing-package")) == wrong


def test_a_helpers_import_is_found_in_the_helper(tmp_path: Path) -> None:
    """The finding stands where the import is written."""
    more = {"conda.yml": CONDA, "src/helper.py": "import pandas\n"}
    files = project(f"import helper\n{SCRIPT}", deployment=ENVIRONMENT, **more)
    assert places(tmp_path, files, "missing-package") == [Place("helper.py", 1, 1, "import pandas")]
