"""Runs in the environment that has azure-ai-ml: drives a control plane with it, as a user's own script would.

One line of JSON comes in on stdin: {"url", "token", "folder"}. Each line out is JSON: {"step", "value"}.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any, NamedTuple


class _AccessToken(NamedTuple):
    token: str
    expires_on: int


class _Credential:
    """What azure-ai-ml takes for a login."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *scopes: str, **kwargs: Any) -> _AccessToken:
        """The control plane's token, whatever it is for."""
        return _AccessToken(self._token, int(time.time()) + 3600)


def main() -> None:
    """Do every step; a failure ends it with a traceback."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    given = json.loads(sys.stdin.readline())
    os.environ["ARM_CLOUD_METADATA_URL"] = f"{given['url']}/metadata/endpoints?api-version=2022-09-01"
    os.environ["AZUREML_DEV_URL_MFE"] = given["url"]
    from azure.ai.ml import MLClient

    client = MLClient(_Credential(given["token"]), "00000000-0000-0000-0000-000000000000", "local", "local")
    _drive(client, Path(given["folder"]))


def _drive(client: Any, folder: Path) -> None:
    from azure.ai.ml import load_online_deployment, load_online_endpoint

    endpoint = load_online_endpoint(folder / "endpoint.yml")
    _tell("endpoint", client.online_endpoints.begin_create_or_update(endpoint).result().provisioning_state)
    deployment = load_online_deployment(folder / "blue.yml")
    made = client.online_deployments.begin_create_or_update(deployment).result()
    _tell("deployment", {"state": made.provisioning_state, "model": made.model, "instances": made.instance_count})
    endpoint.traffic = {made.name: 100}
    _tell("traffic", client.online_endpoints.begin_create_or_update(endpoint).result().traffic)
    request = str(folder / "sample-request.json")
    _tell("invoke", client.online_endpoints.invoke(endpoint.name, request_file=request))
    _tell("invoke by name", client.online_endpoints.invoke(endpoint.name, request_file=request, deployment_name="blue"))
    _tell("keys", bool(client.online_endpoints.get_keys(endpoint.name).primary_key))
    _tell("logs", client.online_deployments.get_logs("blue", endpoint.name, lines=200))
    _tell("endpoints", [each.name for each in client.online_endpoints.list()])
    _tell("deployments", [each.name for each in client.online_deployments.list(endpoint.name)])
    endpoint.traffic = {}
    client.online_endpoints.begin_create_or_update(endpoint).result()
    client.online_deployments.begin_delete("blue", endpoint.name).result()
    _tell("left", [each.name for each in client.online_deployments.list(endpoint.name)])
    client.online_endpoints.begin_delete(endpoint.name).result()
    _tell("gone", [each.name for each in client.online_endpoints.list()])


def _tell(step: str, value: Any) -> None:
    sys.stdout.write(json.dumps({"step": step, "value": value}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
