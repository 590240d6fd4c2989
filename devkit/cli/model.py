"""``devkit model``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from devkit.cli.flags import File, Force, Name, Settings, SomeName, SomeVersion, Yes
from devkit.cli.verbs import verb

__all__ = ["app"]

app = typer.Typer(help="Models that deployments refer to as azureml:NAME:VERSION.", no_args_is_help=True)


@verb(app)
def create(
    file: File = None,
    name: SomeName = None,
    version: SomeVersion = None,
    path: Annotated[str | None, typer.Option("-p", "--path", help="The model's file or folder.")] = None,
    type_: Annotated[
        str | None, typer.Option("-t", "--type", help="custom_model, mlflow_model or triton_model.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    settings: Settings = None,
) -> Any:
    """Register a model, under the next version when none is given. The files are copied."""
    from devkit.cli import asset_verbs as verbs

    flags = {"name": name, "version": version, "path": path, "type": type_, "description": description}
    return verbs.create("models", file, flags, settings)


@verb(app)
def show(name: Name, version: SomeVersion = None) -> Any:
    """Show a version of a model; the newest when none is given."""
    from devkit.cli import asset_verbs as verbs

    return verbs.show("models", name, version)


@verb(app, columns=("name", "version", "latest_version", "type", "tags"), name="list")
def list_(name: SomeName = None) -> Any:
    """List the models, or the versions of one."""
    from devkit.cli import asset_verbs as verbs

    return verbs.list_all("models", name)


@verb(app)
def delete(name: Name, version: SomeVersion = None, yes: Yes = False, force: Force = False) -> Any:
    """Delete a version of a model; refused while a deployment uses it."""
    from devkit.cli import asset_verbs as verbs

    return verbs.delete("models", name, version, yes=yes, force=force)
