"""The examples as what is promoted to a cluster; `python -m tests.support.releases` renews the golden files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

from devkit.endpoints.documents import read
from devkit.promote.kubernetes.files import render, write
from devkit.promote.kubernetes.manifests import manifests
from devkit.promote.kubernetes.release import Cluster, DeploymentRelease, EndpointRelease, GatewayReference
from devkit.runtime.container import container_plan
from devkit.runtime.resolve import resolve
from devkit.runtime.stored import StoredAssets, StoredCode, StoredEnvironment, StoredModel
from devkit.spec.documents.environment import Environment
from devkit.spec.documents.model import Model
from devkit.spec.kinds import Family

if TYPE_CHECKING:
    from devkit.spec.documents.online_deployment import OnlineDeployment
    from devkit.spec.documents.online_endpoint import ManagedOnlineEndpoint

ROOT = Path(__file__).resolve().parents[2]
IMAGE = f"registry.example/team/{{}}@sha256:{'5e' * 32}"
SIDECAR = f"registry.example/endpoint-devkit-gateway@sha256:{'9a' * 32}"
WITH_SIDECAR = Cluster("serving", GatewayReference("public", "gateways"), "endpoints.example", SIDECAR)
WITHOUT_SIDECAR = Cluster("serving", GatewayReference("public"))


def release_of(document: OnlineDeployment, folder: Path) -> DeploymentRelease:
    """A deployment whose files lie where its YAML says."""
    registered = document.model_copy(update={"model": None, "environment": None})  # they are looked up already
    plan = resolve(registered, _assets(document, folder))
    image = IMAGE.format(f"{plan.endpoint}-{plan.deployment}")
    return DeploymentRelease(plan, container_plan(plan, Path()), document, image, digest="3f" * 8)


def endpoint_of(folder: Path) -> EndpointRelease:
    """An example: endpoint.yml and every deployment beside it."""
    endpoint = cast("ManagedOnlineEndpoint", read(folder / "endpoint.yml", Family.ONLINE_ENDPOINT).block)
    paths = sorted(folder.glob("*deployment.yml"))
    found = [cast("OnlineDeployment", read(each, Family.ONLINE_DEPLOYMENT).block) for each in paths]
    return EndpointRelease(
        endpoint.name or "",
        tuple(release_of(each, folder) for each in found),
        auth_mode=endpoint.auth_mode or "key",
        traffic=dict(endpoint.traffic or {}),
        mirror=dict(endpoint.mirror_traffic or {}),
    )


def _assets(document: OnlineDeployment, folder: Path) -> StoredAssets:
    code = document.code_configuration
    return StoredAssets(
        StoredCode(folder / str(code.code)) if code is not None else None,
        _model(document.model, folder),
        _environment(document.environment, folder),
    )


def _model(given: Any, folder: Path) -> StoredModel | None:
    if given is None:
        return None
    kind = {} if given.type is None else {"type": given.type}
    document = Model.model_validate({"name": "m", "path": given.path, **kind})
    return StoredModel(document, folder / given.path, given.name or "m", str(given.version or "1"))


def _environment(given: Any, folder: Path) -> StoredEnvironment | None:
    if given is None:
        return None
    conda = yaml.safe_load((folder / given.conda_file).read_text()) if given.conda_file else None
    keys = {"name": "e", "image": given.image, "conda_file": conda, "inference_config": given.inference_config}
    told = {key: value for key, value in keys.items() if value is not None}
    build = given.build
    if build is None:
        return StoredEnvironment(Environment.model_validate(told))
    told["build"] = {"path": build.path, "dockerfile_path": build.dockerfile_path}
    return StoredEnvironment(Environment.model_validate(told), folder / build.path)


EXAMPLES = ("sklearn", "blue-green", "custom-container", "kubernetes", "multi-model", "triton", "mlflow")
GOLDEN = ROOT / "tests" / "unit" / "devkit" / "promote" / "kubernetes" / "golden"


def rendered(example: str) -> dict[str, str]:
    """The files of an example, with a sidecar unless the container brings its own server."""
    cluster = WITHOUT_SIDECAR if example == "custom-container" else WITH_SIDECAR
    return render(manifests(endpoint_of(ROOT / "examples" / example), cluster))


if __name__ == "__main__":
    for each in EXAMPLES:
        write(rendered(each), GOLDEN / each)
