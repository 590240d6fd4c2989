"""What ``devkit online-endpoint`` does with documents: each function returns what is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.cli.connecting import connected, finish, overrides
from devkit.cli.errors import UsageError
from devkit.cli.progress import note
from devkit.endpoints import endpoints
from devkit.endpoints.documents import Document, from_values, read
from devkit.endpoints.shapes import endpoint_shape
from devkit.endpoints.traffic import parse_traffic
from devkit.spec.kinds import Family

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.control_plane.client import Client
    from devkit.spec.overrides import Override

    Json = dict[str, Any]

__all__ = ["create", "list_all", "show", "update"]


def create(
    file: Path | None, name: str | None, auth_mode: str | None, settings: list[str] | None, *, no_wait: bool
) -> Json:
    """Create it; of a new endpoint the file's traffic waits for its deployments."""
    if file is None and name is None:
        raise UsageError("Give the endpoint's file with -f, or a name with -n.")
    with connected() as client:
        given = overrides(settings, name, auth_mode=auth_mode)
        document = _document(file, {}, given)
        current = endpoints.find_endpoint(client, document.name)
        if current is not None:
            document = endpoints.with_traffic_of(current, document)
        else:
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
    changes: Sequence[Override],
    *,
    no_wait: bool,
) -> Json:
    """Change it: from a file, or by flags on what is there."""
    if file is None and name is None:
        raise UsageError("Say which endpoint: -n NAME, or -f FILE.")
    shares, mirrored = _traffic(traffic), _traffic(mirror)
    with connected() as client:
        document = _wanted(client, file, name, changes)
        changed = {"traffic": shares, "mirror_traffic": mirrored}
        block = document.block.model_copy(update={key: value for key, value in changed.items() if value is not None})
        operation = endpoints.put_endpoint(client, Document(document.kind, block, document.folder))
        return endpoint_shape(finish(operation, f"Updating endpoint {document.name}", no_wait=no_wait))


def _wanted(client: Client, file: Path | None, name: str | None, changes: Sequence[Override]) -> Document:
    if file is not None:
        document = _document(file, {}, [*overrides(None, name), *changes])
        return endpoints.with_traffic_of(client.get_endpoint(document.name), document)
    values = endpoint_shape(client.get_endpoint(str(name)))
    return _document(None, _settable(values), changes)


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
