"""Launch configurations, tasks and settings for the deployments of a folder, for VS Code's Python extension. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SETTINGS", "Deployment", "launch_configurations", "tasks"]

SETTINGS: dict[str, Any] = {"debug.onTaskErrors": "debugAnyway"}
"""A background task has no exit code, so VS Code would ask before every F5 with one whenever any file has an error."""

_DEBUG_PORT = 5678
_CODE_IN_CONTAINER = "/var/azureml-app"
_INTERPRETER = "${command:python.interpreterPath}"
_READY: dict[str, Any] = {
    "owner": "devkit-serve",
    "pattern": {"regexp": "^$", "file": 1, "location": 2, "message": 3},
    "background": {
        "activeOnStart": True,
        "beginsPattern": "restarting: ",
        "endsPattern": "Listening on http",
    },
}
"""The line is printed when the HTTP port and the debug port are both bound, so an attach after it cannot be refused."""


@dataclass(frozen=True)
class Deployment:
    """A deployment's file and the folder of its code, relative to the folder that is open, with forward slashes."""

    file: str
    code: str | None = None
    """None when it is outside of that folder."""


def launch_configurations(deployments: Sequence[Deployment]) -> list[dict[str, Any]]:
    """What F5 offers for these deployments, as processes and in containers, and for any script."""
    files = [each.file for each in deployments]
    folders = [(each.file, each.code) for each in deployments if each.code]
    return [
        _launch("serve and debug this script", "${file}"),
        *(_launch(f"debug {each}", f"${{workspaceFolder}}/{each}") for each in files),
        *(_attach(f"serve {each} in a task and attach", preLaunchTask=_label(each)) for each in files),
        _attach("attach to a running deployment"),
        *(_attach(f"attach to {file} in a container", pathMappings=[_mapping(code)]) for file, code in folders),
    ]


def tasks(deployments: Sequence[Deployment]) -> list[dict[str, Any]]:
    """A background task for each deployment that serves it with a debugger to attach to."""
    return [
        {
            "label": _label(each.file),
            "type": "process",
            "command": _INTERPRETER,
            "args": ["-m", "devkit", "serve", each.file, "--dev", "--debug", str(_DEBUG_PORT)],
            "isBackground": True,
            "problemMatcher": _READY,
        }
        for each in deployments
    ]


def _label(deployment: str) -> str:
    return f"devkit: serve {deployment}"


def _launch(name: str, program: str) -> dict[str, Any]:
    return {
        "name": f"devkit: {name}",
        "type": "debugpy",
        "request": "launch",
        "module": "devkit",
        "args": ["serve", program, "--dev"],
        "cwd": "${workspaceFolder}",
        "console": "integratedTerminal",
        "justMyCode": True,
    }


def _mapping(code: str) -> dict[str, str]:
    local = PurePosixPath("${workspaceFolder}", code)
    return {"localRoot": str(local), "remoteRoot": f"{_CODE_IN_CONTAINER}/{PurePosixPath(code).name}"}


def _attach(name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": f"devkit: {name}",
        "type": "debugpy",
        "request": "attach",
        "connect": {"host": "127.0.0.1", "port": _DEBUG_PORT},
        "justMyCode": True,
        **more,
    }
