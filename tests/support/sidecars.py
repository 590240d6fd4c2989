"""A sidecar as a pod starts it: a process, with the rendered configuration and the mounted keys."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

from devkit.gateway.files import read_status
from devkit.promote.kubernetes.manifests import manifests
from tests.support.gateways import FakeInstance, until
from tests.support.ports import free_port
from tests.support.releases import ROOT, WITH_SIDECAR, endpoint_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Sidecar:
    """One that listens, with the keys `first` and `second`, of the deployment `blue`."""

    port: int
    state: Path
    """Its folder, by which `devkit.gateway.ask` finds it."""

    def ask(self, path: str = "/score", **headers: Any) -> int:
        """The status of a request."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", path, b"{}", headers)
            return connection.getresponse().status
        finally:
            connection.close()


@contextmanager
def running_sidecar(folder: Path) -> Iterator[Sidecar]:
    """A sidecar with the sklearn example's configuration, before an instance that echoes."""
    found = manifests(endpoint_of(ROOT / "examples" / "sklearn"), WITH_SIDECAR)
    config = json.loads(next(each for each in found if each["kind"] == "ConfigMap")["data"]["gateway.json"])
    (folder / "keys").mkdir()
    (folder / "state").mkdir()
    (folder / "keys" / "primaryKey").write_text("first")
    (folder / "keys" / "secondaryKey").write_text("second")
    with FakeInstance("blue") as instance:
        config.update(host="127.0.0.1", port=free_port())  # the pod's own port may be taken here
        config["backends"]["blue"]["targets"][0]["port"] = instance.port
        (folder / "gateway.json").write_text(json.dumps(config))
        places = [str(folder / each) for each in ("gateway.json", "keys", "state")]
        process = subprocess.Popen([sys.executable, "-m", "devkit.gateway.sidecar", *places], stderr=subprocess.DEVNULL)
        try:
            until(lambda: read_status(folder / "state"), within_s=60)
            yield Sidecar(config["port"], folder / "state")
        finally:
            process.terminate()
            process.wait(timeout=60)
