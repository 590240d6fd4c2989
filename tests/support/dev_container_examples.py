"""The gallery's deployments as dev containers.

``python -m tests.support.dev_container_examples`` writes the golden files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.devcontainer.request import Configured, configure, deployments_below
from tests.support.dev_containers import DATA, ROOT

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = ROOT / "examples"
GOLDEN = DATA.parent / "golden"
DEPLOYMENTS = tuple(
    f"{name}/{path.name}"
    for name in sorted(
        ("blue-green", "custom-container", "keywords", "kubernetes", "mlflow", "multi-model", "sklearn", "triton")
    )
    for path in deployments_below(EXAMPLES / name)
)


def example(deployment: str) -> Configured:
    """One of `DEPLOYMENTS`, on a host that gives the container nothing of its own."""
    path = EXAMPLES / deployment
    return configure([path], path.parent, environ={})[0]


def golden_path(deployment: str) -> Path:
    """Where the text of its devcontainer.json is kept."""
    return GOLDEN / f"{deployment.replace('/', '.').removesuffix('.yml')}.jsonc"


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for each in DEPLOYMENTS:
        golden_path(each).write_text(example(each).wanted.text, encoding="utf-8")
