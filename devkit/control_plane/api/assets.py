"""Codes, models, environments and data with their versions, and where to upload a code's files to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from devkit.control_plane.api import shapes
from devkit.control_plane.api.guard import blob_signature
from devkit.control_plane.api.requests import WORKSPACE, body_of, in_thread, page, root_of
from devkit.control_plane.content import BLOBS

if TYPE_CHECKING:
    from devkit.control_plane.operations import Operations

__all__ = ["AssetRoutes"]

_KIND = f"{WORKSPACE}/{{kind:codes|models|environments|data}}"
_NAME = f"{_KIND}/{{name}}"
_VERSIONS = f"{_NAME}/versions"
_VERSION = f"{_VERSIONS}/{{version}}"
_CREATED, _OK = 201, 200


class AssetRoutes:
    """Handlers; each calls the Python API in a thread."""

    def __init__(self, operations: Operations, token: str) -> None:
        self._assets = operations.assets
        self._token = token

    def routes(self) -> list[web.RouteDef]:
        """Which handler answers what."""
        return [
            web.get(_KIND, self.list_names),
            web.get(_NAME, self.get_name),
            web.put(_NAME, self.put_name),
            web.delete(_NAME, self.delete_name),
            web.get(_VERSIONS, self.list_versions),
            web.get(_VERSION, self.get_version),
            web.put(_VERSION, self.put_version),
            web.delete(_VERSION, self.delete_version),
            web.post(f"{_VERSION}/startPendingUpload", self.start_upload),
        ]

    async def list_names(self, request: web.Request) -> web.Response:
        """Every name of a kind."""
        kind, root = request.match_info["kind"], root_of(request)
        names = await in_thread(self._assets.names, kind)
        return page([shapes.asset(kind, name, versions, root) for name, versions in names.items()])

    async def get_name(self, request: web.Request) -> web.Response:
        """One name; 404 where it has no version."""
        kind, name = request.match_info["kind"], request.match_info["name"]
        versions = await in_thread(self._assets.versions_of, kind, name)
        return web.json_response(shapes.asset(kind, name, versions, root_of(request)))

    async def put_name(self, request: web.Request) -> web.Response:
        """Accept a container of versions. It has nothing to keep: it is there as soon as it has a version."""
        return web.json_response({**await body_of(request), "name": request.match_info["name"]})

    async def delete_name(self, request: web.Request) -> web.Response:
        """Delete every version of a name."""
        info, force = request.match_info, request.query.get("force") == "true"
        await in_thread(self._assets.delete, info["kind"], info["name"], None, force=force)
        return web.Response(status=_OK)

    async def list_versions(self, request: web.Request) -> web.Response:
        """Versions of a name, the newest first; those with a content hash, if one is asked for."""
        kind, name, root = request.match_info["kind"], request.match_info["name"], root_of(request)
        records = await in_thread(self._assets.all, kind, name)
        versions = [shapes.version(record, root) for record in records]
        wanted = request.query.get("hash")
        if wanted:
            versions = [each for each in versions if _hash(each) == wanted]
        top = request.query.get("$top", "")
        return page(versions[: int(top)] if top.isdigit() else versions)

    async def get_version(self, request: web.Request) -> web.Response:
        """One version."""
        record = await in_thread(self._assets.get, *_version(request))
        return web.json_response(shapes.version(record, root_of(request)))

    async def put_version(self, request: web.Request) -> web.Response:
        """Register a version."""
        record, new = await in_thread(self._assets.put, *_version(request), await body_of(request))
        return web.json_response(shapes.version(record, root_of(request)), status=_CREATED if new else _OK)

    async def delete_version(self, request: web.Request) -> web.Response:
        """Delete a version; refused while it is in use, unless `force=true`."""
        force = request.query.get("force") == "true"
        await in_thread(self._assets.delete, *_version(request), force=force)
        return web.Response(status=_OK)

    async def start_upload(self, request: web.Request) -> web.Response:
        """Tell where to put the files: a container of its own on this server, with a signature in the address."""
        kind, name, version = _version(request)
        container = f"{kind}-{name}-{version}".lower()
        uri = f"https://{request.host}{BLOBS}/{container}"
        credential = {"credentialType": "SAS", "sasUri": f"{uri}?sig={blob_signature(self._token, container)}"}
        return web.json_response(
            {
                "pendingUploadId": container,
                "pendingUploadType": "TemporaryBlobReference",
                "blobReferenceForConsumption": {
                    "blobUri": uri,
                    "storageAccountArmId": f"{root_of(request)}/storage",
                    "credential": credential,
                },
            }
        )


def _version(request: web.Request) -> tuple[str, str, str]:
    info = request.match_info
    return info["kind"], info["name"], info["version"]


def _hash(version: dict[str, Any]) -> str | None:
    return (version["properties"].get("properties") or {}).get("hash_sha256")
