"""``devkit up``, ``down`` and ``status``: the control plane of the workspace that one is in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.cli.connecting import reported
from devkit.cli.errors import EXIT_FINDINGS, CommandError
from devkit.cli.progress import note, telling
from devkit.control_plane import daemon
from devkit.endpoints.readiness import await_settled
from devkit.endpoints.shapes import endpoint_shape
from devkit.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from devkit.control_plane.client import Client

    Json = dict[str, Any]

__all__ = ["down", "status", "up"]

_MEBIBYTE = 2**20


def up(*, no_wait: bool = False) -> Json:
    """Start the control plane, which takes up every endpoint of the workspace again, and wait for their instances.

    Raises:
        CommandError: a deployment does not serve; the others do.
    """
    workspace = _workspace()
    with reported(), telling("Starting the control plane"):
        client = daemon.client(workspace)
    with reported():
        if not no_wait:
            _await_deployments(client)
        return _told(workspace, client)


def _await_deployments(client: Client) -> None:
    with telling("Waiting for the deployments") as progress:
        failed = await_settled(client, progress)
    if failed:
        error = CommandError("\n".join(map(str, failed)))
        error.exit_code = EXIT_FINDINGS
        raise error


def down() -> None:
    """End the control plane with its gateways and instances; endpoints and deployments are kept for the next `up`."""
    workspace = _workspace()
    with reported(), telling(f"Stopping what runs for {workspace.root}"):
        ended = daemon.stop(workspace)
    note("Stopped. devkit up serves again." if ended else f"Nothing runs for {workspace.root}.")


def status() -> Json:
    """What runs; nothing is started."""
    workspace = _workspace()
    connection = daemon.running(workspace)
    if connection is None:
        return {"workspace": str(workspace.root), "running": False}
    with reported():
        return _told(workspace, daemon.client(workspace))


def _workspace() -> Workspace:
    return find_workspace(Path.cwd())


def _told(workspace: Workspace, client: Client) -> Json:
    own = client.status()
    connection = daemon.running(workspace)
    return {
        "workspace": str(workspace.root),
        "running": True,
        "process_id": own.get("pid"),
        "memory_mib": round(own.get("memoryBytes", 0) / _MEBIBYTE),
        "https_url": connection.https_url if connection else None,
        "certificate": connection.certificate if connection else None,
        "endpoints": [_endpoint(client, each) for each in client.list_endpoints()],
    }


def _endpoint(client: Client, body: Json) -> Json:
    shape = endpoint_shape(body)
    keys = ("name", "provisioning_state", "scoring_uri", "traffic", "mirror_traffic")
    told = {
        str(each["name"]): {
            "provisioning_state": each["properties"].get("provisioningState"),
            "instance_count": (each.get("sku") or {}).get("capacity"),
            "runtime": (each["properties"].get("properties") or {}).get("devkit.runtime", "process"),
        }
        for each in client.list_deployments(str(body["name"]))
    }
    return {key: shape[key] for key in keys if key in shape} | {"deployments": told}
