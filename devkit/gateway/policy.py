"""Which deployment answers a request, and which one is shown a copy of it: pure, as the managed endpoint decides it.

Facts from Microsoft's pages on safe roll-out and on troubleshooting online endpoints (read 2026-11): traffic in
percent; the header `azureml-model-deployment` names a deployment and goes past the traffic; such a request is never
mirrored; at most one mirror, at most half of the requests; 404 where no deployment has traffic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from devkit.gateway.authentication import Denial

__all__ = ["DEPLOYMENT_HEADER", "DRAWS", "Draw", "Refusal", "RequestFacts", "Route", "decide", "pick"]

DEPLOYMENT_HEADER = "azureml-model-deployment"
DRAWS = 100
"""A draw is a whole number below this, so that a share in whole percent is met exactly."""


class RequestFacts(NamedTuple):
    """What of a request decides where it goes."""

    denial: Denial | None
    """Why the caller is not let in; None where it is."""
    deployment: str | None
    """The header `azureml-model-deployment`; None or empty where it was not sent."""


class Draw(NamedTuple):
    """Two independent random numbers from 0 to 99."""

    traffic: int
    mirror: int


class Refusal(NamedTuple):
    """The gateway answers itself."""

    status: int
    code: str
    message: str


class Route(NamedTuple):
    """The deployment that answers, and the one that gets a copy."""

    deployment: str
    mirror: str | None = None


def decide(
    facts: RequestFacts,
    deployments: Collection[str],
    traffic: Mapping[str, int],
    mirror: Mapping[str, int],
    draw: Draw,
) -> Route | Refusal:
    """Decide one request.

    Args:
        facts: what of the request matters.
        deployments: the names of all deployments.
        traffic: percent for each deployment that has traffic; the sum is 0 or 100.
        mirror: percent for at most one deployment.
        draw: the chance in it.
    """
    if facts.denial is not None:
        return Refusal(facts.denial.status, facts.denial.code, facts.denial.message)
    if facts.deployment:
        return _named(facts.deployment, deployments)
    live = pick(traffic, draw.traffic)
    if live is None:
        return Refusal(
            404,
            "NoTraffic",
            "No deployment of this endpoint has traffic. Give one traffic, or name one in the header "
            f"{DEPLOYMENT_HEADER}.",
        )
    shadow = pick(mirror, draw.mirror)
    return Route(live, shadow if shadow != live else None)


def pick(shares: Mapping[str, int], draw: int) -> str | None:
    """The name whose share of 100 the draw falls into; None where it falls beyond them all."""
    reached = 0
    for name, percent in shares.items():
        reached += percent
        if draw < reached:
            return name
    return None


def _named(name: str, deployments: Collection[str]) -> Route | Refusal:
    if name in deployments:
        return Route(name)
    known = ", ".join(sorted(deployments)) or "none"
    return Refusal(404, "DeploymentNotFound", f"This endpoint has no deployment {name[:64]!r}. It has: {known}.")
