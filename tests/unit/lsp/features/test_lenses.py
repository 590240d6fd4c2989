from __future__ import annotations

from typing import TYPE_CHECKING

from lsp.features.lenses import lenses
from tests.support.open_documents import open_text

if TYPE_CHECKING:
    from pathlib import Path

DEPLOYMENT = "# mine\nname: blue\nendpoint_name: shop\ninstance_type: x\n"
CODE = "code_configuration:\n  code: src\n  scoring_script: score.py\n"
SCRIPT = "def init(): ...\n\ndef run(data): ...\n"


def titles(folder: Path, text: str, name: str = "blue-deployment.yml") -> list[str]:
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text)
    return [each.title for each in lenses(open_text(folder, text, name))]


def test_a_deployment_with_code(tmp_path: Path) -> None:
    """Above a deployment with code there is everything that can be done with it, at its first key."""
    (tmp_path / "blue-deployment.yml").write_text(DEPLOYMENT + CODE)
    found = lenses(open_text(tmp_path, DEPLOYMENT + CODE))
    assert [each.title for each in found] == ["Serve", "Debug", "Invoke", "Validate", "Promote"]
    assert {each.command for each in found} == {f"devkit.{each.title.lower()}" for each in found}
    assert {each.path for each in found} == {tmp_path / "blue-deployment.yml"}
    assert DEPLOYMENT[slice(*found[0].span)] == "name"


def test_what_cannot_be_served(tmp_path: Path) -> None:
    """A deployment without code can be validated and promoted, an endpoint validated; a foreign file has no lens."""
    assert titles(tmp_path, DEPLOYMENT) == ["Validate", "Promote"]
    assert titles(tmp_path, "name: shop\nauth_mode: key\n", "endpoint.yml") == ["Validate"]
    assert titles(tmp_path, "apiVersion: v1\n", "other.yml") == []


def test_a_script_that_a_deployment_uses(tmp_path: Path) -> None:
    """A script has lenses above run() if a deployment uses it, and none otherwise."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "score.py").write_text(SCRIPT)
    assert lenses(open_text(tmp_path, SCRIPT, "src/score.py")) == []
    (tmp_path / "blue-deployment.yml").write_text(DEPLOYMENT + CODE)
    found = lenses(open_text(tmp_path, SCRIPT, "src/score.py"))
    assert [each.title for each in found] == ["Serve", "Debug", "Invoke"]
    assert SCRIPT[slice(*found[0].span)] == "run"
    assert lenses(open_text(tmp_path, SCRIPT, "src/other.py")) == []
