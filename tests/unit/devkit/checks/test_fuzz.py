"""Whatever stands in a file, checking it ends in findings or in none, and soon."""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.checks.catalogue import all_rules
from devkit.checks.files import Files
from devkit.checks.project import Project, read_subject
from devkit.checks.runner import check
from tests.support.mutations import mutated

if TYPE_CHECKING:
    from devkit.spec.findings import Finding

EXAMPLES = Path(__file__).parents[4] / "examples"
DOCUMENTS = [path for path in sorted(EXAMPLES.glob("*/*.yml")) if path.name != "conda.yml"]

CHUNKS = 10
PER_CHUNK = (20_000 if os.environ.get("CI") else 2_000) // CHUNKS
TRACED = 5 if sys.gettrace() else 1
"""Under coverage Python is traced and several times slower; it is the product that has the bound."""
BOUND_S = 2.0
"""A document may take that long, on a machine that does other things as well; usually it is some milliseconds."""


def check_text(text: str, path: Path) -> list[Finding]:
    """All findings of one text in the place of a file; the files around it are the example's."""
    project = Project(Files({path: text}))
    subject = read_subject(project, path, kind="online-deployment")
    assert subject is not None
    project.subjects.append(subject)
    return check(project, [path])


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(CHUNKS))
def test_mutated_documents_end_in_a_verdict(seed: int) -> None:
    """No exception and no long wait for thousands of broken documents; each finding has a place in the text."""
    chance = random.Random(seed)  # noqa: S311  a repeatable sequence is the point
    originals = [path.read_text(encoding="utf-8") for path in DOCUMENTS]
    codes = {rule.code for rule in all_rules()}
    for number in range(PER_CHUNK):
        index = chance.randrange(len(DOCUMENTS))
        text = mutated(originals[index], chance.choice(originals), chance)
        began = time.perf_counter()
        findings = check_text(text, DOCUMENTS[index])
        took = time.perf_counter() - began
        assert took < BOUND_S * TRACED, (number, took, text)
        for finding in findings:
            assert finding.code in codes
            assert finding.range.start <= finding.range.end, (number, finding, text)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "alias bomb": BOMB,
    "10 MB scalar": "name: " + "x" * 10_000_000 + "\n",
    "10 MB in one quote": 'name: "' + "x y" * 3_300_000,
    "100,000 keys": "name: a\nenvironment_variables:\n" + "".join(f"  key_{n}: value\n" for n in range(100_000)),
    "deep flow": "tags: " + "{a: " * 10_000,
    "deep sequence": "tags: " + "[" * 10_000,
    "deep block": "".join(" " * n + "a:\n" for n in range(2_000)),
    "many documents": "---\nname: a\n" * 20_000,
    "path of slashes": "code_configuration:\n  code: " + "../" * 100_000 + "\n  scoring_script: score.py\n",
    "path with a NUL": 'code_configuration:\n  code: "a\\0b"\n  scoring_script: score.py\n',
    "very long file name": f"model:\n  path: {'x' * 100_000}\n",
    "the root as code": "code_configuration:\n  code: /\n  scoring_script: etc/passwd\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_end_in_findings_within_seconds(name: str, tmp_path: Path) -> None:
    """A document made to hurt costs a bounded time and gives at least one finding."""
    began = time.process_time()
    findings = check_text(HOSTILE[name], tmp_path / "deployment.yml")
    assert time.process_time() - began < 3 * BOUND_S * TRACED
    assert findings


def test_a_code_folder_with_a_circle_of_links_ends(tmp_path: Path) -> None:
    """Links that lead back into the folder are not followed for ever, neither for sizes nor for imports."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "score.py").write_text("import loop\ndef init(): ...\ndef run(data): ...\n")
    (tmp_path / "src" / "loop").symlink_to(tmp_path / "src")
    (tmp_path / "conda.yml").write_text("dependencies: [python=3.12]\n")
    text = "name: blue\nmodel: {path: src}\ncode_configuration: {code: src, scoring_script: score.py}\n"
    text += "environment: {image: a.azurecr.io/i:1, conda_file: conda.yml}\ninstance_type: Standard_DS3_v2\n"
    assert check_text(text, tmp_path / "deployment.yml")
