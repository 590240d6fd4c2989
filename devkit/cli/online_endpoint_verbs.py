"""What ``devkit online-endpoint`` does: each function returns what is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from devkit.cli.asking import confirm
from devkit.cli.connecting import connected, finish, overrides
from devkit.cli.errors import EXIT_FINDINGS, CommandError, UsageError
from devkit.cli.progress import note
from devkit.cli.verbs import Text
from devkit.endpoints import endpoints
from devkit.endpoints.documents import Document, from_values, read
from devkit.endpoints.invoking import Answer, credential_of
from devkit.endpoints.invoking import invoke as send
from devkit.endpoints.shapes import endpoint_shape
from devkit.endpoints.tracebacks import last_traceback
from devkit.endpoints.traffic import parse_traffic
from devkit.spec.kinds import Family

if TYPE_CHECKING:
    from devkit.control_plane.client import Client

    Json = dict[str, Any]

__all__ = ["create", "delete", "get_credentials", "invoke", "list_all", "regenerate_keys", "show", "update"]

_LOG_LINES = 400


def create(
    file: Path | None, name: str | None, auth_mode: str | None, settings: list[str] | None, *, no_wait: bool
) -> Json:
    """Create it; of a new endpoint the file's traffic waits for its deployments."""
    if file is None and name is None:
        raise UsageError("Give the endpoint's file with -f, or a name with -n.")
    with connected() as client:
        given = overrides(settings, name, auth_mode=auth_mode)
        document = _document(file, {}, given)
        if not endpoints.endpoint_exists(client, document.name):
            document, waiting = endpoints.without_traffic(document)
            if waiting:
                note(_LATER.format(file=file, name=document.name))
        operation = endpoints.put_endpoint(client, document)
        return endpoint_shape(finish(operation, f"Creating endpoint {document.name}", no_wait=no_wait))


_LATER = "{name} has no deployments yet, so its traffic waits. When they run: devkit online-endpoint update -f {file}"


def show(name: str) -> Json:
    """The endpoint as it stands."""
    with connected() as client:
        return endpoint_shape(client.get_endpoint(name))


def list_all() -> list[Json]:
    """All endpoints of the workspace."""
    with connected() as client:
        return [endpoint_shape(each) for each in client.list_endpoints()]


def update(  # noqa: PLR0913  one parameter a flag
    file: Path | None,
    name: str | None,
    traffic: str | None,
    mirror: str | None,
    settings: list[str] | None,
    *,
    no_wait: bool,
) -> Json:
    """Change it: from a file, or by flags on what is there."""
    if file is None and name is None:
        raise UsageError("Say which endpoint: -n NAME, or -f FILE.")
    shares, mirrored = _traffic(traffic), _traffic(mirror)
    with connected() as client:
        document = _wanted(client, file, name, settings)
        changed = {"traffic": shares, "mirror_traffic": mirrored}
        block = document.block.model_copy(update={key: value for key, value in changed.items() if value is not None})
        operation = endpoints.put_endpoint(client, Document(document.kind, block, document.folder))
        return endpoint_shape(finish(operation, f"Updating endpoint {document.name}", no_wait=no_wait))


def _wanted(client: Client, file: Path | None, name: str | None, settings: list[str] | None) -> Document:
    if file is not None:
        document = _document(file, {}, overrides(settings, name))
        client.get_endpoint(document.name)  # what is not there cannot be updated
        return document
    values = endpoint_shape(client.get_endpoint(str(name)))
    return _document(None, _settable(values), overrides(settings))


_OUTPUT_ONLY = ("id", "kind", "location", "openapi_uri", "provisioning_state", "resourceGroup", "scoring_uri")


def _settable(values: Json) -> Json:
    return {key: value for key, value in values.items() if key not in _OUTPUT_ONLY}


def _document(file: Path | None, values: Json, given: Any) -> Document:
    if file is not None:
        return read(file, Family.ONLINE_ENDPOINT, given)
    return from_values(Family.ONLINE_ENDPOINT, values, Path.cwd(), given)


def _traffic(text: str | None) -> dict[str, int] | None:
    try:
        return None if text is None else parse_traffic(text)
    except ValueError as error:
        raise UsageError(str(error)) from None


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
        if answer.ok:
            return Text(answer.text)
        raise _failed(client, name, answer)


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
