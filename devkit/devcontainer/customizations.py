"""What an editor does in the container: interpreter, F5 and tasks, with the container's own paths. Pure."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from devkit.devcontainer.kit import COMMANDS
from devkit.devcontainer.paths import workspace_path
from devkit.runtime.container import DEBUG_PORT, KIT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devkit.runtime.container import ContainerPlan

__all__ = ["customizations", "interpreter", "serve_words"]

_INSIDE = "${workspaceFolder}"


def customizations(template: Mapping[str, Any], container: ContainerPlan, workspace: Path) -> dict[str, Any]:
    """The template's ``customizations``, with what the deployment decides in them."""
    result: dict[str, Any] = copy.deepcopy(dict(template))
    settings = result["vscode"].get("settings", {})
    if "python.defaultInterpreterPath" in settings:
        settings["python.defaultInterpreterPath"] = interpreter(container)
    for configuration in settings.get("launch", {}).get("configurations", []):
        _configure(configuration, container, workspace)
    for task in settings.get("tasks", {}).get("tasks", []):
        if container.command is not None:
            task["command"], *task["args"] = serve_words(container)
    return result


def serve_words(container: ContainerPlan) -> list[str]:
    """What starts the server in the container; empty where the image's own command serves."""
    kit = [f"{COMMANDS}/infsrv"] if container.entrypoint is not None else []
    return [*kit, *(container.command or ())]


def interpreter(container: ContainerPlan) -> str:
    """The Python that the scoring script runs under; the image's first where the deployment does not decide it."""
    folder = container.environment.get("AZUREML_INFERENCE_PYTHON_PATH")
    return f"{folder}/python" if folder else "python3"


def _configure(configuration: dict[str, Any], container: ContainerPlan, workspace: Path) -> None:
    mappings = [
        {"localRoot": _local_root(folder, inside, workspace), "remoteRoot": inside}
        for folder, inside in container.path_mappings
    ]
    configuration.pop("pathMappings", None)
    if mappings:
        configuration["pathMappings"] = mappings
    if configuration["request"] == "launch":
        del configuration["module"]
        configuration["program"] = f"{KIT_FOLDER}/devkit_instance.py"
        configuration["args"] = [f"{KIT_FOLDER}/packages", *_without_debugger(container.command or ())]
        configuration["cwd"] = container.working_dir or configuration["cwd"]
    else:
        configuration["connect"] = {"host": "127.0.0.1", "port": container.debug_port or DEBUG_PORT}


def _local_root(folder: Path, inside: str, workspace: Path) -> str:
    """Where the editor opens the code's files: below the workspace, or where they are mounted if they lie outside."""
    below = workspace_path(folder, workspace)
    return inside if below is None else f"{_INSIDE}/{below}".removesuffix("/.")


def _without_debugger(command: tuple[str, ...]) -> list[str]:
    """The server's flags less its debugger: F5 brings its own."""
    words = list(command)
    if "--debug" in words:
        at = words.index("--debug")
        del words[at : at + 2]
    return words
