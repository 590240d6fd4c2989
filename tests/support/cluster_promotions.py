"""Promotions to the fake cluster: a project, its deployments, and targets opened for them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.promote.kubernetes.options import Address, parse_options
from devkit.promote.resolving import resolve_file
from devkit.promote.targets.base import Desired
from devkit.promote.targets.kubernetes import KubernetesTarget
from devkit.workspace import Workspace
from tests.support.releases import IMAGE, SIDECAR

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEPLOYMENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: {name}
endpoint_name: numbers
code_configuration: {{code: src, scoring_script: score.py}}
environment: {{image: "mcr.microsoft.com/azureml/minimal-py312-inference:20260101.v1"}}
environment_variables: {{PASSWORD: "${{{{azureml://connections/db/credentials/password}}}}"}}
instance_type: Standard_DS3_v2
instance_count: 2
"""
SCRIPT = "def init():\n    pass\n\n\ndef run(raw_data):\n    return raw_data\n"
OPTIONS = {"image": IMAGE.format("numbers"), "sidecar": SIDECAR, "gateway": "public", "hostname": "numbers.example"}


@dataclass
class Project:
    """A folder with deployments of the endpoint `numbers`."""

    folder: Path

    def write(self, name: str) -> Path:
        """The deployment's file, with its code and a golden request."""
        (self.folder / "src").mkdir(exist_ok=True)
        (self.folder / "src" / "score.py").write_text(SCRIPT)
        (self.folder / "golden").mkdir(exist_ok=True)
        golden = {"request": {"path": "/score", "body": 1}, "answer": {"body": 42}}
        (self.folder / "golden" / "one.json").write_text(json.dumps(golden))
        path = self.folder / f"{name}.yml"
        path.write_text(DEPLOYMENT.format(name=name))
        return path

    def target(self, name: str, options: Mapping[str, str] = OPTIONS) -> KubernetesTarget:
        """The target of a promotion of the deployment; its id is `promote-NAME`."""
        self.write(name)
        return self.opened(name, options)

    def opened(self, name: str, options: Mapping[str, str]) -> KubernetesTarget:
        """The same of the files as they are."""
        workspace = Workspace(self.folder)
        found = resolve_file(self.folder / f"{name}.yml", workspace)
        desired = Desired(f"promote-{name}", found.document, found.endpoint, found.plan, found.digests, None)
        address = Address("fake", "serving")
        return KubernetesTarget(address, desired, workspace, parse_options(options, "serving"), poll_s=0.05)


LISTENER = {"name": "http", "port": 80, "protocol": "HTTP"}
GATEWAY = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "public", "namespace": "serving"},
    "spec": {"gatewayClassName": "any", "listeners": [LISTENER]},
}
