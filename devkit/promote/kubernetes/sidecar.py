"""The kit's gateway beside the container in every pod: keys, time limit, concurrency and queue as Azure has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from devkit.gateway.config import Authentication, Backend, GatewayConfig, Target
from devkit.promote.kubernetes.naming import object_name
from devkit.promote.kubernetes.release import ManifestError, is_fixed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.promote.kubernetes.release import DeploymentRelease, EndpointRelease

__all__ = [
    "CONFIG_FILE",
    "CONTAINER",
    "PORT_NAME",
    "asked",
    "check",
    "config_text",
    "container",
    "keys_name",
    "volumes",
]

CONTAINER: Final = "gateway"
PORT_NAME: Final = "gateway"
CONFIG_FILE: Final = "gateway.json"
"""The key of the deployment's ConfigMap."""

_FIRST_PORT: Final = 8080
_CONFIG: Final = "/etc/endpoint-devkit/gateway"
_KEYS: Final = "/etc/endpoint-devkit/keys"
_STATE: Final = "/run/endpoint-devkit"
_NOBODY: Final = 65532
_PYTHON: Final = (
    "/bin/sh",
    "-c",
    'if [ -e /opt/devkit-gateway.sh ]; then exec /bin/sh /opt/devkit-gateway.sh "$@"; fi; exec python "$@"',
    "gateway",
)
"""Python with the gateway: in an image that the kit built, and in one where devkit is installed."""


def keys_name(endpoint: str) -> str:
    """The name of the Secret with the endpoint's two keys."""
    return object_name(endpoint, "keys")


def check(endpoint: EndpointRelease, image: str) -> None:
    """Refuse what the sidecar cannot do.

    Raises:
        ManifestError: a login that only Azure can check, or an image that may change.
    """
    if endpoint.auth_mode != "key":
        raise ManifestError(
            f"The endpoint {endpoint.name} has auth_mode {endpoint.auth_mode}, whose tokens only Azure hands out: a "
            "cluster cannot check them. Set auth_mode: key, or let the cluster's own gateway do it: --target-option "
            "no-sidecar=yes."
        )
    if not is_fixed(image):
        raise ManifestError(f"The sidecar's image {image} may change. Name it by its digest: NAME@sha256:…")


def config_text(release: DeploymentRelease) -> str:
    """What the sidecar goes by: this one deployment, at the pod's own loopback. The keys come from the Secret."""
    plan = release.plan
    backend = Backend(
        targets=(Target(name=plan.deployment, host="127.0.0.1", port=plan.routes.scoring.port),),
        scoring_path=plan.routes.scoring.path,
        timeout_s=plan.requests.timeout_s,
        max_concurrent_per_instance=plan.requests.max_concurrent_per_instance,
        max_queue_wait_s=plan.requests.max_queue_wait_s,
    )
    config = GatewayConfig(
        endpoint=plan.endpoint,
        revision=1,
        host="0.0.0.0",  # noqa: S104  a pod is reached by its own address only
        port=_port(release),
        authentication=Authentication(),
        traffic={plan.deployment: 100},
        backends={plan.deployment: backend},
    )
    return config.model_dump_json(indent=1) + "\n"


def asked(question: str) -> Sequence[str]:
    """The command that asks the sidecar, inside its container, what `devkit.gateway.ask` knows."""
    return [*_PYTHON, "-m", "devkit.gateway.ask", _STATE, question]


def _port(release: DeploymentRelease) -> int:
    """One that the container beside does not listen at: they share the pod's address."""
    return next(each for each in range(_FIRST_PORT, 1 << 16) if each not in release.container.ports)


def container(release: DeploymentRelease, image: str) -> dict[str, Any]:
    """The sidecar's container."""
    return {
        "name": CONTAINER,
        "image": image,
        "command": list(_PYTHON),
        "args": ["-m", "devkit.gateway.sidecar", f"{_CONFIG}/{CONFIG_FILE}", _KEYS, _STATE],
        "ports": [{"name": PORT_NAME, "containerPort": _port(release), "protocol": "TCP"}],
        "readinessProbe": {"tcpSocket": {"port": PORT_NAME}, "periodSeconds": 5, "timeoutSeconds": 2},
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
        "resources": {
            "requests": {"cpu": "100m", "memory": "96Mi"},
            "limits": {"cpu": "1", "memory": "256Mi"},
        },
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _NOBODY,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "config", "mountPath": _CONFIG, "readOnly": True},
            {"name": "keys", "mountPath": _KEYS, "readOnly": True},
            {"name": "gateway-state", "mountPath": _STATE},
        ],
    }


def volumes(endpoint: str) -> list[dict[str, Any]]:
    """What the sidecar mounts besides the deployment's ConfigMap."""
    return [
        {"name": "keys", "secret": {"secretName": keys_name(endpoint)}},
        {"name": "gateway-state", "emptyDir": {"sizeLimit": "64Mi"}},
    ]
