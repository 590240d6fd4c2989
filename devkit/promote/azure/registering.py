"""Registers code, model and environment in an Azure ML workspace, under the hash of their content where they may."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from devkit.assets.content import digest
from devkit.control_plane.errors import NotFoundError
from devkit.promote.azure.uploads import Place
from devkit.promote.targets.base import TargetError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devkit.control_plane.client import AssetKind, Client
    from devkit.promote.azure.credential import Credential
    from devkit.promote.azure.uploads import Uploader
    from devkit.runtime.plan import DeploymentPlan
    from devkit.runtime.protocol import Progress

    Json = dict[str, Any]

__all__ = ["DIGEST", "Registrar", "frozen_copies"]

DIGEST: Final = "devkit.digest"
"""The property of a version that says what is in it."""
_WORDS: Final[Mapping[str, str]] = {"codes": "code", "models": "model", "environments": "environment"}


def frozen_copies(plan: DeploymentPlan) -> dict[str, Path]:
    """For each kind of asset the copy that was checked: what is edited meanwhile is not what is uploaded."""
    found = {
        "codes": None if plan.code is None else plan.code.folder,
        "models": None if plan.model is None else plan.model.source,
        "environments": plan.environment.build_context,
    }
    return {kind: path for kind, path in found.items() if path is not None}


class Registrar:
    """The part of a client that `devkit.endpoints.assets.with_ids` registers through; files are uploaded first."""

    def __init__(
        self,
        client: Client,
        uploader: Callable[[], Uploader],
        frozen: Mapping[str, Path],
        storage: tuple[str | None, Credential],
        progress: Progress,
    ) -> None:
        """Register through `client`.

        Args:
            client: of the workspace.
            uploader: makes what sends files.
            frozen: as `frozen_copies`.
            storage: what stands for the account's address, if anything, and who gives tokens for it.
            progress: told of each asset.
        """
        self._client = client
        self._uploader = uploader
        self._frozen = frozen
        self._storage_url, self._storage_credential = storage
        self._progress = progress

    def get_version(self, kind: AssetKind, name: str, version: str) -> Json:
        """One version, as the workspace has it."""
        return self._client.get_version(kind, name, version)

    def list_versions(self, kind: AssetKind, name: str) -> list[Json]:
        """Every version of a name."""
        return self._client.list_versions(kind, name)

    def put_version(self, kind: AssetKind, name: str, version: str, body: Json) -> Json:
        """Upload what the body's URI points to on this machine, and register it; what is there already is reused.

        Raises:
            TargetError: the version is there with other content, or the files changed since they were checked.
            ServiceError: the workspace refuses.
        """
        uri, source = _local_uri(body)
        content = _digest(body, source)
        found = self._same(kind, name, version, content)
        if found is not None:
            self._progress(f"{_WORDS[kind]} {name}:{found['name']} is there already")
            return found
        if source is not None:
            self._check(kind, source)
            body = _with_uri(body, self._upload(kind, name, version, source))
        properties = body["properties"]
        marked = {**properties, "properties": {**(properties.get("properties") or {}), DIGEST: content}}
        self._progress(f"{_WORDS[kind]} {name}:{version} {'uploaded and registered' if uri else 'registered'}")
        return self._client.put_version(kind, name, version, {**body, "properties": marked})

    def _same(self, kind: AssetKind, name: str, version: str, content: str) -> Json | None:
        try:
            versions = self._client.list_versions(kind, name)
        except NotFoundError:
            return None
        for each in versions:
            if (each["properties"].get("properties") or {}).get(DIGEST) == content:
                return each
        if any(each["name"] == version for each in versions):
            raise TargetError(
                f"{_WORDS[kind]} {name}:{version} is in the workspace already, and not with a content that this kit "
                "has put there. Versions cannot be changed: give another version, or refer to that one."
            )
        return None

    def _check(self, kind: AssetKind, source: Path) -> None:
        """What is uploaded is the copy; what it is called was taken from the original."""
        frozen = self._frozen.get(kind)
        if frozen is not None and source.exists() and _files(frozen) != _files(source):
            raise TargetError(f"{source} was changed while it was promoted. Nothing of it was uploaded; start again.")

    def _upload(self, kind: AssetKind, name: str, version: str, source: Path) -> str:
        uri, place = self._code_place(name, version) if kind == "codes" else self._datastore_place(kind, digest(source))
        self._uploader().send(self._frozen.get(kind, source), source.name, place)
        end = "/" if kind == "environments" else ""  # what builds images wants it at the end of a folder's address
        return f"{uri.rstrip('/')}/{source.name}{end}"

    def _code_place(self, name: str, version: str) -> tuple[str, Place]:
        pending = self._client.start_upload("codes", name, version)["blobReferenceForConsumption"]
        signed = urlsplit(pending["credential"]["sasUri"])
        plain = pending.get("blobUri") or signed._replace(query="").geturl()
        return plain, Place(self._replaced(signed.geturl()))

    def _replaced(self, url: str) -> str:
        """A signed address, at the storage that was named if one was."""
        if self._storage_url is None:
            return url
        there, parts = urlsplit(self._storage_url), urlsplit(url)
        return parts._replace(scheme=there.scheme, netloc=there.netloc).geturl()

    def _datastore_place(self, kind: AssetKind, content: str) -> tuple[str, Place]:
        """Models and build folders go to the workspace's datastore, where azure-ai-ml puts them too.

        A model is referred to by the datastore, a build folder by its blobs' address: a context is a blob or Git URI.
        """
        store = self._client.default_datastore()
        told = store["properties"]
        suffix = told.get("endpoint") or "core.windows.net"
        account = f"https://{told['accountName']}.blob.{suffix}"
        folder = f"LocalUpload/{content}"
        path = f"/{told['containerName']}/{folder}"
        blobs = f"{(self._storage_url or account).rstrip('/')}{path}"
        secrets = self._client.datastore_secrets(store["name"])
        if kind == "environments":
            uri = f"{account}{path}"
        else:
            uri = f"azureml:/{self._client.workspace.azureml_path}/datastores/{store['name']}/paths/{folder}"
        if secrets.get("secretsType") == "Sas":
            return uri, Place(f"{blobs}?{secrets['sasToken'].lstrip('?')}")
        return uri, Place(blobs, {"Authorization": f"Bearer {self._storage_credential.token()}"})


def _files(path: Path) -> dict[str, str]:
    from devkit.assets.content import file_digests

    found = file_digests(path)
    return found if path.is_dir() else {"": next(iter(found.values()))}


def _local_uri(body: Json) -> tuple[str | None, Path | None]:
    properties = body["properties"]
    uri = properties.get("codeUri") or properties.get("modelUri") or (properties.get("build") or {}).get("contextUri")
    parts = urlsplit(uri or "")
    return uri, Path(url2pathname(unquote(parts.path))) if parts.scheme == "file" else None


def _with_uri(body: Json, uri: str) -> Json:
    properties = dict(body["properties"])
    for key in ("codeUri", "modelUri"):
        if key in properties:
            properties[key] = uri
    if properties.get("build"):
        properties["build"] = {**properties["build"], "contextUri": uri}
    return {**body, "properties": properties}


def _digest(body: Json, source: Path | None) -> str:
    """Of files by themselves; of what has none by its body."""
    import hashlib

    if source is None:
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    described = _with_uri(body, digest(source))
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
