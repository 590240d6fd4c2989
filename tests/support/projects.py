"""Small projects for the tests of rules: files in a folder, and what is found in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from devkit.checks.catalogue import find_rule
from devkit.checks.project import open_project
from devkit.checks.runner import check

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.spec.findings import Finding

SCHEMA = "https://azuremlschemas.azureedge.net/latest"

DEPLOYMENT = f"""\
$schema: {SCHEMA}/managedOnlineDeployment.schema.json
name: blue
endpoint_name: shop
instance_type: Standard_DS3_v2
instance_count: 1
"""

ENDPOINT = f"""\
$schema: {SCHEMA}/managedOnlineEndpoint.schema.json
name: shop
"""

SCRIPT = "def init():\n    pass\n\n\ndef run(raw_data):\n    return raw_data\n"

CONDA = "dependencies:\n  - python=3.12\n  - pip:\n      - azureml-inference-server-http~=1.5\n"


class Place(NamedTuple):
    """A finding as a test compares it: file name, line and column from one, and the text of its span."""

    file: str
    line: int
    column: int
    text: str


def write(folder: Path, files: dict[str, str]) -> None:
    """Write `files` below `folder`; line ends stay as they are."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def found(folder: Path, files: dict[str, str], rule: str, init_seconds: float | None = None) -> list[Finding]:
    """What the rule called `rule` finds in a project of `files`.

    The rule is named, not its code, so that a test reads as a sentence.
    """
    known = find_rule(rule)
    assert known is not None, f"no rule is called {rule}"
    write(folder, files)
    project, checked = open_project([folder])
    project.init_seconds = init_seconds
    return [finding for finding in check(project, checked) if finding.code == known.code]


def places(folder: Path, files: dict[str, str], rule: str) -> list[Place]:
    """Where `rule` finds something."""
    return [place_of(finding) for finding in found(folder, files, rule)]


def place_of(finding: Finding) -> Place:
    """A finding's place, with the text that its range covers."""
    start, end = finding.range
    line = finding.path.read_text(encoding="utf-8").splitlines()[start.line]
    covered = line[start.character : end.character if end.line == start.line else None]
    return Place(finding.path.name, start.line + 1, start.character + 1, covered)
