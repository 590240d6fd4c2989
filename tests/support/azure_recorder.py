"""A workspace that keeps what is sent to it: endpoints and deployments are words, all else is the control plane's."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.control_plane import daemon
from tests.support.azure_front import Front, front
from tests.support.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Iterator

    Json = dict[str, Any]
    Answer = tuple[int, dict[str, str], Any]

__all__ = ["Recorder", "recorder"]

_SCORED = "/scored/"
_SIZES = [{"name": "Standard_DS3_v2", "family": "a"}, {"name": "Standard_NC4as_T4_v3", "family": "b"}]
_MADE = {"createdAt": "2026-11-21T00:00:00Z", "lastModifiedAt": "2026-11-21T00:00:00Z"}


class Recorder:
    """Endpoints and deployments that are ready at once, and answer every request with 42."""

    def __init__(self, there: Front, certificate: str) -> None:
        self.front = there
        self.certificate = certificate
        """The authority to trust."""
        self._kept: dict[str, Json] = {}
        there.sizes, there.instead = _SIZES, self._answered

    @property
    def url(self) -> str:
        """Of Azure Resource Manager, as it were."""
        return self.front.url

    def sent(self) -> list[tuple[str, str, Any]]:
        """Each PUT and PATCH but those of files: method, path below the workspace, body."""
        return [
            (method, path.partition("/workspaces/")[2].partition("/")[2], body)
            for method, path, body in self.front.asked
            if method in {"PUT", "PATCH"} and not path.startswith("/blobs/")
        ]

    def _answered(self, method: str, path: str, body: Any) -> Answer | None:
        if path.startswith(_SCORED):
            return 200, {"Content-Type": "application/json"}, 42
        if "/computes/" in path:  # which azure-ai-ml looks up
            return 200, {}, _resource(path, {"properties": {"computeType": "Kubernetes"}})
        return self._online(method, path, body) if "/onlineEndpoints" in path else None

    def _online(self, method: str, path: str, body: Any) -> Answer:
        if method == "DELETE":
            self._kept = {each: kept for each, kept in self._kept.items() if not each.startswith(path)}
            return 204, {}, b""
        if method == "PUT":
            self._kept[path] = self._ready(path, body)
        if path in self._kept:
            return 200, {}, self._kept[path]
        if path.endswith("/listKeys"):
            return 200, {}, {"primaryKey": self.front.accepted}
        if path.endswith("/deployments"):
            return 200, {}, {"value": [kept for each, kept in self._kept.items() if each.startswith(f"{path}/")]}
        return 404, {}, {"error": {"code": "ResourceNotFound", "message": f"There is no {path}."}}

    def _ready(self, path: str, body: Json) -> Json:
        told = {**body["properties"], "provisioningState": "Succeeded"}
        if "/deployments/" in path:
            told.setdefault("scaleSettings", {"scaleType": "Default"})
        else:
            told["scoringUri"] = f"{self.url}{_SCORED}{path.rpartition('/')[2]}/score"
        return _resource(path, {**body, "properties": told})


@contextmanager
def recorder(folder: Path) -> Iterator[Recorder]:
    """One with a control plane of its own below `folder`, over TLS, without which azure-ai-ml sends no token."""
    folder.mkdir()
    bench = Workbench(folder)
    with ExitStack() as stack:
        stack.callback(bench.close)
        connection = daemon.ensure_encrypted(bench.workspace)
        certificate = str(connection.certificate)
        there = stack.enter_context(front(bench.client, connection.token, Path(certificate).with_name("server.pem")))
        yield Recorder(there, certificate)


def _resource(path: str, body: Json) -> Json:
    answer: Json = json.loads(json.dumps(body))
    return {"id": path, "name": path.rpartition("/")[2], "location": "local", **answer, "systemData": _MADE}
