"""The sidecar as a pod starts it: a process, with the rendered configuration and the mounted keys."""

from __future__ import annotations

import json
import subprocess
import sys
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import pytest

from devkit.gateway.files import read_status
from devkit.promote.kubernetes.manifests import manifests
from tests.support.gateways import FakeInstance, until
from tests.support.ports import free_port
from tests.support.releases import ROOT, WITH_SIDECAR, endpoint_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sidecar(tmp_path: Path) -> Iterator[int]:
    """The port of a sidecar with the sklearn example's configuration, before an instance that echoes."""
    found = manifests(endpoint_of(ROOT / "examples" / "sklearn"), WITH_SIDECAR)
    config = json.loads(next(each for each in found if each["kind"] == "ConfigMap")["data"]["gateway.json"])
    (tmp_path / "keys").mkdir()
    (tmp_path / "state").mkdir()
    (tmp_path / "keys" / "primaryKey").write_text("first")
    (tmp_path / "keys" / "secondaryKey").write_text("second")
    with FakeInstance("blue") as instance:
        config.update(host="127.0.0.1", port=free_port())  # the pod's own port may be taken here
        config["backends"]["blue"]["targets"][0]["port"] = instance.port
        (tmp_path / "gateway.json").write_text(json.dumps(config))
        places = [str(tmp_path / each) for each in ("gateway.json", "keys", "state")]
        process = subprocess.Popen([sys.executable, "-m", "devkit.gateway.sidecar", *places], stderr=subprocess.DEVNULL)
        try:
            until(lambda: read_status(tmp_path / "state"), within_s=30)
            yield config["port"]
        finally:
            process.terminate()
            process.wait(timeout=30)


def ask(port: int, **headers: Any) -> int:
    """The status of a request to score."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", "/score", b"{}", headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_sidecar_checks_keys(sidecar: int) -> None:
    """Both keys let a request through to the instance, no key and another key do not."""
    answers = [ask(sidecar, Authorization=f"Bearer {key}") for key in ("first", "second", "third")]
    assert (answers, ask(sidecar)) == ([200, 200, 401], 401)


def test_another_deployments_name_is_refused(sidecar: int) -> None:
    """A request for a deployment that the pod is not of is answered 404, as Azure answers it."""
    header = {"azureml-model-deployment": "green"}
    assert ask(sidecar, Authorization="Bearer first", **header) == 404
