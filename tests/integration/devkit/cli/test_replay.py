from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.echo import echoing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def address() -> Iterator[str]:
    with echoing() as address:
        yield address


def replay(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "devkit", "replay", *arguments],
        cwd=folder,
        env={**os.environ, "DEVKIT_ENDPOINT_KEY": "k3y"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def write(folder: Path, **answer: Any) -> None:
    golden = {
        "request": {"path": "/score", "body": {"x": 1}},
        "answer": {"body": {"asked": {"x": 1}, "path": "/score", "key": "Bearer k3y", "deployment": None, **answer}},
        "compare": {"ignore": ["$.number"]},
    }
    (folder / "golden").mkdir(exist_ok=True)
    (folder / "golden" / "one.json").write_text(json.dumps(golden))


def test_right_answers_end_with_0(tmp_path: Path, address: str) -> None:
    """The folder golden is replayed when nothing else is named; the key comes from the environment."""
    write(tmp_path)
    done = replay(tmp_path, "--against", address)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("1 passed, 0 failed\n")


def test_a_wrong_answer_ends_with_1_and_a_report(tmp_path: Path, address: str) -> None:
    """The report goes to the file; the sum is told beside it."""
    write(tmp_path, deployment="blue")
    done = replay(tmp_path, "golden/one.json", "--against", address, "--format", "json", "--out", "report.json")
    assert done.returncode == 1
    assert "0 passed, 1 failed" in done.stderr
    [row] = json.loads((tmp_path / "report.json").read_text())["requests"]
    assert row["failures"] == ["$.deployment: 'blue' became None"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "no golden requests in golden"),
        (("none.json",), "none.json cannot be read"),
        (("--format", "xml"), "terminal, json, junit"),
    ],
)
def test_what_cannot_be_meant_ends_with_2(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    """One line says what to do."""
    done = replay(tmp_path, "--against", "http://127.0.0.1:9", *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
