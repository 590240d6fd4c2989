from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from devkit.doctor import probes

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_probe_that_breaks_is_itself_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """One broken probe is told with its error, and the others still run."""

    def broken() -> probes.Diagnosis:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(probes, "PROBES", {"Broken": broken, "Python": probes.python})
    first, second = probes.examine()
    assert (first.name, first.state) == ("Broken", "unknown")
    assert "no such luck" in first.detail
    assert second.name == "Python"


def test_python_names_the_interpreter() -> None:
    """The path of the interpreter is told, for most confusion is about which one runs."""
    assert sys.executable in probes.python().detail


def test_an_absent_command_is_missing_and_tells_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On an empty PATH docker, VS Code and az are missing, each with what to do."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for probe in (probes.docker, probes.vs_code, probes.azure_login):
        found = probe()
        assert found.state == "missing"
        assert found.remedy


def test_a_docker_that_does_not_answer_is_a_problem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The command's own last line is the reason that is told."""
    command = tmp_path / "docker"
    command.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    found = probes.docker()
    assert (found.state, found.detail) == ("problem", "Cannot connect to the Docker daemon")


def test_a_login_of_az_is_read_without_a_request(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The default subscription is named from az's own profile file."""
    command = tmp_path / "az"
    command.write_text("#!/bin/sh\nexit 1\n")
    command.chmod(0o755)
    (tmp_path / "azureProfile.json").write_text(
        '\ufeff{"subscriptions": [{"name": "Team", "isDefault": true}]}', encoding="utf-8"
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(tmp_path))
    assert probes.azure_login().detail == "subscription Team"
