"""``devkit validate --run``: after the checks, the deployment is served and asked, and a receipt is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from devkit.assets.collecting import in_use
from devkit.cli.deployment_file import the_only_deployment
from devkit.cli.errors import EXIT_FINDINGS, CommandError, UsageError
from devkit.cli.progress import note, telling
from devkit.disk.shown import shown_path
from devkit.golden.report import as_table
from devkit.promote.errors import PromotionError
from devkit.promote.growth import FEWEST
from devkit.promote.receipt import write
from devkit.promote.validation import validate_by_running
from devkit.workspace import find_workspace

if TYPE_CHECKING:
    from devkit.cli.validate import Options
    from devkit.promote.growth import Growth, LiveUpdates
    from devkit.promote.receipt import Receipt
    from devkit.promote.serving import RuntimeName

__all__ = ["run"]

_MIB = 2**20


class NotValidError(CommandError):
    """It did not serve as it should."""

    exit_code = EXIT_FINDINGS


def run(options: Options, runtime: str, golden: Path | None, *, no_network: bool = False, live_updates: int = 0) -> int:
    """Serve, ask, measure, write the receipt, and return the exit code.

    Raises:
        UsageError: a flag's value means nothing.
        NotValidError: it did not get as far as a receipt.
    """
    path = _file(options)
    if runtime not in {"process", "docker"}:
        raise UsageError(f"--runtime {runtime!r} is unknown; use process or docker.")
    if no_network and runtime != "docker":
        raise UsageError(
            "--no-network needs --runtime docker: a process has the network of this machine, and nothing cuts it off."
        )
    if 0 < live_updates < FEWEST or live_updates < 0:
        raise UsageError(f"--live-updates {live_updates}: give at least {FEWEST}, or none; fewer show no trend.")
    workspace = find_workspace(Path.cwd())
    workspace.prepare()
    try:
        with in_use(workspace.assets), telling(f"Serving {path.name} as in production, runtime {runtime}") as progress:
            receipt, verdicts = validate_by_running(
                path,
                workspace,
                progress,
                runtime=cast("RuntimeName", runtime),
                name=options.name,
                endpoint_name=options.endpoint_name,
                settings=options.settings,
                golden=None if golden is None else golden.absolute(),
                isolated=no_network,
                live_updates=live_updates,
                warnings=_warnings(path),
            )
    except PromotionError as error:
        log = f"\n{error.log.rstrip()}" if error.log else ""
        raise NotValidError(f"{error}{log}") from error
    print(as_table(verdicts))
    _show(receipt)
    note(f"receipt: {shown_path(write(workspace, receipt))}")
    leaks = receipt.live_updates is not None and receipt.live_updates.leaks
    return 0 if receipt.passed and not leaks else EXIT_FINDINGS


def _file(options: Options) -> Path:
    paths = options.paths or (the_only_deployment("devkit validate --run FILE"),)
    if len(paths) != 1 or not paths[0].is_file():
        raise UsageError("--run serves one deployment: give its YAML file, and no folder.")
    return paths[0].absolute()


def _warnings(path: Path) -> list[str]:
    from devkit.checks.project import open_project
    from devkit.checks.runner import check

    project, checked = open_project([path])
    return [
        f"{each.code} {each.path.name}:{each.range.start.line + 1}: {each.message}" for each in check(project, checked)
    ]


def _show(receipt: Receipt) -> None:
    memory = "memory unknown" if receipt.rss_bytes is None else f"memory {receipt.rss_bytes / _MIB:.0f} MiB"
    facts = [f"ready after {receipt.init_seconds:.2f} s", memory, _device(receipt)]
    print(", ".join([*facts, "without a network"] if receipt.isolated else facts))
    if receipt.p50_ms is not None and receipt.p99_ms is not None:
        told = f"p50 {receipt.p50_ms:.1f} ms, p99 {receipt.p99_ms:.1f} ms of {receipt.requests} requests"
        print(told)
    if receipt.live_updates is not None:
        _show_updates(receipt.live_updates)
    for each in receipt.not_honoured:
        note(f"not as in production: {each}")


def _device(receipt: Receipt) -> str:
    """The GPUs that it holds memory of, as the driver sees it; whatever the script says of itself."""
    if not receipt.devices:
        return "device CPU"
    held = "unknown" if receipt.gpu_bytes is None else f"{receipt.gpu_bytes / _MIB:.0f} MiB"
    return f"device {' and '.join(receipt.devices)}, GPU memory {held}"


def _show_updates(updates: LiveUpdates) -> None:
    for what, growth in (("memory", updates.memory), ("GPU memory", updates.gpu_memory)):
        if growth is not None:
            print(f"{updates.count} live updates: {what} {_growth(growth)}")


def _growth(growth: Growth) -> str:
    verdict = "grows" if growth.grows else "does not grow"
    change = f"{growth.before / _MIB:.0f} MiB -> {growth.after / _MIB:.0f} MiB"
    return f"{verdict}: {change}, {growth.per_update / _MIB:+.2f} MiB an update once warm"
