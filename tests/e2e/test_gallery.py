"""The shipped examples are clean, and the gallery of broken ones shows what each mistake looks like."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devkit.checks.catalogue import all_rules
from devkit.checks.project import open_project
from devkit.checks.runner import check

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
GALLERY = EXAMPLES / "broken"
GOLDEN = Path(__file__).parent / "golden" / "gallery"

CASES = sorted(path.name for path in GALLERY.iterdir() if path.is_dir() and path.name != "common")
WITHOUT_A_PICTURE = {"not-a-mapping", "override", "path-outside", "model-and-memory", "probe-shorter-than-init"}
WITHOUT_A_PICTURE |= {"too-many-deployments"}
"""Rules that need a flag, a huge file, or a place outside the repository; their unit tests show them."""


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir() if (path / "endpoint.yml").is_file()))
def test_every_example_is_clean(name: str) -> None:
    """No example has a finding of any severity."""
    project, checked = open_project([EXAMPLES / name])
    assert len(checked) >= 2
    assert check(project, checked) == []


@pytest.mark.parametrize("name", CASES)
def test_a_broken_example_has_its_own_finding_only(name: str) -> None:
    """A folder of the gallery is named after its rule, and nothing else is found in it."""
    project, checked = open_project([GALLERY / name])
    names = {rule.code: rule.name for rule in all_rules()}
    assert {names[finding.code] for finding in check(project, checked)} == {name}


def test_every_rule_has_a_broken_example() -> None:
    """The gallery leaves out no rule but those that cannot be shown in a folder."""
    assert {rule.name for rule in all_rules()} == {*CASES, *WITHOUT_A_PICTURE}


def test_the_terminal_shows_each_mistake_as_recorded() -> None:
    """What the command prints for the whole gallery is the recorded text; UPDATE_GOLDEN=1 records it anew."""
    printed = _validate("--fail-on", "never", *(f"examples/broken/{name}" for name in CASES))
    if os.environ.get("UPDATE_GOLDEN"):
        _record(printed.stdout)
    assert printed.returncode == 0, printed.stderr
    for name in CASES:
        assert (GOLDEN / f"{name}.txt").read_text(encoding="utf-8") in printed.stdout, name


@pytest.mark.parametrize(("flag", "code"), [("error", 1), ("warning", 1), ("hint", 1), ("never", 0)])
def test_the_exit_code_says_whether_something_was_found(flag: str, code: int) -> None:
    """Exit code 1 means findings at or above --fail-on, 0 none."""
    assert _validate("--fail-on", flag, "examples/broken/unknown-key").returncode == code


def test_a_warning_alone_does_not_fail() -> None:
    """By default only errors make the command fail."""
    assert _validate("examples/broken/duplicate-key").returncode == 0


def _validate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "devkit", "validate", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def _record(printed: str) -> None:
    """Cut the output into one file a folder: blocks start with the path of their file."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    blocks = printed.rsplit("\n\n", 1)[0].split("\n\n")
    for name in CASES:
        mine = [block for block in blocks if block.startswith(f"examples/broken/{name}/")]
        assert mine, f"nothing was printed for {name}"
        (GOLDEN / f"{name}.txt").write_text("\n\n".join(mine) + "\n", encoding="utf-8")
