"""The flags that several commands have, with az's letters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Additions",
    "DeploymentName",
    "EndpointName",
    "File",
    "Force",
    "ForceString",
    "Name",
    "NoWait",
    "OfEndpoint",
    "Removals",
    "Settings",
    "SomeName",
    "SomeVersion",
    "Yes",
]

File = Annotated[Path | None, typer.Option("-f", "--file", help="The YAML file.")]
SomeName = Annotated[str | None, typer.Option("-n", "--name", help="Its name; the file's if not given.")]
Name = Annotated[str, typer.Option("-n", "--name", help="Its name.")]
EndpointName = Annotated[
    str | None, typer.Option("-e", "--endpoint-name", "--endpoint", help="The endpoint; the file's if not given.")
]
OfEndpoint = Annotated[str, typer.Option("-e", "--endpoint-name", "--endpoint", help="The endpoint.")]
DeploymentName = Annotated[
    str | None, typer.Option("-d", "--deployment-name", "--deployment", help="This deployment, whatever the traffic.")
]
SomeVersion = Annotated[str | None, typer.Option("-v", "--version", help="Its version.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY.KEY=VALUE", help="Change a value, as az does (repeatable).")
]
Additions = Annotated[
    list[str] | None,
    typer.Option("--add", metavar="KEY.LIST ITEM…", help="Add items to a list: key=value, JSON or text (repeatable)."),
]
Removals = Annotated[
    list[str] | None,
    typer.Option("--remove", metavar="KEY.KEY [INDEX]", help="Remove a property, or an item of a list (repeatable)."),
]
ForceString = Annotated[
    bool, typer.Option("--force-string", help="Take what --set and --add are given as text, never as JSON.")
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Begin, and do not wait for the end.")]
Yes = Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")]
Force = Annotated[bool, typer.Option("--force", help="Also when a deployment uses it.")]
