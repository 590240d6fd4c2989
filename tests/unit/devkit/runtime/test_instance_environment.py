from __future__ import annotations

from pathlib import Path

from devkit.runtime.instance_environment import Places, container_places, deployment_variables, inherited
from devkit.runtime.plan import CodePlan, DeploymentPlan, Flavour, ModelPlan

MODEL = ModelPlan(Path("/m/model.pkl"), "iris", "3")


def plan(**more: object) -> DeploymentPlan:
    values: dict[str, object] = {"code": CodePlan(Path("/c"), "src", "inner/score.py"), "model": MODEL, **more}
    return DeploymentPlan("e", "blue", Flavour.SCRIPT, **values)  # type: ignore[arg-type]


def variables(of: DeploymentPlan) -> dict[str, str]:
    return deployment_variables(of, container_places(of), instance="e.blue.1.0", workspace="local")


def test_a_container_gets_the_services_places() -> None:
    """AZUREML_MODEL_DIR, AML_APP_ROOT and AZUREML_ENTRY_SCRIPT are as the service sets them."""
    found = variables(plan())
    assert found["AZUREML_MODEL_DIR"] == "/var/azureml-app/azureml-models/iris/3"
    assert found["AML_APP_ROOT"] == "/var/azureml-app/src/inner"
    assert found["AZUREML_ENTRY_SCRIPT"] == "score.py"
    assert "AZUREML_MDC_CONFIG_PATH" not in found
    assert "AML_APP_INSIGHTS_ENABLED" not in found


def test_a_mount_path_moves_the_model_directory() -> None:
    """model_mount_path takes the place of the service's own folder for models."""
    assert variables(plan(model_mount_path="/models/"))["AZUREML_MODEL_DIR"] == "/models/iris/3"


def test_the_deployments_own_variables_win() -> None:
    """A deployment may set any variable itself, as with azure-ai-ml."""
    found = variables(plan(variables={"AZUREML_MODEL_DIR": "/mine", "WORKER_COUNT": "2"}))
    assert found["AZUREML_MODEL_DIR"] == "/mine"
    assert found["WORKER_COUNT"] == "2"


def test_telemetry_and_collection_are_told() -> None:
    """app_insights_enabled and data_collector reach the instance as variables."""
    found = variables(plan(app_insights=True, data_collector={"collections": {}, "rollingRate": "Hour"}))
    assert found["AML_APP_INSIGHTS_ENABLED"] == "true"
    assert found["AZUREML_MDC_CONFIG_PATH"] == "/etc/mdc-config.json"


def test_an_mlflow_model_without_code_gets_the_images_places() -> None:
    """Without code the script is ours, where the service's MLflow images have theirs."""
    mlflow = ModelPlan(Path("/m/sklearn-model"), "m", "1", "mlflow_model")
    found = variables(DeploymentPlan("e", "blue", Flavour.MLFLOW, model=mlflow))
    assert found["AML_APP_ROOT"] == "/var/mlflow_resources"
    assert found["AZUREML_ENTRY_SCRIPT"] == "mlflow_score_script.py"
    assert found["MLFLOW_MODEL_FOLDER"] == "sklearn-model"


def test_without_code_and_model_there_is_no_place_for_them() -> None:
    """A custom container without code and model is told of neither."""
    found = deployment_variables(
        DeploymentPlan("e", "blue", Flavour.CUSTOM), Places(None, None), instance="i", workspace="w"
    )
    assert set(found) == {"WORKSPACE_NAME", "SERVICE_NAME", "HOSTNAME"}


def test_credentials_of_the_developer_are_not_inherited() -> None:
    """Of the host come paths, locale, proxies and drivers; no credentials, no PYTHONPATH, nothing of the kit's."""
    host = {
        "PATH": "/bin",
        "LC_ALL": "C",
        "https_proxy": "http://p",
        "CUDA_VISIBLE_DEVICES": "0",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AZURE_CLIENT_SECRET": "s",
        "PYTHONPATH": "/x",
        "DEVKIT_SECRET_CONNECTIONS_DB": "s",
        "OTEL_EXPORTER_OTLP_HEADERS": "s",
    }
    assert set(inherited(host, telemetry=False)) == {"PATH", "LC_ALL", "https_proxy", "CUDA_VISIBLE_DEVICES"}
    assert "OTEL_EXPORTER_OTLP_HEADERS" in inherited(host, telemetry=True)
