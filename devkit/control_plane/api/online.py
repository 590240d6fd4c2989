"""Online endpoints, their deployments, and the status of long-running operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from devkit.control_plane.api import shapes
from devkit.control_plane.api.requests import LOCATION, WORKSPACE, body_of, in_thread, locate, page, root_of

if TYPE_CHECKING:
    from devkit.control_plane.operations import Operations
    from devkit.control_plane.records import DeploymentRecord, EndpointRecord, OperationRecord

    Json = dict[str, Any]

__all__ = ["OnlineRoutes"]

_ENDPOINTS = f"{WORKSPACE}/onlineEndpoints"
_ENDPOINT = f"{_ENDPOINTS}/{{endpoint}}"
_DEPLOYMENTS = f"{_ENDPOINT}/deployments"
_DEPLOYMENT = f"{_DEPLOYMENTS}/{{deployment}}"
_DEFAULT_LINES = 5000
_CAPACITY = {"default": 1, "minimum": 1, "maximum": 50, "scaleType": "Manual"}
_OK, _CREATED, _ACCEPTED, _NO_CONTENT = 200, 201, 202, 204


class OnlineRoutes:
    """Handlers; each calls the Python API in a thread."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._endpoints = operations.endpoints
        self._deployments = operations.deployments

    def routes(self) -> list[web.RouteDef]:
        """Which handler answers what."""
        return [
            web.get(_ENDPOINTS, self.list_endpoints),
            web.get(_ENDPOINT, self.get_endpoint),
            web.put(_ENDPOINT, self.put_endpoint),
            web.patch(_ENDPOINT, self.patch_endpoint),
            web.delete(_ENDPOINT, self.delete_endpoint),
            web.post(f"{_ENDPOINT}/listKeys", self.list_keys),
            web.post(f"{_ENDPOINT}/regenerateKeys", self.regenerate_keys),
            web.post(f"{_ENDPOINT}/token", self.token),
            web.get(_DEPLOYMENTS, self.list_deployments),
            web.get(_DEPLOYMENT, self.get_deployment),
            web.put(_DEPLOYMENT, self.put_deployment),
            web.patch(_DEPLOYMENT, self.patch_deployment),
            web.delete(_DEPLOYMENT, self.delete_deployment),
            web.post(f"{_DEPLOYMENT}/getLogs", self.get_logs),
            web.get(f"{_DEPLOYMENT}/skus", self.list_skus),
            web.get(f"{_DEPLOYMENT}/devkitInstances", self.list_instances),
            web.get(f"{LOCATION}/mfeOperationsStatus/{{operation}}", self.operation_status),
            web.get(f"{LOCATION}/mfeOperationResults/{{operation}}", self.operation_result),
        ]

    async def list_endpoints(self, request: web.Request) -> web.Response:
        """Every endpoint."""
        records = await in_thread(self._endpoints.all)
        return page([self._endpoint(record, request) for record in records])

    async def get_endpoint(self, request: web.Request) -> web.Response:
        """One endpoint."""
        record = await in_thread(self._endpoints.get, request.match_info["endpoint"])
        return web.json_response(self._endpoint(record, request))

    async def put_endpoint(self, request: web.Request) -> web.Response:
        """Create or replace an endpoint."""
        body = await body_of(request)
        record, operation, new = await in_thread(self._endpoints.put, request.match_info["endpoint"], body)
        return _begun(self._endpoint(record, request), operation, request, status=_CREATED if new else _OK)

    async def patch_endpoint(self, request: web.Request) -> web.Response:
        """Change an endpoint."""
        body = await body_of(request)
        record, operation, _ = await in_thread(self._endpoints.patch, request.match_info["endpoint"], body)
        return _begun(self._endpoint(record, request), operation, request, status=_ACCEPTED)

    async def delete_endpoint(self, request: web.Request) -> web.Response:
        """Delete an endpoint with its deployments; deleting what is not there is well, as in the service."""
        operation = await in_thread(self._endpoints.delete, request.match_info["endpoint"])
        return _begun(None, operation, request, status=_ACCEPTED if operation else _NO_CONTENT)

    async def list_keys(self, request: web.Request) -> web.Response:
        """Both keys."""
        return web.json_response(await in_thread(self._endpoints.keys, request.match_info["endpoint"]))

    async def regenerate_keys(self, request: web.Request) -> web.Response:
        """Replace one key. It takes no time here, so the answer is that of an operation that has ended."""
        body = await body_of(request)
        which, value = str(body.get("keyType", "")), body.get("keyValue")
        await in_thread(self._endpoints.regenerate_key, request.match_info["endpoint"], which, value)
        return web.Response(status=_OK)

    async def token(self, request: web.Request) -> web.Response:
        """A new token."""
        return web.json_response(await in_thread(self._endpoints.token, request.match_info["endpoint"]))

    async def list_deployments(self, request: web.Request) -> web.Response:
        """Every deployment of an endpoint."""
        records = await in_thread(self._deployments.all, request.match_info["endpoint"])
        return page([self._deployment(record, request) for record in records])

    async def get_deployment(self, request: web.Request) -> web.Response:
        """One deployment."""
        record = await in_thread(self._deployments.get, *_names(request))
        return web.json_response(self._deployment(record, request))

    async def put_deployment(self, request: web.Request) -> web.Response:
        """Create or replace a deployment; create alone with `If-None-Match: *`, as of RFC 9110."""
        body, only_new = await body_of(request), request.headers.get("If-None-Match") == "*"
        record, operation, new = await in_thread(self._deployments.put, *_names(request), body, only_new=only_new)
        return _begun(self._deployment(record, request), operation, request, status=_CREATED if new else _OK)

    async def patch_deployment(self, request: web.Request) -> web.Response:
        """Change a deployment."""
        body = await body_of(request)
        record, operation, _ = await in_thread(self._deployments.patch, *_names(request), body)
        return _begun(self._deployment(record, request), operation, request, status=_ACCEPTED)

    async def delete_deployment(self, request: web.Request) -> web.Response:
        """Delete a deployment; deleting what is not there is well, as in the service."""
        operation = await in_thread(self._deployments.delete, *_names(request))
        return _begun(None, operation, request, status=_ACCEPTED if operation else _NO_CONTENT)

    async def get_logs(self, request: web.Request) -> web.Response:
        """The last lines of the instances."""
        body = await body_of(request)
        container = str(body.get("containerType") or "InferenceServer")
        lines = int(body.get("tail") or _DEFAULT_LINES)
        text = await in_thread(self._deployments.logs, *_names(request), container, lines)
        return web.json_response({"content": text})

    async def list_skus(self, request: web.Request) -> web.Response:
        """The one SKU, and how far it scales."""
        await in_thread(self._deployments.get, *_names(request))
        kind = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments"
        return page([{"resourceType": kind, "sku": {"name": "Default"}, "capacity": _CAPACITY}])

    async def list_instances(self, request: web.Request) -> web.Response:
        """The kit's own: each instance as it stands."""
        return page(await in_thread(self._deployments.instances, *_names(request)))

    async def operation_status(self, request: web.Request) -> web.Response:
        """How far an operation is; the status is in the body."""
        record, progress = await in_thread(self._operations.jobs.get, request.match_info["operation"])
        headers = locate(request, record, accepted=False) if record.ended is None else {}
        return web.json_response(shapes.operation(record, request.path.rpartition("/")[0], progress), headers=headers)

    async def operation_result(self, request: web.Request) -> web.Response:
        """The same for those who follow Location: 202 until it has ended."""
        record, _ = await in_thread(self._operations.jobs.get, request.match_info["operation"])
        if record.ended is None:
            return web.Response(status=_ACCEPTED, headers=locate(request, record, accepted=True))
        if record.error is not None:
            return web.json_response({"error": record.error}, status=_OK)
        return web.Response(status=_NO_CONTENT)

    def _endpoint(self, record: EndpointRecord, request: web.Request) -> Json:
        path = self._operations.supervisor.scoring_path(record.name, record.body["properties"].get("traffic") or {})
        trouble = self._operations.supervisor.gateways.trouble(record.name)
        return shapes.endpoint(record, root_of(request), path, {"devkit.gateway": trouble} if trouble else {})

    def _deployment(self, record: DeploymentRecord, request: web.Request) -> Json:
        return shapes.deployment(record, root_of(request), self._deployments.told(record))


def _names(request: web.Request) -> tuple[str, str]:
    return request.match_info["endpoint"], request.match_info["deployment"]


def _begun(body: Json | None, operation: OperationRecord | None, request: web.Request, *, status: int) -> web.Response:
    headers = locate(request, operation, accepted=status == _ACCEPTED) if operation else {}
    if body is None:
        return web.Response(status=status, headers=headers)
    return web.json_response(body, status=status, headers=headers)
