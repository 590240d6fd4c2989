"""The workspace, its one datastore, and the blobs that azure-ai-ml puts there."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any, BinaryIO

from aiohttp import web

from devkit.control_plane.api.guard import METADATA, blob_signature
from devkit.control_plane.api.requests import WORKSPACE, page, root_of
from devkit.control_plane.content import ACCOUNT, BLOBS, DATASTORE
from devkit.control_plane.errors import BadArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devkit.control_plane.operations import Operations

__all__ = ["StorageRoutes"]

_CHUNK = 1024 * 1024
_CREATED = 201
_NOTE = "x-ms-meta-"
_BESIDE = ".beside"
"""No container has a name like it."""
_DRAFT, _NOTES = "blob.draft", "notes.json"
_ETAG = {"ETag": '"0x1"', "Last-Modified": "Thu, 01 Jan 1970 00:00:00 GMT"}


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
            web.get(METADATA, self.get_metadata),
            web.get(WORKSPACE, self.get_workspace),
            web.get(f"{WORKSPACE}/datastores", self.list_datastores),
            web.get(datastore, self.get_datastore),
            web.post(f"{datastore}/listSecrets", self.list_secrets),
            web.get(f"{BLOBS}/{{container}}", self.list_blobs),
            web.put(blob, self.put_blob),
            web.get(blob, self.get_blob),
        ]

    async def get_metadata(self, request: web.Request) -> web.Response:
        """The clouds that `ARM_CLOUD_METADATA_URL` tells azure-ai-ml of: this one alone. Needs no token."""
        base = f"https://{request.host}"
        # azure-ai-ml puts blobs to https://<account>.blob.<suffix>. What stands before the @ is no host name, so that
        # this machine needs none of its own
        storage = f"local@{request.host}{BLOBS}"
        return web.json_response(
            [
                {
                    "name": "devkit",
                    "portal": base,
                    "resourceManager": base,
                    "authentication": {"loginEndpoint": base, "audiences": [base], "tenant": "common"},
                    "suffixes": {"storage": storage},
                }
            ]
        )

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
        path, beside = self._paths(request)
        match request.query.get("comp"):
            case None:
                await _save(request, path, beside / _DRAFT)
            case "block":
                block = _block(beside, request.query["blockid"])
                await _save(request, block, block.with_suffix(".draft"))
            case "blocklist":
                await asyncio.to_thread(_join, path, beside, _blocks(await request.text()))
            case "metadata":
                await asyncio.to_thread(_remember, beside, request.headers)
                return web.Response(headers=_ETAG)
            case other:
                raise BadArgumentError(f"Blobs cannot be put with comp={other} here.")
        return web.Response(status=_CREATED, headers=_ETAG)

    async def get_blob(self, request: web.Request) -> web.StreamResponse:
        """A blob; 404 tells azure-ai-ml that nobody uploaded it before."""
        path, beside = self._paths(request)
        if not path.is_file():
            return web.Response(status=404, headers={"x-ms-error-code": "BlobNotFound"})
        return web.FileResponse(path, headers={**_ETAG, **_remembered(beside), "x-ms-blob-type": "BlockBlob"})

    async def list_blobs(self, request: web.Request) -> web.Response:
        """The container's properties, or the names of its blobs below a prefix."""
        if request.query.get("comp") != "list":
            return web.Response(headers=_ETAG)
        root = self._content.upload(request.match_info["container"], ".")
        names = await asyncio.to_thread(_names, root, request.query.get("prefix", ""))
        entries = "".join(f"<Blob><Name>{_escaped(name)}</Name><Properties/></Blob>" for name in names)
        text = f"<EnumerationResults><Blobs>{entries}</Blobs><NextMarker/></EnumerationResults>"
        return web.Response(text=text, content_type="application/xml", headers=_ETAG)

    def _paths(self, request: web.Request) -> tuple[Path, Path]:
        """A blob's file, and a folder for what belongs to it and must not lie beside it."""
        container, blob = request.match_info["container"], request.match_info["blob"]
        return self._content.upload(container, blob), self._content.upload(_BESIDE, f"{container}/{blob}")


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


async def _save(request: web.Request, path: Path, draft: Path) -> None:
    file = await asyncio.to_thread(_opened, path, draft)
    with file:
        async for chunk in request.content.iter_chunked(_CHUNK):
            await asyncio.to_thread(file.write, chunk)
    await asyncio.to_thread(draft.replace, path)


def _opened(path: Path, draft: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft.parent.mkdir(parents=True, exist_ok=True)
    return draft.open("wb")


def _block(beside: Path, identifier: str) -> Path:
    return beside / base64.urlsafe_b64encode(identifier.encode()).decode()


def _blocks(text: str) -> list[str]:
    from xml.etree import ElementTree as ET

    return [element.text or "" for element in ET.fromstring(text)]  # noqa: S314  the sender holds the token


def _join(path: Path, beside: Path, blocks: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = beside / _DRAFT
    with draft.open("wb") as file:
        for identifier in blocks:
            block = _block(beside, identifier)
            file.write(block.read_bytes())
            block.unlink()
    draft.replace(path)


def _remember(beside: Path, headers: Mapping[str, str]) -> None:
    """Keep what azure-ai-ml notes at a blob: that an upload is complete, and for which asset."""
    told = {name: value for name, value in headers.items() if name.lower().startswith(_NOTE)}
    beside.mkdir(parents=True, exist_ok=True)
    (beside / _NOTES).write_text(json.dumps(told), encoding="utf-8")


def _remembered(beside: Path) -> dict[str, str]:
    notes = beside / _NOTES
    if not notes.is_file():
        return {}
    told: dict[str, str] = json.loads(notes.read_text(encoding="utf-8"))
    return told


def _names(root: Path, prefix: str) -> list[str]:
    files = (path for path in root.rglob("*") if path.is_file())
    names = (path.relative_to(root).as_posix() for path in files)
    return sorted(name for name in names if name.startswith(prefix))


def _escaped(text: str) -> str:
    from xml.sax.saxutils import escape

    return escape(text)
