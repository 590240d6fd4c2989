"""The genuine dev container CLI reads what the kit ships. Needs no Docker engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.devcontainer.templates import TEMPLATES, read_template
from tests.support.dev_containers import result_of, run_cli

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.node


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_a_template_is_read(template_id: str, tmp_path: Path) -> None:
    """A template with its defaults is a configuration to the CLI, with the workspace's path in its mounts."""
    for name, text in read_template(template_id).apply({}).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    no_docker = "/bin/true"
    done = run_cli("read-configuration", "--workspace-folder", str(tmp_path), "--docker-path", no_docker)
    assert done.returncode == 0, done.stderr
    configuration = result_of(done)["configuration"]
    assert configuration["name"] == "endpoint-blue"
    assert all(f"source={tmp_path}/" in mount for mount in configuration["mounts"])
