"""Where a model lies in an instance, and what AZUREML_MODEL_DIR is there: one table for processes and containers.

====================  =====================================  ================================
model                 below AZUREML_MODEL_DIR                note
====================  =====================================  ================================
file                  ``<file>``
folder                ``<folder>/…``                         it keeps its own top folder
archive to unpack     the archive's members                  tag or property azureml.unpack
MLflow                ``<folder>/MLmodel``                   MLFLOW_MODEL_FOLDER is <folder>
Triton                ``<folder>/<model>/<version>/…``       the repository is <folder>
====================  =====================================  ================================

AZUREML_MODEL_DIR is ``<root>/<name>/<version>``; the root is /var/azureml-app/azureml-models or the deployment's
`model_mount_path` in a container, a folder of the instance for a process (the documentation of managed online
endpoints, read 2026-11).
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

__all__ = ["MODELS", "ModelLayout", "PlacedModel", "lay_out", "misplaced", "wants_unpacking"]

MODELS: Final = "/var/azureml-app/azureml-models"
_ML_MODEL: Final = "MLmodel"
_UNPACK: Final = "azureml.unpack"


class PlacedModel(Protocol):
    """What the layout asks of a model; `devkit.runtime.plan.ModelPlan` is one."""

    @property
    def source(self) -> Path:
        """The file or folder on this machine."""
        ...

    @property
    def name(self) -> str:
        """As registered."""
        ...

    @property
    def version(self) -> str:
        """As registered."""
        ...

    @property
    def unpack(self) -> bool:
        """Whether the source is what an archive held."""
        ...


@dataclass(frozen=True)
class ModelLayout:
    """Where one model lies, with forward slashes."""

    model_dir: str
    """AZUREML_MODEL_DIR."""
    place: str
    """Of the model's source below it; empty where the source's content lies directly in AZUREML_MODEL_DIR."""

    @property
    def path(self) -> str:
        """Of the model's source: what to mount or to link."""
        return posixpath.join(self.model_dir, self.place) if self.place else self.model_dir


def lay_out(model: PlacedModel, root: str | None = None) -> ModelLayout:
    """The place of a model below `root`, which is `MODELS`, a `model_mount_path`, or a folder of a process instance."""
    model_dir = posixpath.join((root or MODELS).rstrip("/") or "/", model.name, model.version)
    return ModelLayout(model_dir, "" if model.unpack else model.source.name)


def wants_unpacking(*maps: Mapping[str, object] | None) -> bool:
    """Whether the tags or properties of a model ask for its archive to be unpacked."""
    return any(str((each or {}).get(_UNPACK, "")).lower() == "true" for each in maps)


def misplaced(kind: Literal["mlflow_model", "triton_model"], files: Collection[str]) -> tuple[str, str] | None:
    """What is wrong with the files of a model without code, and what to do about it; None where they are right.

    Args:
        kind: the model's type.
        files: the paths of its files, relative to its folder, with forward slashes.
    """
    return _misplaced_mlflow(files) if kind == "mlflow_model" else _misplaced_triton(files)


def _misplaced_mlflow(files: Collection[str]) -> tuple[str, str] | None:
    if _ML_MODEL in files:
        return None
    below = sorted(posixpath.dirname(path) for path in files if posixpath.basename(path) == _ML_MODEL)
    if below:
        return f"its file {_ML_MODEL} is in the folder {below[0]}, not at the top", f"Let path: end with {below[0]}."
    return f"it has no file {_ML_MODEL}", "Let path: name the folder that mlflow has saved, or change the type."


def _misplaced_triton(files: Iterable[str]) -> tuple[str, str] | None:
    parts = [path.split("/") for path in files]
    if any(len(each) > 2 and each[1].isdecimal() for each in parts):  # noqa: PLR2004 - <model>/<version>/<file>
        return None
    if any(len(each) > 1 and each[0].isdecimal() for each in parts):
        return (
            "its top folder is the model itself: the version folders are directly in it",
            "Let path: name the folder around it, so that the model's files lie in <model>/<version>/.",
        )
    return (
        "no file of it lies in <model>/<version>/ with a number for the version",
        "Lay the repository out as Triton wants it, for example my-model/1/model.onnx.",
    )
