"""What the tests of real editors share: the editors themselves, their documented set-up, and a project to edit."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "editors.md"

FILES = {
    "endpoint.yml": "name: shop\nauth_mode: key\n",
    "blue-deployment.yml": (
        "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\n"
        "name: blue\n"
        "endpoint_name: shop\n"
        "model:\n"
        "  path: model\n"
        "code_configuration:\n"
        "  code: src\n"
        "  scoring_script: score.py\n"
        "environment:\n"
        "  image: mcr.microsoft.com/azureml/minimal-py312-inference:20250506.v1\n"
        "  conda_file: conda.yml\n"
        "instance_type: Standard_DS3_v2\n"
        "instance_count: 1\n"
    ),
    "conda.yml": (
        "name: env\ndependencies:\n  - python=3.12\n  - pip\n  - pip:\n      - azureml-inference-server-http\n"
    ),
    "model/weights.json": "{}\n",
    "src/score.py": "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)\n",
    "src/other.py": "LIMIT = 3\n",
}


def editor_program(name: str) -> str:
    """The path of an editor; a test without it is skipped, and fails in CI, where it must be."""
    found = shutil.which(name)
    if found is None:
        reason = f"{name} is not installed here; see .ci/run for the packages of Debian"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def documented(language: str) -> str:
    """The one block of code in a language on the page about editors: what a reader copies is what is tested."""
    (block,) = documented_blocks(language)
    return block


def documented_blocks(language: str) -> list[str]:
    """All of them."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [str(block) for block in found]


def write_project(folder: Path) -> Path:
    """A folder without a finding, marked as the root of a repository."""
    (folder / ".git").mkdir(parents=True)
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def editor_environment(home: Path) -> dict[str, str]:
    """The environment of an editor with a home of its own, where `devkit` is this interpreter's."""
    places = {name: str(home / name.lower()) for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, **places, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "PATH": path}
