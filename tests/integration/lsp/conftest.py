"""A server process for each test that asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.lsp import Editor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with an endpoint, a deployment of it, its script, model and conda file: without a finding."""
    files = {
        "endpoint.yml": "name: shop\nauth_mode: key\ntraffic: {blue: 100}\n",
        "blue.yml": (
            "name: blue\nendpoint_name: shop\nmodel: {path: model}\n"
            "code_configuration: {code: src, scoring_script: score.py}\n"
            "environment:\n"
            "  image: mcr.microsoft.com/azureml/minimal-py312-inference:20250506.v1\n"
            "  conda_file: conda.yml\n"
            "instance_type: Standard_DS3_v2\ninstance_count: 2\n"
        ),
        "conda.yml": (
            "name: env\ndependencies:\n  - python=3.12\n  - pip\n  - pip:\n      - azureml-inference-server-http\n"
        ),
        "model/weights.json": "{}\n",
        "src/score.py": "def init():\n    pass\n\n\ndef run(data):\n    return data\n",
    }
    for name, text in files.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "project"


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    """A server that nothing was said to yet."""
    editor = Editor(tmp_path)
    yield editor
    editor.kill()
