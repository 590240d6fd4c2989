"""``devkit online-endpoint``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from devkit.cli.flags import (
    Additions,
    DeploymentName,
    File,
    ForceString,
    Name,
    NoWait,
    Removals,
    Settings,
    SomeName,
    Yes,
)
from devkit.cli.verbs import verb

__all__ = ["app"]

app = typer.Typer(help="Endpoints on this machine: address, keys, traffic.", no_args_is_help=True)

_COLUMNS = ("name", "auth_mode", "provisioning_state", "traffic", "mirror_traffic", "scoring_uri")
_Traffic = Annotated[str | None, typer.Option("-r", "--traffic", help='Shares in percent: "blue=90 green=10".')]
_Mirror = Annotated[str | None, typer.Option("--mirror-traffic", help='A copied share, at most 50: "green=10".')]


@verb(app)
def create(
    file: File = None,
    name: SomeName = None,
    auth_mode: Annotated[str | None, typer.Option(help="key, aml_token or aad_token.")] = None,
    settings: Settings = None,
    no_wait: NoWait = False,
) -> Any:
    """Create an endpoint from a YAML file, or with -n alone. One that exists takes over the file."""
    from devkit.cli import online_endpoint_verbs as verbs

    return verbs.create(file, name, auth_mode, settings, no_wait=no_wait)


@verb(app)
def show(name: Name) -> Any:
    """Show an endpoint: state, address, traffic."""
    from devkit.cli import online_endpoint_verbs as verbs

    return verbs.show(name)


@verb(app, columns=_COLUMNS, name="list")
def list_() -> Any:
    """List the endpoints of this workspace."""
    from devkit.cli import online_endpoint_verbs as verbs

    return verbs.list_all()


@verb(app)
def update(
    file: File = None,
    name: SomeName = None,
    traffic: _Traffic = None,
    mirror_traffic: _Mirror = None,
    settings: Settings = None,
    add: Additions = None,
    remove: Removals = None,
    force_string: ForceString = False,
    no_wait: NoWait = False,
) -> Any:
    """Change an endpoint: its traffic, its mirror traffic, or what a file, --set, --add or --remove gives."""
    from devkit.cli import online_endpoint_verbs as verbs
    from devkit.cli.connecting import generic_updates

    changes = generic_updates(settings, add, remove, force_string=force_string)
    return verbs.update(file, name, traffic, mirror_traffic, changes, no_wait=no_wait)


@verb(app)
def delete(name: Name, yes: Yes = False, no_wait: NoWait = False) -> Any:
    """Delete an endpoint with its deployments."""
    from devkit.cli import online_endpoint_client_verbs as verbs

    return verbs.delete(name, yes=yes, no_wait=no_wait)


@verb(app)
def invoke(
    name: Name,
    request_file: Annotated[Path | None, typer.Option("-r", "--request-file", help="The request's body.")] = None,
    deployment_name: DeploymentName = None,
) -> Any:
    """Send a request as a client does, with the endpoint's key, and print the answer.

    Exit code 1 when the answer is no 200: then status, body and the script's traceback are printed.
    """
    from devkit.cli import online_endpoint_client_verbs as verbs

    return verbs.invoke(name, request_file, deployment_name)


@verb(app, name="get-credentials")
def get_credentials(name: Name) -> Any:
    """Show the endpoint's keys, or a new token."""
    from devkit.cli import online_endpoint_client_verbs as verbs

    return verbs.get_credentials(name)


@verb(app, name="regenerate-keys")
def regenerate_keys(
    name: Name,
    key_type: Annotated[str, typer.Option("--key-type", help="primary or secondary.")] = "primary",
    no_wait: NoWait = False,
) -> Any:
    """Replace one of the two keys; the other one stays valid."""
    from devkit.cli import online_endpoint_client_verbs as verbs

    return verbs.regenerate_keys(name, key_type, no_wait=no_wait)
