"""Runs in azure-ai-ml's environment: creates the same deployment as a local one, and prints the seconds as JSON.

    python theirs.py FOLDER ROUNDS

A credential that is never asked stands for the login. azure-ai-ml pulls the base image before each build; the image of
the bench is in no registry, so the builds are made without that, and are as warm as ours. Without a conda file it names
an environment that no image has, so the image's own is named.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import urllib.request
import warnings
from pathlib import Path
from typing import Any


class _NoLogin:
    def get_token(self, *scopes: str, **_: Any) -> Any:
        """Nobody may ask: nothing leaves this machine."""
        raise AssertionError(f"a token was asked for {scopes}")


PYTHON = {"AZUREML_INFERENCE_PYTHON_PATH": "/opt/miniconda/envs/amlenv/bin"}


def main() -> None:
    """Create, ask and delete so often."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
    from azure.ai.ml import MLClient

    _build_without_pulling()
    client = MLClient(_NoLogin(), "00000000-0000-0000-0000-000000000000", "local", "local", enable_telemetry=False)
    seconds = [_create_to_answer_s(client, folder) for _ in range(rounds)]
    print("\n" + json.dumps(seconds))


def _build_without_pulling() -> None:
    from docker.api.build import BuildApiMixin

    build = BuildApiMixin.build
    setattr(BuildApiMixin, "build", lambda self, **given: build(self, **{**given, "pull": False}))  # noqa: B010  a patch


def _create_to_answer_s(client: Any, folder: Path) -> float:
    from azure.ai.ml import load_online_deployment, load_online_endpoint

    endpoint = load_online_endpoint(folder / "endpoint.yml")
    deployment = load_online_deployment(folder / "blue.yml")
    deployment.environment_variables = PYTHON
    client.online_endpoints.begin_create_or_update(endpoint, local=True)
    begun = time.perf_counter()
    client.online_deployments.begin_create_or_update(deployment, local=True)
    _await_answer(client.online_endpoints.get(endpoint.name, local=True).scoring_uri)
    seconds = time.perf_counter() - begun
    client.online_deployments.begin_delete(deployment.name, endpoint.name, local=True)
    return seconds


def _await_answer(address: str, limit_s: float = 60.0) -> None:
    deadline = time.monotonic() + limit_s
    request = urllib.request.Request(address, b"{}", {"Content-Type": "application/json"})  # noqa: S310  of this machine
    while not _answers(request):
        if time.monotonic() > deadline:
            raise TimeoutError(address)
        time.sleep(0.05)


def _answers(request: urllib.request.Request) -> bool:
    try:
        with urllib.request.urlopen(request, timeout=60):  # noqa: S310  of this machine
            return True
    except OSError:
        return False


if __name__ == "__main__":
    main()
