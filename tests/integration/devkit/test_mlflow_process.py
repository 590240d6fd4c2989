from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from devkit.runtime.plan import DeploymentPlan, Flavour, ModelPlan
from devkit.runtime.process import ProcessRuntime
from devkit.workspace import Workspace
from tests.support import mlflow_models
from tests.support.instances import ask, await_ready, score

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.runtime.protocol import Instance

PYTHON = Path(__file__).parents[3] / ".venvs" / "mlflow" / "bin" / "python"
if not PYTHON.exists() and not os.environ.get("CI"):
    pytest.skip("MLflow is not installed here: make mlflow-oracle", allow_module_level=True)


@pytest.fixture(scope="module")
def instances(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Instance]]:
    """An instance for each of the models, without any code of a user's."""
    folder = tmp_path_factory.mktemp("mlflow")
    subprocess.run([PYTHON, mlflow_models.__file__, str(folder)], check=True, capture_output=True, timeout=110)
    workspace = Workspace(folder / "space")
    workspace.prepare()
    running: dict[str, Instance] = {}
    runtime = ProcessRuntime()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEVKIT_CACHE_DIR", str(folder / "cache"))
        try:
            for name in ("frame", "array", "named"):
                model = ModelPlan(folder / name, name, "1", "mlflow_model")
                plan = DeploymentPlan("e", name, Flavour.MLFLOW, model=model, python=str(PYTHON))
                prepared = runtime.prepare(plan, lambda _: None)
                place = workspace.deployment("e", name) / "1.0"
                running[name] = runtime.start(plan, prepared, f"e.{name}.1.0", place)
            yield running
        finally:
            for instance in running.values():
                runtime.stop(instance, 5)


@pytest.fixture
def ready(instances: dict[str, Instance]) -> dict[str, Instance]:
    runtime = ProcessRuntime()
    for instance in instances.values():
        await_ready(runtime, instance)
    return instances


@pytest.mark.parametrize("values", [[[1, 2], [3, 4]], [[1.0, 2.0], [3.0, 4.0]]])
def test_a_split_frame_is_a_data_frame(ready: dict[str, Instance], values: Any) -> None:
    """Rows and columns reach a scikit-learn model, whole numbers for doubles too; the answer has no wrapper."""
    body = {"input_data": {"columns": ["a", "b"], "index": [0, 1], "data": values}}
    assert score(ready["frame"], body) == pytest.approx([5.0, 11.0])


def test_a_list_is_an_array(ready: dict[str, Instance]) -> None:
    """A list becomes one array of the signature's type, and params are handed on."""
    body = {"input_data": [[1, 2], [3, 4]], "params": {"scale": 2}}
    assert score(ready["array"], body) == {"sums": {"": 10.0}, "types": {"": "float32"}, "params": {"scale": 2.0}}


def test_a_map_of_lists_is_named_tensors(ready: dict[str, Instance]) -> None:
    """Each list becomes an array by its name and of its own type."""
    told = score(ready["named"], {"input_data": {"x": [[1, 2]], "n": [7, 8]}})
    assert told["sums"] == {"x": 3.0, "n": 15}
    assert told["types"] == {"x": "float32", "n": "int64"}


def test_mlflows_own_form_does_not_work_here(ready: dict[str, Instance]) -> None:
    """As in the service, dataframe_split, inputs and instances are not understood: the script fails."""
    status, _ = ask(ready["frame"], "/score", {"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2]]}})
    assert status == 500
