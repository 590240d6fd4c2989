"""``devkit online-deployment``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from devkit.cli.flags import (
    Additions,
    EndpointName,
    File,
    ForceString,
    Name,
    NoWait,
    OfEndpoint,
    Removals,
    Settings,
    SomeName,
    Yes,
)
from devkit.cli.verbs import verb

__all__ = ["app"]

app = typer.Typer(help="Deployments on this machine: a model, code and an environment.", no_args_is_help=True)

_COLUMNS = ("name", "endpoint_name", "instance_count", "provisioning_state", "properties")
_WATCHED = (
    *("endpoint_name", "name", "provisioning_state", "traffic"),
    *("instance", "state", "ready", "requests", "errors"),
)
_Runtime = Annotated[str | None, typer.Option("--runtime", help="process, or docker for the production image.")]
_Dev = Annotated[bool, typer.Option("--dev", help="Live update and a debugger, on the folder that you edit.")]
_Python = Annotated[
    str | None, typer.Option("--python", help="A process instance's interpreter: a path, current, venv or conda.")
]
_Gpu = Annotated[bool, typer.Option("--local-enable-gpu", help="Hand this machine's GPUs to the instances.")]
_VsCode = Annotated[bool, typer.Option("--vscode-debug", help="Open it in VS Code in a dev container instead.")]


@verb(app)
def create(
    file: File = None,
    name: SomeName = None,
    endpoint_name: EndpointName = None,
    all_traffic: Annotated[bool, typer.Option("--all-traffic", help="Then give it all live traffic.")] = False,
    runtime: _Runtime = None,
    dev: _Dev = False,
    python: _Python = None,
    local_enable_gpu: _Gpu = False,
    vscode_debug: _VsCode = False,
    settings: Settings = None,
    no_wait: NoWait = False,
) -> Any:
    """Create a deployment from a YAML file; the endpoint too, when there is none of that name."""
    from devkit.cli import online_deployment_verbs as verbs

    wishes = verbs.Wishes(runtime, python, dev, local_enable_gpu, vscode_debug)
    given = verbs.Given(file, name, endpoint_name, tuple(settings or ()))
    return verbs.create(given, wishes, all_traffic=all_traffic, no_wait=no_wait)


@verb(app)
def update(
    file: File = None,
    name: SomeName = None,
    endpoint_name: EndpointName = None,
    runtime: _Runtime = None,
    dev: Annotated[bool | None, typer.Option("--dev/--no-dev", help="Live update and a debugger, or not.")] = None,
    python: _Python = None,
    local_enable_gpu: _Gpu = False,
    vscode_debug: _VsCode = False,
    settings: Settings = None,
    add: Additions = None,
    remove: Removals = None,
    force_string: ForceString = False,
    no_wait: NoWait = False,
) -> Any:
    """Roll out a change: a file's, or what --set, --add and --remove change of the deployment with -n and -e."""
    from devkit.cli import online_deployment_verbs as verbs
    from devkit.cli.connecting import generic_updates

    changes = generic_updates(settings, add, remove, force_string=force_string)
    wishes = verbs.Wishes(runtime, python, dev, local_enable_gpu, vscode_debug)
    return verbs.update(verbs.Given(file, name, endpoint_name, changes=tuple(changes)), wishes, no_wait=no_wait)


@verb(app)
def show(name: Name, endpoint_name: OfEndpoint) -> Any:
    """Show a deployment as it runs."""
    from devkit.cli import online_deployment_verbs as verbs

    return verbs.show(endpoint_name, name)


@verb(app, columns=_COLUMNS, name="list")
def list_(endpoint_name: OfEndpoint) -> Any:
    """List the deployments of an endpoint."""
    from devkit.cli import online_deployment_verbs as verbs

    return verbs.list_all(endpoint_name)


@verb(app)
def delete(name: Name, endpoint_name: OfEndpoint, yes: Yes = False, no_wait: NoWait = False) -> Any:
    """Delete a deployment; refused while it has traffic."""
    from devkit.cli import online_deployment_verbs as verbs

    return verbs.delete(endpoint_name, name, yes=yes, no_wait=no_wait)


@verb(app, name="get-logs")
def get_logs(
    name: Name,
    endpoint_name: OfEndpoint,
    lines: Annotated[int, typer.Option("-l", "--lines", min=1, help="How many, from the end.")] = 5000,
    container: Annotated[
        str, typer.Option("-c", "--container", help="inference-server, or storage-initializer.")
    ] = "inference-server",
) -> Any:
    """Print what the instances printed, or what was fetched and placed for them."""
    from devkit.cli import online_deployment_verbs as verbs

    return verbs.get_logs(endpoint_name, name, lines, container)


@verb(app, columns=_WATCHED)
def watch(
    name: SomeName = None,
    endpoint_name: EndpointName = None,
    interval: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="Look once, print, and end.")] = False,
) -> Any:
    """Watch states, probes, instances, requests per second and errors. Ctrl+C ends it."""
    from devkit.cli import watch as command

    return command.watch(endpoint_name, name, interval, once=once)
