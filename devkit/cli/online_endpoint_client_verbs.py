"""What ``devkit online-endpoint`` does without a document, as scoring: it begins sooner, for it reads no types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from devkit.cli.asking import confirm
from devkit.cli.connecting import connected, finish
from devkit.cli.errors import EXIT_FINDINGS, CommandError, UsageError
from devkit.cli.output import Text
from devkit.cli.progress import note
from devkit.endpoints.invoking import Answer, credential_of
from devkit.endpoints.invoking import invoke as send
from devkit.endpoints.tracebacks import last_traceback

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.control_plane.client import Client

    Json = dict[str, Any]

__all__ = ["delete", "get_credentials", "invoke", "regenerate_keys"]

_LOG_LINES = 400
_NONE_READY = "503"
"""The gateway says so of itself when no instance is ready; a script may answer it, too."""


def delete(name: str, *, yes: bool, no_wait: bool) -> None:
    """Delete it with its deployments."""
    confirm(f"Delete the endpoint {name} with its deployments?", yes=yes)
    with connected() as client:
        finish(client.delete_endpoint(name), f"Deleting endpoint {name}", no_wait=no_wait)


def invoke(name: str, request_file: Path | None, deployment: str | None) -> Text:
    """The answer's body.

    Raises:
        CommandError: the answer is no 200; told with status, body and the script's traceback.
    """
    body = _request(request_file)
    with connected() as client:
        answer = send(client, name, body, deployment)
        if answer.model_status == _NONE_READY and _waited(client, name):
            answer = send(client, name, body, deployment)
        if answer.ok:
            return Text(answer.text)
        raise _failed(client, name, answer)


def _waited(client: Client, name: str) -> bool:
    """Whether it was only that the control plane has just been started, and instances with it; then they are ready."""
    from devkit.endpoints.readiness import await_started

    return await_started(client, name, note)


def _request(path: Path | None) -> bytes:
    if path is None:
        raise UsageError("Give the request with -r FILE, for example -r sample-request.json.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}.") from None


def _failed(client: Client, name: str, answer: Answer) -> CommandError:
    lines = [f"{name} answered {answer.status} {answer.reason}".rstrip()]
    if answer.model_status:
        lines.append(f"the container's own status: {answer.model_status} {answer.model_reason}".rstrip())
    lines.append(answer.text)
    if answer.deployment and answer.model_status:
        log = client.get_logs(name, answer.deployment, lines=_LOG_LINES)
        lines.append(last_traceback(log))
    error = CommandError("\n".join(filter(None, lines)))
    error.exit_code = EXIT_FINDINGS
    return error


def get_credentials(name: str) -> Json:
    """The keys, or a token, in the service's own words."""
    with connected() as client:
        return credential_of(client, client.get_endpoint(name))


def regenerate_keys(name: str, key_type: str, *, no_wait: bool) -> Json | None:
    """Replace one key; the new pair is shown."""
    types: dict[str, Literal["Primary", "Secondary"]] = {"primary": "Primary", "secondary": "Secondary"}
    if key_type.lower() not in types:
        raise UsageError(f"--key-type {key_type!r} is unknown; use primary or secondary.")
    with connected() as client:
        operation = client.regenerate_keys(name, types[key_type.lower()])
        finish(operation, f"Replacing the {key_type.lower()} key of {name}", no_wait=no_wait)
        return None if no_wait else client.list_keys(name)
