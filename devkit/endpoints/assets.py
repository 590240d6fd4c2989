"""Registers what a deployment consists of, code, model and environment, as azure-ai-ml does before it deploys."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import unquote, urlsplit

import yaml

from devkit.assets.content import digest
from devkit.control_plane.errors import NotFoundError
from devkit.endpoints.documents import read
from devkit.endpoints.errors import DocumentError
from devkit.endpoints.references import asset_id
from devkit.spec import rest
from devkit.spec.documents.environment import InlineEnvironment
from devkit.spec.documents.model import ModelFiles
from devkit.spec.kinds import Family
from devkit.spec.locations import is_on_this_machine
from devkit.spec.overrides import Override
from devkit.spec.references import PREFIX, FileReference, parse_asset

if TYPE_CHECKING:
    from devkit.control_plane.client import Client
    from devkit.spec.documents.online_deployment import OnlineDeployment
    from devkit.spec.documents.shared import CodeConfiguration
    from devkit.spec.references import WorkspaceAsset

    Json = dict[str, Any]

__all__ = ["register_environment", "register_model", "with_ids"]

_ANONYMOUS_VERSION = "1"
_ANONYMOUS_ENVIRONMENT = "CliV2AnonymousEnvironment"  # as azure-ai-ml 1.35 calls them all; the version is the hash
_REGISTERED = (PREFIX, "/subscriptions/")


def with_ids(client: Client, deployment: OnlineDeployment, folder: Path) -> OnlineDeployment:
    """Register what stands in the deployment itself, and put ids of versions in its place.

    Args:
        client: the control plane.
        deployment: as read from its file.
        folder: where its relative paths start.

    Raises:
        DocumentError: it refers to what is not registered here.
        ServiceError: the control plane refuses an asset.
    """
    return deployment.model_copy(
        update={
            "model": _model(client, deployment.model, folder),
            "environment": _environment(client, deployment.environment, folder),
            "code_configuration": _code(client, deployment.code_configuration, folder),
        }
    )


def register_model(client: Client, model: ModelFiles, folder: Path) -> Json:
    """Register a model's file or folder; without a version under the next one, without a name under its content's hash.

    Raises:
        DocumentError: its files are not on this machine.
        ServiceError: the version exists with other content.
    """
    source = _source(model.path, folder, "the model")
    name = getattr(model, "name", None)
    version = model.version or (_next_version(client, "models", name) if name else _ANONYMOUS_VERSION)
    here = model.model_copy(update={"path": source.as_uri(), "version": None})
    body = rest.model_body(here)
    if not name:
        body["properties"]["isAnonymous"] = True
    return client.put_version("models", name or digest(source), version, body)


def register_environment(client: Client, environment: InlineEnvironment, folder: Path, *, named: bool = True) -> Json:
    """Register an environment with its conda file's content and its build folder.

    Args:
        client: the control plane.
        environment: as read.
        folder: where its relative paths start.
        named: register it under its own name; otherwise anonymously under the hash of its content, as azure-ai-ml does
            with what stands in a deployment without a name.

    Raises:
        DocumentError: a file is not on this machine.
        ServiceError: the version exists with other content.
    """
    body = rest.environment_body(_with_files(environment, folder))
    if named:
        name = str(environment.name)
        version = environment.version or _next_version(client, "environments", name)
        return client.put_version("environments", name, str(version), body)
    body["properties"]["isAnonymous"] = True
    content = [body, digest(Path(unquote(urlsplit(uri).path)))] if (uri := _build_uri(body)) else [body]
    version = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
    return client.put_version("environments", _ANONYMOUS_ENVIRONMENT, version, body)


def _model(client: Client, model: Any, folder: Path) -> WorkspaceAsset | None:
    if model is None:
        return None
    if isinstance(model, ModelFiles):
        return _by_id(register_model(client, model, folder)["id"])
    return _by_id(asset_id(client, "models", model))


def _environment(client: Client, environment: Any, folder: Path) -> WorkspaceAsset | None:
    if environment is None:
        return None
    if isinstance(environment, FileReference):
        path = folder / environment.path
        nameless = () if _says_name(path) else (Override("name", _ANONYMOUS_ENVIRONMENT),)
        document = read(path, Family.ENVIRONMENT, nameless)
        environment, folder = document.block, document.folder
    if isinstance(environment, InlineEnvironment):
        named = _is_name(environment.name)
        return _by_id(register_environment(client, environment, folder, named=named)["id"])
    return _by_id(asset_id(client, "environments", environment))


def _says_name(path: Path) -> bool:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return False  # whoever reads it whole says what is wrong with it
    return isinstance(document, dict) and _is_name(document.get("name"))


def _is_name(name: object) -> bool:
    """Whether azure-ai-ml registers under it what stands in a deployment; a number or nothing is no name to it."""
    return isinstance(name, str) and name not in {"", _ANONYMOUS_ENVIRONMENT}


def _code(client: Client, configuration: CodeConfiguration | None, folder: Path) -> CodeConfiguration | None:
    if configuration is None or configuration.code is None or configuration.code.startswith(_REGISTERED):
        return configuration
    source = _source(configuration.code, folder, "the code", empty_is_folder=True)
    body = {"properties": {"codeUri": source.as_uri(), "isAnonymous": True}}
    put = client.put_version("codes", digest(source), _ANONYMOUS_VERSION, body)
    return configuration.model_copy(update={"code": put["id"]})


def _by_id(identifier: str) -> WorkspaceAsset:
    """A reference to a version by its id; the id has the shape that the parser asks for."""
    return cast("WorkspaceAsset", parse_asset(f"azureml:{identifier}", "models"))


def _with_files(environment: InlineEnvironment, folder: Path) -> InlineEnvironment:
    """The conda file's content in place of its path, and the build folder's place on this machine."""
    changed: dict[str, Any] = {}
    if isinstance(environment.conda_file, str):
        text = _source(environment.conda_file, folder, "the conda file").read_text(encoding="utf-8")
        changed["conda_file"] = yaml.safe_load(text)
    if environment.build is not None and environment.build.path is not None:
        source = _source(environment.build.path, folder, "the build folder")
        changed["build"] = environment.build.model_copy(update={"path": source.as_uri()})
    return environment.model_copy(update=changed)


def _build_uri(body: Json) -> str | None:
    build = body["properties"].get("build") or {}
    return build.get("contextUri")


def _source(text: str | None, folder: Path, what: str, *, empty_is_folder: bool = False) -> Path:
    if text == "" and empty_is_folder:  # azure-ai-ml takes it for the folder of the document
        return folder.resolve()
    if not text or not is_on_this_machine(text):
        raise DocumentError(f"{text!r} is not on this machine, and nothing is fetched. Give {what} by a local path.")
    path = (folder / text).resolve()
    if not path.exists():
        raise DocumentError(f"{path} does not exist: it should hold {what}.")
    return path


def _next_version(client: Client, kind: Literal["models", "environments"], name: str) -> str:
    """As Azure counts: one more than the highest number."""
    try:
        numbers = [int(each["name"]) for each in client.list_versions(kind, name) if each["name"].isdecimal()]
    except NotFoundError:
        numbers = []
    return str(max(numbers, default=0) + 1)
