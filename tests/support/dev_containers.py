"""The judges of a dev container: the published schemas, and the genuine dev container CLI."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "unit" / "devkit" / "devcontainer" / "data"
CLI = ROOT / ".venvs" / "devcontainers" / "node_modules" / ".bin" / "devcontainer"


def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return schema


@cache
def _configuration_validators() -> tuple[Any, ...]:
    """The specification's schema, and what VS Code adds; the machine settings' schema lives only inside VS Code."""
    settings = Resource.from_contents({"$schema": "http://json-schema.org/draft-07/schema#"})
    registry: Registry[Any] = Registry().with_resource("vscode://schemas/settings/machine", settings)
    return (
        jsonschema.Draft201909Validator(_schema("devContainer.base.schema.json")),
        jsonschema.Draft7Validator(_schema("devContainer.vscode.schema.json"), registry=registry),
    )


def configuration_errors(configuration: object) -> list[str]:
    """What the published schemas have against a devcontainer.json."""
    return [error.message for judge in _configuration_validators() for error in judge.iter_errors(configuration)]


def metadata_errors(metadata: object) -> list[str]:
    """What the schema of devcontainer-template.json has against one."""
    judge = jsonschema.Draft202012Validator(_schema("devcontainer-template.schema.json"))
    return [error.message for error in judge.iter_errors(metadata)]


def require_cli() -> Path:
    """The dev container CLI; without it the test is skipped, and in CI it fails."""
    found = CLI if CLI.exists() else Path(shutil.which("devcontainer") or "")
    if found.is_file():
        return found
    reason = "the dev container CLI is not in .venvs/devcontainers. Run: make test-devcontainers"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def run_cli(
    *arguments: str, cwd: Path | None = None, environment: dict[str, str] | None = None, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run the dev container CLI to its end."""
    return subprocess.run(
        (str(require_cli()), *arguments),
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def result_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The one line of JSON that the CLI ends with."""
    assert done.stdout.strip(), done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer
