"""What a promotion makes on a Docker host: names, labels, and what the SDK is told of each container. Pure.

An endpoint has a network, a volume with its gateway's configuration, and the gateway's container, whose port alone is
published. A deployment has its containers, which the gateway reaches by name in the network. Code and model lie in
volumes that are named by their content and mounted read-only.
"""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from devkit.gateway.config import Authentication, Backend, Collecting, GatewayConfig, Target, digest_of_key
from devkit.promote.gateway_image import GATEWAY_FOLDER
from devkit.runtime.container import PYTHON_PROBE, container_plan, started_as_in_azure
from devkit.runtime.container_options import create_options
from devkit.runtime.docker import NO_KIT
from devkit.runtime.protocol import Prepared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devkit.promote.targets.base import Desired
    from devkit.promote.targets.docker_address import Settings
    from devkit.runtime.container import ContainerPlan

__all__ = [
    "GATEWAY_PORT",
    "LABEL",
    "RESTARTS",
    "Content",
    "Names",
    "awaited",
    "backend_of",
    "contents_of",
    "first_config",
    "gateway_options",
    "health_check",
    "instance_options",
    "mark_of",
    "planned",
]

GATEWAY_PORT: Final = 8080
"""Inside the gateway's container."""
RESTARTS: Final = 5
"""How often the engine starts a failed instance anew before it leaves it alone."""

_LOGS: Final = {"max-size": "10m", "max-file": "2"}
_GATEWAY_MEMORY: Final = 512 << 20
_SECOND_NS: Final = 1_000_000_000
_FIND_PYTHON: Final = PYTHON_PROBE.partition("exec ")[0]


class LABEL:
    """The names of the labels; a promotion's containers and volumes are found by them, and by nothing else."""

    endpoint = "endpoint-devkit.host.endpoint"
    deployment = "endpoint-devkit.host.deployment"
    role = "endpoint-devkit.host.role"
    """gateway, network, instance, content, or carrier: of what is there for a moment."""
    promotion = "endpoint-devkit.host.promotion"
    digest = "endpoint-devkit.host.digest"
    """Of what was validated."""


@dataclass(frozen=True)
class Names:
    """What things are called on the host."""

    endpoint: str
    deployment: str
    promotion: str

    @property
    def network(self) -> str:
        """Of the endpoint; also its gateway's container and its volume."""
        return f"devkit-{self.endpoint}"

    gateway = network
    volume = network

    def host(self, number: int) -> str:
        """An instance's name in the network, short enough for the DNS."""
        return f"{self.deployment}-{self._short}-{number}"

    def instance(self, number: int) -> str:
        """An instance's container."""
        return f"devkit-{self.endpoint}-{self.host(number)}"

    @property
    def _short(self) -> str:
        return hashlib.sha256(self.promotion.encode()).hexdigest()[:8]

    def labels(self, role: str, **more: str) -> dict[str, str]:
        """The labels of something that this promotion makes."""
        return {LABEL.role: role, LABEL.endpoint: self.endpoint, LABEL.promotion: self.promotion, **more}


@dataclass(frozen=True)
class Content:
    """Code or model as a volume."""

    volume: str
    source: Path
    target: str
    """The folder at which the volume is mounted."""

    @property
    def mark(self) -> str:
        """An empty volume that says that the other one is whole: volumes appear at once, their content does not."""
        return mark_of(self.volume)


def mark_of(volume: str) -> str:
    """The name of a volume's mark."""
    return f"{volume}-whole"


def planned(desired: Desired, instance: str) -> ContainerPlan:
    """The container of an instance; its mounts are of this machine."""
    plan = replace(desired.plan, dev=False)
    return container_plan(plan, NO_KIT, instance=instance, workspace="docker-host", workspace_id=desired.promotion)


def contents_of(desired: Desired) -> list[Content]:
    """The volumes of a deployment. A file's volume is mounted at the folder in which the file is to lie."""
    plan, contents = desired.plan, []
    for mount in planned(desired, "").mounts:
        is_model = plan.model is not None and mount.source == plan.model.source
        digest = desired.digests.model if is_model else desired.digests.code
        target = mount.target if mount.source.is_dir() else posixpath.dirname(mount.target)
        contents.append(
            Content(f"devkit-{'model' if is_model else 'code'}-{(digest or '')[:32]}", mount.source, target)
        )
    return contents


def instance_options(desired: Desired, names: Names, number: int, image: dict[str, Any], cpus: int) -> dict[str, Any]:
    """What the SDK is told of an instance, but for its image and environment.

    Args:
        desired: what is promoted.
        names: what it is called.
        number: which instance.
        image: the image's attributes.
        cpus: how many the host has.
    """
    from docker.types import Mount

    container = planned(desired, names.instance(number))
    config = image.get("Config") or {}
    own = [*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())]
    container = replace(started_as_in_azure(container, own), mounts=(), files=())
    options = create_options(container, Prepared("", {}), desired.deployment.folder, cpus)
    labels = names.labels("instance", **{LABEL.deployment: names.deployment, LABEL.digest: desired.digests.whole})
    mounts = [Mount(each.target, each.volume, read_only=True, no_copy=True) for each in contents_of(desired)]
    return {
        **options,
        **_placed(names.network, names.host(number)),
        "name": names.instance(number),
        "labels": labels,
        "ports": {},
        "mounts": mounts,
        "restart_policy": {"Name": "on-failure", "MaximumRetryCount": RESTARTS},
    }


def health_check(desired: Desired) -> dict[str, Any]:
    """The engine's own look at an instance whose image has a Python: by its liveness probe."""
    route, probe = desired.plan.routes.liveness, desired.plan.liveness
    url = f"http://127.0.0.1:{route.port}{route.path}"
    ask = f"import urllib.request as u; u.urlopen('{url}', timeout={probe.timeout_s:g})"
    return {
        "test": ["CMD-SHELL", f'{_FIND_PYTHON}exec "$python" -c "{ask}"; done; exit 1'],
        "interval": int(probe.period_s * _SECOND_NS),
        "timeout": int((probe.timeout_s + 5) * _SECOND_NS),  # Python has to start, too
        "retries": probe.failure_threshold,
        "start_period": int(probe.initial_delay_s * _SECOND_NS),
    }


def awaited(desired: Desired, names: Names) -> tuple[list[str], float]:
    """What the gateway asks of each instance before the deployment counts as ready, and for how many seconds."""
    plan = desired.plan
    probe, route = plan.readiness, plan.routes.readiness
    urls = [f"http://{names.host(each)}:{route.port}{route.path}" for each in range(plan.instance_count)]
    return urls, probe.initial_delay_s + probe.period_s * probe.failure_threshold


def gateway_options(names: Names, settings: Settings) -> dict[str, Any]:
    """What the SDK is told of the gateway's container, but for its image."""
    from docker.types import LogConfig, Mount

    return {
        **_placed(names.network, "gateway"),
        "name": names.gateway,
        "labels": names.labels("gateway"),
        "ports": {f"{GATEWAY_PORT}/tcp": (settings.bind, settings.port)},
        "mounts": [Mount(GATEWAY_FOLDER, names.volume, no_copy=True)],
        "restart_policy": {"Name": "unless-stopped"},
        "mem_limit": _GATEWAY_MEMORY,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "log_config": LogConfig(type="json-file", config=_LOGS),
    }


def _placed(network: str, alias: str) -> dict[str, Any]:
    from docker.types import EndpointConfig

    return {"network": network, "networking_config": {network: EndpointConfig("1.40", aliases=[alias])}}


def first_config(endpoint: str, keys: Sequence[str]) -> GatewayConfig:
    """Of a gateway that has no deployment yet."""
    return GatewayConfig(
        endpoint=endpoint,
        revision=1,
        host="0.0.0.0",  # noqa: S104  inside the container; published at `bind` alone
        port=GATEWAY_PORT,
        authentication=Authentication(keys=tuple(map(digest_of_key, keys))),
    )


def backend_of(desired: Desired, names: Names) -> Backend:
    """The deployment as the gateway sees it."""
    plan = desired.plan
    return Backend(
        targets=tuple(
            Target(name=names.instance(each), host=names.host(each), port=plan.routes.scoring.port)
            for each in range(plan.instance_count)
        ),
        scoring_path=plan.routes.scoring.path,
        timeout_s=plan.requests.timeout_s,
        max_concurrent_per_instance=plan.requests.max_concurrent_per_instance,
        max_queue_wait_s=plan.requests.max_queue_wait_s,
        collecting=Collecting.of(plan.data_collector),
    )
