"""The real azure-ai-ml and `devkit promote` do the same documents against one recording server: the same bodies."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from devkit.promote.context import Terms
from devkit.promote.journal import Request
from devkit.promote.workflow import promote
from devkit.workspace import Workspace
from tests.support import azure_recording
from tests.support.azure_differences import ALLOWED, difference_of, leaves
from tests.support.azure_recorder import Recorder, recorder
from tests.support.example_bodies import ROOT as SHIPPED
from tests.support.oracle import PYTHON

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    Endpoints = dict[Path, Sequence[Path]]
    Bodies = dict[str, dict[str, Any]]

if not PYTHON.exists() and not os.environ.get("CI"):
    pytest.skip("azure-ai-ml is not installed: `make azure-oracle` installs it", allow_module_level=True)

SCOPE = ("00000000-0000-0000-0000-000000000000", "group", "shop")
TRAFFIC: dict[str, tuple[int, dict[str, int]]] = {
    "blue": (100, {"blue": 100}),
    "green": (10, {"blue": 90, "green": 10}),
}
"""By the deployment's name: what a promotion is told of its traffic, and what azure-ai-ml is."""


SCHEMAS = "https://azuremlschemas.azureedge.net/latest"
EVERYTHING = {
    "endpoint.yml": f"""\
$schema: {SCHEMAS}/managedOnlineEndpoint.schema.json
name: everything
description: every key that an endpoint has
auth_mode: key
tags: {{team: vision}}
properties: {{p: q}}
public_network_access: disabled
identity:
  type: user_assigned
  user_assigned_identities:
    - resource_id: /subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i
""",
    "blue-deployment.yml": f"""\
$schema: {SCHEMAS}/managedOnlineDeployment.schema.json
name: blue
endpoint_name: everything
description: every key that a deployment has
tags: {{team: vision}}
properties: {{p: q}}
model:
  name: digits
  version: "3"
  path: model.json
  type: custom_model
  description: of digits
  tags: {{size: small}}
  properties: {{trained: today}}
code_configuration: {{code: src, scoring_script: score.py}}
environment:
  name: own
  version: "2"
  description: of ours
  image: mcr.microsoft.com/azureml/minimal-py312-inference:20260101.v1
  conda_file: conda.yml
environment_variables: {{LEVEL: "1"}}
instance_type: Standard_DS3_v2
instance_count: 2
app_insights_enabled: true
egress_public_network_access: disabled
scale_settings: {{type: default}}
request_settings: {{request_timeout_ms: 90000, max_concurrent_requests_per_instance: 3, max_queue_wait_ms: 500}}
liveness_probe: {{initial_delay: 90, period: 10, timeout: 2, success_threshold: 1, failure_threshold: 3}}
readiness_probe: {{initial_delay: 30, period: 5, timeout: 1, success_threshold: 2, failure_threshold: 9}}
data_collector:
  collections:
    request: {{enabled: "true"}}
    mine:
      enabled: "false"
      client_id: i
      data: {{name: collected, version: "7", path: azureml://datastores/workspaceblobstore/paths/elsewhere}}
  sampling_rate: 0.5
  rolling_rate: day
  request_logging: {{capture_headers: [x-team]}}
""",
    "src/score.py": "def init():\n    pass\n\n\ndef run(data):\n    return 42\n",
    "model.json": "[1]",
    "conda.yml": "name: own\ndependencies: [python=3.12, pip, pip: [azureml-inference-server-http==1.5.1]]\n",
}
"""What the shipped documents do not say."""


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def examples(folder: Path) -> Endpoints:
    """Copies of what is shipped for online endpoints: each endpoint with its deployments."""
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("broken", "batch", ".devkit"))
    for name, text in EVERYTHING.items():
        path = folder / "everything" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return {each: sorted(each.parent.glob("*deployment.yml")) for each in sorted(folder.glob("*/endpoint.yml"))}


def create_with_azure_ai_ml(endpoints: Endpoints, there: Recorder) -> None:
    """As a script of a user would: the endpoint, then each deployment and its traffic."""
    documents = [
        {
            "file": str(endpoint),
            "deployments": [{"file": str(each), "traffic": TRAFFIC[read(each)["name"]][1]} for each in deployments],
        }
        for endpoint, deployments in endpoints.items()
    ]
    given = {"url": there.url, "token": there.front.accepted, "workspace": SCOPE, "endpoints": documents}
    done = subprocess.run(
        [PYTHON, azure_recording.__file__],
        input=json.dumps(given) + "\n",
        capture_output=True,
        text=True,
        env={**os.environ, "REQUESTS_CA_BUNDLE": there.certificate},
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-5000:]


def promote_all(endpoints: Endpoints, there: Recorder, folder: Path) -> None:
    """`devkit promote` of each deployment."""
    options = {"url": there.url, "certificates": there.certificate, "storage": f"{there.url}/blobs"}
    for file in (each for deployments in endpoints.values() for each in deployments):
        request = Request(
            file=file,
            to=f"azureml:{'/'.join(SCOPE)}",
            golden=golden(file, folder),
            steps=(TRAFFIC[read(file)["name"]][0],),
            hold_s=0,
            unvalidated="only what is sent counts here",
            options=options,
        )
        journal = promote(request, Workspace(folder), Terms(lambda _: None, lambda _: True, lambda _: None))
        assert journal.status == "done"


def golden(file: Path, folder: Path) -> Path:
    """A folder with a golden request of the deployment's route, which the recorder answers."""
    routes = (read(file).get("environment") or {}).get("inference_config") or {}
    path = (routes.get("scoring_route") or {}).get("path", "/score")
    here = folder / "golden" / file.parent.name
    here.mkdir(parents=True, exist_ok=True)
    content = {"request": {"path": path, "body": 1}, "answer": {"body": 42}}
    (here / "one.json").write_text(json.dumps(content), encoding="utf-8")
    return here


def bodies(sent: Sequence[tuple[str, str, Any]]) -> Bodies:
    """What was sent for each document, by place: endpoints as made, their traffic, deployments with assets."""
    found: Bodies = {}
    last = {path: body for _, path, body in sent}
    traffic = 0
    for method, path, body in sent:
        assert method == "PUT"
        kind, name, *rest = path.split("/")
        if kind != "onlineEndpoints":
            continue
        if rest:
            found[path] = dict(leaves(body, "deployment"))
            for what, version in assets(body["properties"]):
                found[path] |= dict(leaves(last[version], what))
        elif path not in found:
            found[path] = dict(leaves(body, "endpoint"))
        else:
            traffic += 1
            found[f"{name} {traffic}"] = dict(leaves(body, "traffic"))
    return found


def assets(properties: dict[str, Any]) -> list[tuple[str, str]]:
    """What a deployment refers to: what it is for, and the path below the workspace."""
    ids = {
        "code": (properties.get("codeConfiguration") or {}).get("codeId"),
        "model": properties.get("model"),
        "environment": properties.get("environmentId"),
        **{
            f"data.{name}": each["dataId"]
            for name, each in (properties.get("dataCollector") or {}).get("collections", {}).items()
        },
    }
    return [(what, each.partition(f"/{SCOPE[-1]}/")[2]) for what, each in ids.items() if each]


@pytest.mark.timeout(300)
def test_a_promotion_sends_what_azure_ai_ml_sends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For every example, key by key: endpoint, assets, deployment, traffic; a table has what may differ."""
    endpoints = examples(tmp_path / "examples")
    monkeypatch.setenv("DEVKIT_AZURE_TOKEN", "first")
    monkeypatch.delenv("DEVKIT_AZURE_TOKEN_FILE", raising=False)
    with recorder(tmp_path / "theirs") as there:
        create_with_azure_ai_ml(endpoints, there)
        theirs = bodies(there.sent())
    with recorder(tmp_path / "ours") as there:
        promote_all(endpoints, there, tmp_path / "kit")
        ours = bodies(there.sent())
    assert sorted(ours) == sorted(theirs)
    assert len(ours) == len(endpoints) + 2 * sum(map(len, endpoints.values()))
    differences = [
        (document, difference_of(place, ours[document], theirs[document]))
        for document in ours
        for place in sorted({*ours[document], *theirs[document]})
    ]
    assert [f"{document} {each}" for document, each in differences if isinstance(each, str)] == []
    used = [each for _, each in differences]
    assert [each.why for each in ALLOWED if each not in used] == [], "no longer needed"
