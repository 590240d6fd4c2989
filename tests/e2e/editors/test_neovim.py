"""A real Neovim with the set-up that docs/editors.md gives, typed into as a person would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.editors import documented, editor_environment, editor_program, write_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.neovim import Neovim

pytestmark = pytest.mark.editor


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository without a finding."""
    return write_project(tmp_path / "project")


@pytest.fixture
def neovim(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Neovim]:
    """A Neovim whose home has the documented set-up alone."""
    program = editor_program("nvim")
    from tests.support.neovim import Neovim

    plugin = tmp_path / "home" / ".config" / "nvim" / "plugin" / "devkit.lua"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(documented("lua"), encoding="utf-8")
    for name, value in editor_environment(tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(project)
    neovim = Neovim(program)
    yield neovim
    neovim.close()


def open_with(neovim: Neovim, name: str) -> None:
    """Open a file, and wait until the language server has it."""
    neovim.command(f"edit {name}")
    neovim.wait(neovim.is_served, "the language server", lambda: neovim.lines)


def test_completes_a_key_a_size_and_a_path(neovim: Neovim) -> None:
    """Ctrl-X Ctrl-O after the beginning of a key, of a size and of a path writes the rest of each."""
    open_with(neovim, "blue-deployment.yml")
    neovim.type("Go<C-u>egr<C-x><C-o>")
    neovim.accept("egress_public_network_access: ")
    neovim.type("<Esc>?DS3<CR>BCStandard_F4<C-x><C-o>")
    neovim.accept("Standard_F4s_v2")
    neovim.type("<Esc>?score.py<CR>Csc<C-x><C-o>")
    neovim.accept("score.py")
    written = [neovim.lines[-1].rstrip(), *(line for line in neovim.lines if "Standard" in line or "score" in line)]
    assert written == ["egress_public_network_access:", "  scoring_script: score.py", "instance_type: Standard_F4s_v2"]


def test_shows_a_mistake_and_mends_it(neovim: Neovim) -> None:
    """A size that Azure does not have is shown as wrong, and the first quick fix writes the nearest one."""
    open_with(neovim, "blue-deployment.yml")
    neovim.type("/DS3<CR>BCStandard_DS3_v9<Esc>")
    neovim.wait(neovim.diagnostics, "a diagnostic", lambda: neovim.lines)
    (wrong,) = neovim.diagnostics()
    assert wrong["source"] == "devkit"
    assert neovim.lines[wrong["lnum"]][wrong["col"] : wrong["end_col"]] == "Standard_DS3_v9"
    neovim.type("<Bslash>a")
    neovim.wait(neovim.is_asking, "a choice of fixes", lambda: "no question")
    neovim.type("1<CR>")
    neovim.wait(lambda: "instance_type: Standard_DS3_v2" in neovim.lines, "the fix", lambda: neovim.lines)
    neovim.wait(lambda: not neovim.diagnostics(), "nothing wrong any more", neovim.diagnostics)


def test_jumps_from_the_script_of_a_deployment_into_run(neovim: Neovim) -> None:
    """`gd` on the script's name opens the script at `def run`."""
    open_with(neovim, "blue-deployment.yml")
    neovim.type("/score.py<CR>gd")
    neovim.wait(lambda: neovim.place == ("score.py", "def run(data):"), "def run", lambda: neovim.place)
