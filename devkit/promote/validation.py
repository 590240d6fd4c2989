"""Serve a deployment as in production, ask it the golden requests, measure it, and write the receipt."""

from __future__ import annotations

import math
import platform
import time
from dataclasses import replace
from datetime import datetime, timezone
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

from devkit.control_plane.runtimes import by_name
from devkit.golden.replay import ReplayTarget, replay
from devkit.golden.requests import FOLDER, BadGoldenError, load_all
from devkit.promote.errors import PromotionError
from devkit.promote.live_updates import update_over_and_over
from devkit.promote.packages import packages_of
from devkit.promote.proving import golden_digest
from devkit.promote.receipt import GoldenResult, Receipt
from devkit.promote.resolving import resolve_file
from devkit.promote.serving import production_plan, served, working_folder
from devkit.promote.steps import routes_without_golden
from devkit.runtime.docker_engine import registry_digest
from devkit.runtime.gpu_memory import gpu_memory_of
from devkit.runtime.inventory import installed_for
from devkit.runtime.process_environment import conda_of
from devkit.runtime.protocol import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devkit.golden.judge import Verdict
    from devkit.golden.requests import Golden
    from devkit.promote.growth import LiveUpdates
    from devkit.promote.resolving import Resolved
    from devkit.promote.serving import RuntimeName
    from devkit.runtime.gpu_memory import GpuMemory
    from devkit.runtime.inventory import Inventory
    from devkit.runtime.plan import DeploymentPlan
    from devkit.runtime.protocol import Prepared, Progress, Runtime
    from devkit.workspace import Workspace

__all__ = ["Measured", "percentile", "validate_by_running"]

_REQUESTS = 100
_MEASURING_S = 10.0


class Measured(NamedTuple):
    """What serving came to."""

    init_seconds: float
    verdicts: list[Verdict]
    latencies_ms: list[float]
    rss_bytes: int | None
    inventory: Inventory | None = None
    gpu: GpuMemory | None = None


def validate_by_running(  # noqa: PLR0913  what the command is given
    path: Path,
    workspace: Workspace,
    progress: Progress,
    *,
    runtime: RuntimeName = "process",
    name: str | None = None,
    endpoint_name: str | None = None,
    settings: Sequence[str] = (),
    golden: Path | None = None,
    isolated: bool = False,
    live_updates: int = 0,
    warnings: Sequence[str] = (),
) -> tuple[Receipt, list[Verdict]]:
    """Validate a deployment's file.

    Args:
        path: the file.
        workspace: where copies of what it consists of lie.
        progress: is told what goes on.
        runtime: on what it is served.
        name: a deployment name that wins over the file's.
        endpoint_name: an endpoint name that wins over the file's.
        settings: ``KEY=VALUE`` as of ``--set``.
        golden: the folder of golden requests; `golden` beside the file if None.
        isolated: whether it is to reach nothing outside; of the Docker runtime.
        live_updates: how many are done afterwards, in an instance of their own, to see whether memory grows.
        warnings: what the checks found that is no error; the receipt keeps it.

    Returns:
        The receipt, and how each golden request went. The receipt may tell of failures: then nothing is promoted by it.

    Raises:
        PromotionError: it has mistakes, has no golden request of its route, or did not get ready.
    """
    resolved = resolve_file(path, workspace, name=name, endpoint_name=endpoint_name, settings=settings)
    goldens = _goldens(golden or path.absolute().parent / FOLDER, resolved.plan)
    try:
        chosen = by_name()[runtime]()
        plan = replace(resolved.plan, dev=False, instance_count=1, isolated=isolated)
        prepared = chosen.prepare(plan, progress)
        with working_folder(workspace) as folder:
            measured = _measured(chosen, production_plan(plan, folder, runtime), prepared, folder, goldens)
        updates: LiveUpdates | None = None
        if live_updates:
            with working_folder(workspace) as folder:
                updates = update_over_and_over(chosen, plan, folder, progress, count=live_updates, goldens=goldens)
    except CannotRunError as error:
        raise PromotionError(str(error), log=error.log) from error
    _refuse_too_large(plan, measured)
    receipt = _receipt(resolved, runtime, prepared, measured, warnings)
    results = _results(goldens, measured.verdicts)
    told = {"golden": results, "isolated": isolated, "live_updates": updates}
    return receipt.model_copy(update=told), measured.verdicts


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value that `share` (0 to 1) of the values do not exceed, by the nearest rank; None of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _goldens(folder: Path, plan: DeploymentPlan) -> list[Golden]:
    try:
        goldens = load_all(folder)
    except BadGoldenError as error:
        raise PromotionError(str(error)) from None
    if missing := routes_without_golden(plan.routes.scoring.path, goldens):
        raise PromotionError(
            f"{folder} has no golden request of {', '.join(missing)}. Record some with `devkit record`, or write one: "
            "docs/golden-requests.md."
        )
    return goldens


def _measured(
    runtime: Runtime, plan: DeploymentPlan, prepared: Prepared, folder: Path, goldens: Sequence[Golden]
) -> Measured:
    began = time.monotonic()
    with served(runtime, plan, prepared, folder) as instance:
        init_seconds = time.monotonic() - began
        scoring = plan.routes.scoring
        target = ReplayTarget(instance.url(scoring.port, ""), timeout_s=plan.requests.timeout_s)
        verdicts = list(replay(goldens, target))
        latencies, memory = _latencies(goldens, target), runtime.memory_bytes(instance)
        gpu = gpu_memory_of(instance)
        return Measured(init_seconds, verdicts, latencies, memory, installed_for(prepared, instance), gpu)


def _latencies(goldens: Sequence[Golden], target: ReplayTarget) -> list[float]:
    """Of the golden requests asked over and over, one after the other."""
    deadline = time.monotonic() + _MEASURING_S
    found: list[float] = []
    while len(found) < _REQUESTS and time.monotonic() < deadline:
        seen = [each.latency_ms for each in replay(goldens, target) if each.latency_ms is not None]
        if not seen:
            break
        found += seen
    return found


def _refuse_too_large(plan: DeploymentPlan, measured: Measured) -> None:
    limit, taken = plan.resources.memory_bytes, measured.rss_bytes
    if limit is not None and taken is not None and taken > limit:
        raise PromotionError(
            f"An instance takes {taken / 2**30:.1f} GiB, and its instance type has {limit / 2**30:.1f} GiB. Choose a "
            "larger one, or fewer workers (WORKER_COUNT)."
        )


def _receipt(
    resolved: Resolved, runtime: RuntimeName, prepared: Prepared, measured: Measured, warnings: Sequence[str]
) -> Receipt:
    missing = () if runtime == "docker" else ("The memory limit of the instance type is measured, not enforced.",)
    conda, inventory, image = conda_of(resolved.plan), measured.inventory, resolved.plan.environment.image
    return Receipt(
        digests=resolved.digests,
        runtime=runtime,
        image_id=prepared.details.get("image"),
        image_digest=registry_digest(image) if runtime == "docker" and image is not None else None,
        packages=None if conda is None or inventory is None else packages_of(inventory, conda),
        init_seconds=round(measured.init_seconds, 3),
        rss_bytes=measured.rss_bytes,
        devices=() if measured.gpu is None else measured.gpu.devices,
        gpu_bytes=measured.gpu.held_bytes if measured.gpu and measured.gpu.devices else None,
        p50_ms=percentile(measured.latencies_ms, 0.5),
        p99_ms=percentile(measured.latencies_ms, 0.99),
        requests=len(measured.latencies_ms),
        tools=_tools(prepared),
        findings=tuple(warnings),
        not_honoured=(*prepared.not_honoured, *missing),
        golden=(),
        made_at=datetime.now(timezone.utc),
    )


def _results(goldens: Sequence[Golden], verdicts: Sequence[Verdict]) -> tuple[GoldenResult, ...]:
    return tuple(
        GoldenResult(
            name=golden.name,
            digest=golden_digest(golden),
            route=golden.route,
            passed=verdict.passed,
            latency_ms=verdict.latency_ms,
            failures=verdict.failures,
        )
        for golden, verdict in zip(goldens, verdicts, strict=True)
    )


def _tools(prepared: Prepared) -> dict[str, str]:
    """Versions: the kit's and the system's, the interpreter's of a process, the engine's of a container."""
    own = {"devkit": version("endpoint-devkit"), "platform": platform.platform()}
    engine = {"docker": prepared.details["engine"]} if prepared.details.get("engine") else {}
    return {**own, "python": prepared.details.get("version", "the image's own"), **engine}
