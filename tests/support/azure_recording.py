"""Runs in the environment that has azure-ai-ml: creates what the examples' documents say, as a user's script would.

One line of JSON comes in on stdin: {"url", "token", "endpoints": [{"file", "deployments": [{"file", "traffic"}]}]}.
What goes over the wire is recorded where `url` points to; nothing is printed.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import warnings
from typing import Any, NamedTuple


class _AccessToken(NamedTuple):
    token: str
    expires_on: int


class _Credential:
    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *scopes: str, **kwargs: Any) -> _AccessToken:
        return _AccessToken(self._token, int(time.time()) + 3600)


def main() -> None:
    """Create everything; a failure ends it with a traceback."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    given = json.loads(sys.stdin.readline())
    os.environ["ARM_CLOUD_METADATA_URL"] = f"{given['url']}/metadata/endpoints?api-version=2022-09-01"
    os.environ["AZUREML_DEV_URL_MFE"] = given["url"]
    from azure.ai.ml import MLClient

    client = MLClient(_Credential(given["token"]), *given["workspace"])
    for endpoint in given["endpoints"]:
        _create(client, endpoint["file"], endpoint["deployments"])


def _create(client: Any, file: str, deployments: list[dict[str, Any]]) -> None:
    from azure.ai.ml import load_online_deployment, load_online_endpoint

    endpoint = load_online_endpoint(file)
    endpoint.traffic = {}  # no deployment is there yet that could have any
    client.online_endpoints.begin_create_or_update(endpoint).result()
    for each in deployments:
        client.online_deployments.begin_create_or_update(load_online_deployment(each["file"])).result()
        endpoint.traffic = each["traffic"]
        client.online_endpoints.begin_create_or_update(endpoint).result()
    client.online_endpoints.begin_delete(endpoint.name).wait()


if __name__ == "__main__":
    main()
