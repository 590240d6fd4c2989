"""What a gateway is told, from the state and the instances; apart, since it brings pydantic, which idleness spares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.control_plane import rules
from devkit.gateway.config import Authentication, Backend, Collecting, GatewayConfig, Target, digest_of_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from devkit.control_plane.records import EndpointRecord, TokenRecord
    from devkit.control_plane.slots import Slot
    from devkit.runtime.plan import DeploymentPlan

    Serving = tuple[DeploymentPlan | None, list[Slot]]
    """The plan that a deployment serves by, and the places of its instances."""

__all__ = ["gateway_config"]

_MODES = {"Key": "key", "AMLToken": "aml_token", "AADToken": "aad_token"}


def gateway_config(
    record: EndpointRecord, tokens: Iterable[TokenRecord], deployments: Mapping[str, Serving]
) -> GatewayConfig:
    """The configuration of an endpoint's gateway; a deployment that cannot be run has no instances to ask."""
    properties = record.body.get("properties") or {}
    return GatewayConfig(
        endpoint=record.name,
        revision=record.revision,
        port=record.port,
        authentication=_authentication(record, tokens),
        traffic=rules.shares(properties.get("traffic"), "Traffic"),
        mirror=rules.shares(properties.get("mirrorTraffic"), "Mirror traffic"),
        backends={
            name: Backend() if plan is None else _backend(plan, slots) for name, (plan, slots) in deployments.items()
        },
    )


def _authentication(record: EndpointRecord, tokens: Iterable[TokenRecord]) -> Authentication:
    mode = _MODES[rules.check_auth_mode((record.body.get("properties") or {}).get("authMode"))]
    keys = (digest_of_key(record.primary_key), digest_of_key(record.secondary_key)) if mode == "key" else ()
    expiries = {token.digest: token.expires for token in tokens}
    return Authentication(mode=mode, keys=keys, tokens=expiries)  # type: ignore[arg-type]  # one of the three, by the table


def _backend(plan: DeploymentPlan, slots: Iterable[Slot]) -> Backend:
    targets = [_target(plan, slot) for slot in slots if slot.in_rotation]
    return Backend(
        targets=tuple(target for target in targets if target is not None),
        scoring_path=plan.routes.scoring.path,
        timeout_s=plan.requests.timeout_s,
        max_concurrent_per_instance=plan.requests.max_concurrent_per_instance,
        max_queue_wait_s=plan.requests.max_queue_wait_s,
        collecting=Collecting.of(plan.data_collector),
    )


def _target(plan: DeploymentPlan, slot: Slot) -> Target | None:
    instance = slot.instance
    if instance is None:
        return None
    port = instance.ports[plan.routes.scoring.port]
    return Target(name=slot.name, host=instance.host, port=port, no_timeout=slot.debugged)
