"""Launch configurations, tasks and settings for the deployments of a folder, for VS Code's Python extension. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SETTINGS", "launch_configurations", "tasks"]

SETTINGS: dict[str, Any] = {"debug.onTaskErrors": "debugAnyway"}
"""A background task has no exit code, so VS Code would ask before every F5 with one whenever any file has an error."""

_DEBUG_PORT = 5678
_INTERPRETER = "${command:python.interpreterPath}"
_READY: dict[str, Any] = {
    "owner": "devkit-serve",
    "pattern": {"regexp": "^$", "file": 1, "location": 2, "message": 3},
    "background": {
        "activeOnStart": True,
        "beginsPattern": "Restarting in place:",
        "endsPattern": "Listening on http",
    },
}
"""The line is printed when the HTTP port and the debug port are both bound, so an attach after it cannot be refused."""


def launch_configurations(deployments: Sequence[str]) -> list[dict[str, Any]]:
    """What F5 offers for the deployment files `deployments`, relative to the folder, with forward slashes."""
    return [
        _launch("serve and debug this script", "${file}"),
        *(_launch(f"debug {each}", f"${{workspaceFolder}}/{each}") for each in deployments),
        *(_attach(f"serve {each} in a task and attach", preLaunchTask=_label(each)) for each in deployments),
        _attach("attach to a running deployment"),
    ]


def tasks(deployments: Sequence[str]) -> list[dict[str, Any]]:
    """A background task for each deployment that serves it with a debugger to attach to."""
    return [
        {
            "label": _label(each),
            "type": "process",
            "command": _INTERPRETER,
            "args": ["-m", "devkit", "serve", each, "--dev", "--debug", str(_DEBUG_PORT)],
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


def _attach(name: str, **more: str) -> dict[str, Any]:
    return {
        "name": f"devkit: {name}",
        "type": "debugpy",
        "request": "attach",
        "connect": {"host": "127.0.0.1", "port": _DEBUG_PORT},
        "justMyCode": True,
        **more,
    }
