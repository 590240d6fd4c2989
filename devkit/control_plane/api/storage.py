"""The workspace, its one datastore, and the blobs that azure-ai-ml puts there."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any

from aiohttp import web

from devkit.control_plane.api.guard import blob_signature
from devkit.control_plane.api.requests import WORKSPACE, page, root_of
from devkit.control_plane.content import BLOBS, DATASTORE

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.control_plane.operations import Operations

__all__ = ["ACCOUNT", "StorageRoutes"]

ACCOUNT = "devkit"
_CHUNK = 1024 * 1024
_CREATED = 201
_ETAG = {"ETag": '"0x1"', "Last-Modified": "Thu, 01 Jan 1970 00:00:00 GMT", "x-ms-version": "2023-11-03"}


class StorageRoutes:
    """Handlers. Blobs are files: a container is a folder."""

    def __init__(self, operations: Operations, token: str) -> None:
        self._content = operations.content
        self._token = token

    def routes(self) -> list[web.RouteDef]:
        """Which handler answers what."""
        datastore = f"{WORKSPACE}/datastores/{{datastore}}"
        blob = f"{BLOBS}/{{container}}/{{blob:.+}}"
        return [
            web.get(WORKSPACE, self.get_workspace),
            web.get(f"{WORKSPACE}/datastores", self.list_datastores),
            web.get(datastore, self.get_datastore),
            web.post(f"{datastore}/listSecrets", self.list_secrets),
            web.get(f"{BLOBS}/{{container}}", self.list_blobs),
            web.put(blob, self.put_blob),
            web.get(blob, self.get_blob),
        ]

    async def get_workspace(self, request: web.Request) -> web.Response:
        """The workspace, with what azure-ai-ml reads of one."""
        root, name = root_of(request), request.match_info["workspace"]
        return web.json_response(
            {
                "id": root,
                "name": name,
                "type": "Microsoft.MachineLearningServices/workspaces",
                "location": "local",
                "tags": {},
                "kind": "Default",
                "identity": {"type": "SystemAssigned"},
                "properties": {
                    "friendlyName": name,
                    "workspaceId": "00000000-0000-0000-0000-000000000000",
                    "discoveryUrl": f"{request.scheme}://{request.host}/discovery",
                    "storageAccount": f"{root}/storage/{ACCOUNT}",
                    "provisioningState": "Succeeded",
                    "publicNetworkAccess": "Disabled",
                },
            }
        )

    async def list_datastores(self, request: web.Request) -> web.Response:
        """The one datastore."""
        return page([_datastore(request)])

    async def get_datastore(self, request: web.Request) -> web.Response:
        """The one datastore, whatever it is called."""
        return web.json_response(_datastore(request))

    async def list_secrets(self, request: web.Request) -> web.Response:  # noqa: ARG002  the handler's signature
        """A signature that lets put blobs into the datastore."""
        signature = blob_signature(self._token, DATASTORE)
        return web.json_response({"secretsType": "Sas", "sasToken": f"sig={signature}"})

    async def put_blob(self, request: web.Request) -> web.Response:
        """A blob in one piece, a block of one, or the list that makes blocks a blob."""
        path = self._content.upload(request.match_info["container"], request.match_info["blob"])
        kind = request.query.get("comp")
        if kind == "blocklist":
            await asyncio.to_thread(_join, path, _blocks(await request.text()))
        elif kind in {None, "block"}:
            await _save(request, _block(path, request.query["blockid"]) if kind else path)
        return web.Response(status=_CREATED, headers=_ETAG)

    async def get_blob(self, request: web.Request) -> web.StreamResponse:
        """A blob; 404 tells azure-ai-ml that nobody uploaded it before."""
        path = self._content.upload(request.match_info["container"], request.match_info["blob"])
        if not path.is_file():
            return web.Response(status=404, headers={"x-ms-error-code": "BlobNotFound"})
        if request.method == "HEAD":
            size = str(path.stat().st_size)
            return web.Response(headers={**_ETAG, "Content-Length": size, "x-ms-blob-type": "BlockBlob"})
        return web.FileResponse(path, headers={**_ETAG, "x-ms-blob-type": "BlockBlob"})

    async def list_blobs(self, request: web.Request) -> web.Response:
        """The container's properties, or the names of its blobs below a prefix."""
        if request.query.get("comp") != "list":
            return web.Response(headers=_ETAG)
        root = self._content.upload(request.match_info["container"], ".")
        names = await asyncio.to_thread(_names, root, request.query.get("prefix", ""))
        entries = "".join(f"<Blob><Name>{_escaped(name)}</Name><Properties/></Blob>" for name in names)
        text = f"<EnumerationResults><Blobs>{entries}</Blobs><NextMarker/></EnumerationResults>"
        return web.Response(text=text, content_type="application/xml", headers=_ETAG)


def _datastore(request: web.Request) -> dict[str, Any]:
    name = request.match_info.get("datastore", DATASTORE)
    return {
        "id": f"{root_of(request)}/datastores/{name}",
        "name": name,
        "type": "Microsoft.MachineLearningServices/workspaces/datastores",
        "properties": {
            "datastoreType": "AzureBlob",
            "accountName": ACCOUNT,
            "containerName": DATASTORE,
            "endpoint": request.host,
            "protocol": "https",
            "isDefault": True,
            "credentials": {"credentialsType": "Sas"},
            "description": None,
            "tags": {},
            "properties": {},
        },
        "systemData": {"createdAt": "1970-01-01T00:00:00+00:00", "lastModifiedAt": "1970-01-01T00:00:00+00:00"},
    }


async def _save(request: web.Request, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as file:
        async for chunk in request.content.iter_chunked(_CHUNK):
            await asyncio.to_thread(file.write, chunk)
    draft.replace(path)


def _block(path: Path, identifier: str) -> Path:
    name = base64.urlsafe_b64encode(identifier.encode()).decode()
    return path.with_name(f".{path.name}.blocks") / name


def _blocks(text: str) -> list[str]:
    from xml.etree import ElementTree as ET

    return [element.text or "" for element in ET.fromstring(text)]  # noqa: S314  the sender holds the token


def _join(path: Path, blocks: list[str]) -> None:
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as file:
        for identifier in blocks:
            block = _block(path, identifier)
            file.write(block.read_bytes())
            block.unlink()
    draft.replace(path)


def _names(root: Path, prefix: str) -> list[str]:
    files = (path for path in root.rglob("*") if path.is_file() and not path.name.startswith("."))
    names = (path.relative_to(root).as_posix() for path in files)
    return sorted(name for name in names if name.startswith(prefix))


def _escaped(text: str) -> str:
    from xml.sax.saxutils import escape

    return escape(text)
