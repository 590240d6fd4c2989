"""The torch example: its weights and golden requests by hand, and the whole of it where torch is installed."""

from __future__ import annotations

import importlib.util
import json
import math
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from devkit.promote.growth import FEWEST
from devkit.promote.validation import validate_by_running
from devkit.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLE = Path(__file__).parents[3] / "examples" / "torch"
GOLDENS = sorted(EXAMPLE.glob("golden/*.json"))


def inside(weights: dict[str, Any], point: Sequence[float]) -> float:
    """The network by hand: a layer, ReLU, a layer, sigmoid."""
    hidden = [
        max(0.0, sum(weight * each for weight, each in zip(row, point, strict=True)) + bias)
        for row, bias in zip(weights["0.weight"], weights["0.bias"], strict=True)
    ]
    return 1 / (
        1 + math.exp(-sum(w * h for w, h in zip(weights["2.weight"][0], hidden, strict=True)) - weights["2.bias"][0])
    )


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_the_golden_answers_are_the_networks(path: Path) -> None:
    """What the golden requests want is what the shipped weights give, within their own tolerance."""
    golden = json.loads(path.read_text(encoding="utf-8"))
    weights = json.loads((EXAMPLE / "model" / "weights.json").read_text(encoding="utf-8"))
    points = golden["request"]["body"]["data"]
    assert golden["answer"]["body"]["inside"] == pytest.approx([inside(weights, each) for each in points], abs=1e-6)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch, some 500 MB, is not installed here")
@pytest.mark.timeout(600)
def test_it_serves_and_does_not_grow(tmp_path: Path) -> None:
    """On this interpreter's torch the golden requests pass, and live updates that load the model again keep memory."""
    folder = tmp_path / "torch"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".devkit"))
    deployment = folder / "blue-deployment.yml"
    deployment.write_text(deployment.read_text(encoding="utf-8") + "properties:\n  devkit.python: current\n")
    receipt, _ = validate_by_running(deployment, Workspace(tmp_path), lambda _: None, live_updates=FEWEST)
    assert receipt.passed, receipt.golden
    assert receipt.live_updates is not None
    assert not receipt.live_updates.leaks, receipt.live_updates
