"""Why a key does nothing at a target: what `key_effects` finds no effect of has to be here."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["reason_for"]

_OF_AZURE: Final = "Azure's own"
_REGISTRY: Final = "of Azure's registry alone; the files count"
_NO_UPLOAD: Final = "what is collected stays in the container, as files"
_BY_STEPS: Final = "moved by `--steps`"
_BOTH: Final[Mapping[str, str]] = {
    "*description": "nobody shows it",
    "*tags": "nobody shows them",
    "properties": "the kit's own begin with `devkit.`: see the local endpoints",
    "*.properties": "nobody shows them",
    "type": "the kind of document; see the other table",
    "identity*": _OF_AZURE,
    "model.flavors": "read from the model's own MLmodel",
    "model.stage": _REGISTRY,
    "model.datastore": _REGISTRY,
    "model.system_metadata": _REGISTRY,
    "model.*deployment_template*": _REGISTRY,
    "environment.id": "only Azure writes it",
    "environment.name": "the image counts",
    "environment.version": "the image counts",
    "environment.os_type": "Linux",
    "environment.datastore": _REGISTRY,
    "environment.auto_delete_setting*": _REGISTRY,
    "data_collector.collections.*.data*": _NO_UPLOAD,
    "data_collector.collections.*.client_id": _NO_UPLOAD,
    "data_collector.rolling_rate": _NO_UPLOAD,
    "data_collector.request_logging*": _NO_UPLOAD,
    "liveness_probe.success_threshold": "1, as everywhere",
    "private_network_connection": _OF_AZURE,
    "name": "the deployment's `endpoint_name` counts",
    "traffic": _BY_STEPS,
    "mirror_traffic": "`--mirror`",
}
_AT: Final[Mapping[str, Mapping[str, str]]] = {
    "kubernetes": {
        "scale_settings.polling_interval": "the autoscaler looks as often as the cluster has it look",
        "instance_type": "a name of Azure ML's extension; `resources` counts",
        "egress_public_network_access": "a NetworkPolicy of the cluster decides",
        "public_network_access": "the Gateway decides",
        "compute": "`--to` names the cluster",
    },
    "docker-host": {
        "scale_settings*": "the number of instances is fixed: `instance_count`",
        "readiness_probe.timeout": "the gateway waits 5 s for an answer",
        "readiness_probe.success_threshold": "one answer of each instance is enough",
        "resources.requests*": "a host reserves nothing; the limits count",
        "resources.limits.gpu": "all of the host's or none: the property `devkit.gpu`",
        "instance_type": "a name of Azure ML's extension; `resources` counts",
        "egress_public_network_access": "the host's network decides",
        "public_network_access": "`bind` decides",
        "compute": "`--to` names the host",
    },
}


def reason_for(target: str, key: str) -> str | None:
    """Why the key does nothing at the target; None where no reason is declared."""
    for pattern, reason in (*_AT[target].items(), *_BOTH.items()):
        if fnmatchcase(key, pattern):
            return reason
    return None
