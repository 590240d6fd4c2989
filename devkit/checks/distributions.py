"""Which distribution an imported module comes from, and what a distribution brings along."""

from __future__ import annotations

import csv
import json
import sys
from functools import lru_cache
from importlib.resources import files

from devkit.checks.conda import normalise_name

__all__ = ["SERVER_NAMES", "installed_with", "owners_of"]

SERVER_NAMES = frozenset({"azureml", "azureml_inference_server_http"})
"""Import names that the inference server itself provides to a script."""

_DATA = "devkit.checks.data"


def owners_of(import_name: str) -> frozenset[str]:
    """The distributions, by normalised name, that may provide ``import import_name``.

    Empty for the standard library. The name itself is always among them: most packages are called what they are
    imported as, and naming it is the best guess for the rest.
    """
    if import_name in sys.stdlib_module_names or import_name == "__future__":
        return frozenset()
    return _known_owners().get(import_name, frozenset()) | {normalise_name(import_name)}


def installed_with(names: frozenset[str]) -> frozenset[str]:
    """`names` and everything that pip installs along with them, as far as the data file knows."""
    brings = _brings()
    return names.union(*(brings.get(name, frozenset()) for name in names))


@lru_cache(maxsize=1)
def _known_owners() -> dict[str, frozenset[str]]:
    owners: dict[str, set[str]] = {}
    text = (files(_DATA) / "import_names.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        owners.setdefault(row["import_name"], set()).add(row["distribution"])
    for name, more in _SEVERAL.items():
        owners.setdefault(name, set()).update(more)
    return {name: frozenset(found) for name, found in owners.items()}


@lru_cache(maxsize=1)
def _brings() -> dict[str, frozenset[str]]:
    text = (files(_DATA) / "brings.json").read_text(encoding="utf-8")
    return {name: frozenset(others) for name, others in json.loads(text)["brings"].items()}


_SEVERAL = {
    "cv2": {"opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv"},
    "torch": {"torch", "pytorch", "pytorch-cpu", "pytorch-gpu"},
    "tensorflow": {"tensorflow", "tensorflow-cpu", "tensorflow-gpu"},
    "onnxruntime": {"onnxruntime", "onnxruntime-gpu"},
    "mlflow": {"mlflow", "mlflow-skinny"},
    "lightgbm": {"lightgbm"},
    "xgboost": {"xgboost", "xgboost-cpu", "py-xgboost"},
    "skimage": {"scikit-image"},
    "sklearn": {"scikit-learn"},
    "PIL": {"pillow", "pillow-simd"},
    "google": {"google-cloud-storage", "google-auth", "protobuf", "google-api-python-client"},
    "azure": {"azure-identity", "azure-storage-blob", "azure-core", "azure-ai-ml", "azure-keyvault-secrets"},
}
"""Modules that several distributions provide (conda's names among them), from their own documentation, 2026-11."""
