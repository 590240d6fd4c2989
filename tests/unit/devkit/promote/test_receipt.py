"""Receipts and the digests that they are found by."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from devkit.promote.digests import Digests
from devkit.promote.receipt import GoldenResult, Outdated, Receipt, find, write
from devkit.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

DIGESTS = Digests("c", "m", "e", "y", {"code/score.py": "1", "model/model.pkl": "2"})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def receipt(digests: Digests = DIGESTS) -> Receipt:
    return Receipt(
        digests=digests,
        runtime="process",
        init_seconds=0.5,
        tools={"devkit": "1"},
        golden=(GoldenResult(name="one", route="/score", passed=True, latency_ms=1.5),),
        made_at=datetime(2026, 11, 21, tzinfo=timezone.utc),
    )


def test_found_by_what_it_is_of(workspace: Workspace) -> None:
    """A receipt that was written is found whole by the digests of its subject."""
    write(workspace, receipt())
    assert find(workspace, DIGESTS) == receipt()


def test_none_before_any_validation(workspace: Workspace) -> None:
    """Where nothing was validated there is no receipt, and no error either."""
    assert find(workspace, DIGESTS) is None


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        (dataclasses.replace(DIGESTS, code="d", files={**DIGESTS.files, "code/score.py": "9"}), ["code/score.py"]),
        (dataclasses.replace(DIGESTS, code="d", files={**DIGESTS.files, "code/x.py": "9"}), ["code/x.py (new)"]),
        (dataclasses.replace(DIGESTS, model=None, files={"code/score.py": "1"}), ["model/model.pkl (gone)"]),
        (dataclasses.replace(DIGESTS, yaml="z"), ["the deployment's YAML"]),
        (dataclasses.replace(DIGESTS, environment="f"), ["environment: another image or another conda file"]),
    ],
)
def test_says_what_changed_since(workspace: Workspace, now: Digests, changed: list[str]) -> None:
    """An outdated receipt is told with the file or part that changed."""
    write(workspace, receipt())
    found = find(workspace, now)
    assert isinstance(found, Outdated)
    assert list(found.changed) == changed


def test_the_nearest_receipt_is_compared(workspace: Workspace) -> None:
    """Of several receipts the one that differs least names the change: others are of other deployments."""
    write(workspace, receipt(Digests("x", "x", "x", "x", {"code/other.py": "5"})))
    write(workspace, receipt())
    found = find(workspace, dataclasses.replace(DIGESTS, yaml="z"))
    assert isinstance(found, Outdated)
    assert list(found.changed) == ["the deployment's YAML"]


def test_a_receipt_under_a_wrong_name_proves_nothing(workspace: Workspace) -> None:
    """A receipt that was copied to another digest's name is not taken for that digest's."""
    path = write(workspace, receipt())
    other = dataclasses.replace(DIGESTS, yaml="z")
    path.rename(path.with_name(f"{other.whole}.json"))
    assert find(workspace, other) is None


def test_dockers_receipt_goes_first(workspace: Workspace) -> None:
    """A later validation as a process does not take away what the one in a container has proved."""
    docker = receipt().model_copy(update={"runtime": "docker", "image_id": "sha256:1"})
    write(workspace, docker)
    write(workspace, receipt())
    assert find(workspace, DIGESTS) == docker
