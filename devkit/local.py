"""An endpoint for the time of a test: from its YAML files, on this machine, gone afterwards."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from devkit.control_plane import daemon
from devkit.endpoints import deployments, endpoints
from devkit.endpoints.deployments import LocalChoices
from devkit.endpoints.documents import Document, DocumentError, from_values, read
from devkit.endpoints.invoking import Answer, credential_of, score
from devkit.endpoints.tracebacks import last_traceback
from devkit.spec.kinds import Family, Kind
from devkit.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from os import PathLike

    from devkit.control_plane.client import Client

__all__ = ["InvocationError", "LocalEndpoint", "local_endpoint"]

_LOG_LINES = 400
_ALL = 100
_ENDPOINTS = frozenset({Kind.MANAGED_ONLINE_ENDPOINT, Kind.KUBERNETES_ONLINE_ENDPOINT})


class InvocationError(Exception):
    """An endpoint answered with something else than 200. ``str(error)`` has status, body and the script's traceback.

    Attributes:
        answer: what it answered.
        traceback: of the user's script, from its log; empty when the script raised nothing.
    """

    def __init__(self, answer: Answer, traceback: str) -> None:
        super().__init__("\n".join(filter(None, [f"{answer.status} {answer.reason}", answer.text, traceback])))
        self.answer = answer
        self.traceback = traceback


@dataclass(frozen=True)
class LocalEndpoint:
    """An endpoint that runs."""

    name: str
    client: Client
    """For everything else that the control plane can do."""

    @property
    def scoring_uri(self) -> str:
        """Where requests go."""
        return str(self.client.get_endpoint(self.name)["properties"]["scoringUri"])

    @property
    def keys(self) -> tuple[str, ...]:
        """Both keys, the primary first; or one token, where the endpoint takes tokens."""
        given = credential_of(self.client, self.client.get_endpoint(self.name))
        return (given["primaryKey"], given["secondaryKey"]) if "primaryKey" in given else (given["accessToken"],)

    def send(self, body: bytes, deployment: str | None = None) -> Answer:
        """Send a request as it is and give the answer as it is, whatever its status.

        Args:
            body: the request's body.
            deployment: asks this one, whatever the traffic.
        """
        return score(self.scoring_uri, self.keys[0], body, deployment)

    def invoke(self, data: Any, deployment: str | None = None) -> Any:
        """Send a request and give the answer's value.

        Args:
            data: bytes are sent as they are, of a path the file's content; everything else becomes JSON.
            deployment: asks this one, whatever the traffic.

        Returns:
            The answer's JSON value; its text where it is no JSON.

        Raises:
            InvocationError: the answer is no 200.
        """
        answer = self.send(_body(data), deployment)
        if not answer.ok:
            asked = answer.deployment or deployment
            log = self.client.get_logs(self.name, asked, lines=_LOG_LINES) if asked and answer.model_status else ""
            raise InvocationError(answer, last_traceback(log))
        try:
            return answer.json()
        except ValueError:
            return answer.text

    def set_traffic(self, **percent: int) -> None:
        """Share the live traffic: ``endpoint.set_traffic(blue=90, green=10)``."""
        endpoints.set_traffic(self.client, self.name, percent).wait()

    def logs(self, deployment: str, lines: int = 5000) -> str:
        """The last lines that a deployment's instances printed."""
        return self.client.get_logs(self.name, deployment, lines=lines)


def _body(data: Any) -> bytes:
    if isinstance(data, bytes):
        return data
    return data.read_bytes() if isinstance(data, Path) else json.dumps(data).encode()


@contextmanager
def local_endpoint(
    *files: str | PathLike[str],
    traffic: Mapping[str, int] | None = None,
    runtime: Literal["process", "docker"] | None = None,
    python: str | None = None,
    dev: bool = False,
    workspace: str | PathLike[str] | None = None,
) -> Iterator[LocalEndpoint]:
    """Serve deployments for the time of a ``with`` block.

    Args:
        files: YAML files: one or more deployments, and their endpoint if it has a file.
        traffic: percent by deployment. If None: as the endpoint's file says, else all to the first deployment.
        runtime: where the deployments run; the control plane's choice if None.
        python: the interpreter of process instances; ``sys.executable`` for the caller's own packages.
        dev: live update and a debugger inside the instances.
        workspace: a folder that keeps state afterwards; a temporary one if None.

    Yields:
        The endpoint, with every deployment ready.

    Raises:
        DocumentError: a file has mistakes, or the files do not belong to one endpoint.
        ServiceError: a deployment did not get ready; the script's output is in its `log`.
    """
    endpoint, wanted = _documents([Path(each) for each in files])
    choices = LocalChoices(runtime, dev=dev, python=python)
    with ExitStack() as stack:
        root = Path(workspace) if workspace is not None else Path(tempfile.mkdtemp(prefix="devkit-"))
        if workspace is None:
            stack.callback(shutil.rmtree, root, ignore_errors=True)
        stack.callback(daemon.stop, Workspace(root.resolve()))
        client = daemon.client(Workspace(root.resolve()))
        stack.callback(client.close)
        endpoints.put_endpoint(client, endpoints.without_traffic(endpoint)[0]).wait()
        stack.callback(lambda: client.delete_endpoint(endpoint.name).wait())
        for document in wanted:
            deployments.put_deployment(client, document, choices).wait()
        _share(client, endpoint, wanted, traffic)
        yield LocalEndpoint(endpoint.name, client)


def _documents(files: list[Path]) -> tuple[Document, list[Document]]:
    """The endpoint, made up when it has no file, and its deployments."""
    described = [path for path in files if _kind(path) in _ENDPOINTS]
    wanted = [read(path, Family.ONLINE_DEPLOYMENT) for path in files if path not in described]
    names = {str(getattr(each.block, "endpoint_name", "")) for each in wanted}
    if not wanted or len(names) > 1 or len(described) > 1:
        raise DocumentError("Give the files of the deployments of one endpoint, and at most one endpoint's file.")
    if not described:
        return from_values(Family.ONLINE_ENDPOINT, {"name": names.pop()}, Path.cwd()), wanted
    endpoint = read(described[0], Family.ONLINE_ENDPOINT)
    if endpoint.name not in names:
        raise DocumentError(f"{described[0]} describes {endpoint.name}; the deployments belong to {names.pop()}.")
    return endpoint, wanted


def _kind(path: Path) -> Kind | None:
    from devkit.checks.project import Project, read_subject

    subject = read_subject(Project(), path.absolute())
    return subject.kind if subject is not None else None


def _share(client: Client, endpoint: Document, wanted: list[Document], traffic: Mapping[str, int] | None) -> None:
    names = {each.name for each in wanted}
    written = getattr(endpoint.block, "traffic", None) or {}
    mirror = getattr(endpoint.block, "mirror_traffic", None) or {}
    if traffic is None:
        traffic = written if written and set(written) <= names else {wanted[0].name: _ALL}
    endpoints.set_traffic(client, endpoint.name, traffic, mirror if set(mirror) <= names else None).wait()
