"""Lays out what a process instance finds below its folder: code and model, as in the service's container."""

from __future__ import annotations

import os
import re
import shutil
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final

from devkit.assets.layout import lay_out
from devkit.runtime.collector_config import collector_config
from devkit.runtime.instance_environment import MLFLOW_SCRIPT, Places
from devkit.runtime.plan import Flavour

if TYPE_CHECKING:
    from devkit.runtime.plan import CodePlan, DeploymentPlan, ModelPlan

__all__ = ["STORAGE_LOG", "place", "placement_line"]

STORAGE_LOG: Final = "storage-initializer.log"
"""In the instance's folder: what was placed, as `get-logs --container storage-initializer` tells it."""
_APP: Final = "azureml-app"
_DIGEST: Final = re.compile("[0-9a-f]{64}")
"""The folder that stored content lies in, `devkit.assets.content`."""
_COLLECTOR_FILE: Final = "mdc-config.json"


def place(plan: DeploymentPlan, folder: Path) -> Places:
    """Lay out the instance's folder, make it if need be, and return where things lie in it.

    The code is copied, for a script may write beside itself; under `dev` the folder that is edited is used as it is.
    A model is linked, not copied.

    Raises:
        OSError: the disk is full, or something to be placed is gone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    code = _place_code(plan, folder)
    model_dir = None if plan.model is None else _place_model(plan.model, folder)
    config = None
    if plan.data_collector:
        config = folder / _COLLECTOR_FILE
        config.write_text(collector_config(plan.data_collector), encoding="utf-8")
    return Places(
        None if code is None else str(code),
        None if model_dir is None else str(model_dir),
        None if config is None else str(config),
    )


def placement_line(what: str, source: Path, place: str, seconds: float) -> str:
    """One line of the storage initializer's log: source, place, digest where the source lies under one, bytes, time."""
    files, size = _measure(source)
    now = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    digest = f", sha256 {source.parent.name}" if _DIGEST.fullmatch(source.parent.name) else ""
    return f"{now} {what}: {source} at {place} ({files} files, {size} bytes{digest}, {seconds:.3f} s)\n"


def _place_code(plan: DeploymentPlan, folder: Path) -> Path | None:
    if plan.code is None:
        return _place_mlflow_script(folder) if plan.flavour is Flavour.MLFLOW else None
    if plan.dev:
        return plan.code.folder
    return _copy_code(plan.code, folder)


def _copy_code(code: CodePlan, folder: Path) -> Path:
    began = time.monotonic()
    target = folder / _APP / code.name
    if target.exists():  # of an instance before this one, whose script may have written there
        shutil.rmtree(target)
    shutil.copytree(code.folder, target, symlinks=True)
    _tell(folder, "code", code.folder, target, began)
    return target


def _place_mlflow_script(folder: Path) -> Path:
    target = folder / "mlflow_resources"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(__file__).with_name("mlflow_score.py"), target / MLFLOW_SCRIPT)
    return target


def _place_model(model: ModelPlan, folder: Path) -> Path:
    began = time.monotonic()
    layout = lay_out(model, (folder / _APP / "azureml-models").as_posix())
    target = Path(layout.path)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        _link(model.source, target)
    _tell(folder, f"model {model.name}:{model.version}", model.source, target, began)
    return Path(layout.model_dir)


def _link(source: Path, target: Path) -> None:
    """Hard links to the files: MLflow refuses a folder that turns out to lie elsewhere when links are followed."""
    try:
        if source.is_dir():
            _link_folder(source, target)
        else:
            os.link(source, target)
    except OSError:  # another file system, or one that has none; copytree's own error is an OSError too
        _point(source, target)


def _link_folder(source: Path, target: Path) -> None:
    """All of it or nothing: what is there is taken for whole by the next start."""
    draft = target.with_name(f"{target.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        shutil.copytree(source, draft, copy_function=os.link)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _point(source: Path, target: Path) -> None:
    try:
        target.symlink_to(source, target_is_directory=source.is_dir())
    except OSError:  # Windows without the right to make links
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy2(source, target)


def _tell(folder: Path, what: str, source: Path, target: Path, began: float) -> None:
    line = placement_line(what, source, str(target.relative_to(folder)), time.monotonic() - began)
    with (folder / STORAGE_LOG).open("a", encoding="utf-8") as log:
        log.write(line)


def _measure(source: Path) -> tuple[int, int]:
    """The number of files and their bytes."""
    if source.is_file():
        return 1, source.stat().st_size
    sizes = [path.stat().st_size for path in source.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)
