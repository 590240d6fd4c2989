"""``devkit validate --run --live-updates N`` with real processes, and a stand-in for NVIDIA's tool."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from devkit.promote.errors import PromotionError
from devkit.promote.growth import FEWEST
from devkit.promote.validation import validate_by_running
from devkit.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.promote.receipt import Receipt

pytestmark = pytest.mark.timeout(300)

MIB = 1 << 20
DEPLOYMENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: blue
endpoint_name: numbers
code_configuration: {code: src, scoring_script: score.py}
environment: {image: "mcr.microsoft.com/azureml/minimal-py312-inference:20260101.v1"}
instance_type: Standard_DS3_v2
instance_count: 1
"""
GOOD = """\
import gc


def init():
    global model
    model = b"x" * 1_000_000


def run(data):
    return len(model)
"""
LEAKING = GOOD.replace("1_", "8_").replace(
    "\n\n\ndef run", "\n    gc.kept = [*getattr(gc, 'kept', []), model]\n\n\ndef run", 1
)
"""What the process keeps elsewhere no live update can take back."""
GOLDEN = {"request": {"body": 0}, "answer": {"body": 0}, "compare": {"ignore": ["$"]}}


def validated(folder: Path, script: str) -> Receipt:
    """The receipt of a deployment with that script, after as few live updates as show a trend."""
    for name in ("src", "golden"):
        (folder / name).mkdir()
    (folder / "src" / "score.py").write_text(script)
    (folder / "blue.yml").write_text(DEPLOYMENT)
    (folder / "golden" / "one.json").write_text(json.dumps(GOLDEN))
    return validate_by_running(folder / "blue.yml", Workspace(folder), lambda _: None, live_updates=FEWEST)[0]


def test_a_model_that_is_let_go_does_not_grow(tmp_path: Path) -> None:
    """init() ran again with each update, and memory is as before; the user's own file is not touched."""
    receipt = validated(tmp_path, GOOD)
    updates = receipt.live_updates
    assert updates is not None
    assert updates.count == FEWEST
    assert updates.memory is not None
    assert not updates.leaks, updates
    assert updates.gpu_memory is None
    assert (tmp_path / "src" / "score.py").read_text() == GOOD
    assert list((tmp_path / ".devkit" / "validations").iterdir()) == []


def test_a_model_that_is_kept_grows(tmp_path: Path) -> None:
    """What each init() leaves behind shows in the figures, about as much as it is."""
    updates = validated(tmp_path, LEAKING).live_updates
    assert updates is not None
    assert updates.memory is not None
    assert updates.leaks
    assert 4_000_000 < updates.memory.per_update < 16_000_000


def test_a_script_whose_init_cannot_be_changed_is_told(tmp_path: Path) -> None:
    """An init() that comes from elsewhere has no text that an update could change."""
    with pytest.raises(PromotionError, match=r"no init\(\)"):
        validated(tmp_path, "init = lambda: None\n\n\ndef run(data):\n    return 0\n")


@pytest.mark.skipif(sys.platform == "win32", reason="the command of the test is a shell script")
def test_the_gpus_of_its_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the driver tells of the instance's processes is in the receipt, and so is how it went with the updates."""
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "nvidia-smi"
    command.write_text(
        f"#!{sys.executable}\nimport psutil\nfor pid in psutil.pids(): print(f'{{pid}}, NVIDIA L4, 64')\n"
    )
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "project").mkdir()
    receipt = validated(tmp_path / "project", GOOD)
    assert receipt.devices == ("NVIDIA L4",)
    assert receipt.gpu_bytes in {64 * MIB * count for count in range(1, 6)}  # the master, its worker, a helper
    assert receipt.live_updates is not None
    assert receipt.live_updates.gpu_memory is not None
    assert not receipt.live_updates.gpu_memory.grows
