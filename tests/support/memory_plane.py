"""A control plane in memory: keeps what it is given, as the real one's client gives it back."""

from __future__ import annotations

from typing import Any

from devkit.control_plane.client import Client, WorkspaceId
from devkit.control_plane.errors import NotFoundError

Json = dict[str, Any]


class Ended:
    """An operation that has ended."""

    def __init__(self, resource: Json) -> None:
        self.resource = resource

    def wait(self, progress: Any = None, timeout_s: float | None = None) -> Json:
        """The resource."""
        return self.resource


class MemoryPlane(Client):
    """Bodies by path."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9", lambda: "", workspace=WorkspaceId(name="w"))
        self.bodies: dict[str, Json] = {}

    def _kept(self, path: str, body: Json) -> Json:
        self.bodies[path] = {**body, "id": self.workspace.path + path, "name": path.rpartition("/")[2]}
        return self.bodies[path]

    def _found(self, path: str) -> Json:
        if path not in self.bodies:
            raise NotFoundError(f"{path} does not exist.")
        return self.bodies[path]

    def get_endpoint(self, name: str) -> Json:
        """The body."""
        return self._found(f"/onlineEndpoints/{name}")

    def put_endpoint(self, name: str, body: Json) -> Any:
        """Keep it."""
        return Ended(self._kept(f"/onlineEndpoints/{name}", body))

    def get_deployment(self, endpoint: str, name: str) -> Json:
        """The body."""
        return self._found(f"/onlineEndpoints/{endpoint}/deployments/{name}")

    def put_deployment(self, endpoint: str, name: str, body: Json, *, only_new: bool = False) -> Any:
        """Keep it."""
        return Ended(self._kept(f"/onlineEndpoints/{endpoint}/deployments/{name}", body))

    def get_version(self, kind: str, name: str, version: str) -> Json:
        """The body."""
        return self._found(f"/{kind}/{name}/versions/{version}")

    def list_versions(self, kind: str, name: str, **query: str) -> list[Json]:
        """The bodies, the newest first."""
        beginning = f"/{kind}/{name}/versions/"
        return [body for path, body in reversed(self.bodies.items()) if path.startswith(beginning)]

    def put_version(self, kind: str, name: str, version: str, body: Json) -> Json:
        """Keep it."""
        return self._kept(f"/{kind}/{name}/versions/{version}", body)
