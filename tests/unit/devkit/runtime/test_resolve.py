"""From a deployment's document and its looked-up assets to the plan."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from devkit.runtime.plan import Flavour, Probe, RequestLimits, ResourceLimits, Route, Routes
from devkit.runtime.resolve import ResolveError, resolve
from devkit.runtime.stored import StoredAssets, StoredCode, StoredEnvironment, StoredModel
from devkit.spec.documents.environment import Environment
from devkit.spec.documents.model import Model
from devkit.spec.documents.online_deployment import KubernetesOnlineDeployment, ManagedOnlineDeployment

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.runtime.plan import DeploymentPlan

NAMES = {"name": "blue", "endpoint_name": "shop", "instance_type": "standard_ds3_V2"}
SCRIPT = {"code_configuration": {"code": "azureml:c:1", "scoring_script": "src/score.py"}}
ROUTES = {
    "liveness_route": {"port": 8501, "path": "/live"},
    "readiness_route": {"port": 8501, "path": "/ready"},
    "scoring_route": {"port": 8501, "path": "/v1/models/m:predict"},
}


def deployment(**keys: Any) -> ManagedOnlineDeployment:
    return ManagedOnlineDeployment.model_validate({**NAMES, **keys})


def environment(**keys: Any) -> StoredEnvironment:
    return StoredEnvironment(Environment.model_validate({"name": "e", "image": "i", **keys}))


def model(source: Path, **keys: Any) -> StoredModel:
    return StoredModel(Model.model_validate({"name": "m", **keys}), source, "m", "3")


@pytest.fixture
def code(tmp_path: Path) -> StoredCode:
    """A stored copy of a code folder, and the folder it was copied from."""
    for folder in ("store/code", "project/code"):
        (tmp_path / folder / "src").mkdir(parents=True)
        (tmp_path / folder / "src" / "score.py").touch()
    return StoredCode(tmp_path / "store/code", tmp_path / "project/code")


def scripted(code: StoredCode, **keys: Any) -> DeploymentPlan:
    return resolve(deployment(**SCRIPT, **keys), StoredAssets(code))


def test_the_services_defaults(code: StoredCode) -> None:
    """What a document leaves open is as the service has it, with the limits of its machine size."""
    plan = scripted(code)
    assert (plan.endpoint, plan.deployment, plan.flavour, plan.instance_count) == ("shop", "blue", Flavour.SCRIPT, 1)
    assert plan.code is not None
    assert (plan.code.folder, plan.code.name, plan.code.script) == (code.folder, "code", "src/score.py")
    assert (plan.routes, plan.liveness, plan.requests) == (Routes(), Probe(10, 10, 2, 1, 30), RequestLimits(5, 1, 0.5))
    assert plan.resources == ResourceLimits(4.0, 14 * 2**30, 0)


def test_what_the_document_says(code: StoredCode) -> None:
    """Probes, request settings, variables and collected data come from the document, in the plan's units."""
    plan = scripted(
        code,
        instance_count=3,
        environment_variables={"WORKER_COUNT": 2, "KEY": "${{azureml://connections/a/credentials/b}}"},
        request_settings={"request_timeout_ms": 90000, "max_concurrent_requests_per_instance": 4},
        readiness_probe={"initial_delay": 1, "failure_threshold": 3},
        data_collector={"collections": {"request": {"enabled": "true"}}, "sampling_rate": 0.5, "rolling_rate": "day"},
        app_insights_enabled=True,
    )
    assert plan.instance_count == 3
    assert plan.variables == {"WORKER_COUNT": "2", "KEY": "${{azureml://connections/a/credentials/b}}"}
    assert plan.requests == RequestLimits(90, 4, 0.5)
    assert (plan.readiness, plan.liveness) == (Probe(1, 10, 2, 1, 3), Probe())
    assert plan.app_insights
    assert plan.data_collector == {
        "collections": {"request": {"dataCollectionMode": "Enabled", "samplingRate": 0.5}},
        "rollingRate": "Day",
    }


def test_dev_runs_the_folder_that_is_edited(code: StoredCode) -> None:
    """Under dev the original folder runs, under the copy's name, and the copy where the original is gone."""
    properties = {"devkit.dev": "true", "devkit.python": "/usr/bin/python3"}
    plan = scripted(code, properties=properties)
    assert plan.code is not None
    assert plan.dev
    assert (plan.code.folder, plan.code.name, plan.python) == (code.original, "code", "/usr/bin/python3")
    plan = scripted(StoredCode(code.folder, code.folder / "gone"), properties=properties)
    assert plan.code is not None
    assert plan.code.folder == code.folder


@pytest.mark.parametrize(
    ("instance_type", "properties", "resources"),
    [
        ("Standard_NC4as_T4_v3", {}, ResourceLimits(4.0, 28 * 2**30, 0)),
        ("Standard_NC4as_T4_v3", {"devkit.gpu": "true"}, ResourceLimits(4.0, 28 * 2**30, 1)),
        ("Standard_NV6ads_A10_v5", {"devkit.gpu": "true"}, ResourceLimits(6.0, 55 * 2**30, 1)),
        ("Standard_DS3_v2", {"devkit.gpu": "true"}, ResourceLimits(4.0, 14 * 2**30, 1)),
        ("local", {}, ResourceLimits()),
    ],
)
def test_limits_of_the_machine_size(
    code: StoredCode, instance_type: str, properties: dict[str, str], resources: ResourceLimits
) -> None:
    """CPU and memory follow the machine size; GPUs are taken only when they were asked for."""
    keys = {**SCRIPT, "instance_type": instance_type, "properties": properties}
    assert resolve(deployment(**keys), StoredAssets(code)).resources == resources


def test_limits_of_a_kubernetes_deployment(code: StoredCode) -> None:
    """A cluster's quantities become numbers."""
    given = KubernetesOnlineDeployment.model_validate(
        {**NAMES, **SCRIPT, "type": "kubernetes", "resources": {"limits": {"cpu": "500m", "memory": "2Gi"}}}
    )
    assert resolve(given, StoredAssets(code)).resources == ResourceLimits(0.5, 2 * 2**30, 0)


def test_a_container_of_its_own(tmp_path: Path) -> None:
    """The routes of inference_config make it a custom container, with the model where it is mounted."""
    (tmp_path / "half_plus_two").mkdir()
    plan = resolve(
        deployment(model_mount_path="/models"),
        StoredAssets(model=model(tmp_path / "half_plus_two"), environment=environment(inference_config=ROUTES)),
    )
    assert (plan.flavour, plan.model_mount_path) == (Flavour.CUSTOM, "/models")
    assert plan.routes == Routes(Route(8501, "/v1/models/m:predict"), Route(8501, "/live"), Route(8501, "/ready"))


def test_the_servers_own_routes_with_code_are_a_script(code: StoredCode) -> None:
    """An inference_config that says what holds anyway changes nothing."""
    usual = {"port": 5001, "path": "/"}
    config = {"liveness_route": usual, "readiness_route": usual, "scoring_route": {"port": 5001, "path": "/score"}}
    assets = StoredAssets(code, environment=environment(inference_config=config))
    assert resolve(deployment(**SCRIPT), assets).flavour is Flavour.SCRIPT


@pytest.mark.parametrize(
    ("kind", "file", "flavour", "scoring"),
    [
        ("mlflow_model", "MLmodel", Flavour.MLFLOW, Route(5001, "/score")),
        ("triton_model", "net/1/model.onnx", Flavour.TRITON, Route(8000, "/")),
    ],
)
def test_models_without_code(tmp_path: Path, kind: str, file: str, flavour: Flavour, scoring: Route) -> None:
    """MLflow and Triton models are served without code or environment."""
    path = tmp_path / "model" / file
    path.parent.mkdir(parents=True)
    path.touch()
    plan = resolve(deployment(), StoredAssets(model=model(tmp_path / "model", type=kind)))
    assert (plan.flavour, plan.routes.scoring) == (flavour, scoring)
    assert plan.model is not None
    assert plan.model.kind == kind


def test_an_archive_is_unpacked_when_it_asks(code: StoredCode, tmp_path: Path) -> None:
    """With azureml.unpack the plan's source is the folder of the archive's members."""
    (tmp_path / "weights.bin").write_bytes(b"w")
    archive = tmp_path / "model.tar.gz"
    with tarfile.open(archive, "w:gz") as members:
        members.add(tmp_path / "weights.bin", "weights.bin")
    stored = model(archive, tags={"azureml.unpack": "true"})
    plan = resolve(deployment(**SCRIPT), StoredAssets(code, stored)).model
    assert plan is not None
    assert plan.unpack
    assert [path.name for path in plan.source.iterdir()] == ["weights.bin"]


def test_a_build_context(code: StoredCode, tmp_path: Path) -> None:
    """A build without dockerfile_path takes the Dockerfile, as the reference says."""
    (tmp_path / "Dockerfile").touch()
    document = Environment.model_validate({"name": "e", "build": {"path": "docker"}})
    plan = resolve(deployment(**SCRIPT), StoredAssets(code, environment=StoredEnvironment(document, tmp_path)))
    assert (plan.environment.build_context, plan.environment.dockerfile) == (tmp_path, "Dockerfile")


@pytest.mark.parametrize(
    ("keys", "kind", "told"),
    [
        ({}, None, ("code_configuration", "nothing answers requests")),
        ({}, "triton_model", ("model", "<model>/<version>/")),
        ({}, "mlflow_model", ("model", "no file MLmodel")),
        ({**SCRIPT, "model_mount_path": "/models"}, None, ("model_mount_path", "inference_config")),
        (
            {"code_configuration": {"code": "azureml:c:1", "scoring_script": "gone.py"}},
            None,
            ("code_configuration.scoring_script", "no file gone.py"),
        ),
        ({"code_configuration": {"code": "azureml:c:1"}}, None, ("code_configuration.scoring_script", "missing")),
    ],
)
def test_what_cannot_run_is_told(
    code: StoredCode, tmp_path: Path, keys: dict[str, Any], kind: str | None, told: tuple[str, str]
) -> None:
    """A deployment that cannot run is refused at the key that is wrong, with why and what to do."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights.bin").touch()
    stored = model(tmp_path / "model", type=kind or "custom_model")
    with pytest.raises(ResolveError) as caught:
        resolve(deployment(**keys), StoredAssets(code if keys else None, stored, environment()))
    assert caught.value.path == told[0]
    assert told[1] in str(caught.value)
    assert caught.value.remedy
    assert caught.value.code == "BadArgument"


def test_a_relative_mount_path_is_refused() -> None:
    """The model's place in a container is absolute."""
    with pytest.raises(ResolveError, match="no absolute path"):
        resolve(deployment(model_mount_path="models"), StoredAssets(environment=environment(inference_config=ROUTES)))
