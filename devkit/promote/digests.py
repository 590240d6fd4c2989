"""The digests of what is promoted: of the code, the model, the environment and the effective YAML."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping  # noqa: TC003  pydantic reads it, of a receipt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.assets.content import digest_of, file_digests
from devkit.spec.dumping import document_of

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.endpoints.documents import Document
    from devkit.runtime.plan import DeploymentPlan, EnvironmentPlan

__all__ = ["Digests", "digests_of"]

_YAML_FILES = frozenset({"code_configuration", "environment", "model", "name", "properties"})
"""What of the YAML does not count as such: its files have digests of their own, and green may be called blue."""


@dataclass(frozen=True)
class Digests:
    """SHA-256 in hex of each part; None where the deployment has no such part."""

    code: str | None
    """As `devkit.assets.content.digest`: also the name of the code asset."""
    model: str | None
    environment: str
    """Of image, conda file's content and build folder."""
    yaml: str
    """Of every other key, as it is after ``--set``; the deployment's name aside."""
    files: Mapping[str, str]
    """Of each file, by a path that begins with ``code/``, ``model/`` or ``environment/``: to say which one changed."""

    @property
    def whole(self) -> str:
        """Of everything: the name of the receipt."""
        return _of_value([self.code, self.model, self.environment, self.yaml])

    def changed_since(self, other: Digests) -> list[str]:
        """What differs, each a line: the files by name, then the parts without files."""
        names = sorted(self.files.keys() | other.files.keys())
        lines = [
            _line(name, other.files.get(name), self.files.get(name))
            for name in names
            if self.files.get(name) != other.files.get(name)
        ]
        if self.environment != other.environment and not any(each.startswith("environment/") for each in lines):
            lines.append("environment: another image or another conda file")
        return [*lines, "the deployment's YAML"] if self.yaml != other.yaml else lines


def _line(name: str, before: str | None, after: str | None) -> str:
    if before is None:
        return f"{name} (new)"
    return f"{name} (gone)" if after is None else name


def digests_of(document: Document, plan: DeploymentPlan) -> Digests:
    """The digests of a deployment.

    Args:
        document: its effective YAML.
        plan: the same, resolved: where its files are on this machine.

    Raises:
        OSError: a file cannot be read.
    """
    code, code_files = _of_path(None if plan.code is None else plan.code.folder, "code")
    model, model_files = _of_path(None if plan.model is None else plan.model.source, "model")
    environment, environment_files = _of_environment(plan.environment)
    return Digests(
        code, model, environment, _of_yaml(document, plan), {**code_files, **model_files, **environment_files}
    )


def _of_path(path: Path | None, part: str) -> tuple[str | None, dict[str, str]]:
    if path is None:
        return None, {}
    found = file_digests(path)
    return digest_of(path.name, found), {f"{part}/{name}": each for name, each in found.items()}


def _of_environment(plan: EnvironmentPlan) -> tuple[str, dict[str, str]]:
    context, files = _of_path(plan.build_context, "environment")
    whole = _of_value([plan.image, plan.conda, context, plan.dockerfile if context else None])
    if plan.conda is not None:
        files["environment/conda.yaml"] = _of_value(plan.conda)
    return whole, files


def _of_yaml(document: Document, plan: DeploymentPlan) -> str:
    value = {name: each for name, each in document_of(document.block).items() if name not in _YAML_FILES}
    script = None if plan.code is None else plan.code.script
    kind = None if plan.model is None else [plan.model.name, plan.model.version, plan.model.kind, plan.model.unpack]
    return _of_value([value, script, kind])


def _of_value(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
