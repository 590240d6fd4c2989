"""Scoring an endpoint as its clients do: over HTTP, with its key or token."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.control_plane.client import Client

    Json = dict[str, Any]

__all__ = ["Answer", "credential_of", "invoke", "score", "secret_of"]

_TIMEOUT_SECONDS = 600.0
"""Longer than any request_timeout_ms: the endpoint ends a request, not its client."""


@dataclass(frozen=True)
class Answer:
    """What an endpoint answered."""

    status: int
    reason: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""

    @property
    def ok(self) -> bool:
        """Whether it is a 200."""
        return self.status == 200  # noqa: PLR2004  HTTP

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body's value.

        Raises:
            ValueError: it is no JSON.
        """
        import json

        return json.loads(self.body)

    @property
    def deployment(self) -> str | None:
        """Which deployment answered."""
        return self.headers.get("azureml-model-deployment")

    @property
    def model_status(self) -> str | None:
        """Of a 424, the status that the container answered with."""
        return self.headers.get("ms-azureml-model-error-statuscode")

    @property
    def model_reason(self) -> str:
        """Of a 424, the reason that the container gave."""
        return self.headers.get("ms-azureml-model-error-reason", "")


def credential_of(client: Client, endpoint: Mapping[str, Any]) -> Json:
    """What lets a client in, in the service's words.

    Returns:
        `primaryKey` and `secondaryKey`, or `accessToken` with its times.
    """
    if endpoint["properties"].get("authMode") == "Key":
        return client.list_keys(endpoint["name"])
    return client.get_token(endpoint["name"])


def secret_of(client: Client, endpoint: Mapping[str, Any]) -> str:
    """What a client sends as its bearer token: the primary key, or a token."""
    credential = credential_of(client, endpoint)
    return str(credential.get("primaryKey") or credential["accessToken"])


def invoke(client: Client, name: str, body: bytes, deployment: str | None = None) -> Answer:
    """Send `body` to the endpoint.

    Args:
        client: the control plane, which knows address and keys.
        name: the endpoint.
        body: JSON, or whatever the script takes.
        deployment: asks this one, whatever the traffic.
    """
    endpoint = client.get_endpoint(name)
    return score(str(endpoint["properties"]["scoringUri"]), secret_of(client, endpoint), body, deployment)


def score(address: str, secret: str, body: bytes, deployment: str | None = None) -> Answer:
    """Send one request.

    Args:
        address: the scoring URI.
        secret: a key or a token.
        body: the request.
        deployment: asks this one, whatever the traffic.

    Raises:
        NotReachedError: nobody listens there.
    """
    import urllib3

    from devkit.control_plane.errors import NotReachedError

    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {secret}"}
    if deployment is not None:
        headers["azureml-model-deployment"] = deployment
    try:
        with urllib3.PoolManager(retries=False, timeout=_TIMEOUT_SECONDS) as pool:
            response = pool.request("POST", address, body=body, headers=headers, redirect=False)
    except urllib3.exceptions.HTTPError as error:
        raise NotReachedError(
            f"{address} does not answer ({type(error).__name__}). devkit status tells what runs; devkit up starts it."
        ) from error
    named = {key.lower(): value for key, value in response.headers.items()}
    return Answer(response.status, response.reason or "", response.data, named)
