"""Live updates that run `init()` again, one after the other, on a copy of the code: does memory grow?"""

from __future__ import annotations

import ast
import http.client
import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from devkit.disk.whole_files import write_whole
from devkit.golden.replay import ReplayTarget, replay
from devkit.promote.errors import PromotionError
from devkit.promote.growth import LiveUpdates, growth_of
from devkit.promote.serving import LOG_LINES, production_plan, ready_within, served
from devkit.runtime.gpu_memory import gpu_memory_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from devkit.golden.requests import Golden
    from devkit.promote.serving import RuntimeName
    from devkit.runtime.plan import DeploymentPlan
    from devkit.runtime.protocol import Instance, Progress, Runtime

__all__ = ["edited", "update_over_and_over"]

_LOOK_EVERY_S = 0.02
_PATIENCE_S = 10.0
_MODE = 0o644
_WRITABLE = 0o700
_TELL_EVERY = 10


def update_over_and_over(  # noqa: PLR0913  what a validation knows
    runtime: Runtime,
    plan: DeploymentPlan,
    folder: Path,
    progress: Progress,
    *,
    count: int,
    goldens: Sequence[Golden],
) -> LiveUpdates:
    """Serve a copy of the code under live update, change its `init()` so many times, and measure after each.

    After each update the golden requests are asked, so that what `run()` allocates belongs to every figure.

    Raises:
        PromotionError: there is no script with an `init()` to change, or an update was refused.
        CannotRunError: it could not be started.
    """
    plan = _on_a_copy(replace(plan, dev=True), folder)
    script = _script(plan)
    source = script.read_text(encoding="utf-8")
    edited(source, 0)  # refused before anything is started
    prepared = runtime.prepare(plan, progress)
    with served(
        runtime, production_plan(plan, folder, cast("RuntimeName", runtime.name)), prepared, folder
    ) as instance:
        target = ReplayTarget(instance.url(plan.routes.scoring.port, ""), timeout_s=plan.requests.timeout_s)
        samples = []
        for number in range(count + 1):
            if number:
                write_whole(script, edited(source, number), mode=_MODE)
                _await_generation(runtime, instance, plan, number, folder)
            if number % _TELL_EVERY == 0:
                progress(f"{number} of {count} live updates")
            list(replay(goldens, target))
            gpu = gpu_memory_of(instance)
            samples.append((runtime.memory_bytes(instance), gpu.held_bytes if gpu and gpu.devices else None))
    resident, held = zip(*samples, strict=True)
    return LiveUpdates(count=count, memory=growth_of(resident), gpu_memory=growth_of(held))


def edited(source: str, number: int) -> str:
    """The script with one more statement in `init()`, which does nothing: it is another `init()` each time.

    Raises:
        PromotionError: it has none.
    """
    found = [each for each in ast.parse(source).body if isinstance(each, ast.FunctionDef) and each.name == "init"]
    if not found:
        raise PromotionError("The script has no init(), which live updates could run again.")
    first = found[-1].body[0]
    statement = f"_devkit_live_update = {number}"
    lines = source.split("\n")  # as ast counts them
    line = lines[first.lineno - 1].encode()  # ast counts bytes
    before, after = line[: first.col_offset].decode(), line[first.col_offset :].decode()
    separator = "; " if before.strip() else f"\n{before}"
    lines[first.lineno - 1] = f"{before}{statement}{separator}{after}"
    return "\n".join(lines)


def _on_a_copy(plan: DeploymentPlan, folder: Path) -> DeploymentPlan:
    if plan.code is None:
        raise PromotionError("Live updates are of a scoring script, and this deployment has none.")
    copy = folder / "live" / plan.code.name
    shutil.copytree(plan.code.folder, copy, copy_function=shutil.copyfile)  # what is stored is read-only
    for path in (copy, *copy.rglob("*")):
        path.chmod(path.stat().st_mode | 0o644 | (0o111 if path.is_dir() else 0))
    return replace(plan, code=replace(plan.code, folder=copy))


def _script(plan: DeploymentPlan) -> Path:
    assert plan.code is not None  # noqa: S101  the copy was made of it
    return plan.code.folder / plan.code.script


def _await_generation(runtime: Runtime, instance: Instance, plan: DeploymentPlan, wanted: int, folder: Path) -> None:
    """Return once the server says that so many updates went well; `init()` has the time that the probe gives it."""
    route = plan.routes.liveness
    deadline = time.monotonic() + ready_within(plan)
    while True:
        generation, error = _told(instance.host, instance.ports[route.port], route.path)
        if generation >= wanted:
            return
        if error or time.monotonic() > deadline:
            why = error or "it did not come to an end in the time that the readiness probe gives init()"
            log = runtime.logs(instance, folder, LOG_LINES)
            raise PromotionError(f"Live update {wanted}, which only runs init() again, failed: {why}.", log=log)
        time.sleep(_LOOK_EVERY_S)


def _told(host: str, port: int, path: str) -> tuple[int, str]:
    """How many updates went well, and what is wrong with the last one."""
    connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", path)
        headers = connection.getresponse().headers
        return int(headers.get("x-devkit-generation") or -1), headers.get("x-devkit-reload-error") or ""
    except (OSError, http.client.HTTPException):
        return -1, ""
    finally:
        connection.close()
