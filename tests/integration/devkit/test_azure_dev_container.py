"""Our dev containers beside those of azure-ai-ml's local deployments: the same container, but for named differences."""

from __future__ import annotations

import json
import os
import posixpath
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from devkit.devcontainer.request import configure
from tests.support.dev_container_examples import DEPLOYMENTS, EXAMPLES
from tests.support.dev_containers import ROOT, configuration_errors
from tests.support.oracle import PYTHON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.devcontainer.request import Configured

if not PYTHON.exists() and not os.environ.get("CI"):
    pytest.skip("azure-ai-ml is not installed: `make azure-oracle` installs it", allow_module_level=True)

DIFFERENCES = {
    "a double slash": "AZUREML_MODEL_DIR has // behind azureml-models; in the service it has one slash",
    "a trailing slash": "AML_APP_ROOT ends in a slash where the script lies in the code folder itself",
    "the service's own names": "WORKSPACE_NAME, SERVICE_NAME and HOSTNAME, which the service sets",
    "the whole neighbourhood": "the folder around the model is mounted, so the script sees files that Azure has not",
    "a writable model": "its model can be written; in the service it cannot",
    "live update": "the server with live update and debugger is mounted",
    "every interface": "port 5001 is published on every interface, not on loopback alone",
    "the old form": "top-level extensions and settings, which the specification's schema refuses",
    "its labels": "labels by which its own commands find the container",
}


def azure(deployments: list[Configured]) -> list[dict[str, Any]]:
    """What azure-ai-ml would write for each deployment."""
    done = subprocess.run(
        [str(PYTHON), "-m", "tests.support.azure_dev_container"],
        cwd=ROOT,
        input=json.dumps([_question(each) for each in deployments]),
        capture_output=True,
        text=True,
        timeout=110,
        check=True,
    )
    answer: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _question(each: Configured) -> dict[str, str]:
    plan = each.plan
    assert plan.code is not None
    assert plan.model is not None
    return {
        "code": str(plan.code.folder),
        "script": plan.code.script,
        "model_folder": str(plan.model.source.parent),
        "model": f"/{plan.model.name}/{plan.model.version}",
        "image": "endpoint:blue",
    }


def environments_differ(theirs: dict[str, str], ours: dict[str, str]) -> Iterator[str]:
    for name in theirs.keys() | ours.keys():
        there, here = theirs.get(name), ours.get(name)
        if there == here:
            continue
        if there is not None and here is not None and there.replace("//", "/") == here:
            yield "a double slash"
        elif there is not None and there.removesuffix("/") == here:
            yield "a trailing slash"
        elif there is None and name in {"WORKSPACE_NAME", "SERVICE_NAME", "HOSTNAME"}:
            yield "the service's own names"
        else:
            yield f"{name}: {there!r}, ours {here!r}"


def mounts_differ(theirs: list[str], each: Configured) -> Iterator[str]:
    model, code = each.plan.model, each.plan.code
    assert model is not None
    assert code is not None
    there = {fields["source"]: posixpath.normpath(fields["target"]) for fields in map(_fields, theirs)}
    for mount in each.container.mounts:
        if mount.source == model.source:
            found = there.pop(str(model.source.parent), None)
            yield "the whole neighbourhood" if f"{found}/{model.source.name}" == mount.target else f"model at {found}"
            yield "a writable model" if mount.read_only else "our model is writable"
        elif mount.source == code.folder:
            found = there.pop(str(code.folder), None)
            if found != mount.target:
                yield f"code at {found}"
        else:
            yield "live update" if mount.target == "/opt/endpoint-devkit" else f"{mount.target} is ours alone"
    yield from there


def _fields(mount: str) -> dict[str, str]:
    return dict(field.split("=", 1) for field in mount.split(",") if "=" in field)


def differences(theirs: dict[str, Any], each: Configured) -> set[str]:
    ours = each.wanted.configuration
    variables = {name: text for name, text in ours["containerEnv"].items() if name not in each.plan.variables}
    found = set(environments_differ(theirs["containerEnv"], variables))
    found |= set(mounts_differ(theirs["mounts"], each))
    if (theirs["appPort"], ours["appPort"][0].split(":")[-1]) == ([5001], "5001"):
        found.add("every interface")
    if configuration_errors(theirs) and not configuration_errors(ours) and "extensions" in theirs:
        found.add("the old form")
    if any(each.startswith("--label") for each in theirs["runArgs"]):
        found.add("its labels")
    assert theirs["forwardPorts"] == ours["forwardPorts"]
    assert theirs["overrideCommand"] == ours["overrideCommand"]
    return found


def test_only_named_differences_and_each_of_them() -> None:
    """Where azure-ai-ml can run an example locally, whatever differs is in the table, and nothing in it is idle."""
    examples = [configure([EXAMPLES / each], (EXAMPLES / each).parent, environ={})[0] for each in DEPLOYMENTS]
    comparable = [each for each in examples if each.plan.code is not None and each.plan.model is not None]
    assert len(comparable) >= 5  # its local mode refuses the others
    found = [differences(theirs, each) for theirs, each in zip(azure(comparable), comparable, strict=True)]
    assert set().union(*found) == DIFFERENCES.keys()
