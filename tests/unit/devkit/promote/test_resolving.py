"""From YAML to what is promoted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.control_plane.asset_versions import AssetOperations
from devkit.control_plane.content import Content
from devkit.control_plane.store import Store
from devkit.promote.errors import PromotionError
from devkit.promote.resolving import resolve_file
from devkit.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

DEPLOYMENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: blue
endpoint_name: numbers
code_configuration: {code: src, scoring_script: score.py}
environment: ENVIRONMENT
instance_type: Standard_DS3_v2
instance_count: 1
"""
INLINE = '{image: "mcr.microsoft.com/azureml/minimal-py312-inference:20260101.v1"}'
ENDPOINT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json
name: numbers
auth_mode: key
"""


def project(folder: Path, environment: str = INLINE) -> Path:
    """A deployment's file in a new project."""
    (folder / "src").mkdir(exist_ok=True)
    (folder / "src" / "score.py").write_text("def init(): ...\n\n\ndef run(data):\n    return 1\n")
    (folder / "blue.yml").write_text(DEPLOYMENT.replace("ENVIRONMENT", environment))
    return folder / "blue.yml"


def test_what_is_edited_meanwhile_does_not_matter(tmp_path: Path) -> None:
    """The plan's code is a copy under its own hash, which an edit of the folder does not reach."""
    resolved = resolve_file(project(tmp_path), Workspace(tmp_path))
    (tmp_path / "src" / "score.py").write_text("")
    assert resolved.plan.code is not None
    assert "def init" in (resolved.plan.code.folder / "score.py").read_text()
    assert resolved.digests.code == resolved.plan.code.folder.parent.name


def test_the_name_does_not_count(tmp_path: Path) -> None:
    """Green with the bytes of blue is the same to a receipt; another setting is not."""
    path, workspace = project(tmp_path), Workspace(tmp_path)
    blue = resolve_file(path, workspace).digests
    assert resolve_file(path, workspace, name="green").digests.whole == blue.whole
    assert resolve_file(path, workspace, settings=["instance_count=2"]).digests.changed_since(blue) == [
        "the deployment's YAML"
    ]


def test_the_endpoint_beside(tmp_path: Path) -> None:
    """The endpoint's file is found beside the deployment's, by the name in it."""
    path = project(tmp_path)
    assert resolve_file(path, Workspace(tmp_path)).endpoint is None
    (tmp_path / "endpoint.yml").write_text(ENDPOINT)
    endpoint = resolve_file(path, Workspace(tmp_path)).endpoint
    assert endpoint is not None
    assert endpoint.name == "numbers"


def test_what_is_registered_here(tmp_path: Path) -> None:
    """A reference means what is registered in this workspace, read without a control plane."""
    path, workspace = project(tmp_path, "azureml:numbers-env:3"), Workspace(tmp_path)
    with pytest.raises(PromotionError, match="devkit environment create -n numbers-env -v 3"):
        resolve_file(path, workspace)
    store = Store(workspace.database)
    body = {"properties": {"image": "registry.example/numbers@sha256:1", "osType": "Linux"}}
    AssetOperations(store, Content(workspace).bring).put("environments", "numbers-env", "3", body)
    store.close()
    assert resolve_file(path, workspace).plan.environment.image == "registry.example/numbers@sha256:1"


def test_mistakes_are_told(tmp_path: Path) -> None:
    """A file with errors is refused with what the checks say."""
    path = project(tmp_path)
    (tmp_path / "src" / "score.py").unlink()
    with pytest.raises(PromotionError, match=r"score\.py"):
        resolve_file(path, Workspace(tmp_path))
