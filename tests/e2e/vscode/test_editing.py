"""The language server in a real VS Code: lists, squiggles, and what the code lenses start."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from tests.support.dev_server import wait_until
from tests.support.docker_engine import require_engine
from tests.support.editors import documented_blocks
from tests.support.vscode import Workbench, line_of

pytestmark = [pytest.mark.node, pytest.mark.timeout(300), pytest.mark.xdist_group("vscode")]

_LENS = ".editor-group-container.active .codelens-decoration a"
_LIST = ".suggest-widget.visible .monaco-list-row"


def _clear_line(window: Workbench, path: Path, text: str) -> None:
    window.open(path.name, line_of(path, text))
    window.press("Shift+End", "Delete")


def test_keys_and_sizes_are_completed(window: Workbench, example: Path) -> None:
    """`inst` gives the key that is missing, and the list of its values shows vCPU and memory."""
    deployment = example / "blue-deployment.yml"
    _clear_line(window, deployment, "instance_type")
    window.type("inst")
    window.see(_LIST, "instance_type")
    window.shot("completion of a key")
    window.press("Enter")
    window.press("Control+Space")
    window.type("DS3")
    row = window.see(_LIST, "Standard_DS3_v2")
    assert "4 vCPU" in row.inner_text().replace("\xa0", " ")
    window.shot("completion of a size")


def test_a_mistake_has_a_squiggle(window: Workbench, example: Path) -> None:
    """Traffic that sums to 90 is underlined as soon as it is typed, and says so in the list of problems."""
    endpoint = example / "endpoint.yml"
    window.insert("endpoint.yml", line_of(endpoint, "tags:"), "traffic: {blue: 90}\n")
    window.see(".squiggly-error, .squiggly-warning")
    window.command("Problems: Focus on Problems View")
    window.see(".markers-panel .monaco-list-row", "the traffic sums to 90")
    window.shot("squiggle")


def test_what_is_safe_is_mended_on_save(window: Workbench, example: Path) -> None:
    """With the documented setting a save writes the nearest key in the place of one that does not exist."""
    deployment, settings = example / "blue-deployment.yml", example / ".vscode" / "settings.json"
    settings.parent.mkdir()
    (block,) = [each for each in documented_blocks("json") if "codeActionsOnSave" in each]
    settings.write_text(block)
    good = deployment.read_text()
    deployment.write_text(good.replace("instance_count", "instance_cont"))
    window.insert("blue-deployment.yml", 1, "# mine\n")
    window.see(".squiggly-error")

    def mended() -> bool:
        """Save; again, as long as the editor has not yet read the settings that have just been written."""
        window.save()
        return deployment.read_text() == f"# mine\n{good}"

    wait_until(mended, "the key is mended", deployment.read_text, 90)


def test_a_missing_package_is_told_and_another_interpreter_is_taken_at_once(window: Workbench, example: Path) -> None:
    """An interpreter without the kit gets the command that installs it; choosing one that has it starts the server."""
    settings = example / ".vscode" / "settings.json"
    settings.parent.mkdir()
    bare = Path(sys.base_prefix) / "bin" / "python3"
    settings.write_text(json.dumps({"python.defaultInterpreterPath": str(bare)}))
    told = window.see(".notification-toast", "endpoint-devkit[kit]")
    assert f"{bare} -m pip install" in told.inner_text()
    window.shot("package missing")
    settings.write_text(json.dumps({"python.defaultInterpreterPath": sys.executable}))
    window.open("blue-deployment.yml")
    window.see(".codelens-decoration a", "Validate")


def test_a_promotion_begins_by_its_code_lens(window: Workbench, example: Path) -> None:
    """Promote asks where to, shows the plan in a terminal, and changes nothing when told not to; the target is kept."""
    require_engine().close()
    assert list((example / "golden").glob("*.json")), "a promotion wants a golden request"
    window.open("blue-deployment.yml")
    window.see(_LENS, re.compile("^Promote$")).click()
    window.choose("docker:…")
    window.answer("docker: --allow-unvalidated 'a look at the plan'")
    window.see(".xterm-rows", "Go on? [y/N]")
    window.shot("plan of a promotion")
    window.type("n")
    window.press("Enter")
    window.see(".xterm-rows", "Nothing was changed")
    window.see(_LENS, re.compile("^Promote$")).click()
    window.see(".quick-input-widget .monaco-list-row", "docker: --allow-unvalidated 'a look at the plan'")
