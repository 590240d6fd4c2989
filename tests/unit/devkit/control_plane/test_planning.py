"""From registered assets and a deployment's body to its plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devkit.control_plane.asset_versions import AssetOperations
from devkit.control_plane.content import Content
from devkit.control_plane.errors import BadArgumentError, NotFoundError
from devkit.control_plane.planning import DeploymentPlanner
from devkit.control_plane.store import Store
from devkit.runtime.plan import Flavour
from devkit.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devkit.runtime.plan import DeploymentPlan

WORKSPACE = "/subscriptions/0/resourceGroups/local/providers/Microsoft.MachineLearningServices/workspaces/w"


@pytest.fixture
def assets(tmp_path: Path) -> Iterator[AssetOperations]:
    """A workspace with a code folder, a model file and an environment registered."""
    workspace = Workspace(tmp_path / "project")
    workspace.root.mkdir()
    workspace.prepare()
    (workspace.root / "code").mkdir()
    (workspace.root / "code" / "score.py").write_text("def init(): ...\ndef run(data): ...\n")
    (workspace.root / "model.pkl").write_bytes(b"m")
    store = Store(workspace.database)
    found = AssetOperations(store, Content(workspace).bring)
    found.put("codes", "c", "1", {"properties": {"codeUri": (workspace.root / "code").as_uri()}})
    found.put("models", "m", "3", {"properties": {"modelUri": (workspace.root / "model.pkl").as_uri()}})
    conda = "dependencies:\n- pip\n"
    found.put("environments", "e", "2", {"properties": {"image": "i", "condaFile": conda}})
    yield found
    store.close()


def plan(assets: AssetOperations, code: str = "c", **properties: Any) -> DeploymentPlan:
    body = {
        "sku": {"name": "Default", "capacity": 2},
        "properties": {
            "endpointComputeType": "Managed",
            "instanceType": "Standard_DS3_v2",
            "codeConfiguration": {"codeId": f"{WORKSPACE}/codes/{code}/versions/1", "scoringScript": "score.py"},
            "model": f"{WORKSPACE}/models/m/versions/3",
            "environmentId": f"azureml:{WORKSPACE}/environments/e/versions/2",
            **properties,
        },
    }
    return DeploymentPlanner(assets).plan("shop", "blue", body)


def test_a_plan_has_what_the_body_names(assets: AssetOperations) -> None:
    """Code, model and environment are the registered ones, and all else is the body's."""
    found = plan(assets, requestSettings={"requestTimeout": "PT1M30S"})
    assert (found.endpoint, found.deployment, found.flavour) == ("shop", "blue", Flavour.SCRIPT)
    assert (found.instance_count, found.requests.timeout_s, found.resources.cpus) == (2, 90, 4)
    assert found.code is not None
    assert found.model is not None
    assert found.code.name == "code"
    assert (found.code.folder / found.code.script).is_file()
    assert (found.model.name, found.model.version, found.model.source.read_bytes()) == ("m", "3", b"m")
    assert (found.environment.image, found.environment.conda) == ("i", {"dependencies": ["pip"]})


def test_dev_runs_the_folder_that_was_registered(assets: AssetOperations, tmp_path: Path) -> None:
    """Under dev the code is the folder that is edited, otherwise the copy."""
    edited = tmp_path / "project" / "code"
    live = plan(assets, properties={"devkit.dev": "true"}).code
    copied = plan(assets).code
    assert live is not None
    assert copied is not None
    assert live.folder == edited
    assert copied.folder != edited


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"codeConfiguration": None}, "nothing answers requests"),
        ({"modelMountPath": "/models"}, "inference_config"),
        ({"livenessProbe": {"period": "10"}}, "no ISO 8601 duration"),
        ({"instanceType": 4}, "instance_type"),
        ({"model": "m:3"}, "is no id of a version"),
    ],
)
def test_a_body_that_cannot_be_meant_is_refused(assets: AssetOperations, properties: dict[str, Any], told: str) -> None:
    """What is wrong with a body is a bad argument that names it."""
    with pytest.raises(BadArgumentError, match=told):
        plan(assets, **properties)


def test_an_asset_that_is_not_there_is_told(assets: AssetOperations) -> None:
    """A body that names what was never registered is refused as not found."""
    with pytest.raises(NotFoundError, match="other"):
        plan(assets, code="other")
