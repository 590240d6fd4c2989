"""Versions that are deleted by force while a deployment uses them, and what becomes of their content."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.control_plane.errors import ConflictError, NotFoundError
from devkit.control_plane.operations import Operations
from devkit.control_plane.records import DeploymentRecord, EndpointRecord
from devkit.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = "/subscriptions/0/resourceGroups/local/providers/Microsoft.MachineLearningServices/workspaces/w/models/m"


@pytest.fixture
def operations(tmp_path: Path) -> Iterator[Operations]:
    """Versions 1 and 2 of the model `m`; the deployment `blue` uses the first. Nothing runs."""
    found = Operations(Workspace(tmp_path))
    for version in ("1", "2"):
        register(found, version, f"weights {version}")
    found.store.endpoints.put(EndpointRecord("shop", 5000, "one", "two", created=1.0, modified=1.0))
    body = {"properties": {"model": f"azureml:{MODEL}/versions/1"}}
    found.store.deployments.put(DeploymentRecord("shop", "blue", created=1.0, modified=1.0, body=body))
    yield found
    found.store.close()


def register(operations: Operations, version: str, weights: str) -> Path:
    """Register the model; its copy's place."""
    source = operations.workspace.root / f"model-{version}.bin"
    source.write_text(weights, encoding="utf-8")
    content = operations.assets.put("models", "m", version, {"properties": {"modelUri": source.as_uri()}})[0].content
    assert content is not None
    return Path(content)


def copies(operations: Operations) -> set[str]:
    """What the copies of models hold."""
    return {path.read_text(encoding="utf-8") for path in operations.workspace.assets.glob("models/*/*")}


def test_who_uses_a_version_keeps_it(operations: Operations) -> None:
    """After a forced deletion a version is gone for everybody but the deployment that uses it."""
    operations.assets.delete("models", "m", "1", force=True)
    with pytest.raises(NotFoundError):
        operations.assets.get("models", "m", "1")
    with pytest.raises(NotFoundError):
        operations.assets.find_by_id(f"{MODEL}/versions/1", "shop", "green")
    assert [each.version for each in operations.assets.versions_of("models", "m")] == ["2"]
    kept = operations.assets.find_by_id(f"{MODEL}/versions/1", "shop", "blue")
    assert kept.content is not None
    assert Path(kept.content).read_text(encoding="utf-8") == "weights 1"


def test_its_name_stays_taken_while_it_is_used(operations: Operations) -> None:
    """Other content under the same version would change what the deployment serves: it is refused, the same is not."""
    operations.assets.delete("models", "m", "1", force=True)
    with pytest.raises(ConflictError, match="used by a deployment still"):
        register(operations, "1", "others")
    register(operations, "1", "weights 1")
    assert operations.assets.get("models", "m", "1").version == "1"


def test_content_goes_with_its_last_user(operations: Operations) -> None:
    """A deletion removes the copy of what nobody uses; that of a version deleted by force goes when its user has."""
    operations.assets.delete("models", "m", "1", force=True)
    operations.assets.delete("models", "m", "2")
    assert copies(operations) == {"weights 1"}
    operations.store.deployments.delete(endpoint="shop", name="blue")
    register(operations, "3", "weights 3")
    operations.assets.delete("models", "m", "3")
    assert copies(operations) == set()
    assert operations.store.versions.all() == []


def test_content_that_versions_share_stays(operations: Operations) -> None:
    """Equal content lies there once, and stays until the last of its versions is deleted."""
    register(operations, "3", "weights 2")
    (operations.workspace.root / "model-3.bin").rename(operations.workspace.root / "same.bin")
    place = register(operations, "2", "weights 2")
    operations.assets.put("models", "n", "1", {"properties": {"modelUri": place.as_uri()}})
    operations.assets.delete("models", "m", None, force=True)
    assert "weights 2" in copies(operations)
