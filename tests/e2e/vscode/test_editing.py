"""The language server in a real VS Code: lists, squiggles, and what the code lenses start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.vscode import Workbench, line_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.node, pytest.mark.timeout(300), pytest.mark.xdist_group("vscode")]

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
