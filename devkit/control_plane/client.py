"""A client of the Azure ML REST shapes: of the local control plane, and of Azure with another URL and credential."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlencode

from devkit.control_plane.errors import NotReachedError, error_of
from devkit.control_plane.patience import Patience
from devkit.control_plane.polling import Answer, LongRunning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import urllib3

    from devkit.control_plane.connection import Connection

    Json = dict[str, Any]

__all__ = ["API_VERSION", "AssetKind", "Client", "WorkspaceId"]

API_VERSION = "2025-04-01"
_TIMEOUT_SECONDS = 60.0
_UNAUTHORIZED = 401

AssetKind = Literal["codes", "models", "environments", "data"]


@dataclass(frozen=True)
class WorkspaceId:
    """The workspace that paths begin with. The local control plane takes any."""

    subscription: str = "00000000-0000-0000-0000-000000000000"
    group: str = "local"
    name: str = "local"

    @property
    def path(self) -> str:
        """Azure's path of it; ids of resources begin with it."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{self.name}"
        )

    @property
    def azureml_path(self) -> str:
        """The same in an `azureml:/` URI, which names places in a datastore."""
        return f"/subscriptions/{self.subscription}/resourcegroups/{self.group}/workspaces/{self.name}"


class Client:
    """One control plane. Methods block; bodies are JSON as the service's.

    Every method raises:
        NotFoundError, BadArgumentError, ConflictError, ServiceError: what the service answered.
        NotReachedError: nobody answered.
    """

    def __init__(  # noqa: PLR0913  all but two by name, with defaults
        self,
        base_url: str,
        credential: Callable[[], str],
        *,
        workspace: WorkspaceId | None = None,
        api_version: str = API_VERSION,
        certificates: str | None = None,
        renew: Callable[[], None] | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Speak to `base_url`.

        Args:
            base_url: without a slash at the end: `https://management.azure.com`, or the local one.
            credential: gives the bearer token; asked before each request, so it may renew it.
            workspace: the workspace; the local one if None.
            api_version: of the bodies.
            certificates: a PEM file of authorities to trust; the system's if None.
            renew: called when a token is refused (401), before the request is repeated once; none can be had if None.
            patience: how often a request is repeated that was put off; never if None, as on one's own machine.
        """
        self.base_url = base_url
        self.workspace = workspace or WorkspaceId()
        self._credential = credential
        self._api_version = api_version
        self._certificates = certificates
        self._renew = renew
        self._patience = patience or Patience(attempts=1)
        self._opened_pool: urllib3.PoolManager | None = None

    @classmethod
    def local(cls, connection: Connection, workspace: WorkspaceId | None = None) -> Client:
        """A client of a control plane that runs on this machine."""
        return cls(connection.url, lambda: connection.token, workspace=workspace)

    # Endpoints

    def get_endpoint(self, name: str) -> Json:
        """The endpoint as it stands."""
        return self._get(f"/onlineEndpoints/{quote(name)}")

    def list_endpoints(self) -> list[Json]:
        """Every endpoint of the workspace."""
        return list(self._pages("/onlineEndpoints"))

    def put_endpoint(self, name: str, body: Json) -> LongRunning:
        """Create or replace it; traffic and mirror traffic too."""
        return self._begin("PUT", f"/onlineEndpoints/{quote(name)}", body)

    def delete_endpoint(self, name: str) -> LongRunning:
        """Delete it with its deployments."""
        return self._begin("DELETE", f"/onlineEndpoints/{quote(name)}")

    def list_keys(self, name: str) -> Json:
        """`primaryKey` and `secondaryKey`."""
        return self._post(f"/onlineEndpoints/{quote(name)}/listKeys")

    def get_token(self, name: str) -> Json:
        """`accessToken`, `expiryTimeUtc` and `refreshAfterTimeUtc` in seconds since the epoch, `tokenType`."""
        return self._post(f"/onlineEndpoints/{quote(name)}/token")

    def regenerate_keys(
        self, name: str, key_type: Literal["Primary", "Secondary"], value: str | None = None
    ) -> LongRunning:
        """Replace one of the two keys; the other stays valid."""
        body = {"keyType": key_type, "keyValue": value}
        return self._begin("POST", f"/onlineEndpoints/{quote(name)}/regenerateKeys", body)

    # Deployments

    def get_deployment(self, endpoint: str, name: str) -> Json:
        """The deployment as it stands."""
        return self._get(_deployment(endpoint, name))

    def list_deployments(self, endpoint: str) -> list[Json]:
        """Every deployment of the endpoint."""
        return list(self._pages(f"/onlineEndpoints/{quote(endpoint)}/deployments"))

    def put_deployment(self, endpoint: str, name: str, body: Json, *, only_new: bool = False) -> LongRunning:
        """Create or replace it; a roll-out. With `only_new`, which Azure does not know, none is replaced."""
        headers = {"If-None-Match": "*"} if only_new else {}
        return self._begin("PUT", _deployment(endpoint, name), body, headers)

    def delete_deployment(self, endpoint: str, name: str) -> LongRunning:
        """End its instances and forget it. Refused while it has traffic."""
        return self._begin("DELETE", _deployment(endpoint, name))

    def get_logs(
        self,
        endpoint: str,
        name: str,
        container: Literal["InferenceServer", "StorageInitializer"] = "InferenceServer",
        lines: int = 5000,
    ) -> str:
        """The last lines that its instances, or what fetched their model and code, printed."""
        body = {"containerType": container, "tail": lines}
        return str(self._post(f"{_deployment(endpoint, name)}/getLogs", body)["content"])

    def follow_deployment(self, endpoint: str, name: str, operation: str) -> LongRunning:
        """An operation that an earlier process began, by the address of its status."""
        began = Answer(200, {"Azure-AsyncOperation": operation}, {})
        return LongRunning("PUT", self.url(_deployment(endpoint, name)), began, self._request)

    def follow_endpoint(self, name: str, operation: str) -> LongRunning:
        """The same of an endpoint."""
        began = Answer(200, {"Azure-AsyncOperation": operation}, {})
        return LongRunning("PUT", self.url(f"/onlineEndpoints/{quote(name)}"), began, self._request)

    def list_instances(self, endpoint: str, name: str) -> list[Json]:
        """The kit's own: each instance with its state, probes, restarts, debugger, memory and ports."""
        return list(self._pages(f"{_deployment(endpoint, name)}/devkitInstances"))

    # Models, environments, codes

    def get_version(self, kind: AssetKind, name: str, version: str) -> Json:
        """One version of an asset."""
        return self._get(_version(kind, name, version))

    def list_versions(self, kind: AssetKind, name: str, **query: str) -> list[Json]:
        """Every version of an asset, the newest first."""
        return list(self._pages(f"/{kind}/{quote(name)}/versions", query))

    def list_assets(self, kind: AssetKind) -> list[Json]:
        """Every name of a kind; `properties.latestVersion` tells its newest version."""
        return list(self._pages(f"/{kind}"))

    def put_version(self, kind: AssetKind, name: str, version: str, body: Json) -> Json:
        """Register a version; the same again changes nothing, other content under the same version is refused."""
        return self._send("PUT", _version(kind, name, version), body).resource

    def delete_version(self, kind: AssetKind, name: str, version: str, *, force: bool = False) -> None:
        """Delete a version. Refused while a deployment uses it, unless `force`."""
        self._send("DELETE", _version(kind, name, version), query={"force": "true"} if force else {})

    # The workspace, its storage and its region

    def get_workspace(self) -> Json:
        """The workspace; its `location` is the region that quota is counted in."""
        return self._get("")

    def start_upload(self, kind: AssetKind, name: str, version: str) -> Json:
        """Where the files of a version go: `blobReferenceForConsumption`, with a signed address."""
        path = f"{_version(kind, name, version)}/startPendingUpload"
        return self._post(path, {"pendingUploadType": "TemporaryBlobReference"})

    def default_datastore(self) -> Json:
        """The datastore that files go to when none is named."""
        return next(self._pages("/datastores", {"isDefault": "true"}))

    def datastore_secrets(self, name: str) -> Json:
        """Its credentials: `secretsType` says which kind."""
        return self._post(f"/datastores/{quote(name)}/listSecrets")

    def list_usages(self, location: str) -> list[Json]:
        """What the subscription uses of each quota in a region: `name.value`, `currentValue`, `limit` in vCPUs."""
        return list(self._pages_at(self._regional(location, "usages")))

    def list_sizes(self, location: str) -> list[Json]:
        """The machine sizes that a region offers to the subscription."""
        return list(self._pages_at(self._regional(location, "vmSizes")))

    def _regional(self, location: str, what: str) -> str:
        path = f"/subscriptions/{self.workspace.subscription}/providers/Microsoft.MachineLearningServices"
        query = urlencode({"api-version": self._api_version})
        return f"{self.base_url}{path}/locations/{quote(location)}/{what}?{query}"

    # The local control plane's own

    def status(self) -> Json:
        """The kit's own: process id, memory in bytes, seconds since its start, endpoints with their gateways."""
        return self._request("GET", f"{self.base_url}/devkit/status").resource

    def shut_down(self) -> None:
        """The kit's own: end every instance and gateway, then the control plane itself. Returns at once."""
        self._request("POST", f"{self.base_url}/devkit/shutdown")

    # How it is asked

    def url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """The address of a path below the workspace."""
        parameters = urlencode({"api-version": self._api_version, **(query or {})})
        return f"{self.base_url}{self.workspace.path}{path}?{parameters}"

    def _get(self, path: str) -> Json:
        return self._send("GET", path).resource

    def _post(self, path: str, body: Json | None = None) -> Json:
        return self._send("POST", path, body or {}).resource

    def _pages(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[Json]:
        yield from self._pages_at(self.url(path, query))

    def _pages_at(self, first: str) -> Iterator[Json]:
        address: str | None = first
        while address:
            page = self._request("GET", address).resource
            yield from page.get("value", ())
            address = page.get("nextLink")

    def _begin(
        self, method: str, path: str, body: Json | None = None, headers: Mapping[str, str] | None = None
    ) -> LongRunning:
        address = self.url(path)
        return LongRunning(method, address, self._request(method, address, body, headers), self._request)

    def _send(self, method: str, path: str, body: Json | None = None, query: Mapping[str, str] | None = None) -> Answer:
        return self._request(method, self.url(path, query), body)

    def _request(
        self, method: str, address: str, body: Json | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        answer = self._patience.ask(lambda: self._ask(method, address, body, headers or {}))
        if answer.status == _UNAUTHORIZED and self._renew is not None:
            self._renew()
            answer = self._patience.ask(lambda: self._ask(method, address, body, headers or {}))
        if answer.status >= 400:  # noqa: PLR2004  where HTTP's errors begin
            raise error_of(answer.body, answer.status)
        return answer

    def _ask(self, method: str, address: str, body: Json | None, more: Mapping[str, str]) -> Answer:
        import urllib3

        headers = {"Authorization": f"Bearer {self._credential()}", "Accept": "application/json", **more}
        try:
            response = self._pool().request(
                method, address, json=body, headers=headers, timeout=_TIMEOUT_SECONDS, retries=False, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise NotReachedError(
                f"{self.base_url} does not answer ({type(error).__name__}). `devkit status` tells whether it runs."
            ) from error
        return Answer(response.status, dict(response.headers), _parse(response.data))

    def _pool(self) -> urllib3.PoolManager:
        if self._opened_pool is None:
            import urllib3

            self._opened_pool = urllib3.PoolManager(ca_certs=self._certificates)
        return self._opened_pool

    def close(self) -> None:
        """Close the connections that are kept open."""
        if self._opened_pool is not None:
            self._opened_pool.clear()


def _deployment(endpoint: str, name: str) -> str:
    return f"/onlineEndpoints/{quote(endpoint)}/deployments/{quote(name)}"


def _version(kind: AssetKind, name: str, version: str) -> str:
    return f"/{kind}/{quote(name)}/versions/{quote(version)}"


def _parse(data: bytes) -> Any:
    try:
        return json.loads(data) if data else {}
    except ValueError:
        return data.decode(errors="replace")
