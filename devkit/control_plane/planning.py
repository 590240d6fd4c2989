"""From a deployment's body and the assets that it names to the plan that a runtime runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.control_plane.errors import BadArgumentError
from devkit.runtime.plan import (
    CodePlan,
    DeploymentPlan,
    EnvironmentPlan,
    Flavour,
    ModelPlan,
    Probe,
    RequestLimits,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.control_plane.asset_versions import AssetOperations

    Json = Mapping[str, Any]

__all__ = ["DeploymentPlanner"]

_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?")


class DeploymentPlanner:
    """Makes plans; looks assets up."""

    def __init__(self, assets: AssetOperations) -> None:
        self._assets = assets

    def plan(self, endpoint: str, name: str, body: Json) -> DeploymentPlan:
        """The plan.

        Raises:
            NotFoundError: an asset that the body names is not there.
            BadArgumentError: the body cannot be meant.
        """
        properties = body.get("properties") or {}
        extra = properties.get("properties") or {}
        return DeploymentPlan(
            endpoint,
            name,
            Flavour.SCRIPT,
            instance_count=int((body.get("sku") or {}).get("capacity") or 1),
            code=self._code(properties.get("codeConfiguration"), dev=extra.get("devkit.dev") == "true"),
            model=self._model(properties.get("model")),
            environment=self._environment(properties.get("environmentId")),
            variables=properties.get("environmentVariables") or {},
            liveness=_probe(properties.get("livenessProbe")),
            readiness=_probe(properties.get("readinessProbe")),
            requests=_requests(properties.get("requestSettings") or {}),
            dev=extra.get("devkit.dev") == "true",
            python=extra.get("devkit.python"),
        )

    def _code(self, given: Json | None, *, dev: bool) -> CodePlan | None:
        if not given:
            return None
        record = self._assets.find_by_id(str(given.get("codeId")))
        source = (record.body["properties"].get("properties") or {}).get("devkit.source")
        folder = Path(source) if dev and source else Path(record.content or "")
        script = str(given.get("scoringScript") or "")
        if not (folder / script).is_file():
            raise BadArgumentError(f"The scoring script '{script}' is not in the code folder {folder}.")
        return CodePlan(folder, folder.name, script)

    def _model(self, identifier: str | None) -> ModelPlan | None:
        if not identifier:
            return None
        record = self._assets.find_by_id(identifier)
        return ModelPlan(Path(record.content or ""), record.name, record.version)

    def _environment(self, identifier: str | None) -> EnvironmentPlan:
        if not identifier:
            return EnvironmentPlan()
        properties = self._assets.find_by_id(identifier).body["properties"]
        return EnvironmentPlan(image=properties.get("image"))


def _probe(given: Json | None) -> Probe:
    given, default = given or {}, Probe()
    return Probe(
        _seconds(given.get("initialDelay"), default.initial_delay_s),
        _seconds(given.get("period"), default.period_s),
        _seconds(given.get("timeout"), default.timeout_s),
        int(given.get("successThreshold") or default.success_threshold),
        int(given.get("failureThreshold") or default.failure_threshold),
    )


def _requests(given: Json) -> RequestLimits:
    default = RequestLimits()
    return RequestLimits(
        _seconds(given.get("requestTimeout"), default.timeout_s),
        int(given.get("maxConcurrentRequestsPerInstance") or default.max_concurrent_per_instance),
        _seconds(given.get("maxQueueWait"), default.max_queue_wait_s),
    )


def _seconds(duration: str | None, default: float) -> float:
    if not duration:
        return default
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise BadArgumentError(f"'{duration}' is no duration; such as PT5S.")
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds
