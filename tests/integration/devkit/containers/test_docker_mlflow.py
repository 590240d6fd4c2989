"""An MLflow model without code, in a container: its own conda.yaml builds the environment, MLflow loads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from devkit.runtime.plan import EnvironmentPlan, Flavour, ModelPlan
from tests.support.docker_engine import ask, require_image

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.docker_engine import Bench

pytestmark = [pytest.mark.docker, pytest.mark.timeout(400)]

ML_MODEL = {
    "flavors": {"python_function": {"code": "code", "data": "data", "env": "conda.yaml", "loader_module": "teller"}},
    "mlflow_version": "3.1.0",
}
CONDA = {
    "channels": ["conda-forge"],
    "dependencies": ["python=3.11", "pip", {"pip": ["mlflow-skinny>=3.1", "numpy", "pandas"]}],
}
LOADER = """\
class Teller:
    def predict(self, model_input, params=None):
        if isinstance(model_input, dict):
            return {name: float(value.sum()) for name, value in model_input.items()}
        return [type(model_input).__name__, float(model_input.sum().sum())]

def _load_pyfunc(path):
    return Teller()
"""
FORMS: dict[str, tuple[Any, Any]] = {
    "split frame": ({"columns": ["a", "b"], "index": [0, 1], "data": [[1, 2], [3, 4]]}, ["DataFrame", 10.0]),
    "list": ([[1, 2], [3, 4]], ["ndarray", 10.0]),
    "map of lists": ({"x": [[1, 2]], "n": [7, 8]}, {"x": 3.0, "n": 15.0}),
}


def test_every_form_of_input_data_is_answered(bench: Bench) -> None:
    """The image's azmlinfsrv serves the kit's script, in the environment that the model asks for."""
    model = _model(bench.root / "line")
    plan = bench.plan(
        "",
        flavour=Flavour.MLFLOW,
        code=None,
        model=ModelPlan(model, "line", "1", "mlflow_model"),
        environment=EnvironmentPlan(require_image()),
    )
    instance = bench.start(plan)
    url = instance.url(5001, "/score")
    for form, (given, expected) in FORMS.items():
        status, text = ask(url, json.dumps({"input_data": given}).encode())
        assert (form, status, json.loads(text)) == (form, 200, expected)
    assert ask(url, b'{"inputs": [[1]]}')[0] == 500
    assert "Inferencing HTTP server version: azmlinfsrv/" in bench.log(instance)


def _model(folder: Path) -> Path:
    (folder / "code").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "data" / "weights.json").write_text("{}", encoding="utf-8")
    (folder / "code" / "teller.py").write_text(LOADER, encoding="utf-8")
    (folder / "MLmodel").write_text(yaml.safe_dump(ML_MODEL), encoding="utf-8")
    (folder / "conda.yaml").write_text(yaml.safe_dump(CONDA), encoding="utf-8")
    return folder
