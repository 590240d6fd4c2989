"""The container of each kind of deployment, and how it differs from what azure-ai-ml's local deployment starts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from devkit.runtime.container import (
    LABELS,
    MLFLOW_IMAGE,
    RUNIT,
    TRITON_IMAGE,
    Build,
    ContainerPlan,
    Mount,
    container_plan,
    started_as_in_azure,
)
from devkit.runtime.plan import (
    CodePlan,
    DeploymentPlan,
    EnvironmentPlan,
    Flavour,
    ModelPlan,
    ResourceLimits,
    Route,
    Routes,
)
from devkit.runtime.protocol import CannotRunError

KIT = Path("/kit")
SCRIPT = DeploymentPlan(
    endpoint="diabetes",
    deployment="blue",
    flavour=Flavour.SCRIPT,
    code=CodePlan(Path("/store/code"), "src", "online/score.py"),
    model=ModelPlan(Path("/store/model"), "diabetes", "3"),
    environment=EnvironmentPlan("base:1", {"name": "x", "dependencies": ["python=3.12", {"pip": ["numpy"]}]}),
    variables={"THRESHOLD": "0.5"},
    resources=ResourceLimits(cpus=4, memory_bytes=14 << 30),
)
CUSTOM = DeploymentPlan(
    endpoint="half-plus-two",
    deployment="blue",
    flavour=Flavour.CUSTOM,
    model=ModelPlan(Path("/store/model"), "hpt", "1"),
    model_mount_path="/srv/models",
    environment=EnvironmentPlan(build_context=Path("/store/docker"), dockerfile="server.Dockerfile"),
    routes=Routes(Route(8501, "/v1/models/hpt:predict"), Route(8501, "/live"), Route(8502, "/ready")),
)


def make(plan: DeploymentPlan) -> ContainerPlan:
    """The container of one instance."""
    return container_plan(plan, KIT, instance="i.1", workspace="local", workspace_id="/work")


def test_a_script_with_a_conda_file() -> None:
    """The Dockerfile installs the conda file alone; code and model are mounted where the service has them."""
    container = make(SCRIPT)
    assert container.image is None
    assert container.build == Build(
        "base:1",
        {
            "Dockerfile": (
                "FROM base:1\n"
                "WORKDIR /var/azureml-app/\n"
                "COPY conda.yml /var/azureml-app/\n"
                "RUN conda env create -n inf-conda-env --file conda.yml\n"
                "ENV AZUREML_CONDA_ENVIRONMENT_PATH=/opt/miniconda/envs/inf-conda-env \\\n"
                "    PATH=/opt/miniconda/envs/inf-conda-env/bin:$PATH\n"
            ),
            "conda.yml": "name: x\ndependencies:\n- python=3.12\n- pip:\n  - numpy\n",
        },
    )
    assert container.environment == {
        "WORKSPACE_NAME": "local",
        "SERVICE_NAME": "blue",
        "HOSTNAME": "i.1",
        "AML_APP_ROOT": "/var/azureml-app/src/online",
        "AZUREML_ENTRY_SCRIPT": "score.py",
        "AZUREML_MODEL_DIR": "/var/azureml-app/azureml-models/diabetes/3",
        "AZUREML_INFERENCE_PYTHON_PATH": "/opt/miniconda/envs/inf-conda-env/bin",
        "THRESHOLD": "0.5",
    }
    assert container.mounts == (
        Mount(Path("/store/model"), "/var/azureml-app/azureml-models/diabetes/3/model", read_only=True),
        Mount(Path("/store/code"), "/var/azureml-app/src", read_only=True),
    )
    assert container.ports == (5001,)
    assert (container.entrypoint, container.command, container.user, container.working_dir) == (None,) * 4
    assert container.limits == ResourceLimits(cpus=4, memory_bytes=14 << 30)
    assert container.labels == {
        LABELS.workspace: "/work",
        LABELS.endpoint: "diabetes",
        LABELS.deployment: "blue",
        LABELS.instance: "i.1",
    }


def test_an_image_alone_is_not_built() -> None:
    """Without a conda file the image runs as it is."""
    container = make(replace(SCRIPT, environment=EnvironmentPlan("base:1")))
    assert (container.image, container.build) == ("base:1", None)
    assert "AZUREML_INFERENCE_PYTHON_PATH" not in container.environment


def test_a_server_of_the_users_own() -> None:
    """BYOC: the build context is built, every route's port is published, the model lies below model_mount_path."""
    container = make(CUSTOM)
    assert container.build == Build(context=Path("/store/docker"), dockerfile="server.Dockerfile")
    assert container.ports == (8501, 8502)
    assert container.routes == CUSTOM.routes
    assert container.mounts == (Mount(Path("/store/model"), "/srv/models/hpt/1/model"),)
    assert container.environment["AZUREML_MODEL_DIR"] == "/srv/models/hpt/1"
    assert "AML_APP_ROOT" not in container.environment
    assert (container.entrypoint, container.command) == (None, None)


def test_an_mlflow_model_without_code() -> None:
    """The service's MLflow image, with the kit's scoring script where the image has its own."""
    model = ModelPlan(Path("/store/line"), "line", "1", "mlflow_model")
    container = make(DeploymentPlan("e", "blue", Flavour.MLFLOW, model=model))
    assert (container.image, container.build) == (MLFLOW_IMAGE, None)
    assert container.environment["AML_APP_ROOT"] == "/var/mlflow_resources"
    assert container.environment["AZUREML_ENTRY_SCRIPT"] == "mlflow_score_script.py"
    assert container.environment["MLFLOW_MODEL_FOLDER"] == "line"
    assert container.mounts == (Mount(Path("/store/line"), "/var/azureml-app/azureml-models/line/1/line"),)
    [script] = container.files
    assert script.target == "/var/mlflow_resources/mlflow_score_script.py"
    assert "def run(" in script.text


def test_a_triton_repository_without_code() -> None:
    """Triton is told the folder of the repository; its image's own command is a shell."""
    model = ModelPlan(Path("/store/models"), "add", "1", "triton_model")
    routes = Routes(Route(8000, "/"), Route(8000, "/v2/health/live"), Route(8000, "/v2/health/ready"))
    plan = DeploymentPlan("e", "blue", Flavour.TRITON, model=model, routes=routes, resources=ResourceLimits(gpus=1))
    container = make(plan)
    assert container.image == TRITON_IMAGE
    assert container.command == (
        "tritonserver",
        "--model-repository=/var/azureml-app/azureml-models/add/1/models",
    )
    assert container.mounts == (Mount(Path("/store/models"), "/var/azureml-app/azureml-models/add/1/models"),)
    assert container.ports == (8000,)
    assert container.limits.gpus == 1
    assert container.shared_memory_bytes == 1 << 30


def test_dev_replaces_the_server_and_opens_the_debugger() -> None:
    """With dev the kit's server runs on the folder that is edited, which the container may write to."""
    container = make(replace(SCRIPT, dev=True))
    assert container.entrypoint is not None
    assert container.entrypoint[:2] == ("/bin/sh", "-c")
    assert container.command == ("--dev", "--host", "0.0.0.0", "--port", "5001", "--debug", "0.0.0.0:5678")  # noqa: S104  published on loopback
    assert container.working_dir == "/var/azureml-app/src/online"
    assert container.debug_port == 5678
    assert container.path_mappings == ((Path("/store/code"), "/var/azureml-app/src"),)
    assert Mount(Path("/store/code"), "/var/azureml-app/src", read_only=False) in container.mounts
    assert Mount(KIT, "/opt/endpoint-devkit") in container.mounts


def test_dev_of_a_server_of_the_users_own_is_said_to_have_no_effect() -> None:
    """What the kit cannot do is said, and the image's own command stays."""
    container = make(replace(CUSTOM, dev=True))
    assert (container.entrypoint, container.command, container.debug_port) == (None, None, None)
    assert "--dev has no effect" in container.not_honoured[0]


def test_nothing_of_the_image_changes_with_the_code() -> None:
    """Another score.py or model needs no build: they are no part of it."""
    other = replace(
        SCRIPT,
        code=CodePlan(Path("/store/other"), "other", "main.py"),
        model=ModelPlan(Path("/store/model-2"), "diabetes", "4"),
        variables={},
    )
    assert make(other).build == make(SCRIPT).build


def test_the_collector_s_configuration_is_mounted() -> None:
    """A data collector finds its file where the service puts it."""
    collector = {"collections": {"model_inputs": {"dataCollectionMode": "Enabled", "samplingRate": 0.5}}}
    container = make(replace(SCRIPT, data_collector=collector))
    [file] = container.files
    assert file.target == container.environment["AZUREML_MDC_CONFIG_PATH"] == "/etc/mdc-config.json"
    assert '"model_inputs"' in file.text


def test_without_an_image_it_is_refused() -> None:
    """The message tells what to add."""
    with pytest.raises(CannotRunError, match="neither `image` nor `build`") as refusal:
        make(replace(SCRIPT, environment=EnvironmentPlan()))
    assert refusal.value.code == "BadArgument"


@pytest.mark.parametrize("own", [(), ("bash",), ("/bin/sh",)])
def test_an_image_that_would_start_a_shell_is_started_as_in_azure(own: tuple[str, ...]) -> None:
    """Azure's base images come without a command; runit is what the service starts in them."""
    assert started_as_in_azure(make(SCRIPT), own).command == RUNIT


def test_an_image_with_a_command_keeps_it() -> None:
    """The image's own start command runs, whatever it is."""
    assert started_as_in_azure(make(SCRIPT), ["python", "server.py"]).command is None
    assert started_as_in_azure(make(CUSTOM), ["bash"]).command is None


AZURE_AI_ML = {
    "AZUREML_MODEL_DIR": "/var/azureml-app/azureml-models//diabetes/3",
    "AZUREML_INFERENCE_PYTHON_PATH": "/opt/miniconda/envs/inf-conda-env/bin",
    "AML_APP_ROOT": "/var/azureml-app/src/online",
    "AZUREML_ENTRY_SCRIPT": "score.py",
    "THRESHOLD": "0.5",
    "model mount": "/store -> /var/azureml-app/azureml-models//diabetes/3",
    "code mount": "/store/code -> /var/azureml-app/src/ (rw)",
    "command": "conda run --no-capture-output -n inf-conda-env runsvdir /var/runit",
    "install": "RUN conda env create -n inf-conda-env --file conda.yml",
}
"""What azure-ai-ml 1.35.2 sets for `SCRIPT` (observed under the same engine, 2026-11)."""

DIFFERENCES = {
    "AZUREML_MODEL_DIR": "one slash, as in the service, where azure-ai-ml writes two",
    "model mount": "the model alone, read-only; azure-ai-ml shows the script everything beside the model as well",
    "code mount": "read-only without dev: the stored copy serves every deployment of the same content",
    "command": "none of ours: the image's own runs, and finds the environment by PATH",
    "WORKSPACE_NAME": "the service sets it, azure-ai-ml does not",
    "SERVICE_NAME": "the service sets it, azure-ai-ml does not",
    "HOSTNAME": "the service sets it, azure-ai-ml does not",
}
"""Each with its reason."""


def test_every_difference_to_azure_ai_ml_has_a_reason() -> None:
    """What is set is what azure-ai-ml sets, but for the named differences; none of them is out of date."""
    container = make(SCRIPT)
    model, code = container.mounts
    build = container.build
    assert build is not None
    ours = {
        **container.environment,
        "model mount": f"{model.source} -> {model.target}",
        "code mount": f"{code.source} -> {code.target}/ ({'ro' if code.read_only else 'rw'})",
        "command": container.command,
        "install": next(line for line in build.files["Dockerfile"].splitlines() if line.startswith("RUN")),
    }
    differing = {name for name in ours.keys() | AZURE_AI_ML.keys() if ours.get(name) != AZURE_AI_ML.get(name)}
    assert differing == DIFFERENCES.keys()
