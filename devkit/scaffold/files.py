"""Pure: the answers of ``devkit init`` to the files of a new deployment."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePosixPath

__all__ = ["Answers", "deployment_files"]

_NAMES = (
    "endpoint.yml",
    "deployment.yml",
    "conda.yml",
    "sample-request.json",
    "src/score.py",
    "model/weights.json",
)
_FILLED = frozenset({"endpoint.yml", "deployment.yml", "conda.yml"})


@dataclass(frozen=True)
class Answers:
    """What a new deployment needs to be told."""

    endpoint: str
    deployment: str
    instance_type: str


def deployment_files(answers: Answers) -> dict[PurePosixPath, str]:
    """Relative path to text; the placeholders of the YAML files are filled, the others are copied."""
    template = files("devkit.scaffold") / "template"
    found = {}
    for name in _NAMES:
        text = template.joinpath(*name.split("/")).read_text(encoding="utf-8")
        found[PurePosixPath(name)] = text.format(**vars(answers)) if name in _FILLED else text
    return found
