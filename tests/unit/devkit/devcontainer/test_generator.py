"""A deployment's dev container is the container that the Docker runtime starts, written down for an editor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest

from devkit.devcontainer.generator import Choices, DevContainer, dev_container, template_of
from devkit.devcontainer.paths import bind, host_path, relative_path
from devkit.devcontainer.request import configure
from devkit.devcontainer.templates import read_template
from devkit.devcontainer.update import update
from devkit.editor.jsonc import parse
from devkit.runtime.container import container_plan
from devkit.runtime.plan import CodePlan, DeploymentPlan, EnvironmentPlan, Flavour, ModelPlan, ResourceLimits
from tests.support.dev_container_examples import DEPLOYMENTS, EXAMPLES, example, golden_path
from tests.support.dev_containers import configuration_errors

WORKSPACE = Path("/home/somebody/my project")
PLAN = DeploymentPlan(
    "house-prices",
    "blue",
    Flavour.SCRIPT,
    code=CodePlan(WORKSPACE / "src" / "blue", "blue", "score.py"),
    model=ModelPlan(WORKSPACE / "models" / "linear.json", "linear", "3"),
    environment=EnvironmentPlan("mcr.microsoft.com/azureml/minimal-py312-inference:latest"),
    resources=ResourceLimits(4, 14 << 30),
    dev=True,
)
every_example = pytest.mark.parametrize("deployment", DEPLOYMENTS)


def generate(plan: DeploymentPlan, choices: Choices | None = None) -> DevContainer:
    container = container_plan(plan, WORKSPACE / ".devkit" / "kit", instance="devcontainer")
    return dev_container(plan, container, WORKSPACE, WORKSPACE / ".devcontainer", choices)


def configuration(plan: DeploymentPlan, choices: Choices | None = None) -> dict[str, Any]:
    made = generate(plan, choices)
    assert configuration_errors(made.configuration) == []
    return dict(made.configuration)


@every_example
def test_the_gallery_gives_what_was_read_over(deployment: str) -> None:
    """Each example's text is the golden one; `python -m tests.support.dev_container_examples` renews them."""
    assert example(deployment).wanted.text == golden_path(deployment).read_text(encoding="utf-8")


@every_example
def test_the_text_says_what_the_value_says(deployment: str) -> None:
    """The text with its comments reads as the value that is compared later."""
    wanted = example(deployment).wanted
    assert parse(wanted.text).value == wanted.configuration


@every_example
def test_the_published_schemas_accept_it(deployment: str) -> None:
    """Every generated devcontainer.json is valid against the specification's schema and VS Code's."""
    assert configuration_errors(example(deployment).wanted.configuration) == []


@every_example
def test_it_is_the_container_of_the_docker_runtime(deployment: str) -> None:
    """Image, environment, mounts, user, ports and limits are those of the one plan that the Docker runtime runs."""
    each = example(deployment)
    made, container = each.wanted.configuration, each.container
    assert made.get("image") == container.image
    assert ("build" in made) == (container.build is not None)
    if container.build is not None and container.build.context is None:
        assert {name: each.wanted.files[name] for name in container.build.files} == container.build.files
    assert made["containerEnv"] == container.environment
    assert set(made.get("remoteEnv", {})) <= {"PATH"}
    files = [mount for mount in made.get("mounts", []) if any(file.target in mount for file in container.files)]
    assert len(files) == len(container.files)
    assert set(made.get("mounts", [])) - set(files) == {
        bind(host_path(mount.source, each.workspace), mount.target, read_only=mount.read_only)
        for mount in container.mounts
    }
    assert container.user is None or made["remoteUser"] == container.user
    assert made["forwardPorts"] == list(container.ports)
    if container.limits.memory_bytes is not None:
        assert f"--memory={container.limits.memory_bytes >> 30}g" in made["runArgs"]


@every_example
def test_it_keeps_the_templates_words(deployment: str) -> None:
    """The templates are the only source of the text: every comment of the family's template is there."""
    each = example(deployment)
    text = read_template(template_of(each.plan)).apply({})[".devcontainer/devcontainer.json"]
    comments = [line.strip() for line in text.splitlines() if line.strip().startswith("//")]
    assert comments
    kept = [line for line in comments if line in each.wanted.text]
    gone = set(comments) - set(kept)
    assert all("limits" in line or "GPU" in line for line in gone), gone


@every_example
def test_writing_it_again_changes_nothing(deployment: str) -> None:
    """What was written is current."""
    wanted = example(deployment).wanted
    written = dict(update({}, wanted).after)
    assert update(written, wanted).is_current


def test_code_is_a_folder_and_the_model_is_read_only() -> None:
    """The folder of the code is mounted, never the script alone; a script may not write to its model."""
    code, model = (
        next(mount for mount in configuration(PLAN)["mounts"] if f"target={target}" in mount)
        for target in ("/var/azureml-app/blue", "/var/azureml-app/azureml-models/linear/3/linear.json")
    )
    assert code == "type=bind,source=${localWorkspaceFolder}/src/blue,target=/var/azureml-app/blue"
    assert model.endswith(",readonly")


def test_what_lies_outside_the_workspace_is_named_by_its_path_and_told() -> None:
    """A model elsewhere is mounted all the same; the note says that the file is for this machine then."""
    made = generate(replace(PLAN, model=ModelPlan(Path("/data/m,1"), "m", "1")))
    assert any('"source=/data/m,1"' in mount for mount in made.configuration["mounts"])
    assert any("/data/m,1 lies outside the workspace" in note for note in made.notes)


@pytest.mark.parametrize(("gpus", "asked"), [(0, None), (1, True), (4, True)])
def test_a_gpu_is_asked_for_exactly_where_the_size_has_one(gpus: int, asked: bool | None) -> None:
    """hostRequirements.gpu makes the tools add --gpus where the engine can; it is never hard-wired."""
    made = configuration(replace(PLAN, resources=ResourceLimits(4, 14 << 30, gpus)))
    assert made["hostRequirements"].get("gpu") == asked
    assert not any("--gpus" in argument for argument in made["runArgs"])


def test_a_smaller_machine_can_start_it() -> None:
    """CPUs are limited by a quota, since Docker refuses --cpus above what the machine has."""
    made = configuration(replace(PLAN, resources=ResourceLimits(0.5, 3 << 29)))
    assert made["hostRequirements"] == {"cpus": 1, "memory": str(3 << 29)}
    assert {"--cpu-period=100000", "--cpu-quota=50000", f"--memory={3 << 29}"} <= set(made["runArgs"])


def test_secrets_come_from_the_host_and_are_not_written() -> None:
    """A secret reference becomes a variable of the host in remoteEnv, which `docker inspect` does not show."""
    reference = "${{keyvault:https://kv.vault.azure.net/secrets/token/1}}"
    made = configuration(replace(PLAN, variables={"TOKEN": reference, "PLAIN": "1"}))
    assert made["containerEnv"]["PLAIN"] == "1"
    assert "TOKEN" not in made["containerEnv"]
    assert made["remoteEnv"].items() >= {"TOKEN": "${localEnv:DEVKIT_SECRET_KEYVAULT_KV_TOKEN}"}.items()
    assert list(made["secrets"]) == ["DEVKIT_SECRET_KEYVAULT_KV_TOKEN"]


def test_the_hosts_ways_out_are_named_and_never_copied(tmp_path: Path) -> None:
    """Proxy, package index and certificates reach the container by name: no value of them stands in any file."""
    certificates = tmp_path / "ca.crt"
    certificates.touch()
    environ = {
        "HTTPS_PROXY": "http://user:secret@proxy:3128",
        "PIP_INDEX_URL": "https://user:secret@index/simple",
        "SSL_CERT_FILE": str(certificates),
    }
    path = EXAMPLES / "keywords" / "blue-deployment.yml"
    wanted = configure([path], path.parent, environ=environ)[0].wanted
    assert not any("secret@" in text for text in update({}, wanted).after.values())
    made = wanted.configuration
    assert made["remoteEnv"]["HTTPS_PROXY"] == "${localEnv:HTTPS_PROXY}"
    assert made["remoteEnv"]["PIP_INDEX_URL"] == "${localEnv:PIP_INDEX_URL}"
    assert any(f"source={certificates}," in mount for mount in made["mounts"])
    assert made["containerEnv"]["PIP_CERT"] == made["containerEnv"]["SSL_CERT_FILE"]


def test_features_only_where_asked() -> None:
    """No Feature is added unless it was asked for: the image is production's."""
    assert "features" not in configuration(PLAN)
    wanted = "ghcr.io/devcontainers/features/git:1"
    assert configuration(PLAN, Choices(features=(wanted,)))["features"] == {wanted: {}}


def test_f5_runs_the_servers_own_file_with_the_production_paths() -> None:
    """The launch configuration needs nothing of the image but Python, and maps the workspace to the mounted code."""
    settings = configuration(PLAN)["customizations"]["vscode"]["settings"]
    launch, attach = settings["launch"]["configurations"]
    assert launch["program"] == "/opt/endpoint-devkit/devkit_instance.py"
    assert "--debug" not in launch["args"]
    mapping = {"localRoot": "${workspaceFolder}/src/blue", "remoteRoot": "/var/azureml-app/blue"}
    assert launch["pathMappings"] == attach["pathMappings"] == [mapping]
    assert launch["cwd"] == "/var/azureml-app/blue"
    (task,) = settings["tasks"]["tasks"]
    assert task["command"] == "/opt/endpoint-devkit/bin/infsrv"
    assert "--debug" in task["args"]


def test_several_deployments_do_not_share_a_port_of_the_host() -> None:
    """Two containers of one workspace run at a time."""
    blue, green = (
        set(each.wanted.configuration["appPort"]) for each in configure([], EXAMPLES / "blue-green", environ={})
    )
    assert {each.split(":")[1] for each in blue} & {each.split(":")[1] for each in green} == set()
    assert {each.split(":")[2] for each in blue} == {each.split(":")[2] for each in green}


def test_one_deployment_lies_in_the_folder_and_several_in_named_ones() -> None:
    """A workspace with one deployment has .devcontainer/devcontainer.json, one with two has one for each name."""
    (only,) = configure([], EXAMPLES / "keywords", environ={})
    assert only.folder.name == ".devcontainer"
    assert [each.folder.name for each in configure([], EXAMPLES / "blue-green", environ={})] == ["blue", "green"]


def test_paths_of_windows_are_written_with_forward_slashes() -> None:
    """On Windows the file says the same as elsewhere."""
    workspace = PureWindowsPath(r"C:\work\my project")
    assert host_path(workspace / "src" / "blue", workspace) == "${localWorkspaceFolder}/src/blue"
    assert host_path(PureWindowsPath(r"D:\models\m.pkl"), workspace) == "D:/models/m.pkl"
    assert relative_path(workspace / "docker", workspace / ".devcontainer" / "blue") == "../../docker"
