"""What ``devkit online-deployment`` does: each function returns what is shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from devkit.cli.asking import confirm
from devkit.cli.connecting import connected, finish, overrides
from devkit.cli.errors import CommandError, UsageError
from devkit.cli.output import Text
from devkit.control_plane.errors import ConflictError, ExistsError
from devkit.endpoints import deployments, endpoints
from devkit.endpoints.deployments import LocalChoices
from devkit.endpoints.documents import from_values, read
from devkit.endpoints.shapes import deployment_shape
from devkit.spec.kinds import Family

if TYPE_CHECKING:
    from devkit.control_plane.client import Client
    from devkit.control_plane.polling import LongRunning
    from devkit.endpoints.documents import Document
    from devkit.spec.overrides import Override

    Json = dict[str, Any]

__all__ = ["Given", "Wishes", "create", "delete", "get_logs", "list_all", "show", "update"]

_RUNTIMES = ("process", "docker")
_CONTAINERS: dict[str, Literal["InferenceServer", "StorageInitializer"]] = {
    "inference-server": "InferenceServer",
    "storage-initializer": "StorageInitializer",
}
_ALL = 100


@dataclass(frozen=True)
class Given:
    """Which deployment the flags mean, and what they change of its file."""

    file: Path | None
    name: str | None
    endpoint_name: str | None
    settings: tuple[str, ...] = ()
    changes: tuple[Override, ...] = ()
    """What az's generic update flags change, `--set` included."""


@dataclass(frozen=True)
class Wishes:
    """The flags for how it runs on this machine; None where a flag is not given."""

    runtime: str | None = None
    python: str | None = None
    dev: bool | None = None
    gpu: bool = False
    vscode: bool = False

    def choices(self) -> LocalChoices:
        """The same for the control plane.

        Raises:
            UsageError: the flags cannot be meant together.
        """
        if self.runtime not in {None, *_RUNTIMES}:
            raise UsageError(f"--runtime {self.runtime!r} is unknown; use {' or '.join(_RUNTIMES)}.")
        if self.runtime == "docker" and self.python:
            raise UsageError("--python chooses the interpreter of a process; a container brings its own.")
        return LocalChoices(self.runtime, dev=bool(self.dev), python=self.python, gpu=self.gpu)


def create(given: Given, wishes: Wishes, *, all_traffic: bool, no_wait: bool) -> Json | None:
    """Create it, and its endpoint if need be."""
    if given.file is None:
        raise UsageError("Give the deployment's YAML file with -f.")
    if all_traffic and no_wait:
        raise UsageError("--all-traffic waits until the deployment is ready, so it does not go with --no-wait.")
    if wishes.vscode:
        _open_editor(given.file)
        return None
    choices = wishes.choices()
    with connected() as client:
        document = _from_file(given)
        endpoint = _endpoint_of(document)
        if deployments.deployment_exists(client, endpoint, document.name):  # before anything is copied
            raise _exists(document, given.file)
        _create_endpoint(client, endpoint)
        operation = _begin_creation(client, document, choices, given.file)
        shape = deployment_shape(finish(operation, f"Creating deployment {endpoint}/{document.name}", no_wait=no_wait))
        if all_traffic:
            _give_all_traffic(client, endpoint, document.name)
        return shape


def _create_endpoint(client: Client, name: str) -> None:
    """As `az ml online-deployment create --local` does."""
    if endpoints.endpoint_exists(client, name):
        return
    document = from_values(Family.ONLINE_ENDPOINT, {"name": name}, Path.cwd())
    try:
        creation = endpoints.put_endpoint(client, document)
    except ConflictError:
        if not endpoints.endpoint_exists(client, name):
            raise
        return  # another command, at this very moment, does the same
    finish(creation, f"The endpoint {name} is new: creating it")


def _begin_creation(client: Client, document: Document, choices: LocalChoices, file: Path) -> LongRunning:
    """Of commands that create the same at once, one does; the others are told, as if they had come later."""
    try:
        return deployments.put_deployment(client, document, choices, only_new=True)
    except ExistsError as error:
        raise _exists(document, file) from error


def _exists(document: Document, file: Path) -> CommandError:
    return CommandError(
        f"{_endpoint_of(document)} has a deployment {document.name} already. To change it: "
        f"devkit online-deployment update -f {file}"
    )


def _give_all_traffic(client: Client, endpoint: str, name: str) -> None:
    finish(endpoints.set_traffic(client, endpoint, {name: _ALL}), f"Giving {name} all traffic of {endpoint}")


def _open_editor(file: Path) -> None:
    """As az does with ``--vscode-debug``: a dev container of the deployment, opened in VS Code; nothing is deployed."""
    from devkit.cli import devcontainer

    devcontainer.open_editor(devcontainer.Options((file,)))


def update(given: Given, wishes: Wishes, *, no_wait: bool) -> Json | None:
    """Change it: the new instances come before the old ones go."""
    if given.file is None and (given.name is None or given.endpoint_name is None):
        raise UsageError("Say which deployment: -f FILE, or -n NAME -e ENDPOINT with --set.")
    if wishes.vscode:
        if given.file is None:
            raise UsageError("--vscode-debug needs the deployment's file: -f FILE.")
        _open_editor(given.file)
        return None
    choices = wishes.choices()
    with connected() as client:
        document = _from_file(given) if given.file is not None else _deployed(client, given)
        endpoint = _endpoint_of(document)
        current = client.get_deployment(endpoint, document.name)
        chosen = deployments.kept_choices(current, choices, dev=wishes.dev)
        operation = deployments.put_deployment(client, document, chosen)
        return deployment_shape(finish(operation, f"Updating deployment {endpoint}/{document.name}", no_wait=no_wait))


def _from_file(given: Given) -> Document:
    changed = overrides(list(given.settings), given.name, given.endpoint_name)
    return read(given.file or Path(), Family.ONLINE_DEPLOYMENT, [*changed, *given.changes])


_OUTPUT_ONLY = ("id", "creation_context", "provisioning_state", "resourceGroup")


def _deployed(client: Client, given: Given) -> Document:
    """What runs now, with the changes applied."""
    shape = deployment_shape(client.get_deployment(str(given.endpoint_name), str(given.name)))
    values = {key: value for key, value in shape.items() if key not in _OUTPUT_ONLY}
    return from_values(Family.ONLINE_DEPLOYMENT, values, Path.cwd(), given.changes)


def _endpoint_of(document: Document) -> str:
    return str(document.block.endpoint_name)  # type: ignore[attr-defined]  # a deployment's block


def show(endpoint: str, name: str) -> Json:
    """The deployment as it stands."""
    with connected() as client:
        return deployment_shape(client.get_deployment(endpoint, name))


def list_all(endpoint: str) -> list[Json]:
    """The deployments of an endpoint."""
    with connected() as client:
        return [deployment_shape(each) for each in client.list_deployments(endpoint)]


def delete(endpoint: str, name: str, *, yes: bool, no_wait: bool) -> None:
    """End its instances and forget it."""
    confirm(f"Delete the deployment {name} of {endpoint}?", yes=yes)
    with connected() as client:
        finish(client.delete_deployment(endpoint, name), f"Deleting deployment {endpoint}/{name}", no_wait=no_wait)


def get_logs(endpoint: str, name: str, lines: int, container: str) -> Text:
    """The log's end."""
    if container not in _CONTAINERS:
        raise UsageError(f"--container {container!r} is unknown; use {' or '.join(_CONTAINERS)}.")
    with connected() as client:
        return Text(client.get_logs(endpoint, name, _CONTAINERS[container], lines).rstrip("\n"))
