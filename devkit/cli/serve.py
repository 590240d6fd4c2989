"""``devkit serve``: the inference server, told by a deployment YAML what to serve."""

from __future__ import annotations

import os
from pathlib import Path

from devkit.checks.files import Files
from devkit.checks.places import model_path, script_path
from devkit.checks.project import Project, read_subject
from devkit.checks.script_users import deployments_using
from devkit.cli.errors import UsageError

__all__ = ["serve", "server_arguments"]

_YAML = (".yml", ".yaml")
_SCRIPT = ".py"


def serve(arguments: list[str]) -> int:
    """Run ``infsrv`` with `arguments`.

    A deployment YAML among them stands for its script, model and variables. So does a script that a deployment near it
    names, unless the model is told otherwise.

    Returns:
        The server's own exit code.

    Raises:
        UsageError: the YAML describes no deployment with a local script.
    """
    from inference_server.cli import main

    given = next((each for each in arguments if each.endswith((*_YAML, _SCRIPT))), None)
    deployment = _deployment(given, arguments)
    if given is None or deployment is None:
        return main(arguments)
    rest = [each for each in arguments if each != given]
    flags, variables = server_arguments(deployment)
    for name, value in variables.items():
        os.environ.setdefault(name, value)
    return main([*flags, *rest])


def _deployment(given: str | None, arguments: list[str]) -> Path | None:
    """The deployment to serve, if one is given or found."""
    if given is None:
        return None
    path = Path(given).absolute()
    if given.endswith(_YAML):
        return path
    if not path.is_file() or _names_a_model(arguments):
        return None
    found = deployments_using(path, Files())
    if found:
        print(_chosen(path, found), flush=True)
    return found[0] if found else None


def _names_a_model(arguments: list[str]) -> bool:
    return "AZUREML_MODEL_DIR" in os.environ or any(
        each.partition("=")[0] in {"--model_dir", "--entry_script"} for each in arguments
    )


def _chosen(script: Path, found: list[Path]) -> str:
    others = ", ".join(str(each) for each in found[1:])
    also = f" (and so does {others}: give that one to serve it instead)" if others else ""
    return f"{found[0]} uses {script.name}{also}: serving with its model and variables"


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
