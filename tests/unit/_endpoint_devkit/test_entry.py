"""The launcher of the two commands: what it says when it cannot launch."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Launch = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def launch(tmp_path: Path) -> Launch:
    """Run a command's entry point with `tmp_path` in front of sys.path."""

    def _launch(command: str) -> subprocess.CompletedProcess[str]:
        function, *arguments = command.split()
        return subprocess.run(
            [
                sys.executable,
                "-c",
                f"import sys; from _endpoint_devkit import entry; sys.exit(entry.{function}())",
                *arguments,
            ],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    return _launch


def package(root: Path, name: str, init: str = "", **modules: str) -> None:
    folder = root / name
    folder.mkdir()
    for module, code in {"__init__": init, **modules}.items():
        (folder / f"{module}.py").write_text(code, encoding="utf-8")


def distribution(root: Path, name: str, top_level: str) -> None:
    """The metadata that pip leaves for an installed distribution."""
    folder = root / f"{name}-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (folder / "top_level.txt").write_text(f"{top_level}\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("command", "name"), [("infsrv", "inference_server"), ("devkit", "devkit"), ("devkit lsp", "lsp")]
)
def test_a_name_that_belongs_to_another_distribution_is_one_line(
    launch: Launch, tmp_path: Path, command: str, name: str
) -> None:
    """The line names the owner and what to do; nothing of the foreign package is run."""
    package(tmp_path, name, cli="def main():\n    print('foreign')\n")
    distribution(tmp_path, "foreign-thing", name)
    result = launch(command)
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr == (
        f"The import name {name!r} belongs to another distribution here (foreign-thing), not to endpoint-devkit. "
        "Install endpoint-devkit into an environment of its own, or uninstall the other one and reinstall this.\n"
    )


def test_a_package_without_metadata_is_named_by_its_path(launch: Launch, tmp_path: Path) -> None:
    """A folder of that name in front of sys.path is told by where it is."""
    package(tmp_path, "inference_server")
    result = launch("infsrv")
    assert result.returncode == 3
    assert str(tmp_path / "inference_server" / "__init__.py") in result.stderr


OURS = "DISTRIBUTION = 'endpoint-devkit'\n"


def test_the_kit_without_its_extra_says_the_line_that_installs_it(launch: Launch, tmp_path: Path) -> None:
    """`devkit` in an environment of the bare server ends with 2 and the pip command."""
    package(tmp_path, "devkit", OURS, cli="import a_dependency_of_the_kit\n")
    result = launch("devkit")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "devkit needs a_dependency_of_the_kit, which is not installed. Run: pip install 'endpoint-devkit[kit]'\n"
    )


def test_a_broken_package_of_our_own_is_no_missing_extra(launch: Launch, tmp_path: Path) -> None:
    """A module of ours that is missing is a fault to be seen, not something pip could mend."""
    package(tmp_path, "devkit", OURS, cli="import devkit.missing\n")
    result = launch("devkit")
    assert result.returncode == 1
    assert "No module named 'devkit.missing'" in result.stderr


def test_the_exit_code_is_that_of_the_command(launch: Launch, tmp_path: Path) -> None:
    """What main() returns ends the process."""
    package(tmp_path, "devkit", OURS, cli="def main():\n    return 7\n")
    assert launch("devkit").returncode == 7
