"""The environment variables of an instance, as a process and as a container: one table for both.

What Azure sets is in `deployment_variables`; the deployment's own `environment_variables` win over it, as they do in
azure-ai-ml 1.35.2. A process also needs some of the host's variables to work at all: `inherited` chooses them.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from devkit.assets.layout import lay_out
from devkit.runtime.plan import Flavour

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.runtime.plan import DeploymentPlan

__all__ = [
    "CONTAINER_APP",
    "MDC_CONFIG",
    "MLFLOW_RESOURCES",
    "MLFLOW_SCRIPT",
    "Places",
    "container_places",
    "deployment_variables",
    "inherited",
]

CONTAINER_APP: Final = "/var/azureml-app"
"""Where code and models lie in a container (azureml-contract, 2026-11)."""
MDC_CONFIG: Final = "/etc/mdc-config.json"
"""Where a container finds the data collector's configuration."""
MLFLOW_RESOURCES: Final = "/var/mlflow_resources"
"""AML_APP_ROOT of the service's MLflow images (mlflow-py312-inference, azureml-assets @4b41f8c)."""
MLFLOW_SCRIPT: Final = "mlflow_score_script.py"


@dataclass(frozen=True)
class Places:
    """Where things lie, as the instance itself sees them."""

    code: str | None
    """The code folder, or for an MLflow model without code the folder of the kit's script."""
    model_dir: str | None
    """AZUREML_MODEL_DIR."""
    collector_config: str | None = None
    """The data collector's configuration; None where nothing is collected."""


def container_places(plan: DeploymentPlan) -> Places:
    """The places in a container, which are the service's own."""
    code = MLFLOW_RESOURCES if plan.flavour is Flavour.MLFLOW and plan.code is None else None
    if plan.code is not None:
        code = f"{CONTAINER_APP}/{plan.code.name}"
    model_dir = None if plan.model is None else lay_out(plan.model, plan.model_mount_path).model_dir
    return Places(code, model_dir, MDC_CONFIG if plan.data_collector else None)


def deployment_variables(plan: DeploymentPlan, places: Places, *, instance: str, workspace: str) -> dict[str, str]:
    """What Azure sets, with the deployment's own variables on top. Secret references are not resolved here.

    Args:
        plan: the deployment.
        places: where its things lie.
        instance: the instance's name, for telemetry.
        workspace: the workspace's name, for telemetry.
    """
    ours = {
        "WORKSPACE_NAME": workspace,
        "SERVICE_NAME": plan.deployment,
        "HOSTNAME": instance,
        **_script_variables(plan, places),
    }
    if places.model_dir is not None:
        ours["AZUREML_MODEL_DIR"] = places.model_dir
    if places.collector_config is not None:
        ours["AZUREML_MDC_CONFIG_PATH"] = places.collector_config
    if plan.app_insights:
        ours["AML_APP_INSIGHTS_ENABLED"] = "true"
    return {**ours, **plan.variables}


def _script_variables(plan: DeploymentPlan, places: Places) -> dict[str, str]:
    if places.code is None:
        return {}
    if plan.code is None:
        folder = plan.model.source.name if plan.model is not None else ""
        return {
            "AML_APP_ROOT": places.code,
            "AZUREML_ENTRY_SCRIPT": MLFLOW_SCRIPT,
            "MLFLOW_MODEL_FOLDER": folder,
        }
    folder, script = posixpath.split(plan.code.script)
    return {
        "AML_APP_ROOT": _join(places.code, folder),
        "AZUREML_ENTRY_SCRIPT": script,
    }


def _join(folder: str, below: str) -> str:
    return f"{folder}/{below}" if below else folder


_INHERITED: Final = frozenset(
    {
        # What programs need to find things and to write at all.
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TZ", "LANG", "LANGUAGE", "TMPDIR", "TEMP", "TMP"),
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"),
        # How the host gets out, and whom it trusts.
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        # What Windows' own libraries look for.
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "USERPROFILE"),
        *("PROGRAMDATA", "PROGRAMFILES", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "USERNAME"),
    }
)
_INHERITED_PREFIXES: Final = ("LC_", "CUDA_", "NVIDIA_", "ROCR_", "HIP_")
_TELEMETRY_PREFIX: Final = "OTEL_"


def inherited(host: Mapping[str, str], *, telemetry: bool) -> dict[str, str]:
    """What a process instance gets of the host's environment.

    As in a container, what the deployment does not declare is not there: neither the developer's cloud credentials nor
    PYTHONPATH make something work here that would fail in the service. Kept are: paths and locale, proxies and
    certificate authorities, what the system's libraries and GPU drivers need; and the OTEL_ variables, which name the
    telemetry's destination, for a deployment with `app_insights_enabled`.
    """
    prefixes = (*_INHERITED_PREFIXES, _TELEMETRY_PREFIX) if telemetry else _INHERITED_PREFIXES
    return {
        name: value for name, value in host.items() if name.upper() in _INHERITED or name.upper().startswith(prefixes)
    }
