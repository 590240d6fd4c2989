"""The manifests as a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from devkit.promote.kubernetes.files import render, write
from devkit.promote.kubernetes.manifests import Secrets, manifests
from tests.support.releases import ROOT, WITH_SIDECAR, endpoint_of

if TYPE_CHECKING:
    from pathlib import Path


def test_a_kustomization_lists_the_files() -> None:
    """The kustomization names every file, and each file is one object that reads back as it was made."""
    found = manifests(endpoint_of(ROOT / "examples" / "blue-green"), WITH_SIDECAR)
    files = render(found)
    listed = yaml.safe_load(files["kustomization.yaml"])["resources"]
    assert set(files) == {*listed, "kustomization.yaml"}
    assert [yaml.safe_load(files[each]) for each in listed] == found


def test_secrets_are_not_written() -> None:
    """Files are copied and committed, so no Secret is among them."""
    found = manifests(endpoint_of(ROOT / "examples" / "sklearn"), WITH_SIDECAR, Secrets(keys=("first-key", "second")))
    assert "first-key" not in "".join(render(found).values())


def test_a_second_rendering_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    """Files of an earlier rendering that are no longer made are removed, and other people's files are not touched."""
    (tmp_path / "mine.yaml").write_text("kept: true\n")
    write({"01-a.yaml": "a: 1\n", "kustomization.yaml": "resources:\n- 01-a.yaml\n- ../mine.yaml\n"}, tmp_path)
    write({"01-b.yaml": "b: 1\n", "kustomization.yaml": "resources:\n- 01-b.yaml\n"}, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["01-b.yaml", "kustomization.yaml", "mine.yaml"]
