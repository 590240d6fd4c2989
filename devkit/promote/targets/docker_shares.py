"""How a promotion changes the configuration of an endpoint's gateway, at which others may be at work, too. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.gateway.config import GatewayConfig
from devkit.promote.targets.base import TargetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.gateway.config import Backend
    from devkit.promote.targets.base import TargetState
    from devkit.promote.targets.docker_layout import Names

__all__ = ["Changes", "declared", "given_back", "is_ours", "others_of", "with_changes"]

Changes = dict[str, Any]


def with_changes(config: GatewayConfig, changes: Mapping[str, Any]) -> GatewayConfig:
    """The next revision of a configuration, by its rules.

    Raises:
        ValueError: the shares break a rule.
    """
    value = {**config.model_dump(), **changes, "revision": config.revision + 1}
    return GatewayConfig.model_validate(value)


def declared(config: GatewayConfig, names: Names, backend: Backend) -> Changes:
    """What makes the gateway know the promotion's deployment, beside those that it knows.

    Raises:
        TargetError: somebody else's deployment has the name.
    """
    if names.deployment in config.backends and not is_ours(config, names):
        raise TargetError(
            f"Another promotion has made a deployment {names.deployment} at this moment. Promote under another name.",
            code="Conflict",
        )
    return {"backends": {**config.backends, names.deployment: backend}}


def given_back(config: GatewayConfig, names: Names, state: TargetState) -> Changes:
    """What takes the promotion's deployment out again.

    Traffic and mirror become those of `state` where the deployment has a part of them. Where it has none, whatever they
    are now was not this promotion's doing.
    """
    if not is_ours(config, names):
        return {}
    name = names.deployment
    backends = {each: backend for each, backend in config.backends.items() if each != name}
    touched = config.traffic.get(name) or config.mirror.get(name)
    now = state if touched else config
    shares = {key: {each: n for each, n in getattr(now, key).items() if n} for key in ("traffic", "mirror")}
    return {"backends": backends, **shares}


def others_of(config: GatewayConfig | None, names: Names) -> list[str]:
    """The deployments of the endpoint that are not the promotion's."""
    if config is None:
        return []
    ours = {names.deployment} if is_ours(config, names) else set()
    return sorted(config.backends.keys() - ours)


def is_ours(config: GatewayConfig, names: Names) -> bool:
    """Whether the deployment that the gateway knows by the name is the promotion's: its instances are."""
    backend = config.backends.get(names.deployment)
    return backend is not None and names.instance(0) in {each.name for each in backend.targets}
