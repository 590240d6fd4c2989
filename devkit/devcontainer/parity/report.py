"""Runs the probe inside and outside, and tells what differs."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from devkit.checks.conda import parse_conda
from devkit.devcontainer.parity.compare import Difference, Expected, against_the_deployment, against_the_outside
from devkit.devcontainer.parity.snapshot import probe_text, read_snapshot
from devkit.devcontainer.program import CannotStartError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.devcontainer.parity.snapshot import Snapshot
    from devkit.devcontainer.program import DevContainerProgram
    from devkit.devcontainer.request import Configured

__all__ = ["expected_of", "report"]

_PYTHON = (
    'for python in "$AZUREML_INFERENCE_PYTHON_PATH/python" "$AZUREML_CONDA_ENVIRONMENT_PATH/bin/python" '
    '"$(command -v python3)" "$(command -v python)"; do [ -x "$python" ] && exec "$python" - "$@"; done; '
    'echo "python3: not found" >&2; exit 127'
)


def report(each: Configured, program: DevContainerProgram) -> tuple[list[Difference], str]:
    """Every difference, and the text that tells them.

    Raises:
        CannotStartError: nothing can be run in the container: it is not up, or has no Python.
    """
    expected = expected_of(each)
    inside = _snapshot(program.run(["sh", "-c", _PYTHON, "probe", *expected.paths], probe_text()))
    outside = subprocess.run(  # noqa: S603  this interpreter, with a text of ours
        [sys.executable, "-", *expected.paths], input=probe_text(), capture_output=True, text=True, check=True
    )
    differences = against_the_deployment(inside, expected)
    seen_outside = against_the_outside(inside, _snapshot(outside.stdout), expected.requirements)
    return [*differences, *seen_outside], _text(differences, seen_outside)


def expected_of(each: Configured) -> Expected:
    """What the container of a deployment must be."""
    conda = parse_conda(each.plan.environment.conda)
    plain = {name: text for name, text in each.container.environment.items() if "${{" not in text}
    kinds = {mount.target: "model, read-only" if mount.read_only else "code" for mount in each.container.mounts}
    return Expected(
        python=conda.python if conda is not None else None,
        requirements={line.name: line.spec for line in conda.requirements} if conda is not None else {},
        environment=plain,
        paths=kinds,
        user=each.wanted.configuration.get("remoteUser"),
        gpus=each.plan.resources.gpus,
    )


def _snapshot(output: str) -> Snapshot:
    try:
        return read_snapshot(output)
    except ValueError as error:
        raise CannotStartError(str(error)) from None


def _text(differences: Sequence[Difference], outside: Sequence[Difference]) -> str:
    lines = ["Inside, beside what the deployment asks for:", *_rows(differences)]
    return "\n".join([*lines, "Inside, beside this machine:", *_rows(outside)])


def _rows(differences: Sequence[Difference]) -> list[str]:
    if not differences:
        return ["  no difference"]
    return [f"  {one.severity}: {one.what}: {one.inside}, not {one.other} ({one.why})" for one in differences]
