"""``devkit serve``: the inference server, told by a deployment YAML what to serve."""

from __future__ import annotations

import os
from pathlib import Path

from devkit.checks.places import model_path, script_path
from devkit.checks.project import Project, read_subject
from devkit.cli.errors import UsageError

__all__ = ["serve", "server_arguments"]

_YAML = (".yml", ".yaml")


def serve(arguments: list[str]) -> int:
    """Run ``infsrv`` with `arguments`; a deployment YAML among them stands for its script and model.

    Returns:
        The server's own exit code.

    Raises:
        UsageError: the YAML describes no deployment with a local script.
    """
    from inference_server.cli import main

    given = next((Path(each) for each in arguments if each.endswith(_YAML)), None)
    if given is None:
        return main(arguments)
    rest = [each for each in arguments if each != str(given)]
    flags, variables = server_arguments(given.absolute())
    for name, value in variables.items():
        os.environ.setdefault(name, value)
    return main([*flags, *rest])


def server_arguments(path: Path) -> tuple[list[str], dict[str, str]]:
    """The flags and the environment variables that serve the deployment at `path` on this machine.

    The model lies below the model directory as the service puts it: a file directly, a folder under its own name; so
    the directory is the folder that holds the model.

    Raises:
        UsageError: there is no such file, it is no online deployment, or its script is not on this machine.
    """
    subject = read_subject(Project(), path)
    if subject is None or not subject.is_online_deployment:
        raise UsageError(f"{path} is no online deployment. Give a deployment YAML or a score.py.")
    script, model = script_path(subject), model_path(subject)
    if script is None or not script.is_file():
        raise UsageError(f"{path} names no scoring script on this machine. Run: devkit validate {path}")
    flags = ["--entry_script", str(script)]
    if model is not None:
        flags += ["--model_dir", str(model.parent)]
    variables = subject.value("environment_variables")
    given = variables.items() if isinstance(variables, dict) else ()
    return flags, {str(name): str(value) for name, value in given if "${{" not in str(value)}
