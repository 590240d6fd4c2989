"""``devkit environment``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from devkit.cli.flags import EndpointName, File, Force, Name, Settings, SomeName, SomeVersion, Yes
from devkit.cli.verbs import verb

__all__ = ["app"]

app = typer.Typer(help="Environments that deployments refer to as azureml:NAME:VERSION.", no_args_is_help=True)


@verb(app)
def create(
    file: File = None,
    name: SomeName = None,
    version: SomeVersion = None,
    image: Annotated[str | None, typer.Option("-i", "--image", help="The image to start from.")] = None,
    conda_file: Annotated[str | None, typer.Option("-c", "--conda-file", help="The packages on top of it.")] = None,
    build_context: Annotated[str | None, typer.Option("-b", "--build-context", help="A folder to build.")] = None,
    dockerfile_path: Annotated[str | None, typer.Option("-d", "--dockerfile-path", help="Its Dockerfile.")] = None,
    os_type: Annotated[str | None, typer.Option("--os-type", help="linux or windows.")] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    settings: Settings = None,
) -> Any:
    """Register an environment, under the next version when none is given."""
    from devkit.cli import asset_verbs as verbs

    build = {"path": build_context, "dockerfile_path": dockerfile_path}
    flags = {"name": name, "version": version, "image": image, "conda_file": conda_file, "os_type": os_type}
    flags |= {f"build.{key}": value for key, value in build.items()}
    return verbs.create("environments", file, {**flags, "description": description}, settings)


@verb(app)
def show(name: Name, version: SomeVersion = None) -> Any:
    """Show a version of an environment; the newest when none is given."""
    from devkit.cli import asset_verbs as verbs

    return verbs.show("environments", name, version)


@verb(app, columns=("name", "version", "latest_version", "image", "tags"), name="list")
def list_(name: SomeName = None) -> Any:
    """List the environments, or the versions of one."""
    from devkit.cli import asset_verbs as verbs

    return verbs.list_all("environments", name)


@verb(app)
def delete(name: Name, version: SomeVersion = None, yes: Yes = False, force: Force = False) -> Any:
    """Delete a version of an environment; refused while a deployment uses it."""
    from devkit.cli import asset_verbs as verbs

    return verbs.delete("environments", name, version, yes=yes, force=force)


@verb(app)
def lock(
    file: File = None,
    name: SomeName = None,
    endpoint_name: EndpointName = None,
    settings: Settings = None,
    output_file: Annotated[
        Path | None, typer.Option("--output-file", help="Where to write it; conda.lock.yml beside conda.yml if none.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file with other content.")] = False,
) -> Any:
    """Write a conda file of exactly the packages with which a deployment was validated (`validate --run`).

    Nothing is resolved or installed: the receipt names them. The deployment is not changed; what to change is told.
    """
    from devkit.cli import environment_lock as command

    return command.lock(file, name, endpoint_name, settings or (), output_file, force=force)
