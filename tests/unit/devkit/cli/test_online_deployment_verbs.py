"""What ``create`` comes to when another command creates the same at the same moment."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from devkit.cli import online_deployment_verbs as verbs
from devkit.cli.errors import CommandError
from devkit.control_plane.errors import ConflictError, ExistsError
from tests.support.memory_plane import MemoryPlane

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEPLOYMENT = """
name: blue
endpoint_name: shop
code_configuration: {code: ., scoring_script: score.py}
environment: {image: example.org/image:1}
instance_type: Standard_DS3_v2
instance_count: 1
"""


class BusyPlane(MemoryPlane):
    """Another command is quicker: it creates the endpoint, or the deployment, after ours has looked for it."""

    def put_endpoint(self, name: str, body: dict[str, Any]) -> Any:
        """The other's is being created."""
        super().put_endpoint(name, body)
        raise ConflictError(f"An operation on endpoint '{name}' is going on.")

    def put_deployment(self, endpoint: str, name: str, body: dict[str, Any], *, only_new: bool = False) -> Any:
        """The other's is there if its name is green."""
        if name == "green":
            assert only_new, "the other's would be replaced"
            raise ExistsError("There is one.")
        return super().put_deployment(endpoint, name, body)


@pytest.fixture
def plane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MemoryPlane:
    """A control plane that another command uses too, and a deployment's file for it."""
    (tmp_path / "score.py").write_text("def init(): ...\ndef run(data): ...\n", encoding="utf-8")
    (tmp_path / "blue.yml").write_text(DEPLOYMENT, encoding="utf-8")
    busy = BusyPlane()

    @contextmanager
    def connected() -> Iterator[MemoryPlane]:
        yield busy

    monkeypatch.setattr(verbs, "connected", connected)
    return busy


def create(folder: Path, name: str) -> Any:
    given = verbs.Given(folder / "blue.yml", name, None)
    return verbs.create(given, verbs.Wishes(), all_traffic=False, no_wait=True)


def test_an_endpoint_that_another_command_creates_is_taken(plane: MemoryPlane, tmp_path: Path) -> None:
    """Two deployments of a new endpoint can be created at once: who finds it being created goes on."""
    assert create(tmp_path, "blue")["name"] == "blue"
    assert "/onlineEndpoints/shop/deployments/blue" in plane.bodies


def test_a_deployment_that_another_command_created_is_not_replaced(plane: MemoryPlane, tmp_path: Path) -> None:
    """Who comes a moment too late is told what one is told who comes much later."""
    with pytest.raises(CommandError, match="shop has a deployment green already"):
        create(tmp_path, "green")
